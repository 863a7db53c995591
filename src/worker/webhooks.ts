import type { Context } from 'hono';
import { numberOf, parseInbound } from '../channels/twilio/inbound.ts';
import { parseStatus } from '../channels/twilio/status.ts';
import { type Form, isSigned, parseForm } from '../channels/twilio/verify.ts';
import { report } from '../events.ts';
import { agentUuid } from '../protocol/agent-uuid.ts';
import { BODY_MAX } from '../turns/policy.ts';
import { isAllowed } from './access.ts';
import type { AppEnv } from './app-env.ts';
import { type Config, isSimulated } from './config.ts';
import { locationHint } from './location.ts';

// Twilio's two webhooks: verify, parse, hand over to the conversation, answer at once. Nothing waits for the agent.

const EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>';

type C = Context<AppEnv>;

export async function onInbound(c: C): Promise<Response> {
  const config = c.get('config');
  const form = await signedForm(c, config);
  if (form instanceof Response) return form;
  const inbound = parseInbound(form);
  if (!inbound) return c.text('From, To or MessageSid is missing or malformed.', 400);
  if (inbound.accountSid !== config.TWILIO_ACCOUNT_SID || !config.TWILIO_SENDERS.includes(inbound.to)) {
    report({ level: 'warn', event: 'not-ours', reason: 'AccountSid or To is not configured here' });
    return c.text('This account or address is not served here.', 403);
  }
  const number = numberOf(inbound.from);
  const isSms = !inbound.from.startsWith('whatsapp:');
  const allowed = number !== null && isAllowed(number, config.ALLOWED_SENDERS, isSimulated(config));
  if (!allowed || (isSms && config.SMS === 'off')) {
    report({ level: 'warn', event: 'sender-refused', sms: isSms });
    return twiml(c);
  }
  const { from, to, providerId, text, attachments } = inbound;
  const uuid = await agentUuid(providerId);
  const message = { providerId, uuid, from, to, text, attachments, receivedAt: Date.now() };
  const hint = locationHint(number);
  await conversations(c.env, config)
    .getByName(from, hint ? { locationHint: hint } : {})
    .accept(from, message);
  return twiml(c);
}

export async function onStatus(c: C): Promise<Response> {
  const config = c.get('config');
  const form = await signedForm(c, config);
  if (form instanceof Response) return form;
  const update = parseStatus(form, c.req.query('r'));
  if (!update) return c.text('r, MessageSid or MessageStatus is missing or malformed.', 400);
  if (update.accountSid !== config.TWILIO_ACCOUNT_SID) return c.text('This account is not served here.', 403);
  const { to, reply, attempt, sid, status, errorCode } = update;
  if (status !== null) {
    const callback = { reply, attempt, sid, status, errorCode };
    const known = await repeatable(() => conversations(c.env, config).getByName(to).status(callback));
    if (!known) report({ level: 'warn', event: 'callback-of-nobody', reply, status });
  }
  return c.body(null, 200);
}

/** Once more, with a fresh stub, when the object was just being replaced. Only for calls that may be repeated. */
async function repeatable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Error && 'retryable' in error && error.retryable === true)) throw error;
    return call();
  }
}

/** The form of a request that Twilio signed, or the refusal. */
async function signedForm(c: C, config: Config): Promise<Form | Response> {
  if (!/^application\/x-www-form-urlencoded\b/i.test(c.req.header('content-type') ?? '')) {
    return c.text('Send application/x-www-form-urlencoded.', 415);
  }
  const body = await boundedText(c.req.raw, BODY_MAX);
  if (body === null) return c.text(`The body is larger than ${BODY_MAX} bytes.`, 413);
  const form = parseForm(body);
  const { pathname, search } = new URL(c.req.url);
  const tokens = [config.TWILIO_AUTH_TOKEN, config.TWILIO_AUTH_TOKEN_PREVIOUS].filter((token) => token !== undefined);
  if (!isSigned(`${config.PUBLIC_URL}${pathname}${search}`, form, c.req.header('x-twilio-signature'), tokens)) {
    report({ level: 'warn', event: 'signature-refused', path: pathname });
    return c.text('The signature does not match.', 403);
  }
  return form;
}

/** Reads at most `limit` bytes; null when there are more. */
async function boundedText(request: Request, limit: number): Promise<string | null> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) return null;
  const decoder = new TextDecoder();
  let size = 0;
  let text = '';
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) return null;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function conversations(env: Env, config: Config): Env['CONVERSATIONS'] {
  return config.DATA_JURISDICTION ? env.CONVERSATIONS.jurisdiction(config.DATA_JURISDICTION) : env.CONVERSATIONS;
}

function twiml(c: C): Response {
  return c.body(EMPTY_TWIML, 200, { 'content-type': 'text/xml' });
}
