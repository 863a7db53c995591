import type { SenderOutage } from '../outage-rounds.ts';
import { flag, select, Table } from './row-store.ts';

// The directory's rows about outages of the carrier, by our address, and the conversations that wait. The SQL of both tables;
// while nothing is wrong both are empty.

const outages = new Table<SenderOutage>('outages', ['sender'], { told: flag });
const counted = new Table<SenderOutage & { waiting: number }>('outages', ['sender'], { told: flag });
type Wait = { sender: string; conversation: string; askedAt: number };
const waits = new Table<Wait>('outage_waits', ['sender', 'conversation'], {});

export const readOutage = (sql: SqlStorage, sender: string): SenderOutage | null =>
  outages.select(sql, 'SELECT * FROM outages WHERE sender = ?', sender)[0] ?? null;

/** As many as we have addresses. */
export const listOutages = (sql: SqlStorage): SenderOutage[] => outages.select(sql, 'SELECT * FROM outages LIMIT 1000');

/** Each with how many conversations wait for it. */
export const listOutagesWithWaits = (sql: SqlStorage): (SenderOutage & { waiting: number })[] =>
  counted.select(
    sql,
    `SELECT outages.*, (SELECT count(*) FROM outage_waits WHERE outage_waits.sender = outages.sender) AS waiting
     FROM outages ORDER BY sender LIMIT 1000`,
  );

export const saveOutage = (sql: SqlStorage, outage: SenderOutage): void => outages.upsert(sql, outage);

/** With all that wait for it. */
export function removeOutage(sql: SqlStorage, sender: string): void {
  sql.exec('DELETE FROM outage_waits WHERE sender = ?', sender);
  sql.exec('DELETE FROM outages WHERE sender = ?', sender);
}

export const putWait = (sql: SqlStorage, sender: string, conversation: string, askedAt: number): void =>
  waits.upsert(sql, { sender, conversation, askedAt });

/** One that waits already keeps its place. */
export function joinWait(sql: SqlStorage, sender: string, conversation: string): void {
  const query = 'INSERT INTO outage_waits (sender, conversation, asked_at) VALUES (?, ?, 0) ON CONFLICT DO NOTHING';
  sql.exec(query, sender, conversation);
}

export function removeWait(sql: SqlStorage, sender: string, conversation: string): void {
  sql.exec('DELETE FROM outage_waits WHERE sender = ? AND conversation = ?', sender, conversation);
}

/** Unless it has come again since it was called. */
export function removeCalled(sql: SqlStorage, sender: string, conversation: string, askedAt: number): void {
  const query = 'DELETE FROM outage_waits WHERE sender = ? AND conversation = ? AND asked_at = ?';
  sql.exec(query, sender, conversation, askedAt);
}

/** Who was called longest ago, or never. */
export const listNextWaits = (sql: SqlStorage, sender: string, limit: number): string[] =>
  select<{ conversation: string }>(
    sql,
    'SELECT conversation FROM outage_waits WHERE sender = ? ORDER BY asked_at LIMIT ?',
    sender,
    limit,
  ).map(({ conversation }) => conversation);
