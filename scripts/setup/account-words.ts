import { links } from './links.ts';

// The sentences of setup about accounts and people. Places are named as on the service's own pages.

export const twilioWords = {
  title: 'Twilio account',
  sid: 'Account SID',
  where: 'Account SID and Auth Token are on the first page of the Twilio Console, under Account Info:',
  token: 'Auth token',
  badSid: 'That isn’t an Account SID. An Account SID is AC followed by 32 digits and letters from a to f.',
  badToken: 'That isn’t an auth token. An auth token has 32 letters and digits.',
  wrong: `Twilio says this token doesn’t belong to that account. Copy both again from ${links.twilioAccount}`,
  closed: (status: string) => `Twilio says this account is ${status}. Open a ticket in the Twilio Console.`,
  account: (name: string) => `Twilio account “${name}”`,
  trial: (name: string) =>
    `Twilio account “${name}” is on trial: 50 messages a day, each with a line from Twilio in front, to verified numbers only.`,
  numberTitle: 'The number people text',
  number: 'Which number do people text?',
  numberWhere:
    'The sandbox works at once and is for trying things out. A WhatsApp sender of your own takes a day or more to register. ' +
    'To use several numbers, or SMS, set TWILIO_SENDERS in .prod.vars. Register a sender here:',
  sandboxChoice: 'Twilio’s sandbox, +1 415 523 8886',
  sandboxHint: 'for trying it out: join again every 3 days, 1 message every 3 seconds',
  sandboxLimits:
    'The sandbox forgets people 3 days after they join, sends 1 message every 3 seconds, allows 50 messages a day on a trial account, ' +
    'and can’t use your own message template.',
  join: 'The sandbox’s join code: the two words after “join”, or leave it empty',
  joinWhere: 'Everyone who texts the sandbox first sends it “join” and two words. They are shown here:',
  badJoin: 'That isn’t a join code. A join code is two words with a dash between, like happy-otter.',
  badAddress: 'That isn’t a WhatsApp address. A WhatsApp address looks like whatsapp:+15555550100.',
  notYours: (address: string) =>
    `${address} is not a WhatsApp sender of this account. Your senders: ${links.whatsAppSenders}`,
  noNumber: (address: string) => `${address} is not a number of this account. Your numbers: ${links.phoneNumbers}`,
  ofApplication: (address: string) =>
    `A Twilio application decides where texts to ${address} go. Choose “Webhook” in the number’s Messaging settings, then run this again: ${links.phoneNumbers}`,
  smsIsOff:
    'SMS is off: texts to that number are ignored until you set SMS=on in .prod.vars. The sender of an SMS can be forged.',
  notOnline: (address: string, status: string) =>
    `${address} is ${status} at Twilio, not ONLINE. Finish registering it: ${links.whatsAppSenders}`,
} as const;

const badNumber =
  'That isn’t a list of people. A phone number looks like +15555550123, a Telegram id like telegram:4815162342; put commas between several.';

export const peopleWords = {
  title: 'Who may text it',
  admin: 'Your own number, such as +15555550123',
  adminWhere: 'You get a text when something needs attention. Put commas between several numbers.',
  allowed: 'Who may write',
  allowedWhere:
    'Numbers such as +15555550123, or telegram:4815162342 for people on Telegram, separated by commas; * lets everybody in, at your cost. To change this later: npm run setup -- --change people',
  badNumber,
  zone: 'Time zone for schedules, until people set their own',
  badZone: 'That isn’t a time zone. A time zone looks like Europe/Berlin.',
} as const;

export const modelWords = {
  title: 'Anthropic API key',
  key: 'Anthropic API key',
  where: 'Choose Create Key. The key stays with the relay; machines never see it. Create it here:',
  badKey: 'That isn’t an API key: it is too short or has spaces in it.',
  wrong: `Anthropic doesn’t accept this key. Create a new one: ${links.anthropicKeys}`,
  works: 'The key works.',
} as const;

export const cloudflareWords = {
  title: 'Cloudflare account',
  token: 'API token',
  where:
    `Roost needs the Workers Paid plan, because following a long task takes more CPU time than the free plan allows: ${links.cloudflarePlan}\n` +
    'Then create the token. This link fills in its name and permissions; choose Continue to summary, then Create Token:',
  badToken: 'That isn’t an API token: it is too short or has spaces in it.',
  wrong: 'Cloudflare doesn’t accept this token. Create a new one with the link above.',
  noAccount:
    'This token can’t see any account. Create one with the link above, or add the permission Account Settings: Read.',
  account: 'Which account?',
  inAccount: (name: string) => `Cloudflare account “${name}”`,
  notThere: 'This token can’t see that account. Choose another account, or create another token.',
  noWorkers: 'This token can’t edit Workers in that account. Add the permission Account, Workers Scripts, Edit.',
  noR2: 'This token can’t edit R2 in that account. Add the permission Account, Workers R2 Storage, Edit.',
  r2Off: `R2 is turned off in that account. Open R2 once and accept its terms; small amounts are free: ${links.cloudflareR2}`,
  worker: 'Name of the Worker',
  badWorker: 'That isn’t a Worker’s name. Use at most 63 lowercase letters, digits and dashes.',
  workerTaken: (name: string) =>
    `The account already has a Worker named ${name}, which setup didn’t create. Choose another name.`,
  url: 'The relay’s address, which Twilio or Telegram will call',
  urlWhere:
    'Use the address Cloudflare offers, or a domain of yours that Cloudflare serves (https://roost.example.com). ' +
    'If nothing is offered, choose a workers.dev subdomain first:',
  badUrl: 'That isn’t an address for the relay. Use an https address without a path.',
} as const;
