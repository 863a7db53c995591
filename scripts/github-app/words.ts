// The sentences of `npm run github-app`.

export const githubAppWords = {
  title: 'A GitHub App for Roost',
  description: 'Lets people connect their repositories to Roost.',
  usage: 'Usage: npm run github-app, or npm run github-app -- --organization NAME for an App of an organisation.',
  explain:
    'GitHub shows what the App may do: read and write content and pull requests, read checks. It may not change workflows. You can rename it there.',
  goOn: 'Go on to GitHub',
  open: (url: string): string => `Open this page on this computer, and press its button: ${url}`,
  waits: 'I wait here until GitHub has made the App. Ctrl-C ends this; nothing is changed then.',
  noAddress: 'The relay has no address yet: run npm run setup first.',
  noKey: 'SECRETS_KEY is missing in .prod.vars: run npm run setup, which generates it.',
  has: (slug: string): string =>
    `.prod.vars already has the App ${slug}. To make another one, remove the lines that begin with GITHUB_ first.`,
  badOrganization: 'That isn’t the name of an organisation.',
  wrongState: 'This page isn’t the newest one. Open the link in the terminal again.',
  refused: (status: number): string => `GitHub didn’t hand the App over (HTTP ${status}). Run this again.`,
  unreadable: 'GitHub’s answer has no App in it. Run this again.',
  noAnswer: 'GitHub can’t be reached. Run this again.',
  made: (slug: string): string =>
    `GitHub made the App ${slug}. Its settings are in .prod.vars. Run npm run deploy, then text /github.`,
  closePage: 'The App is made. You can close this page, and go back to the terminal.',
} as const;
