import { ZodError } from 'zod';
import { Unreachable } from '../accounts/ask.ts';

// Every sentence that set-up and teardown say. Where something is found is said by the names its owner's pages use.

const list = (names: readonly string[]): string => names.map((name) => `  ${name}`).join('\n');

export const words = {
  title: 'Roost: set-up',
  intro:
    'Answers are kept in .prod.vars, which only you can read, and everything that is made is noted in .prod.created.json. ' +
    'You can stop at any time with Ctrl-C and go on later.',
  fromEnvironment: (names: readonly string[]) =>
    `Taken from the environment, before .prod.vars, and not written down: ${names.join(', ')}.`,
  ready:
    'Ready. Look after it with `npm run doctor`, change it with `npm run deploy`, remove it with `npm run teardown`.',
  interrupted: 'Stopped. What was done stays done: `npm run setup` goes on from here.',
  goOn: 'What was done stays done: `npm run setup` goes on from here.',
  usage: 'Usage: npm run setup [-- --dry-run | --non-interactive]',
  needsTerminal:
    'This asks questions, so it needs a terminal. Without one: set the answers in the environment and use --non-interactive.',
  nobodyToAsk: 'There is nobody to ask.',
  doneBefore: 'Done before.',
  empty: 'Something is needed here.',
  named: (name: string, problem: string) => `${name} ${problem}.`,
  missing: (names: readonly string[]) =>
    `These answers are missing. Set them in the environment or in .prod.vars, then run this again:\n${list(names)}`,
  refusedAnswer: (name: string) => `${name} was refused. Correct it, then run this again.`,
  dryRun: 'Nothing is asked, made or changed; this is what would be.',
  wouldAsk: (name: string, message: string) => `  asks      ${name}: ${message}`,
  would: (change: string) => `  does      ${change}`,
  unreachable: (what: string) => `${what}. Check the network, then try again.`,
  notUnderstood: 'The answer of a service is not understood. Try again, with the newest version of Roost.',
  strange: (who: string, status: number) => `${who} answers with status ${status}. Try again in a minute.`,
} as const;

export const problemWords = (error: unknown): string => {
  if (error instanceof Unreachable) return words.unreachable(error.message);
  if (error instanceof ZodError) return words.notUnderstood;
  return error instanceof Error ? error.message : String(error);
};

export const twilioWords = {
  title: 'Twilio account',
  sid: 'Account SID',
  where: 'console.twilio.com → Account Dashboard → Account Info: Account SID (starts with AC) and Auth Token.',
  token: 'Auth token',
  badSid: 'is not an account SID (AC and 32 hex digits)',
  badToken: 'is not an auth token (32 letters and digits)',
  wrong: 'Twilio says this token does not belong to that account. Copy both from console → Account Info.',
  closed: (status: string) => `Twilio says this account is ${status}. Open a ticket in the Twilio console.`,
  account: (name: string) => `Twilio account “${name}”`,
  trial: (name: string) =>
    `Twilio account “${name}”, on trial: 50 messages a day, each with a line from Twilio in front, to verified numbers only.`,
  numberTitle: 'The number people write to',
  number: 'Which number do people text?',
  numberWhere:
    'Senders of your own are under console → Messaging → Senders → WhatsApp senders; getting one takes a day or more. ' +
    'The sandbox works at once and is for trying out. Several, or numbers for SMS: as TWILIO_SENDERS in .prod.vars.',
  sandboxChoice: 'Twilio’s sandbox, +1 415 523 8886',
  sandboxHint: 'for trying out: join again every 3 days, 1 message in 3 s',
  sandboxLimits:
    'The sandbox forgets a person 3 days after they joined, sends 1 message in 3 seconds, on a trial account 50 a day, ' +
    'and cannot use a template of yours.',
  badAddress: 'is not an address like whatsapp:+15555550100',
  notYours: (address: string) =>
    `${address} is no WhatsApp sender of this account. Look under console → Messaging → Senders.`,
  noNumber: (address: string) =>
    `${address} is no number of this account. Look under console → Phone Numbers → Manage → Active numbers.`,
  ofApplication: (address: string) =>
    `${address} belongs to an application at Twilio, which decides where its texts go. Under console → Phone Numbers → Manage → Active numbers, set its Messaging to “Webhook”, then run this again.`,
  smsIsOff:
    'SMS is off: what comes to that number is not taken until SMS=on is in .prod.vars. The sender of an SMS can be forged.',
  notOnline: (address: string, status: string) =>
    `${address} is ${status} at Twilio, not ONLINE. Finish its registration under console → Messaging → Senders.`,
} as const;

