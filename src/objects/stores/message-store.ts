import type { Message } from '../../conversation/state/rows.ts';
import * as tables from './conversation-tables.ts';
import { select } from './row-store.ts';

// SQL of inbound messages as they arrive: each is stored once, by the provider's id, and numbered in the order of arrival.

export type NewMessage = Omit<
  Message,
  | 'seq'
  | 'state'
  | 'turn'
  | 'tried'
  | 'stoppedAt'
  | 'steered'
  | 'project'
  | 'action'
  | 'session'
  | 'run'
  | 'checkCommand'
>;

/** Adds the message, or returns null when the provider's id is known: a repeated webhook changes nothing. */
export function addMessage(sql: SqlStorage, message: NewMessage): Message | null {
  const row = sql
    .exec(
      `INSERT INTO messages (provider_id, uuid, "from", "to", text, attachments, received_at, tried, state)
       VALUES (?, ?, ?, ?, ?, ?, ?, 0, 'waiting') ON CONFLICT (provider_id) DO NOTHING RETURNING *`,
      message.providerId,
      message.uuid,
      message.from,
      message.to,
      message.text,
      message.attachments,
      message.receivedAt,
    )
    .toArray()[0];
  return row ? tables.messages.read(row) : null;
}

/** The number of the message after the newest one. */
export const nextMessageSeq = (sql: SqlStorage): number =>
  (select<{ newest: number | null }>(sql, 'SELECT max(seq) AS newest FROM messages')[0]?.newest ?? 0) + 1;
