import { foldNumber } from '../../src/addresses.ts';
import { WEBHOOK_OPTIONS } from '../../src/channels/twilio/account.ts';
import type { Listed } from '../accounts/twilio.ts';
import { isSms, type Line } from '../accounts/twilio-lines.ts';
import { links } from '../setup/links.ts';
import { type Check, type Finding, fail, LeftOut, ok, warn, worstOf } from './check.ts';
import { type DoctorContext, shown } from './context.ts';

// Checks our own addresses: where Twilio sends incoming texts, and the sandbox, for which Twilio has no API.

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A sandbox forgets its members after this time. */
const SANDBOX_FOR_MS = 72 * HOUR;
/** A first answer or a notice comes much sooner; the cron finds texts with a lost webhook every five minutes. */
const ANSWERED_WITHIN_MS = 4 * MINUTE;
const GIVEN_UP_AFTER_MS = 15 * MINUTE;

const wanted = (context: DoctorContext): string => `${context.relay().url}/webhooks/twilio${WEBHOOK_OPTIONS}`;
const SET_UP = 'Run `npm run setup`: it sets the webhook.';

const OF_APPLICATION = `Choose “Webhook” in the number’s Messaging settings under Active numbers (${links.phoneNumbers}), then run \`npm run setup\`.`;
const NOT_OURS = 'Correct TWILIO_SENDERS: `npm run setup -- --change number`.';
const SMS_IS_OFF =
  'Set SMS=on in .prod.vars and run `npm run deploy`, or remove the number from TWILIO_SENDERS. The sender of an SMS can be forged.';

/** Pure. The problem with one sender’s webhooks. */
export function judgeWebhook(
  { address, status, application, webhook }: Line,
  callback: string,
  statusCallback: string,
): Finding {
  const whose = shown(address);
  const { callbackUrl: set, callbackMethod: method, statusCallbackUrl: statuses } = webhook;
  if (application !== '') return fail(`a Twilio application decides where texts to ${whose} go`, OF_APPLICATION);
  if (set === '') return fail(`${whose} has no webhook, so texts go nowhere`, SET_UP);
  if (bare(set) !== bare(callback)) return fail(`${whose} sends to ${placeOf(set, callback)}`, SET_UP);
  if (method !== '' && method !== 'POST') return fail(`${whose} is set to ${method} instead of POST`, SET_UP);
  if (!isSms(address) && !/^ONLINE/.test(status)) {
    return fail(`${whose} is ${status}`, `The Twilio Console says why: ${links.whatsAppSenders}`);
  }
  const findings: Finding[] = [];
  if (set !== callback)
    findings.push(warn(`${whose} has no retry options, so a text can get lost while the relay restarts`, SET_UP));
  if (!isSms(address) && bare(statuses) !== statusCallback) {
    findings.push(
      warn(
        `${whose} sends delivery statuses ${statuses === '' ? 'nowhere' : `to ${placeOf(statuses, callback)}`}`,
        SET_UP,
      ),
    );
  }
  return worstOf(findings, ok(`${whose} sends here`));
}

const bare = (url: string): string => url.split('#')[0] ?? '';

/** Of another host only its name: the path may hold a password. */
function placeOf(url: string, ours: string): string {
  if (!URL.canParse(url)) return 'something that is no address';
  const { host } = new URL(url);
  return host === new URL(ours).host ? bare(url) : host;
}

async function webhook(context: DoctorContext): Promise<Finding> {
  const own = await context.twilio().lines();
  const sms = context.senders().filter(isSms);
  const strangers = sms.filter((number) => !own.some(({ address }) => address === number));
  if (own.length === 0 && strangers.length === 0)
    throw new LeftOut('no number in TWILIO_SENDERS is a sender of this account (see webhook-sandbox)');
  const callback = wanted(context);
  const isOff = sms.length > 0 && context.vars.SMS !== 'on';
  return worstOf(
    [
      ...strangers.map((number) => fail(`${shown(number)} is not a number of this account`, NOT_OURS)),
      ...own.map((line) => judgeWebhook(line, callback, `${context.relay().url}/webhooks/twilio/status`)),
      ...(isOff ? [warn('TWILIO_SENDERS has an SMS number, but SMS is off', SMS_IS_OFF)] : []),
    ],
    ok(''),
  );
}

