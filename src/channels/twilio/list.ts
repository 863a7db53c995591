import * as z from 'zod/mini';
import type { Failure } from '../../conversation/state/failure.ts';
import { authorizationOf, type TwilioAccount } from './account.ts';
import { classifyError } from './errors.ts';
import { messageSid } from './fields.ts';
import { describeListed } from './inbound.ts';
import { messagesUrlOf } from './send.ts';
import { STATES } from './status.ts';

// Reads Twilio's list of messages that people sent to one of our addresses, page by page. src/worker/reconcile.ts
// compares it.

const PAGE_SIZE = 200;

/** An inbound message in the list. The list has no buttons, no location, no file names. */
export type ListedMessage = {
  providerId: string;
  from: string;
  to: string;
  text: string;
  attachments: number;
  /** The carrier's date, to the second. */
  at: number;
};

/** `oldest`: the date of the last row, inbound or not. `unreadable`: the number of rows unlike the documentation. */
export type ListPage =
  | { kind: 'page'; messages: ListedMessage[]; oldest: number | null; unreadable: number; next: string | null }
  | { kind: 'failed'; reason: string };

const Page = z.looseObject({ messages: z.array(z.unknown()), next_page_uri: z.nullish(z.string()) });
const date = z.pipe(z.pipe(z.string(), z.transform(Date.parse)), z.number());
const Row = z.looseObject({
  sid: messageSid,
  direction: z.string(),
  from: z.nullish(z.string()),
  to: z.nullish(z.string()),
  body: z.nullish(z.string()),
  num_media: z.catch(z.coerce.number().check(z.int(), z.minimum(0), z.maximum(100)), 0),
  date_created: date,
  date_sent: z.nullish(date),
});

/** The first page of messages to `to` between two instants, newest first. `next` leads to the following page. */
export async function listInbound(
  account: TwilioAccount,
  query: { to: string; after: number; upTo: number },
  next: string | null,
  timeoutMs: number,
): Promise<ListPage> {
  const read = await readList(account, parameters(query), next, timeoutMs);
  return read.kind === 'failed' ? read : readPage(read.body);
}

type Read = { kind: 'read'; body: unknown } | { kind: 'failed'; reason: string };

async function readList(
  account: TwilioAccount,
  query: URLSearchParams,
  next: string | null,
  timeoutMs: number,
): Promise<Read> {
  const first = messagesUrlOf(account);
  const url = next === null ? `${first}?${query}` : new URL(next, first).href;
  // The account's password goes to the account's own list and nowhere else.
  if (!url.startsWith(`${first}?`)) return { kind: 'failed', reason: 'the next page is at another address' };
  try {
    const response = await fetch(url, {
      headers: authorizationOf(account),
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) {
      await response.body?.cancel();
      return { kind: 'failed', reason: `HTTP ${response.status}` };
    }
    return { kind: 'read', body: await response.json() };
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? error.name : 'network' };
  }
}

/** Both bounds are instants to the second, and are included. */
function parameters({ to, after, upTo }: { to: string; after: number; upTo: number }): URLSearchParams {
  const instant = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
  return new URLSearchParams({
    To: to,
    'DateSent>': instant(after),
    'DateSent<': instant(upTo),
    PageSize: String(PAGE_SIZE),
  });
}

/** A message of ours that the carrier accepted and did not deliver. */
export type NotDelivered = { sid: string; to: string; at: number; errorCode: number | null; failure: Failure };
export type SentPage =
  | { kind: 'page'; messages: NotDelivered[]; oldest: number | null; next: string | null }
  | { kind: 'failed'; reason: string };

const SentRow = z.extend(Row, { status: z.string(), error_code: z.catch(z.nullable(z.int()), null) });

/** The first page of messages from `from`, newest first. No filter by sending date: immediate failures have none. */
export async function listNotDelivered(
  account: TwilioAccount,
  from: string,
  next: string | null,
  timeoutMs: number,
): Promise<SentPage> {
  const read = await readList(
    account,
    new URLSearchParams({ From: from, PageSize: String(PAGE_SIZE) }),
    next,
    timeoutMs,
  );
  if (read.kind === 'failed') return read;
  const page = Page.safeParse(read.body);
  if (!page.success) return { kind: 'failed', reason: 'unreadable list' };
  const rows = page.data.messages.flatMap((row) => SentRow.safeParse(row).data ?? []);
  const messages = rows.flatMap(
    ({ sid, direction, to, status, date_created: at, error_code: errorCode }): NotDelivered[] =>
      direction.startsWith('outbound') && to && STATES[status] === 'failed'
        ? [{ sid, to, at, errorCode, failure: classifyError(errorCode ?? 0) }]
        : [],
  );
  return { kind: 'page', messages, oldest: rows.at(-1)?.date_created ?? null, next: page.data.next_page_uri ?? null };
}

export function readPage(body: unknown): ListPage {
  const page = Page.safeParse(body);
  if (!page.success) return { kind: 'failed', reason: 'unreadable list' };
  const rows = page.data.messages.map((row) => Row.safeParse(row));
  const readableRows = rows.flatMap(({ data }) => data ?? []);
  const messages = readableRows.flatMap(({ direction, sid, from, to, body, num_media, date_sent, date_created }) => {
    if (direction !== 'inbound' || !from || !to) return [];
    const text = describeListed(body ?? '', num_media);
    return [{ providerId: sid, from, to, text, attachments: num_media, at: date_sent ?? date_created }];
  });
  const last = readableRows.at(-1);
  return {
    kind: 'page',
    messages,
    oldest: last ? (last.date_sent ?? last.date_created) : null,
    unreadable: rows.length - readableRows.length,
    next: page.data.next_page_uri ?? null,
  };
}
