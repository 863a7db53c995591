// Every sentence that `npm run deploy` says.

export const deployWords = {
  usage: 'Known are: npm run deploy -- --dry-run --yes --non-interactive --wait <seconds>',
  askFirst: 'Nobody is there to be asked. Add --yes to deploy all the same.',
  ask: (worker: string, url: string) => `Deploy this checkout as ${worker} to ${url}?`,
  stopped: 'Nothing was deployed.',
  incomplete: (problems: readonly string[]) =>
    `Nothing was deployed. Change .prod.vars, or run npm run setup:\n${problems.map((one) => `  ${one}`).join('\n')}`,
  noToken: 'CLOUDFLARE_API_TOKEN is missing',
  noAccount: 'CLOUDFLARE_ACCOUNT_ID is missing',
  fromEnvironment: (names: readonly string[]) => `From the environment, not from .prod.vars: ${names.join(', ')}.`,
  localMode: 'LOCAL_MODE is for local runs only; take it out',
  workerName: 'WORKER_NAME is not at most 63 small letters, digits and dashes',
  notHttps: 'PUBLIC_URL is not an https address',
  otherEntry: (main: string) => `wrangler.toml deploys ${main}; main must be src/worker/index.ts`,
  code: (version: string, state: string) => `Code: version ${version}, ${state}.`,
  noGit: 'not in git',
  commit: (id: string, changes: number) =>
    changes === 0
      ? `commit ${id}`
      : `commit ${id} with ${changes} changed file${changes === 1 ? '' : 's'} that are in no commit`,
  configuration: (names: number) => `Configuration: complete, ${names} names.`,
  builds: 'The relay builds.',
  doesNotBuild: (reason: string) => `Nothing was deployed: the relay does not build. ${reason}`,
  first: (worker: string) => `There is no Worker ${worker} yet; this is the first deployment.`,
  runsNow: (version: string) => `Runs now: version ${version}.`,
  dryRun: (worker: string, url: string, unset: readonly string[]) =>
    `Would deploy ${worker} to ${url}${unset.length === 0 ? '' : `, and take away ${unset.join(', ')}`}. Nothing was changed.`,
  deploying: 'Deploying …',
  deployed: (version: string) => `Deployed: version ${version}.`,
  unset: (names: readonly string[]) => `Taken away, as .prod.vars has no value any more: ${names.join(', ')}.`,
  checking: (url: string) => `Checking ${url} …`,
  works: 'It answers, and takes what Twilio signs and nothing else.',
  done: (version: string, url: string) => `Done: ${url} runs version ${version}.`,
  unchanged: (reason: string) => `Nothing was deployed, and what ran before runs on. ${reason}`,
  fails: (reason: string) => `The new version does not work: ${reason}`,
  notActive: (wanted: string, active: string) => `Cloudflare runs version ${active}, not ${wanted}.`,
  overtaken: (active: string | null) =>
    `Something else was deployed meanwhile (${active ?? 'nothing runs'}), so nothing more is changed. Make sure that nobody else deploys, then run npm run deploy again.`,
  stoppedHalfway:
    'Stopped. What runs at Cloudflare may be the new version or the one before: run npm run deploy again, or npm run doctor.',
  goingBack: (version: string) => `Going back to version ${version} …`,
  wentBack: (version: string) =>
    `The version before, ${version}, runs again, with the configuration it had. Mend what is said above and deploy again.`,
  wentBackInVain: (version: string, reason: string) =>
    `The version before, ${version}, is deployed again, but does not work either: ${reason} Run npm run doctor.`,
  noWayBack: (reason: string) =>
    `Going back failed. ${reason} The new version stays. Run npm run doctor, mend it, and deploy again.`,
  otherClasses:
    'Cloudflare cannot go back over a change of Durable Object classes, and this deployment has one. The new version stays. Mend it and deploy again; what people wrote is kept.',
  nothingBefore: 'There is no version before to go back to. Mend what is said above and deploy again.',
  refusedToken:
    'Cloudflare refuses this API token for this account. Make one at dash.cloudflare.com → My Profile → API Tokens with the template “Edit Cloudflare Workers”, and put it into .prod.vars as CLOUDFLARE_API_TOKEN.',
  unreachable: 'Cloudflare’s API cannot be reached. Check the network and run the same command again.',
  otherShape: 'Cloudflare’s answer has a shape that this version of Roost does not know.',
  cloudflareSays: (text: string) => `Cloudflare says: ${text}`,
  silent: (reason: string) => `${reason}.`,
} as const;

export const relayWords = {
  status: (path: string, status: number) => `${path} answers with status ${status}`,
  otherVersion: (found: string, wanted: string) => `/healthz says version ${found}, not ${wanted}`,
  otherDeployment: 'what answers at PUBLIC_URL is not what was just deployed',
  notConfigured: 'the relay says that it is not configured; the names are in its log (npx wrangler tail)',
  signedRefused:
    'a request signed as Twilio signs it is refused, so PUBLIC_URL or TWILIO_AUTH_TOKEN there is another one',
  unsignedTaken: (status: number) => `a request that nobody signed is not refused (status ${status})`,
  storage: (status: number) => `its storage does not answer (/operator/alerts: status ${status})`,
} as const;
