import type { Summary } from '../../conversation/overview/summary.ts';
import { WORD_MAX } from '../../conversation/overview/summary.ts';
import type { DayFigures } from '../../conversation/state/figures.ts';
import { select, Table } from './row-store.ts';

// All SQL of a shard of the overview. Every query uses an index and has a bound. `told` and `sums` are JSON, as this
// relay or another release wrote it.

/** What was told of a person without the work that is not over, and when. `isLive`: there was such work. */
export type Kept = Omit<Summary, 'live'> & { at: number; isLive?: boolean };

export type PersonRow = {
  id: string;
  told: string;
  /** The day of the newest text or figures. */
  activeDay: string;
  role: string;
  standing: string;
  attention: string | null;
  hasMachine: number;
  month: string;
  rank: number;
};

/** Work that had begun when it was told, at that time. */
export type Begun = Pick<Summary, 'live' | 'lastTextAt' | 'queue'> & { id: string; at: number };

/** A schedule that isn't over. It has no words of the person. */
export type Plan = {
  schedule: number;
  kind: 'agent' | 'text';
  state: 'active' | 'paused';
  pausedBy: string | null;
  failures: number;
  dueAt: number | null;
};
export type PlanRow = Plan & { id: string };

export const LISTS = ['all', 'attention', 'outside', 'roles', 'machines', 'dearest'] as const;
/**
 * all: newest day first · attention: people with trouble · outside: locked, blocked or out · roles: guests, admins and
 * owners · machines: people with a machine · dearest: of the month, in steps of a fifth.
 */
export type List = (typeof LISTS)[number];
/** A place in a list: `key` is what the list is ordered by before the id. */
export type Place = { key: string; id: string };
export type Listed = { place: Place; told: string };

const people = new Table<PersonRow>('people', ['id'], {});
const planned = new Table<PlanRow>('planned', ['id', 'schedule'], {});

/** Behind every word and every day. */
const LAST = '\u{10ffff}';
/** Behind every id of an object. */
const LAST_ID = '~';

/** How each list is read: its columns, its beginning, and which way it goes. */
const ORDERS = {
  all: {
    key: 'active_day',
    where: '(active_day, id) < (?, ?)',
    order: 'active_day DESC, id DESC',
    from: [LAST, LAST_ID],
  },
  attention: {
    key: 'attention',
    where: 'attention IS NOT NULL AND (attention, id) > (?, ?)',
    order: 'attention, id',
    from: ['', ''],
  },
  outside: {
    key: 'standing',
    where: `standing <> 'in' AND (standing, id) > (?, ?)`,
    order: 'standing, id',
    from: ['', ''],
  },
  roles: { key: 'role', where: `role <> 'member' AND (role, id) > (?, ?)`, order: 'role, id', from: ['', ''] },
  machines: { key: `''`, where: `has_machine = 1 AND ? = '' AND id > ?`, order: 'id', from: ['', ''] },
  dearest: {
    key: 'rank',
    where: '(rank, id) < (?, ?) AND month = ?',
    order: 'rank DESC, id DESC',
    from: ['99999', LAST_ID],
  },
} as const satisfies Record<List, { key: string; where: string; order: string; from: readonly [string, string] }>;

/** Whether a list goes from the last key to the first. */
export const isDescending = (list: List): boolean => list === 'all' || list === 'dearest';

/** The first word that begins so, and what follows the last. */
function endsOf(beginning: string): [string, string] {
  const prefix = beginning.slice(0, WORD_MAX);
  return [prefix, `${prefix}${LAST}`];
}

export class OverviewStore {
  readonly #sql: SqlStorage;

  constructor({ sql }: DurableObjectStorage) {
    this.#sql = sql;
  }

