import { createHmac } from 'node:crypto';
import { FORGOTTEN_FOR_MS } from '../../conversation/policy/privacy.ts';
import { accessOf } from '../../conversation/state/access.ts';
import type { ConversationRow } from '../../conversation/state/rows.ts';
import { type Budgets, NO_LIMITS } from '../../money/budget.ts';
import type { Spending } from '../../money/spending.ts';
import { migrateConversation } from '../migrations.ts';
import { conversations } from './conversation-tables.ts';
import { select } from './row-store.ts';

// Deletes all rows of a conversation, and keeps one row for a month: hashes of the messages that were there. With them a
// late repeat of a forgotten message is recognised, and revives nothing. The hashes say nothing to anybody else: their
// key is made for this one row.

/** More texts than a person sends in a month. Older ones are not repeated by any carrier. */
const HASHES_MAX = 20_000;
/** 64 bits: two different messages never meet in practice. */
const HASH_CHARS = 16;

/** A conversation that was deleted at `at`. */
export type Forgotten = { at: number; until: number; knows: (providerId: string) => boolean };

/** Null when nothing was forgotten here, or long ago. */
export function readForgotten(sql: SqlStorage, now: number): Forgotten | null {
  const row = readRow(sql);
  if (row && row.until <= now) sql.exec('DELETE FROM forgotten');
  if (!row || row.until <= now) return null;
  const { at, until, key, hashes } = row;
  const known = new Set<string>();
  for (let n = 0; n < hashes.length; n += HASH_CHARS) known.add(hashes.slice(n, n + HASH_CHARS));
  return { at, until, knows: (providerId) => known.has(hashOf(key, providerId)) };
}

/** What recognises late repeats: hashes of the messages that were there, and their key. */
export type Marks = { at: number; until: number; key: string; hashes: string };

function readRow(sql: SqlStorage): Marks | null {
  if (select(sql, "SELECT 1 FROM sqlite_master WHERE name = 'forgotten'").length === 0) return null;
  return select<Marks>(sql, 'SELECT at, until, key, hashes FROM forgotten')[0] ?? null;
}

/** The marks of a conversation that is deleted now. */
export function marksOf(sql: SqlStorage, now: number): Marks {
  const query = 'SELECT provider_id AS id FROM messages ORDER BY seq DESC LIMIT ?';
  const ids = select<{ id: string }>(sql, query, HASHES_MAX);
  // The person may have been deleted less than a month before.
  const earlier = readRow(sql);
  const isKept = earlier !== null && earlier.until > now;
  const key = isKept ? earlier.key : crypto.randomUUID();
  const hashes = ids.map(({ id }) => hashOf(key, id)).join('') + (isKept ? earlier.hashes : '');
  return { at: now, until: now + FORGOTTEN_FOR_MS, key, hashes: hashes.slice(0, HASHES_MAX * HASH_CHARS) };
}

/** Keeps marks in an object without a conversation, in place of any other. */
export function keepMarks(storage: DurableObjectStorage, { at, until, key, hashes }: Marks): void {
  migrateConversation(storage);
  storage.sql.exec('DELETE FROM forgotten');
  storage.sql.exec('INSERT INTO forgotten (at, until, key, hashes) VALUES (?, ?, ?, ?)', at, until, key, hashes);
}

/** Deletes what is left of a person who was deleted, where the object now leads to a home. */
export function dropMarks({ sql, kv }: DurableObjectStorage): void {
  if (readRow(sql)) sql.exec('DELETE FROM forgotten');
  kv.delete(LIMITS);
}

/** Deletes every row and leaves the newest schema. All or nothing, in the caller's transaction. */
export function forgetAll(storage: DurableObjectStorage, now: number): number {
  const { sql } = storage;
  const marks = marksOf(sql, now);
  const tables = select<{ name: string }>(
    sql,
    String.raw`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
       AND name NOT LIKE '\_cf\_%' ESCAPE '\' ORDER BY rowid DESC`,
  );
  keepLimits(storage);
  for (const { name } of tables) sql.exec(`DROP TABLE "${name}"`);
  keepMarks(storage, marks);
  return marks.until;
}

const LIMITS = 'limits';

const hashOf = (key: string, id: string): string =>
  createHmac('sha256', new TextEncoder().encode(key)).update(id).digest('base64').slice(0, HASH_CHARS);

/** Limits that /forget doesn't lift: the role of a guest, the person's own budgets, and how much of them is used up. */
type Limits = {
  isGuest: boolean;
  budgets: Budgets['person'];
  spent: Pick<Spending, 'day' | 'month' | 'today' | 'thisMonth'>;
};

function keepLimits(storage: DurableObjectStorage): void {
  const [row] = conversations.select(storage.sql, 'SELECT * FROM conversation');
  if (!row) return;
  const { day, month, today, thisMonth } = row.spending;
  // A person whom an admin had let in is a stranger again: an admin decides anew.
  const isListed = row.access?.admitted !== true;
  const isGuest = isListed && row.access?.role === 'guest';
  const budgets = isListed ? row.budgets.person : NO_LIMITS;
  storage.kv.put<Limits>(LIMITS, { isGuest, budgets, spent: { day, month, today, thisMonth } });
}

/** A new conversation with the limits of a person who was forgotten, if there are any. */
export function withKeptLimits(storage: DurableObjectStorage, row: ConversationRow): ConversationRow {
  const kept = storage.kv.get<Limits>(LIMITS);
  if (!kept) return row;
  storage.kv.delete(LIMITS);
  const access = kept.isGuest ? { ...accessOf({ conversation: row }), role: 'guest' as const } : row.access;
  const budgets = { ...row.budgets, person: kept.budgets };
  return { ...row, access, budgets, spending: { ...row.spending, ...kept.spent } };
}

/** A message at the carrier, and its media there. `cursor`: where the next look begins. */
export type CarrierMessage = { sid: string; media: string[]; cursor: string };

/** The next messages at the carrier after `cursor`: first those of the person, then the replies. */
export function listCarrierMessages(sql: SqlStorage, cursor: string | null, limit: number): CarrierMessage[] {
  const [, kind = 'in', number = '0'] = /^(in|out)(\d{1,15})$/.exec(cursor ?? '') ?? [];
  const received =
    kind === 'out'
      ? []
      : select<{ seq: number; sid: string; media: string }>(
          sql,
          `SELECT seq, provider_id AS sid, (SELECT json_group_array(url) FROM files WHERE message = seq) AS media
           FROM messages WHERE seq > ? AND provider_id NOT LIKE 'own/%' ORDER BY seq LIMIT ?`,
          Number(number),
          limit,
        );
  if (received.length > 0)
    return received.map(({ seq, sid, media }) => ({ sid, media: JSON.parse(media) as string[], cursor: `in${seq}` }));
  const sent = select<{ seq: number; sid: string; doubled: string | null }>(
    sql,
    'SELECT seq, sid, doubled_sid AS doubled FROM replies WHERE seq > ? AND sid IS NOT NULL ORDER BY seq LIMIT ?',
    kind === 'out' ? Number(number) : -1,
    limit,
  );
  return sent.flatMap(({ seq, sid, doubled }) =>
    [sid, doubled].flatMap((each) => (each === null ? [] : [{ sid: each, media: [], cursor: `out${seq}` }])),
  );
}
