import { links } from './links.ts';

// The sentences of setup about creating things: the summary beforehand, machines, the relay, the phone.

export const agreementWords = {
  terms: 'WhatsApp’s terms on AI assistants, in the countries of the people:',
  title: 'What it costs',
  will: (changes: readonly string[]) => ['Setup will now:', ...changes.map((change) => `  - ${change}`)].join('\n'),
  later: 'Later, the relay creates a Fly app with a machine and a volume for each person who writes.',
  agree: 'Create this now?',
  declined: 'Nothing was created.',
  agreed: 'You agreed.',
  unasked: 'Nobody is asked with --non-interactive.',
} as const;

export const machineWords = {
  title: 'Where the agent runs',
  provider: 'Where should the agent run?',
  fly: 'Fly: a machine for each person',
  flyHint: 'created when they first write, asleep when idle',
  static: 'One machine that you run',
  staticHint: 'for one person, or people who trust each other',
  badProvider: 'Choose fly or static.',
  org: 'Fly organisation (its slug)',
  orgWhere:
    'Create an organisation for Roost alone, because the token can delete everything in it. ' +
    'Fly has no spending limit: machines cost money while awake, volumes always. Create it here:',
  badOrg: 'That isn’t an organisation’s slug. A slug looks like my-team.',
  token: 'Fly organisation token',
  tokenWhere: (org: string) =>
    `Create an organisation token, here or with \`fly tokens create org --org ${org} --expiry 8760h\`:`,
  badToken: 'That isn’t a token: it is too short.',
  wrong: (org: string) => `Fly doesn’t accept this token. Create a new one: ${links.flyTokens(org)}`,
  noOrganisation:
    'This token can’t reach that organisation. Check the slug, and create the token in that organisation.',
  organisation: (slug: string) => `Fly organisation ${slug}`,
  notAlone: (apps: readonly string[]) =>
    `That organisation has other apps: ${apps.slice(0, 5).join(', ')}${apps.length > 5 ? ' …' : ''}. ` +
    'Anyone who gets this token can delete them. An organisation for Roost alone is safer.',
  goOnAnyway: 'Use it anyway?',
  otherOrg: 'Enter another organisation.',
  region: 'Regions for new machines, the best first',
  regionWhere:
    'Three letters each, with commas between. If one is full, the next is tried. The list: https://fly.io/docs/reference/regions/',
  badRegion: 'That isn’t a list of regions. A region has three letters; put commas between several: fra,ams.',
  shared: 'Several people will share this machine and can reach each other’s files. Do they trust each other?',
  trusted: 'Yes, they do',
  untrusted: 'No',
  notTrusted: 'Then each needs a machine of their own. Choose Fly, or allow one person only.',
} as const;

export const agentServerWords = {
  settingsTitle: 'Settings for your agent server',
  start: (file: string) =>
    `The settings are in ${file}; none of them is secret. Start the agent server with them in another terminal. With Docker:`,
  orOnFly: 'Or on Fly (choose another app name when asked if roost-agent is taken):',
  commands: {
    docker: (file: string) => [
      'docker build -f vm/Dockerfile -t roost-agent .',
      `docker run -d --name roost-agent --restart unless-stopped -p 8080:8080 -v roost-data:/data --env-file ${file} roost-agent`,
    ],
    fly: (file: string) => [
      'fly launch --copy-config --no-deploy',
      `fly secrets import --stage < ${file}`,
      'fly deploy',
    ],
  },
  leave: 'This can take a while: stop here with Ctrl-C if you like, and run `npm run setup` when the server is up.',
  written: (file: string) => `Wrote ${file}`,
  title: 'Your agent server',
  url: 'Address of the agent server',
  urlWhere: 'Cloudflare must be able to reach it, for example https://roost-agent.fly.dev or your own HTTPS proxy.',
  badUrl: 'That isn’t an address for the agent server. Use an http or https address.',
  silent: (reason: string) => `No agent server answers there (${reason}). Start it, check the address, then try again.`,
  answers: 'The agent server answers.',
} as const;

export const imageWords = {
  choiceTitle: 'The agent’s image',
  title: 'Building the agent’s image',
  image: 'Reference of the image',
  noBuilder:
    'Neither flyctl nor a running Docker is on this computer, so the image can’t be built here. Build it as in .github/workflows/ci.yml, ' +
    'push it where Fly can fetch it, and enter its reference with the digest: registry.fly.io/your-app@sha256:…',
  canBuild: (builder: string) =>
    `Leave it empty to build it here with ${builder}, or enter a reference with its digest: registry.fly.io/your-app@sha256:…`,
  bad: 'That isn’t an image reference. It needs a digest (@sha256:…) or a tag.',
  built: (image: string) => `Built ${image}`,
  building: (builder: string) => `Building with ${builder}. The first time takes about ten minutes.`,
  cannot: 'The image can’t be built on this computer. Set FLY_IMAGE in .prod.vars to a reference, then run this again.',
  failed: (builder: string, tail: string) => `${builder} couldn’t build the image:\n${tail}`,
  appTaken: (name: string) =>
    `Somebody else on Fly has the app name ${name}. Set FLY_APP_PREFIX in .prod.vars to another prefix, then run this again.`,
  change: (app: string) => `create the Fly app ${app} for the agent’s image, build the image and push it`,
} as const;

