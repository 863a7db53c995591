// Every sentence that `npm run deploy` prints.

export const deployWords = {
  usage: 'Usage: npm run deploy [-- --dry-run] [--yes | --non-interactive] [--wait <seconds>]',
  askFirst: 'This needs a terminal. Without one, add --yes to deploy without being asked.',
  ask: (worker: string, url: string) => `Deploy this checkout as ${worker} to ${url}?`,
  stopped: 'Nothing was deployed.',
  incomplete: (problems: readonly string[]) =>
    `Nothing was deployed. Run \`npm run setup\`, or correct this in .prod.vars:\n${problems.map((one) => `  ${one}`).join('\n')}`,
  noToken: 'CLOUDFLARE_API_TOKEN is missing',
  noAccount: 'CLOUDFLARE_ACCOUNT_ID is missing',
  fromEnvironment: (names: readonly string[]) =>
    `From the environment (overrides .prod.vars, not saved): ${names.join(', ')}.`,
  localMode: 'LOCAL_MODE is for local runs only; remove it',
  workerName: 'WORKER_NAME must be at most 63 lowercase letters, digits and dashes',
  notHttps: 'PUBLIC_URL must be an https address',
  otherEntry: (main: string) => `wrangler.toml deploys ${main}; main must be src/worker/index.ts`,
  code: (version: string, state: string) => `Code: version ${version}, ${state}.`,
  noGit: 'not in git',
  commit: (id: string, changes: number) =>
    changes === 0 ? `commit ${id}` : `commit ${id} with ${changes} uncommitted file${changes === 1 ? '' : 's'}`,
  configuration: (names: number) => `Configuration: complete (${names} settings).`,
  builds: 'The relay builds.',
  doesNotBuild: (reason: string) => `Nothing was deployed: the relay doesn’t build. ${reason}`,
  first: (worker: string) => `There is no Worker named ${worker} yet, so this is the first deployment.`,
  runsNow: (version: string) => `Version ${version} is running now.`,
  dryRun: (worker: string, url: string, unset: readonly string[]) =>
    `Would deploy ${worker} to ${url}${unset.length === 0 ? '' : `, and remove ${unset.join(', ')}`}. Nothing was changed.`,
  deploying: 'Deploying …',
  deployed: (version: string) => `Deployed: version ${version}.`,
  unset: (names: readonly string[]) => `Removed, because .prod.vars no longer sets it: ${names.join(', ')}.`,
  checking: (url: string) => `Checking ${url} …`,
  works: 'The relay answers. It accepts webhooks with the right signature or secret and refuses everything else.',
  done: (version: string, url: string) => `Done: ${url} runs version ${version}.`,
  unchanged: (reason: string) => `Nothing was deployed; the version that was running still is. ${reason}`,
  fails: (reason: string) => `The new version doesn’t work: ${reason}`,
  notActive: (wanted: string, active: string) => `Cloudflare runs version ${active}, not ${wanted}.`,
  overtaken: (active: string | null) =>
    `Somebody else deployed in the meantime (${active ?? 'nothing is running'}), so this stopped. Make sure nobody else is deploying, then run \`npm run deploy\` again.`,
  stoppedHalfway:
    'Stopped. Cloudflare may be running the new version or the previous one: run `npm run deploy` again, or `npm run doctor`.',
  goingBack: (version: string) => `Going back to version ${version} …`,
  wentBack: (version: string) =>
    `The previous version, ${version}, is running again with its own configuration. Fix the problem above, then deploy again.`,
  wentBackInVain: (version: string, reason: string) =>
    `The previous version, ${version}, is deployed again, but it doesn’t work either: ${reason} Run \`npm run doctor\`.`,
  noWayBack: (reason: string) =>
    `Going back failed. ${reason} The new version stays. Run \`npm run doctor\`, fix what it finds, then deploy again.`,
  otherClasses:
    'This deployment changes the Durable Object classes, and Cloudflare can’t undo that. The new version stays. Fix the problem above, then deploy again; no messages are lost.',
  nothingBefore: 'There is no previous version to go back to. Fix the problem above, then deploy again.',
  refusedToken:
    'Cloudflare refuses this API token for this account. Make another with `npm run setup -- --change cloudflare`.',
  unreachable: 'Cloudflare’s API can’t be reached. Check the network and run the same command again.',
  otherShape: 'This version of Roost doesn’t understand Cloudflare’s answer. Update Roost, then try again.',
  cloudflareSays: (text: string) => `Cloudflare says: ${text}`,
  silent: (reason: string) => `${reason}.`,
} as const;

export const relayWords = {
  status: (path: string, status: number) => `${path} answers with status ${status}`,
  otherVersion: (found: string, wanted: string) => `/healthz reports version ${found}, not ${wanted}`,
  otherDeployment: 'what answers at PUBLIC_URL is not what was just deployed',
  notConfigured: 'the relay says it isn’t configured; its log names what is missing (`npx wrangler tail`)',
  signedRefused:
    'it refuses a request signed the way Twilio signs it, so its PUBLIC_URL or TWILIO_AUTH_TOKEN differs from yours',
  secretRefused:
    'it refuses Telegram’s secret, so its TELEGRAM_BOT_TOKEN, TELEGRAM_WEBHOOK_SECRET or MACHINE_SIGNING_KEY differs from yours',
  unsignedTaken: (status: number) => `it accepts a request nobody signed (status ${status})`,
  storage: (status: number) => `its storage doesn’t answer (/operator/alerts: status ${status})`,
} as const;
