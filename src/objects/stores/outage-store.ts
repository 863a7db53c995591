import type { SenderOutage } from '../outage-rounds.ts';
import { flag, select, Table } from './row-store.ts';

// All SQL of two of the directory's tables: outages of the carrier, one per address of ours, and the conversations that
// wait. Without an outage both tables are empty.

const outages = new Table<SenderOutage>('outages', ['sender'], { told: flag });
const counted = new Table<WithWaits>('outages', ['sender'], { told: flag });
type Wait = { sender: string; conversation: string; askedAt: number };
const waits = new Table<Wait>('outage_waits', ['sender', 'conversation'], {});

export const readOutage = (sql: SqlStorage, sender: string): SenderOutage | null =>
  outages.select(sql, 'SELECT * FROM outages WHERE sender = ?', sender)[0] ?? null;

/** At most one outage per address of ours. */
export const listOutages = (sql: SqlStorage): SenderOutage[] => outages.select(sql, 'SELECT * FROM outages LIMIT 1000');

const WITH_WAITS = `SELECT outages.*,
  (SELECT count(*) FROM outage_waits WHERE outage_waits.sender = outages.sender) AS waiting FROM outages`;
type WithWaits = SenderOutage & { waiting: number };

/** Each outage with the number of conversations that wait. */
export const listOutagesWithWaits = (sql: SqlStorage): WithWaits[] =>
  counted.select(sql, `${WITH_WAITS} ORDER BY sender LIMIT 1000`);

export const findOutageWithWaits = (sql: SqlStorage, sender: string): WithWaits | null =>
  counted.select(sql, `${WITH_WAITS} WHERE sender = ?`, sender)[0] ?? null;

export const saveOutage = (sql: SqlStorage, outage: SenderOutage): void => outages.upsert(sql, outage);

/** Removes the outage and everybody who waits for its end. */
export function removeOutage(sql: SqlStorage, sender: string): void {
  sql.exec('DELETE FROM outage_waits WHERE sender = ?', sender);
  sql.exec('DELETE FROM outages WHERE sender = ?', sender);
}

export const putWait = (sql: SqlStorage, sender: string, conversation: string, askedAt: number): void =>
  waits.upsert(sql, { sender, conversation, askedAt });

/** A conversation that waits already keeps its place. */
export function joinWait(sql: SqlStorage, sender: string, conversation: string): void {
  const query = 'INSERT INTO outage_waits (sender, conversation, asked_at) VALUES (?, ?, 0) ON CONFLICT DO NOTHING';
  sql.exec(query, sender, conversation);
}

export function removeWait(sql: SqlStorage, sender: string, conversation: string): void {
  sql.exec('DELETE FROM outage_waits WHERE sender = ? AND conversation = ?', sender, conversation);
}

/** Removes a conversation that was called, unless it has reported again since. */
export function removeCalled(sql: SqlStorage, sender: string, conversation: string, askedAt: number): void {
  const query = 'DELETE FROM outage_waits WHERE sender = ? AND conversation = ? AND asked_at = ?';
  sql.exec(query, sender, conversation, askedAt);
}

/** The conversations called longest ago, or never. */
export const listNextWaits = (sql: SqlStorage, sender: string, limit: number): string[] =>
  select<{ conversation: string }>(
    sql,
    'SELECT conversation FROM outage_waits WHERE sender = ? ORDER BY asked_at LIMIT ?',
    sender,
    limit,
  ).map(({ conversation }) => conversation);