export const peopleWords = {
  title: 'Who may write',
  admin: 'Your own number, as in +15555550123',
  adminWhere: 'The first admin: gets a text when something needs a hand. More than one: with commas between.',
  allowed: 'Numbers that may write',
  allowedWhere: 'Numbers like +15555550123 with commas between; * lets everybody in, at your cost.',
  badNumber: 'is not a list of numbers like +15555550123',
  zone: 'Time zone of schedules, until somebody sets their own',
  badZone: 'is not a time zone like Europe/Berlin',
} as const;

export const modelWords = {
  title: 'Model key',
  key: 'Anthropic API key',
  where: 'console.anthropic.com → Settings → API keys. It stays with the relay; machines never see it.',
  badKey: 'has spaces in it or is too short',
  wrong: 'Anthropic does not accept this key. Make a new one under console.anthropic.com → Settings → API keys.',
  works: 'The key works.',
} as const;

export const cloudflareWords = {
  title: 'Cloudflare account',
  token: 'API token',
  where:
    'dash.cloudflare.com → My Profile → API Tokens → Create Token, template “Edit Cloudflare Workers”, plus Account → ' +
    'Workers AI → Read. Workers Paid is needed: following a long turn takes more CPU time than the free plan allows.',
  badToken: 'has spaces in it or is too short',
  wrong: 'Cloudflare does not accept this token. Make a new one under My Profile → API Tokens.',
  noAccount:
    'This token sees no account. Give it the permission Account Settings → Read, or make one from the template “Edit Cloudflare Workers”.',
  account: 'Which account?',
  inAccount: (name: string) => `Cloudflare account “${name}”`,
  notThere: 'This token does not see that account. Choose another account or make another token.',
  noWorkers: 'This token may not edit Workers in that account. Add Account → Workers Scripts → Edit to it.',
  noR2: 'This token may not edit R2 in that account. Add Account → Workers R2 Storage → Edit to it.',
  r2Off:
    'R2 is not turned on in that account. Open R2 in the Cloudflare dashboard once and accept its terms; small amounts are free.',
  worker: 'Name of the Worker',
  badWorker: 'is not a name of small letters, digits and dashes, at most 63',
  workerTaken: (name: string) =>
    `The account has a Worker named ${name} that was not made by this set-up. Choose another name.`,
  url: 'The relay’s address, as Twilio will call it',
  urlWhere:
    'The address that Cloudflare gives it, or a domain of yours that Cloudflare serves (https://roost.example.com). ' +
    'If none is offered: choose a workers.dev subdomain under Workers & Pages first.',
  badUrl: 'is not an https address without a path',
} as const;

export const machineWords = {
  title: 'Where the agent runs',
  provider: 'On whose machine does the agent work?',
  fly: 'Fly: a machine per person',
  flyHint: 'made when they first write, asleep when idle',
  static: 'One machine that you run',
  staticHint: 'for one person, or people who trust each other',
  org: 'Fly organisation (its slug)',
  orgWhere:
    'Make an organisation for Roost alone: fly.io → Account → Organizations → Create. The token can delete everything in it. ' +
    'Fly has no spending limit: machines cost while they are awake, volumes always.',
  badOrg: 'is not an organisation’s slug like my-team',
  token: 'Fly organisation token',
  tokenWhere: 'fly tokens create org --org <slug> --expiry 8760h, or fly.io → the organisation → Tokens.',
  badToken: 'is too short for a token',
  wrong: 'Fly does not accept this token. Make a new one: fly tokens create org --org <slug>.',
  noOrganisation:
    'This token does not reach that organisation. Check the slug, and make the token for that organisation.',
  organisation: (slug: string) => `Fly organisation ${slug}`,
  notAlone: (apps: readonly string[]) =>
    `There is something else in that organisation: ${apps.slice(0, 5).join(', ')}${apps.length > 5 ? ' …' : ''}. ` +
    'Whoever gets at this token can delete it. An organisation for Roost alone is better.',
  goOnAnyway: 'Use it all the same?',
  region: 'Regions for new machines, the best first',
  regionWhere: 'Three letters each, with commas between: fly platform regions. The next is tried when one is full.',
  badRegion: 'is not a list of regions like fra,ams',
  url: 'Address of the agent server',
  urlWhere: (relayUrl: string, keys: string) =>
    'Start the agent server (vm/Dockerfile; on Fly: fly launch --copy-config) with these, which are no secrets:\n' +
    `  RELAY_URL=${relayUrl}\n  RELAY_PUBLIC_KEYS='${keys}'\n  MACHINE_AUDIENCE=static`,
  badMachineUrl: 'is not an http or https address',
  silent: (reason: string) => `No agent server answers there (${reason}). Start it, check the address, and try again.`,
  answers: 'The agent server answers.',
  shared: 'Several people will share this machine and can reach each other’s files. Do they trust each other?',
  trusted: 'Yes, they do',
  untrusted: 'No',
  notTrusted: 'Then they need a machine each. Choose Fly, or allow one person.',
} as const;

