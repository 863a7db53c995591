import * as z from 'zod';
import { replyParameter } from './status.ts';

// Calls to Twilio. Answers are sorted by what they mean for the outbox; nothing here retries or waits.

export type TwilioAccount = {
  accountSid: string;
  user: string;
  password: string;
  apiUrl: string;
  messagingUrl: string;
  statusUrl: string;
};

export type Outgoing = { id: string; attempt: number; from: string; to: string; body: string; createdAt: number };

export type SendOutcome =
  | { kind: 'accepted'; sid: string }
  | { kind: 'refused'; code: number; mayPass: boolean; retryAfterMs: number | null }
  /** Nobody knows whether Twilio took it. */
  | { kind: 'unknown'; reason: string };

const Created = z.looseObject({ sid: z.string().min(3) });
const Refusal = z.looseObject({ code: z.number().int() });
const Listed = z.looseObject({ messages: z.array(z.unknown()) });
const ListedMessage = z.looseObject({
  sid: z.string(),
  body: z.string(),
  date_created: z.string(),
  direction: z.string(),
});

/** The provider's clock may be behind ours, and its dates have whole seconds. */
const CLOCK_TOLERANCE_MS = 5000;

const headers = (account: TwilioAccount): Record<string, string> => ({
  authorization: `Basic ${btoa(`${account.user}:${account.password}`)}`,
});
const messagesUrl = (account: TwilioAccount): string =>
  `${account.apiUrl}/2010-04-01/Accounts/${account.accountSid}/Messages.json`;

/** Hands one reply over. The caller has committed the intent before. */
export async function send(account: TwilioAccount, reply: Outgoing, timeoutMs: number): Promise<SendOutcome> {
  const form = new URLSearchParams({
    To: reply.to,
    From: reply.from,
    Body: reply.body,
    StatusCallback: `${account.statusUrl}?r=${replyParameter(reply.id, reply.attempt)}`,
    SmartEncoded: 'false',
  });
  let response: Response;
  let text: string;
  try {
    response = await fetch(messagesUrl(account), {
      method: 'POST',
      headers: headers(account),
      body: form,
      signal: AbortSignal.timeout(timeoutMs),
    });
    text = await response.text();
  } catch (error) {
    return { kind: 'unknown', reason: error instanceof Error ? error.name : 'network' };
  }
  return sortAnswer(response.status, response.headers.get('retry-after'), text);
}

/** Twilio's HTTP answer to a send → what it means. */
export function sortAnswer(status: number, retryAfter: string | null, text: string): SendOutcome {
  const body = jsonOf(text);
  if (status === 200 || status === 201) {
    const created = Created.safeParse(body);
    return created.success ? { kind: 'accepted', sid: created.data.sid } : { kind: 'unknown', reason: 'no sid' };
  }
  if (status >= 500 || status < 400 || status === 408) return { kind: 'unknown', reason: `HTTP ${status}` };
  const refusal = Refusal.safeParse(body);
  const seconds = retryAfter !== null && /^\d{1,5}$/.test(retryAfter) ? Number(retryAfter) : null;
  const code = refusal.success ? refusal.data.code : status;
  // 401 and 403 are about our account, not about this message: they pass when the token has been put right.
  const mayPass = [401, 403, 429].includes(status) || code === 63018;
  return { kind: 'refused', code, mayPass, retryAfterMs: seconds === null ? null : seconds * 1000 };
}

/** `candidates`: newest first; the caller leaves out those that belong to another reply. */
export type LookUp = { kind: 'listed'; candidates: string[] } | { kind: 'failed'; reason: string };

/** Looks in Twilio's list for a reply whose fate is unknown. No DateSent filter: it is null while a message is queued. */
export async function lookUp(account: TwilioAccount, reply: Outgoing, timeoutMs: number): Promise<LookUp> {
  const query = new URLSearchParams({ To: reply.to, From: reply.from, PageSize: '50' });
  try {
    const response = await fetch(`${messagesUrl(account)}?${query}`, {
      headers: headers(account),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return { kind: 'failed', reason: `HTTP ${response.status}` };
    }
    const list = Listed.safeParse(await response.json());
    if (!list.success) return { kind: 'failed', reason: 'unreadable list' };
    return { kind: 'listed', candidates: candidates(list.data.messages, reply) };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.name : 'network' };
  }
}

/** Which of Twilio's messages may be this reply: ours to them, made after it was, with its words (a trial account adds some). */
export function candidates(messages: readonly unknown[], reply: Pick<Outgoing, 'body' | 'createdAt'>): string[] {
  const wanted = normalised(reply.body);
  return messages.flatMap((message) => {
    const { data } = ListedMessage.safeParse(message);
    if (!data?.direction.startsWith('outbound')) return [];
    const isIt =
      Date.parse(data.date_created) >= reply.createdAt - CLOCK_TOLERANCE_MS && normalised(data.body).endsWith(wanted);
    return isIt ? [data.sid] : [];
  });
}

const normalised = (body: string): string => body.normalize('NFC').trim();

/** Shows typing to the person, best effort: whatever comes back is ignored. */
export async function showTyping(account: TwilioAccount, messageId: string, timeoutMs: number): Promise<void> {
  try {
    const response = await fetch(`${account.messagingUrl}/v2/Indicators/Typing.json`, {
      method: 'POST',
      headers: headers(account),
      body: new URLSearchParams({ messageId, channel: 'whatsapp' }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
  } catch {
    // The person sees no typing; nothing else depends on it.
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