/** WhatsApp addresses that are not senders of the account: the sandbox, for which Twilio has no API. */
async function sandboxes(context: DoctorContext): Promise<string[]> {
  const ours = context.senders().filter((address) => !isSms(address));
  const own = (await context.twilio().lines()).map(({ address }) => address);
  const rest = ours.filter((address) => !own.includes(address));
  if (rest.length === 0) throw new LeftOut('no sandbox is used');
  return rest;
}

const PASTE = (url: string): string =>
  `Open ${links.sandbox}, choose Sandbox settings, and paste into “When a message comes in” (POST): ${url}`;

async function webhookSandbox(context: DoctorContext): Promise<Finding> {
  const allowed = allowedBy(context);
  const findings = (await sandboxes(context)).map(async (address) => {
    const [inbound, outbound] = await Promise.all([
      context.twilio().messages({ To: address }),
      context.twilio().messages({ From: address }),
    ]);
    const texts = inbound.filter((one) => one.direction === 'inbound' && allowed(one.from));
    return judgeSandbox(address, { texts, outbound, now: Date.now(), fix: PASTE(wanted(context)) });
  });
  return worstOf(await Promise.all(findings), ok(''));
}

/** Pure. No API tells a sandbox’s webhook, so answered texts prove that texts arrive. Lists are newest first. */
export function judgeSandbox(
  address: string,
  { texts, outbound, now, fix }: { texts: Listed[]; outbound: Listed[]; now: number; fix: string },
): Finding {
  const whose = `the sandbox (${shown(address)})`;
  const [newest] = texts;
  if (!newest) return warn(`nobody has texted ${whose} yet, so it is unknown whether texts arrive`, fix);
  const replies = outbound.filter(({ to, date_created }) => to === newest.from && date_created >= newest.date_created);
  const first = Math.min(...replies.map(({ date_created }) => date_created));
  const waited = (replies.length > 0 ? first : now) - newest.date_created;
  if (replies.length > 0 && waited <= ANSWERED_WITHIN_MS)
    return ok(`the newest text to ${whose} was answered after ${Math.round(waited / 1000)} s`);
  if (replies.length > 0)
    return warn(
      `the newest text to ${whose} was answered after ${Math.round(waited / MINUTE)} minutes, which suggests that its webhook is not set`,
      fix,
    );
  if (waited < GIVEN_UP_AFTER_MS) return warn(`the newest text to ${whose} has no answer yet`, fix);
  return fail(`the newest text to ${whose} was never answered`, fix);
}

async function sandboxExpired(context: DoctorContext): Promise<Finding> {
  const listed = (context.vars.ADMIN_SENDERS ?? '').split(',').map((one) => one.trim());
  const admins = listed.filter((one) => one.startsWith('+'));
  const rest = await sandboxes(context);
  if (admins.length === 0) throw new LeftOut('ADMIN_SENDERS has no phone number');
  const pairs = rest.flatMap((address) => admins.map((admin) => ({ address, admin: `whatsapp:${admin}` })));
  const findings = pairs.map(async ({ address, admin }) => {
    const [newest] = await context.twilio().messages({ To: address, From: admin });
    const age = newest ? Date.now() - newest.date_created : null;
    if (age !== null && age <= SANDBOX_FOR_MS) return ok(`${shown(admin)} is in the sandbox`);
    const since =
      age === null ? 'has not texted the sandbox' : `last texted the sandbox ${Math.floor(age / HOUR)} hours ago`;
    return warn(
      `${shown(admin)} ${since}, which forgets people after 72 hours`,
      `From that phone, text “join” and the sandbox’s two words to ${shown(address)} again. The words: ${links.sandbox}`,
    );
  });
  return worstOf(await Promise.all(findings), ok(''));
}

function allowedBy(context: DoctorContext): (address: string) => boolean {
  const entries = (context.vars.ALLOWED_SENDERS ?? '').split(',').map((entry) => entry.trim());
  return (address) => {
    const number = address.replace(/^whatsapp:/, '');
    return entries.some((entry) => entry === '*' || (entry !== '' && foldNumber(entry) === foldNumber(number)));
  };
}

export const senderChecks: readonly Check[] = [
  { name: 'webhook', title: 'Webhook', run: webhook },
  { name: 'webhook-sandbox', title: 'Sandbox webhook', run: webhookSandbox },
  { name: 'sandbox-expired', title: 'Sandbox', run: sandboxExpired },
];