export const imageWords = {
  title: 'The agent’s image',
  image: 'Reference of the image',
  noBuilder:
    'There is neither flyctl nor a running Docker here to build it. The workflow .github/workflows/ci.yml shows how it is ' +
    'built where there is one. Push it where Fly can fetch it, and give its reference with the digest: ' +
    'registry.fly.io/your-app@sha256:…',
  canBuild: (builder: string) =>
    `Leave it empty to have it built here with ${builder}, or give a reference with its digest: registry.fly.io/your-app@sha256:…`,
  bad: 'names neither a digest (@sha256:…) nor a tag',
  built: (image: string) => `Built ${image}`,
  referenced: (image: string) => `Uses ${image}`,
  building: (builder: string) => `Building with ${builder}. The first time takes about ten minutes.`,
  cannot:
    'There is nothing here to build the image with. Set FLY_IMAGE in .prod.vars to a reference, then run this again.',
  failed: (builder: string, tail: string) => `${builder} could not build the image:\n${tail}`,
  appTaken: (name: string) =>
    `The app name ${name} is taken by somebody else on Fly. Set FLY_APP_PREFIX in .prod.vars to another prefix.`,
  change: (app: string) =>
    `makes the Fly app ${app} for its images, builds vm/Dockerfile and pushes it, unless FLY_IMAGE names one`,
} as const;

export const relayWords = {
  keysTitle: 'Keys of this deployment',
  keys: 'Drawn: the key that signs calls to machines, and the operator’s token.',
  keysChange: 'draws MACHINE_SIGNING_KEY and OPERATOR_TOKEN where they are missing',
  bucketsTitle: 'Storage',
  buckets: (names: readonly string[]) => `R2 buckets: ${names.join(', ')}`,
  bucketsChange: (names: readonly string[]) => `makes the R2 buckets ${names.join(', ')} where they are missing`,
  relayTitle: 'The relay',
  deploying: 'Deploying. This takes up to a minute.',
  deployed: (url: string) => `The relay answers at ${url}`,
  relayChange: (name: string) => `deploys the Worker ${name} with its secrets`,
} as const;

