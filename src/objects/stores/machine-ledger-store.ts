import { type FleetState, mayBeginAnew, type Rollout } from '../../machines/rollout.ts';
import { select, Table } from './row-store.ts';

// All SQL of two of the directory's tables: the machines with what they run, and how far a rollout has come. A machine
// gets its slot before it is created, and keeps it until its person is removed and others need the slot.

/**
 * `image`, `settings`: null until the machine has started, and again once it is found gone. `revertedFrom`: settings
 * with which it didn't start.
 */
export type KnownMachine = {
  conversation: string;
  name: string;
  image: string | null;
  settings: string | null;
  revertedFrom: string | null;
  recordedAt: number;
};
export type Recorded = Omit<KnownMachine, 'recordedAt'>;

const machines = new Table<KnownMachine>('machines', ['conversation'], {});
const rollouts = new Table<Rollout>('rollouts', ['settings'], {});

/** Claims a slot for the conversation's machine. `full`: other machines have taken all `most`. */
export function claim(
  sql: SqlStorage,
  { conversation, name, most, now }: { conversation: string; name: string; most: number; now: number },
): 'taken' | 'full' {
  const known = machines.select(sql, 'SELECT * FROM machines WHERE conversation = ?', conversation)[0];
  if (known) {
    if (known.name !== name) machines.upsert(sql, { ...known, name, recordedAt: now });
    return 'taken';
  }
  if (count(sql) >= most) return 'full';
  machines.insert(sql, { conversation, name, image: null, settings: null, revertedFrom: null, recordedAt: now });
  return 'taken';
}

/** Gives the conversation's slot back. */
export function release(sql: SqlStorage, conversation: string): void {
  sql.exec('DELETE FROM machines WHERE conversation = ?', conversation);
  // A rollout that tries its machine first takes another.
  sql.exec('UPDATE rollouts SET first = NULL WHERE first = ?', conversation);
}

export const isFull = (sql: SqlStorage, most: number): boolean => count(sql) >= most;

export function recordStanding(sql: SqlStorage, machine: Recorded, now: number): void {
  machines.upsert(sql, { ...machine, recordedAt: now });
}

/** Forgets what the conversation's lost machine ran, unless a machine was recorded with `settings` meanwhile. */
export function unrecord(sql: SqlStorage, conversation: string, settings: string): void {
  const query =
    'UPDATE machines SET image = NULL, settings = NULL, reverted_from = NULL WHERE conversation = ? AND settings != ?';
  sql.exec(query, conversation, settings);
}

/** In the order of the conversations' ids, beginning after `after`. */
export const listMachines = (sql: SqlStorage, limit: number, after = ''): KnownMachine[] =>
  machines.select(sql, 'SELECT * FROM machines WHERE conversation > ? ORDER BY conversation LIMIT ?', after, limit);

/**
 * The machines that run other settings, among `limit` rows. If nothing has to change, this is three look-ups in an
 * index.
 */
export function readFleetState(sql: SqlStorage, settings: string, limit: number): FleetState {
  const others = ['<', '>'].flatMap((than) =>
    select<Pick<KnownMachine, 'conversation' | 'revertedFrom'>>(
      sql,
      `SELECT conversation, reverted_from FROM machines INDEXED BY machines_by_settings WHERE settings ${than} ? LIMIT ?`,
      settings,
      limit,
    ),
  );
  return {
    others: others.map(({ conversation }) => conversation),
    hasComeUp: select(sql, 'SELECT 1 FROM machines WHERE settings = ? LIMIT 1', settings).length > 0,
    hasReverted: others.some(({ revertedFrom }) => revertedFrom === settings),
  };
}

/** The rollout. There is at most one: a new one replaces the last. */
export const readRollout = (sql: SqlStorage): Rollout | null =>
  rollouts.select(sql, 'SELECT * FROM rollouts ORDER BY began_at DESC LIMIT 1')[0] ?? null;

export function saveRollout(sql: SqlStorage, rollout: Rollout): void {
  sql.exec('DELETE FROM rollouts WHERE settings != ?', rollout.settings);
  rollouts.upsert(sql, rollout);
}

/** Forgets failed tries and the machines that went back. False if nothing has failed. */
export function beginAnew(sql: SqlStorage, now: number): boolean {
  const rollout = readRollout(sql);
  if (!rollout || !mayBeginAnew(rollout, now)) return false;
  sql.exec('UPDATE machines SET reverted_from = NULL WHERE reverted_from = ?', rollout.settings);
  sql.exec('DELETE FROM rollouts');
  return true;
}

const count = (sql: SqlStorage): number =>
  Number(select<{ there: number }>(sql, 'SELECT count(*) AS there FROM machines')[0]?.there ?? 0);
