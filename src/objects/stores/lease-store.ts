import { EMPTY_POOL, type Lease, type Pool } from '../../money/lease.ts';
import { select, Table } from './row-store.ts';

// All SQL of two of the directory's tables: what everybody together has spent, and what is lent to conversations.

const pools = new Table<Pool>('pool', [], {}, ['id']);
const leases = new Table<Lease>('leases', ['conversation'], {});

/** Conversations asked to give back at once. */
const RECALLED_AT_ONCE = 20;

export const readPool = (sql: SqlStorage): Pool => pools.select(sql, 'SELECT * FROM pool')[0] ?? EMPTY_POOL;

export const savePool = (sql: SqlStorage, pool: Pool): void => pools.upsert(sql, pool, { id: 1 });

export const readLease = (sql: SqlStorage, conversation: string): Lease | null =>
  leases.select(sql, 'SELECT * FROM leases WHERE conversation = ?', conversation)[0] ?? null;

export const saveLease = (sql: SqlStorage, lease: Lease): void => leases.upsert(sql, lease);

export const deleteLease = (sql: SqlStorage, conversation: string): void =>
  void sql.exec('DELETE FROM leases WHERE conversation = ?', conversation);

/** What others hold, and how many they are. */
export function countHolders(sql: SqlStorage, conversation: string): { holders: number; held: number } {
  const query =
    'SELECT count(*) AS holders, coalesce(sum(held), 0) AS held FROM leases WHERE held > 0 AND conversation <> ?';
  return select<{ holders: number; held: number }>(sql, query, conversation)[0] ?? { holders: 0, held: 0 };
}

/** Others with a lease that was last asked about before `before`, the oldest first. */
export const findIdle = (sql: SqlStorage, conversation: string, before: number): string[] =>
  leases
    .select(
      sql,
      `SELECT * FROM leases WHERE held > 0 AND asked_at < ? AND conversation <> ? ORDER BY asked_at LIMIT ${RECALLED_AT_ONCE}`,
      before,
      conversation,
    )
    .map((lease) => lease.conversation);