export const phoneWords = {
  webhookTitle: 'Twilio calls the relay',
  webhook: (addresses: readonly string[]) =>
    `Messages to ${addresses.map((address) => address.replace('whatsapp:', '')).join(' and ')} now go to the relay.`,
  goesElsewhere: (address: string, url: string) =>
    `Until now, messages to ${address.replace('whatsapp:', '')} go to ${url}. Set-up has them go to the relay; npm run teardown puts it back.`,
  changeIt: 'Have them go to the relay from now on?',
  leftAsItWas:
    'The webhook is left as it was, so nothing reaches the relay. To use another number, change TWILIO_SENDERS in .prod.vars; then run this again.',
  pasteLater: 'All that can be set from here is set. Paste what is shown above in the Twilio console yourself.',
  webhookChange: (url: string) => `has Twilio call ${url}; what was set before is kept for teardown`,
  paste: (url: string, statusUrl: string) =>
    'The sandbox has no API for this. Open console → Messaging → Try it out → Send a WhatsApp message → Sandbox settings and paste:\n' +
    `  When a message comes in:  ${url}\n  Status callback URL:      ${statusUrl}\nBoth with method POST, then Save.`,
  pasted: 'Saved in the console?',
  pasteFirst: 'Twilio does not call the relay yet. Paste the two addresses in the console, then run this again.',
  pastedDone: 'You said that the sandbox calls the relay; the test message will show it.',
  templateTitle: 'Template for the closed window',
  template: 'Ask WhatsApp to approve a template that invites people to write again?',
  templateWhere:
    '24 hours after a person’s last text WhatsApp lets only approved templates through. With one, Roost sends an invitation ' +
    'when an answer waits; without one, answers wait in silence. Approval takes up to some days; `npm run doctor` shows it.',
  templateYes: 'Yes, create it',
  templateNo: 'No, answers wait',
  badTemplate: 'is neither create nor no',
  templateBody: 'Your assistant has something for you. Reply to this message to read it.',
  templatePending: (status: string) => `Handed in; WhatsApp’s decision: ${status}.`,
  templateChange: 'creates a message template and hands it in for approval',
  helloTitle: 'Test message',
  hello: (person: string, number: string) =>
    `Now text “hello” from ${person} to ${number}. Waiting for it, three minutes at most.`,
  join: 'If this phone has not joined the sandbox: first text “join” and your two words, shown in the console above the settings.',
  heard: 'Your text has arrived at Twilio. Waiting for the answer.',
  answered: 'Answered. It works.',
  unheard: (number: string) =>
    `No text to ${number} has arrived at Twilio. Check number and phone, then run this again, or run \`npm run doctor\`.`,
  unanswered: 'Your text arrived, and no answer was sent in three minutes. `npm run doctor` says what is in the way.',
  helloChange: 'asks for a text and waits for its answer',
  helloSkipped: 'Nobody is there to text. Text the number something to see that it works.',
} as const;

export const teardownWords = {
  title: 'Roost: teardown',
  usage: 'Usage: npm run teardown [-- --dry-run | --yes] [--with-data]',
  nothing: 'Set-up has made nothing that is still there. Nothing to remove.',
  list: 'This will be removed for good:',
  dryRun: 'Nothing was removed: this was a dry run.',
  ask: (name: string) => `Type the Worker’s name (${name}) to remove all of it`,
  notTyped: 'That is not the name. Nothing was removed.',
  needsYes: 'This asks before it removes, so it needs a terminal; or use --yes.',
  interrupted: 'Stopped. `npm run teardown` goes on with what is left.',
  webhook: (id: string) => `the webhook of ${id}`,
  webhookTitle: (id: string) => `the webhook of ${id}: put back to what it was`,
  webhookChanged: (id: string) => `The webhook of ${id} was changed since, so it is left alone.`,
  webhookBack: (id: string) => `The webhook of ${id} is what it was.`,
  flyIsSilent: (org: string) =>
    `Fly does not tell which machines there are in ${org}, so this stopped: machines cost until they are removed. Check the network and FLY_API_TOKEN in .prod.vars, then run it again. If the organisation is gone, take FLY_API_TOKEN out to remove the rest.`,
  flyMachineTitle: (name: string) => `Fly app ${name}: a machine with its volume, and what is on it`,
  flyApp: (name: string) => `Fly app ${name}`,
  worker: (name: string) => `Worker ${name}`,
  workerTitle: (name: string) => `Worker ${name}, with every conversation in it`,
  bucket: (name: string) => `R2 bucket ${name}`,
  bucketTitle: (name: string) => `R2 bucket ${name}, when it is empty`,
  template: (name: string) => `message template ${name}`,
  removed: (thing: string) => `Removed: ${thing}.`,
  bucketKept: (name: string) =>
    `R2 bucket ${name} holds files and stays. To remove them too: npm run teardown -- --with-data`,
  sandbox: 'The sandbox’s webhook cannot be changed from here: empty it in the Twilio console → Sandbox settings.',
  elsewhere: (what: string, account: string) =>
    `${what}: not removed. It was made in ${account}, and .prod.vars names another account: put that one back, or remove it there by hand.`,
  failed: (what: string, reason: string) => `${what}: not removed. ${reason}`,
  again: 'Something is left. Put it right, then run `npm run teardown` again.',
  done: 'Removed. .prod.vars still holds your answers; delete it when you no longer need them, and the tokens where you made them.',
} as const;