  person(id: string): PersonRow | null {
    return people.select(this.#sql, 'SELECT * FROM people WHERE id = ?', id)[0] ?? null;
  }

  /** Writes only what differs from the row that is there. `words`: null leaves them as they are. */
  putPerson(was: PersonRow | null, row: PersonRow, words: readonly string[] | null): void {
    if (was) people.update(this.#sql, was, row);
    else people.insert(this.#sql, row);
    if (words === null) return;
    this.#sql.exec('DELETE FROM words WHERE id = ?', row.id);
    for (const word of words) this.#sql.exec('INSERT INTO words (word, id) VALUES (?, ?)', word, row.id);
  }

  removePerson(id: string): void {
    for (const table of ['people', 'words', 'planned', 'plan_keys'])
      this.#sql.exec(`DELETE FROM ${table} WHERE id = ?`, id);
  }

  /** The work that was told to have begun. What has ended since is there as well. */
  begun(): Begun[] {
    const [row] = select<{ list: string }>(this.#sql, 'SELECT list FROM begun WHERE id = 1');
    return row === undefined ? [] : (JSON.parse(row.list) as Begun[]);
  }

  putBegun(list: readonly Begun[]): void {
    const query = 'INSERT INTO begun (id, list) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET list = excluded.list';
    this.#sql.exec(query, JSON.stringify(list));
  }

  /** People of a list after a place. `month`: for the dearest. */
  list(list: List, after: Place | null, limit: number, month = ''): Listed[] {
    const { key, where, order, from } = ORDERS[list];
    const [first, id] = after === null ? from : [after.key, after.id];
    const begin = list === 'dearest' ? [Number(first), id, month] : [first, id];
    const query = `SELECT ${key} AS key, id, told FROM people WHERE ${where} ORDER BY ${order} LIMIT ?`;
    return this.#listed(query, ...begin, limit);
  }

  /**
   * People who have for each of these beginnings a word that begins so, each person once, in the order of their first
   * word with the first beginning. It reads the words with that beginning, and looks each person's others up.
   */
  search([beginning = '', ...others]: readonly string[], after: Place | null, limit: number): Listed[] {
    const [from, to] = endsOf(beginning);
    const { key, id } = after ?? { key: from, id: '' };
    const has = others.map(() => 'AND EXISTS (SELECT 1 FROM words o WHERE o.id = w.id AND o.word >= ? AND o.word < ?)');
    const query = `SELECT w.word AS key, w.id, p.told FROM words w CROSS JOIN people p ON p.id = w.id
       WHERE (w.word, w.id) > (?, ?) AND w.word < ? ${has.join(' ')}
         AND NOT EXISTS (SELECT 1 FROM words o WHERE o.id = w.id AND o.word >= ? AND o.word < w.word)
       ORDER BY w.word, w.id LIMIT ?`;
    return this.#listed(query, key, id, to, ...others.flatMap(endsOf), from, limit);
  }

  /** What was told of people who were active after this day. */
  activeAfter(day: string): Kept[] {
    const rows = select<{ told: string }>(this.#sql, 'SELECT told FROM people WHERE active_day > ?', day);
    return rows.map(({ told }) => JSON.parse(told) as Kept);
  }

  /** The day up to which the figures of people are in `days`. */
  closedThrough(): string | null {
    return select<{ through: string }>(this.#sql, 'SELECT through FROM closed WHERE id = 1')[0]?.through ?? null;
  }

  closeThrough(day: string, oldest: string): void {
    const query =
      'INSERT INTO closed (id, through) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET through = excluded.through';
    this.#sql.exec(query, day);
    this.#sql.exec('DELETE FROM days WHERE day < ?', oldest);
  }

  day(day: string): DayFigures | null {
    const [row] = select<{ sums: string }>(this.#sql, 'SELECT sums FROM days WHERE day = ?', day);
    return row ? (JSON.parse(row.sums) as DayFigures) : null;
  }

  putDay(sums: DayFigures): void {
    const query = 'INSERT INTO days (day, sums) VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET sums = excluded.sums';
    this.#sql.exec(query, sums.day, JSON.stringify(sums));
  }

  daysSince(day: string): DayFigures[] {
    const query = 'SELECT sums FROM days WHERE day >= ? ORDER BY day DESC';
    return select<{ sums: string }>(this.#sql, query, day).map(({ sums }) => JSON.parse(sums) as DayFigures);
  }

  plansKey(id: string): string {
    return select<{ plans: string }>(this.#sql, 'SELECT plans FROM plan_keys WHERE id = ?', id)[0]?.plans ?? '';
  }

  /** Replaces a person's schedules, and writes only those that differ. */
  putPlans(id: string, key: string, plans: readonly Plan[]): void {
    const before = planned.select(this.#sql, 'SELECT * FROM planned WHERE id = ?', id);
    const after = plans.map((plan) => ({ ...plan, id }));
    for (const { schedule } of before)
      if (!plans.some((plan) => plan.schedule === schedule))
        this.#sql.exec('DELETE FROM planned WHERE id = ? AND schedule = ?', id, schedule);
    planned.save(this.#sql, before, after);
    const query =
      'INSERT INTO plan_keys (id, plans) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET plans = excluded.plans';
    if (key === '') this.#sql.exec('DELETE FROM plan_keys WHERE id = ?', id);
    else this.#sql.exec(query, id, key);
  }

  /** Schedules that come up until then, the next first. */
  due(until: number, limit: number): PlanRow[] {
    const query = 'SELECT * FROM planned WHERE due_at <= ? ORDER BY due_at LIMIT ?';
    return planned.select(this.#sql, query, until, limit);
  }

  failing(limit: number): PlanRow[] {
    return planned.select(this.#sql, 'SELECT * FROM planned WHERE failures > 0 ORDER BY failures DESC LIMIT ?', limit);
  }

  paused(limit: number): PlanRow[] {
    return planned.select(this.#sql, `SELECT * FROM planned WHERE state = 'paused' LIMIT ?`, limit);
  }

  #listed(query: string, ...params: SqlStorageValue[]): Listed[] {
    const rows = select<{ key: SqlStorageValue; id: string; told: string }>(this.#sql, query, ...params);
    return rows.map(({ key, id, told }) => ({ place: { key: String(key), id }, told }));
  }
}
