// The sentences of /github: accounts at git hosts, and repositories of projects.

const GITHUB = 'github.com';
const GUIDE = 'https://github.com/settings/personal-access-tokens';

/** “GitHub” or the host's own name. */
const nameHost = (host: string): string => (host === GITHUB ? 'GitHub' : host);
const connectWith = (host: string): string => (host === GITHUB ? '/github' : `/git ${host}`);

type Listed = { host: string; login: string; state: 'good' | 'refused'; endsInDays: number | null };
type LookUpRefusal = 'missing' | 'moved' | 'refused' | 'forbidden' | 'read-only' | 'not-connected' | 'guest';
type PageRefusal = 'down' | 'limited' | 'refused' | 'forbidden' | 'missing' | 'moved' | 'broad' | 'narrow' | 'empty';

const ends = (days: number | null): string =>
  days === null || days > 30 ? '' : days <= 0 ? ' (expired)' : ` (expires in ${days} ${days === 1 ? 'day' : 'days'})`;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);

export const connectionTexts = {
  nameHost,
  noKey:
    'I can’t connect accounts here yet: whoever runs Roost has to set SECRETS_KEY first (npm run setup generates it).',
  notHere: (channel: string): string =>
    `I don’t connect accounts by ${channel}, because its sender can be forged. Text me on another channel.`,
  pin: 'Please text /github with your PIN, for example /github 4821.',
  use: 'Text /github to connect your GitHub account, /git git.example.com for another host, /github off to disconnect. I never take a token in the chat.',
  list: (accounts: readonly Listed[]): string =>
    [
      'Connected:',
      ...accounts.map(
        ({ host, login, state, endsInDays }) =>
          `• ${nameHost(host)} as ${login}${state === 'refused' ? `: it refuses my key. ${connectWith(host)} new connects again` : ends(endsInDays)}`,
      ),
      '',
      `/project new NAME OWNER/REPO starts work on a repository. /github off disconnects, /git HOST connects another host.`,
    ].join('\n'),
  link: (host: string, url: string): string =>
    `Connect your ${nameHost(host)} account here: ${url}\nThe link works once, for ten minutes. The page ends with a code for this chat.`,
  deviceCode: (code: string, address: string): string =>
    `Open ${address} and enter this code: ${code}\nOnly enter it if you asked me to connect GitHub. I’ll tell you when it worked.`,
  noCode: 'I’m not waiting for a code. Text /github to connect an account.',
  wrongCode: 'That code is wrong. Text it as the page shows it.',
  codesOver: 'That code was wrong too often, so I dropped the account. Text /github for a new link.',
  connected: (
    host: string,
    { login, email, expiresAt }: { login: string; email: string | null; expiresAt: number | null },
    isAgain: boolean,
    isAlone: boolean,
  ): string =>
    [
      `${isAgain ? 'Connected again' : 'Connected'}: ${nameHost(host)} as ${login}.`,
      email === null ? '' : ` Commits are by ${email}.`,
      expiresAt === null ? '' : ` The token expires on ${dayOf(expiresAt)}.`,
      isAlone ? ' Try /project new NAME OWNER/REPO.' : '',
    ].join(''),
  failed: (host: string, why: 'down' | 'denied' | 'over' | 'broad' | 'narrow' | 'no-key'): string =>
    ({
      down: `${nameHost(host)} doesn’t answer, so I couldn’t connect your account. Text ${connectWith(host)} in a few minutes.`,
      denied: `You said no at ${nameHost(host)}, so nothing is connected.`,
      over: `The time to connect is over. Text ${connectWith(host)} for another ten minutes.`,
      broad: `${nameHost(host)} gave me more rights than I may have, so I didn’t keep them. Ask whoever runs Roost.`,
      narrow: `${nameHost(host)} gave me no right to repositories. Text ${connectWith(host)} to try again.`,
      'no-key': 'I can’t keep accounts here: whoever runs Roost has to set SECRETS_KEY first.',
    })[why],
  off: (host: string, login: string): string =>
    `Disconnected ${nameHost(host)} (${login}): I deleted the key at once, and asked ${nameHost(host)} to end it. To be sure, look at ${host === GITHUB ? 'github.com/settings/applications and github.com/settings/tokens' : `your tokens at ${host}`}.`,
  notConnected: (host: string): string => `No account at ${nameHost(host)} is connected.`,
  noneConnected: 'No account is connected.',
  whichOff: (hosts: readonly string[]): string => `Which one? ${hosts.map((host) => `/git off ${host}`).join(' or ')}`,
  tokenEnds: (host: string, expiresAt: number): string =>
    `Your ${nameHost(host)} token expires on ${dayOf(expiresAt)}. Make a new one and connect again: ${connectWith(host)} new`,
  refusedByHost: (host: string): string =>
    `${nameHost(host)} refused the token. Connect again: ${connectWith(host)} new`,

  badAddress: {
    secret: 'That address has a name or password in it. Text it without: I take keys only on the page of /github.',
    insecure: 'I only take repositories over https. Text the address that begins with https://.',
    unreadable: 'I can’t read that as a repository. Text it like this: /project new shop https://github.com/owner/repo',
  },
  connectFirst: (host: string, withPin: boolean): string =>
    withPin
      ? `Your ${nameHost(host)} account isn’t connected yet. Text ${connectWith(host)} with your PIN. I’ll go on once it’s connected.`
      : `Your ${nameHost(host)} account isn’t connected yet. I’ll go on as soon as it is.`,
  lookUpRefused: (host: string, path: string, why: LookUpRefusal): string =>
    ({
      missing: `${nameHost(host)} has no repository ${path}, or your account may not see it. Check the spelling, and that you gave me this repository (${connectWith(host)} new).`,
      moved: `${path} isn’t at this address any more. Text its new address.`,
      refused: `${nameHost(host)} refused the token. Connect again: ${connectWith(host)} new`,
      forbidden: `${nameHost(host)} doesn’t let your account use ${path}. Ask its owner, or give me this repository: ${connectWith(host)} new`,
      'read-only': `You can’t push to ${path}: it’s archived, or your account may only read it.`,
      'not-connected': `Your ${nameHost(host)} account isn’t connected. Text ${connectWith(host)}.`,
      guest: 'Guests can’t use accounts at git hosts, or projects of repositories. Ask an admin to make you a member.',
    })[why],
  hostTrouble: (host: string, why: 'down' | 'limited'): string =>
    why === 'down'
      ? `${nameHost(host)} doesn’t answer. Text it again in a few minutes.`
      : `${nameHost(host)} takes no more requests from your account for now. Text it again in an hour.`,
  cloning: (label: string, repository: string, also: string | null): string =>
    `Created ${label} and switched to it. I’m cloning ${repository}.${also === null ? '' : ` ${also} is a project of it too.`}`,
  bound: (label: string, repository: string): string => `${label} now is a project of ${repository}. I’m cloning it.`,
  cloneAgain: (label: string, repository: string): string => `I’m cloning ${repository} into ${label} again.`,
  hasRepository: (label: string, repository: string): string =>
    `${label} is a project of ${repository} already. For another one: /project new NAME OWNER/REPO`,
  cloneUse: 'Text /project clone and a repository, like this: /project clone owner/repo',
  pick: 'A repository of yours for it? Or just start: the folder is empty.',
  pickPlain: (paths: readonly string[]): string =>
    [
      'A repository of yours for it? Or just start: the folder is empty.',
      ...paths.map((path) => `/project clone ${path}`),
    ].join('\n'),
  pickOpens: 'Choose',

  page: {
    /** `for`: the masked number of the chat. */
    form: (host: string, masked: string) => ({
      title: `Connect ${nameHost(host)}`,
      text: `For the chat of ${masked}. If that isn’t you, close this page.`,
      token: host === GITHUB ? 'Fine-grained token' : 'Access token',
      user: 'User name',
      button: 'Connect',
    }),
    /** What to do at GitHub before. */
    guide: {
      url: `${GUIDE}/new?name=Roost&description=For+my+coding+agent&expires_in=90&contents=write&pull_requests=write&statuses=read`,
      open: 'Make a token at GitHub',
      steps: [
        'Choose the repositories that Roost may work on, and no others.',
        'Permissions: Contents and Pull requests “read and write”, Commit statuses “read-only”. Nothing else, above all not Workflows.',
        'Generate the token, copy it and paste it here. It is shown nowhere again.',
      ],
    },
    otherSteps: [
      'Make a token that may read and write repositories, and nothing else.',
      'Paste it here. It is shown nowhere again.',
    ],
    app: (masked: string) => ({
      title: 'Connect GitHub',
      text: `For the chat of ${masked}. If that isn’t you, close this page. At GitHub you choose which repositories Roost may work on.`,
      button: 'Go on to GitHub',
    }),
    install: {
      title: 'Choose repositories',
      text: 'GitHub knows you, but you haven’t chosen any repositories for Roost yet.',
      button: 'Choose at GitHub',
    },
    done: (login: string, host: string, code: string) => ({
      title: `Hello ${login}`,
      text: `One step is left: text this in your chat with Roost within ten minutes, and ${nameHost(host)} is connected.`,
      says: `/github ${code}`,
      button: 'Open the chat',
    }),
    refusals: {
      empty: 'Paste the token first.',
      down: 'The host doesn’t answer. Wait a minute and try again.',
      limited: 'The host takes no more requests for now. Try again later.',
      refused: 'The host doesn’t know this token. Copy all of it and try again.',
      forbidden: 'This token may not say whose it is. Make another one.',
      missing: 'This host has no such account. Make another token.',
      moved: 'This host has another address now. Text /git and that address.',
      broad:
        'This token may do more than Roost should have: change workflows, or manage keys or organisations. Make a fine-grained token with the permissions above.',
      narrow: 'This token can’t reach repositories. Make one with the permissions above.',
    } satisfies Record<PageRefusal, string>,
    used: { title: 'This link was used', text: 'Text /github in your chat for another one.' },
    expired: { title: 'This link has expired', text: 'Text /github in your chat for another one.' },
    unknown: {
      title: 'This page isn’t here',
      text: 'Open the link from your chat again: part of it may be missing. Or text /github for another one.',
    },
    unavailable: { title: 'This doesn’t work right now', text: 'Please try again in a minute.' },
    denied: { title: 'Nothing is connected', text: 'You said no at GitHub. Text /github in your chat to try again.' },
  },
} as const;
