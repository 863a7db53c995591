import * as z from 'zod/mini';
import type { Found } from '../../conversation/state/events.ts';
import { parseJson } from '../../parse-json.ts';
import { normaliseUnicode } from '../../protocol/linear-text.ts';
import type { LookUp, Outgoing, SendOutcome } from '../channel.ts';
import type { TwilioAccount } from './account.ts';
import { authorizationOf } from './account.ts';
import { classifyError } from './errors.ts';
import { replyParameterOf, STATES } from './status.ts';

// Calls to Twilio. Answers are classified by their meaning for the outbox; nothing here retries or waits.

const Created = z.looseObject({ sid: z.string().check(z.minLength(3)) });
const Refusal = z.looseObject({ code: z.int() });
const Listed = z.looseObject({ messages: z.array(z.unknown()) });
const ListedMessage = z.looseObject({
  sid: z.string(),
  body: z.pipe(
    z.nullable(z.string()),
    z.transform((body) => body ?? ''),
  ),
  date_created: z.string(),
  direction: z.string(),
  status: z.string(),
  num_media: z.catch(z.coerce.number(), 0),
  error_code: z.catch(z.nullable(z.int()), null),
});

const RETRY_AFTER_MAX_MS = 24 * 60 * 60 * 1000;
/** Twilio's clock may be behind ours, and its dates have whole seconds. */
const CLOCK_TOLERANCE_MS = 5000;

export const messagesUrlOf = (account: TwilioAccount): string =>
  `${account.apiUrl}/2010-04-01/Accounts/${account.accountSid}/Messages.json`;

/** Sends one reply. The caller has committed the intent before. */
export async function send(account: TwilioAccount, reply: Outgoing, timeoutMs: number): Promise<SendOutcome> {
  const contentSid = reply.template ?? reply.content;
  const form = new URLSearchParams({
    To: reply.to,
    From: reply.from,
    ...(contentSid !== null ? { ContentSid: contentSid } : reply.body === '' ? {} : { Body: reply.body }),
    ...(reply.mediaUrl ? { MediaUrl: reply.mediaUrl } : {}),
    StatusCallback: `${account.statusUrl}?r=${replyParameterOf(reply.id, reply.attempt)}`,
    SmartEncoded: 'false',
  });
  let response: Response;
  let text: string;
  try {
    response = await fetch(messagesUrlOf(account), {
      method: 'POST',
      headers: authorizationOf(account),
      body: form,
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    return { kind: 'unknown', reason: error instanceof Error ? error.name : 'network', retryAfterMs: null };
  }
  return classifyAnswer(response.status, response.headers.get('retry-after'), text);
}

/** The meaning of Twilio's HTTP answer to a send. */
export function classifyAnswer(status: number, retryAfter: string | null, text: string, now = Date.now()): SendOutcome {
  const body = parseJson(text);
  if (status === 200 || status === 201) {
    const created = Created.safeParse(body);
    if (created.success) return { kind: 'accepted', sid: created.data.sid };
    return { kind: 'unknown', reason: 'no sid', retryAfterMs: null };
  }
  const retryAfterMs = waitAsked(retryAfter, now);
  if (status >= 500 || status < 400 || status === 408)
    return { kind: 'unknown', reason: `HTTP ${status}`, retryAfterMs };
  const refusal = Refusal.safeParse(body);
  const code = refusal.success ? refusal.data.code : status;
  const known = classifyError(code);
  // A status about our credentials or our rate outweighs the code.
  const byStatus = status === 429 ? 'rate' : status === 401 || status === 403 ? 'account' : null;
  const failure = known === 'other' ? (byStatus ?? known) : known;
  return { kind: 'refused', code, failure, retryAfterMs };
}

/** In seconds or as a date; capped at a day. */
function waitAsked(retryAfter: string | null, now: number): number | null {
  if (retryAfter === null) return null;
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), RETRY_AFTER_MAX_MS);
}

/** Searches Twilio's list for a reply of unknown outcome. No DateSent filter: it is null while a message is queued. */
export async function lookUp(account: TwilioAccount, reply: Outgoing, timeoutMs: number): Promise<LookUp> {
  const query = new URLSearchParams({ To: reply.to, From: reply.from, PageSize: '50' });
  try {
    const response = await fetch(`${messagesUrlOf(account)}?${query}`, {
      headers: authorizationOf(account),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) {
      await response.body?.cancel();
      const retryAfterMs = waitAsked(response.headers.get('retry-after'), Date.now());
      return { kind: 'failed', reason: `HTTP ${response.status}`, retryAfterMs };
    }
    const list = Listed.safeParse(await response.json());
    if (!list.success) return { kind: 'failed', reason: 'unreadable list', retryAfterMs: null };
    return { kind: 'listed', candidates: findCandidates(list.data.messages, reply) };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.name : 'network', retryAfterMs: null };
  }
}

/**
 * Twilio's messages that may be this reply: from us to them, created after it, with its text (a trial account adds to
 * it).
 */
export function findCandidates(
  messages: readonly unknown[],
  reply: Pick<Outgoing, 'body' | 'template' | 'createdAt'> & { shown?: string | null },
): Found[] {
  // The carrier writes a template's text, so any unbound message of that time counts.
  const wanted = reply.template === null ? normalised(reply.body) : '';
  const shown = reply.shown == null ? wanted : normalised(reply.shown);
  // A message without text shows only its file.
  const isFileAlone = wanted === '' && reply.template === null;
  return messages.flatMap((message) => {
    const { data } = ListedMessage.safeParse(message);
    if (!data?.direction.startsWith('outbound')) return [];
    const body = normalised(data.body);
    const isIt = Date.parse(data.date_created) >= reply.createdAt - CLOCK_TOLERANCE_MS;
    // With or without buttons: the tries may differ.
    const hasWords = body.endsWith(wanted) || body.endsWith(shown);
    if (!isIt || !(isFileAlone ? data.num_media > 0 || body === '' : hasWords)) return [];
    const { sid, error_code: errorCode } = data;
    const status = STATES[data.status] ?? null;
    return [{ sid, status, errorCode, failure: status === 'failed' ? classifyError(errorCode ?? 0) : null }];
  });
}

const normalised = (body: string): string => normaliseUnicode(body, 'NFC').trim();
