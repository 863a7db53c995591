import { encodeTime, TIME_LEN } from 'ulid';
import { select } from './row-store.ts';

// Empties old texts, in one transaction of its caller. Rows are passed in the order in which they were written, and
// each table remembers how far: a pass reads and writes a bounded number of rows, and none twice.

/** Rows of a table in one pass. */
export const EMPTIED_AT_ONCE = 200;

/** `oldestAt`: of the oldest text that is left, or null. `isCut`: more old texts are left than fit a pass. */
export type Emptied = { oldestAt: number | null; isCut: boolean };

/**
 * `key`: in the order of writing; all keys are above `first`. `open`: the text is still needed, so the pass ends before
 * it. `also`: further statements for the same keys.
 */
type Texts = {
  table: string;
  key: string;
  first: number | string;
  at: string;
  open: string;
  set: string;
  also?: string[];
};

const TABLES: readonly Texts[] = [
  {
    table: 'messages',
    key: 'seq',
    first: -1,
    at: 'received_at',
    open: `state IN ('waiting', 'active')`,
    // A text without words can't be brought back by /retry.
    set: `text = '', check_command = NULL, change_words = NULL, state = 'consumed'`,
    also: ['UPDATE files SET name = NULL, transcript = NULL WHERE message > ? AND message <= ?'],
  },
  {
    table: 'replies',
    key: 'seq',
    first: -1,
    at: 'created_at',
    open: `state IN ('ready', 'sending', 'unknown', 'held')`,
    // A reply without words can't be sent again.
    set: `body = '', choices = NULL, state = CASE WHEN state IN ('parked', 'failed') THEN 'dropped' ELSE state END`,
  },
  {
    table: 'questions',
    key: 'id',
    first: '',
    at: 'asked_at',
    open: `state <> 'closed'`,
    set: `text = '', options = '[]', rule = NULL, answer = NULL`,
  },
  {
    table: 'outgoing',
    key: 'id',
    first: '',
    at: 'created_at',
    open: `state NOT IN ('expired', 'failed') OR answer IS NOT NULL`,
    set: `name = '', caption = '', link = NULL, note = NULL`,
  },
  {
    table: 'deliveries',
    key: 'run',
    first: '',
    at: 'changed_at',
    open: `state IN ('waiting', 'given')`,
    // A run has several rows, of which the pass may have seen some.
    set: `text = CASE WHEN state IN ('waiting', 'given') THEN text ELSE NULL END`,
  },
];

/** Deletes rows that change long after they were written: by age, a few at a time. */
const BY_AGE: readonly string[] = [
  'DELETE FROM pages WHERE id IN (SELECT id FROM pages WHERE created_at <= ? LIMIT ?)',
  'DELETE FROM diffs WHERE id IN (SELECT id FROM diffs WHERE created_at <= ? LIMIT ?)',
  `DELETE FROM pull_requests WHERE (project, number) IN
     (SELECT project, number FROM pull_requests WHERE updated_at <= ? LIMIT ?)`,
  `UPDATE sessions SET title = '' WHERE id IN (SELECT id FROM sessions WHERE used_at <= ? AND title <> '' LIMIT ?)`,
  `UPDATE schedules SET prompt = '', check_command = NULL WHERE id IN
     (SELECT id FROM schedules WHERE state = 'over' AND created_at <= ? AND prompt <> '' LIMIT ?)`,
];

/** Steps of old attempts. An attempt's name begins with its turn's id, which begins with a time. */
const OLD_STEPS =
  'DELETE FROM steps WHERE attempt IN (SELECT attempt FROM steps WHERE attempt < ? ORDER BY attempt LIMIT ?)';

/** Empties texts that were written by this time. */
export function emptyOldTexts(sql: SqlStorage, before: number): Emptied {
  for (const statement of BY_AGE) sql.exec(statement, before, EMPTIED_AT_ONCE);
  sql.exec(OLD_STEPS, encodeTime(Math.max(0, before), TIME_LEN), EMPTIED_AT_ONCE);
  const results = TABLES.map((texts) => emptyTable(sql, texts, before));
  const left = results.flatMap(({ oldestAt }) => (oldestAt === null ? [] : [oldestAt]));
  return { oldestAt: left.length === 0 ? null : Math.min(...left), isCut: results.some(({ isCut }) => isCut) };
}

function emptyTable(sql: SqlStorage, { table, key, first, at, open, set, also = [] }: Texts, before: number): Emptied {
  const [known] = select<{ last: number | string }>(sql, 'SELECT last FROM emptied WHERE "table" = ?', table);
  const from = known?.last ?? first;
  const rows = select<{ key: number | string; at: number; isOpen: number }>(
    sql,
    `SELECT ${key} AS key, ${at} AS at, (${open}) AS is_open FROM ${table} WHERE ${key} > ? ORDER BY ${key} LIMIT ?`,
    from,
    EMPTIED_AT_ONCE,
  );
  const end = rows.findIndex((row) => row.at > before || row.isOpen === 1);
  const old = end < 0 ? rows : rows.slice(0, end);
  const last = old.at(-1)?.key;
  if (last !== undefined) {
    for (const statement of [`UPDATE ${table} SET ${set} WHERE ${key} > ? AND ${key} <= ?`, ...also])
      sql.exec(statement, from, last);
    sql.exec('INSERT OR REPLACE INTO emptied ("table", last) VALUES (?, ?)', table, last);
  }
  return { oldestAt: rows[old.length]?.at ?? null, isCut: old.length === EMPTIED_AT_ONCE };
}
