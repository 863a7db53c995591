import type { Context } from 'hono';
import { addressesOf } from '../addresses.ts';
import { UNKEPT_ATTEMPT } from '../channels/channel.ts';
import { parseInbound } from '../channels/twilio/inbound.ts';
import { parseStatus } from '../channels/twilio/status.ts';
import { FIELDS_MAX, type Form, isSignature, isSigned, parseForm } from '../channels/twilio/verify.ts';
import type { Config } from '../config/config.ts';
import { BODY_MAX } from '../conversation/policy/turn.ts';
import { report } from '../log.ts';
import { conversationsOf, retryOnce } from '../objects/namespaces.ts';
import { boundedText } from './bounded-text.ts';
import type { AppEnv } from './configuration.ts';
import { handOver } from './intake.ts';
import { reportRefusal } from './refusal-log.ts';

// Twilio's two webhooks: verify, parse, hand the message to the conversation, answer at once. Nothing waits for the
// agent.

const EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>';

const MALFORMED = (names: string): string => `${names} is missing or invalid, or a field appears twice.`;

type C = Context<AppEnv>;

export async function onInbound(c: C): Promise<Response> {
  const config = c.get('config');
  const form = await signedForm(c, config);
  if (form instanceof Response) return form;
  const inbound = parseInbound(form);
  if (!inbound) return c.text(MALFORMED('From, To or MessageSid'), 400);
  if (inbound.accountSid !== config.TWILIO_ACCOUNT_SID || !config.TWILIO_SENDERS.includes(inbound.to)) {
    report({ level: 'warn', event: 'not-ours', reason: 'AccountSid or To is not configured here' });
    return c.text('Roost isn’t set up for this account or address.', 403);
  }
  const { accountSid: _ours, ...message } = inbound;
  await handOver(c.env, config, { ...message, receivedAt: Date.now(), late: false });
  return twiml(c);
}

export async function onStatus(c: C): Promise<Response> {
  const config = c.get('config');
  const form = await signedForm(c, config);
  if (form instanceof Response) return form;
  const update = parseStatus(form, c.req.query('r'));
  if (!update) return c.text(MALFORMED('r, MessageSid, MessageStatus or To'), 400);
  if (update.accountSid !== config.TWILIO_ACCOUNT_SID) return c.text('Roost isn’t set up for this account.', 403);
  const { to, reply, attempt, sid, status, errorCode, failure } = update;
  if (attempt === UNKEPT_ATTEMPT) {
    if (status === 'failed') report({ level: 'warn', event: 'stranger-not-told', outcome: `code ${errorCode}` });
  } else if (status !== null) {
    const callback = { reply, attempt, sid, status, errorCode, failure };
    const objects = conversationsOf(c.env, config);
    let isKnown = false;
    for (const address of addressesOf(to)) {
      isKnown ||= await retryOnce(() => objects.getByName(address).status(callback));
    }
    if (!isKnown) report({ level: 'warn', event: 'callback-of-nobody', reply, status });
  }
  return c.body(null, 200);
}

/** The form of a request that Twilio signed, or the refusal. The cheapest check comes first: strangers cost no work. */
async function signedForm(c: C, config: Config): Promise<Form | Response> {
  if (config.TWILIO_AUTH_TOKEN === undefined)
    return c.text('Roost has no account at Twilio: TWILIO_AUTH_TOKEN isn’t set.', 404);
  const signature = c.req.header('x-twilio-signature');
  if (!isSignature(signature)) return unsigned(c);
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) {
    return c.text('Send application/x-www-form-urlencoded.', 415);
  }
  const body = await boundedText(c.req.raw, BODY_MAX);
  if (body === null) return c.text(`The request body is larger than ${BODY_MAX} bytes, or came too slowly.`, 413);
  const form = parseForm(body);
  if (form === null) return c.text(`The form has more than ${FIELDS_MAX} fields.`, 400);
  const { pathname, search } = new URL(c.req.url);
  const tokens = [config.TWILIO_AUTH_TOKEN, config.TWILIO_AUTH_TOKEN_PREVIOUS].filter((token) => token !== undefined);
  return isSigned(`${config.PUBLIC_URL}${pathname}${search}`, form, signature, tokens) ? form : unsigned(c);
}

function unsigned(c: C): Response {
  reportRefusal({ level: 'warn', event: 'signature-refused', path: c.req.path });
  return c.text('The signature is missing or does not match.', 403);
}

function twiml(c: C): Response {
  return c.body(EMPTY_TWIML, 200, { 'content-type': 'text/xml' });
}