export const relayWords = {
  keysTitle: 'Keys for this deployment',
  keys: 'Generated the machine signing key, the operator token and the key that seals secrets.',
  keysChange: 'generate MACHINE_SIGNING_KEY, OPERATOR_TOKEN and SECRETS_KEY if they are missing',
  bucketsTitle: 'Storage',
  buckets: (names: readonly string[]) => `R2 buckets: ${names.join(', ')}`,
  bucketsChange: (names: readonly string[]) => `create the R2 buckets ${names.join(', ')} if they are missing`,
  relayTitle: 'The relay',
  deploying: 'Deploying. This takes up to a minute.',
  deployed: (url: string) => `The relay answers at ${url}`,
  relayChange: (name: string) => `deploy the Worker ${name} with its secrets`,
} as const;

export const phoneWords = {
  webhookTitle: 'Twilio calls the relay',
  webhook: (addresses: readonly string[]) =>
    `Messages to ${addresses.map((address) => address.replace('whatsapp:', '')).join(' and ')} now go to the relay.`,
  goesElsewhere: (address: string, url: string) =>
    `Messages to ${address.replace('whatsapp:', '')} currently go to ${url}. If you agree, they will go to the relay; npm run teardown restores the current setting.`,
  changeIt: 'Send them to the relay from now on?',
  leftAsItWas:
    'The webhook is unchanged, so nothing reaches the relay. To use another number, run `npm run setup -- --change number`.',
  pasteLater:
    'Everything that can be set from here is set. Paste the addresses shown above in the Twilio Console yourself.',
  webhookChange: 'have Twilio send messages to the relay (npm run teardown undoes this)',
  paste:
    'The sandbox can’t be set from here. Open this page, choose Sandbox settings, paste the two addresses, set both to POST, then Save:',
  addresses: (url: string, statusUrl: string) => [
    `When a message comes in:  ${url}`,
    `Status callback URL:      ${statusUrl}`,
  ],
  pasted: 'Did you save both in the Twilio Console?',
  pasteFirst: 'Twilio doesn’t call the relay yet. Paste the two addresses in the Twilio Console, then run this again.',
  pastedDone: 'You saved the addresses. The test message will show whether they work.',
  wishTitle: 'Replies after 24 hours',
  templateTitle: 'Message template',
  template: 'Ask WhatsApp to approve a template that invites people to write again?',
  templateWhere:
    'From 24 hours after a person’s last text, WhatsApp delivers only approved templates. With one, Roost sends an invitation ' +
    'when a reply is waiting; without one, replies wait silently. Approval can take a few days; `npm run doctor` shows it.',
  templateYes: 'Yes, create it',
  templateNo: 'No, let replies wait',
  badTemplate: 'Choose create or no.',
  templateBody: 'Your assistant has something for you. Reply to this message to read it.',
  templatePending: (status: string) => `Submitted to WhatsApp: ${status}.`,
  templateChange: 'create a message template and submit it to WhatsApp for approval',
  helloTitle: 'Test message',
  scan: (person: string) =>
    `Scan this code with the phone that has ${person}, or open the link on it. Then send the message.`,
  byHand: (number: string) => `Or text “hello” to ${number} by hand.`,
  waiting: 'Waiting for it, three minutes at most.',
  join: `This opens the chat with your join code. Send it, wait for Twilio’s confirmation, then text “hello”. The code is also shown at ${links.sandbox}`,
  joinUnknown: `If this phone hasn’t joined the sandbox: finish the text with the two words shown at ${links.sandbox}, send it, then text “hello”.`,
  heard: 'Your text has reached Twilio. Waiting for the answer.',
  answered: 'Answered. It works.',
  unheard: (number: string) =>
    `No text to ${number} has reached Twilio. Check the number and the phone, then run this again, or run \`npm run doctor\`.`,
  unanswered:
    'Your text reached Twilio, but no answer was sent within three minutes. `npm run doctor` shows what is wrong.',
  helloChange: 'wait for your test message and its answer',
  helloSkipped: 'Text the number yourself to see that it works.',
} as const;

/** `contact`: how the person finds the chat again. */
export const readyWords = (contact: string, link: string): string =>
  [
    'What next?',
    `  Save the contact   ${contact}`,
    `  Add a person       npm run setup -- --change people, then send them ${link}`,
    '  Look after it      npm run doctor looks for problems; npm run deploy after an update',
    '  Remove it          npm run teardown',
  ].join('\n');
