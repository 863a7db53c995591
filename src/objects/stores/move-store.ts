import type { MoveWay } from '../../conversation/state/sender-move.ts';
import { flag, select, Table } from './row-store.ts';

// The SQL of the directory about moves from one of our senders to another. Every query uses an index and has a bound.

/** `name`: of the new sender, for links to its chat. `reached`: the number of the last person whose row there is. */
export type MoveRow = {
  id: string;
  fromSender: string;
  toSender: string;
  works: boolean;
  name: string | null;
  actor: string;
  state: 'running' | 'done' | 'stopped';
  reached: number;
  nextAt: number;
  begunAt: number;
  endedAt: number | null;
};

/** `way`: null before it is known; away: their home didn't answer. `done`: nothing is left to do for them. */
export type MovedPerson = {
  move: string;
  home: string;
  n: number;
  masked: string | null;
  way: MoveWay | 'away' | null;
  hasCode: boolean;
  done: boolean;
  tries: number;
};

const moves = new Table<MoveRow>('sender_moves', ['id'], { works: flag });
const people = new Table<MovedPerson>('moved_people', ['move', 'home'], { hasCode: flag, done: flag });

export const putMove = (sql: SqlStorage, move: MoveRow): void => moves.upsert(sql, move);

export const runningMove = (sql: SqlStorage): MoveRow | null =>
  moves.select(sql, `SELECT * FROM sender_moves WHERE state = 'running' LIMIT 1`)[0] ?? null;

export const newestMove = (sql: SqlStorage): MoveRow | null =>
  moves.select(sql, 'SELECT * FROM sender_moves ORDER BY id DESC LIMIT 1')[0] ?? null;

export const putMoved = (sql: SqlStorage, person: MovedPerson): void => people.upsert(sql, person);

/** Changes a row that is still there, unless the person is to be asked again since then. */
export function updateMoved(sql: SqlStorage, { move, home, masked, way, hasCode, done, tries }: MovedPerson): void {
  sql.exec(
    'UPDATE moved_people SET masked = ?, way = ?, has_code = ?, done = ?, tries = ? WHERE move = ? AND home = ? AND tries <= ?',
    masked,
    way,
    Number(hasCode),
    Number(done),
    tries,
    move,
    home,
    tries,
  );
}

/** A merge gave this person more addresses: they may be reachable now, or use the sender. */
export function askAgain(sql: SqlStorage, home: string): void {
  const move = runningMove(sql);
  if (move === null) return;
  // An answer that is on its way has fewer tries, and changes nothing.
  sql.exec(
    `UPDATE moved_people SET way = NULL, done = 0, tries = iif(done, 0, tries + 1)
     WHERE move = ? AND home = ? AND (way IS NULL OR way IN ('none', 'nobody', 'away'))`,
    move.id,
    home,
  );
}

export const openPeople = (sql: SqlStorage, move: string, limit: number): MovedPerson[] =>
  people.select(sql, 'SELECT * FROM moved_people WHERE move = ? AND done = 0 ORDER BY n LIMIT ?', move, limit);

/** Those moved in this way, after a number. */
export const listMoved = (sql: SqlStorage, move: string, way: string, after: number, limit: number): MovedPerson[] =>
  people.select(
    sql,
    'SELECT * FROM moved_people WHERE move = ? AND way = ? AND n > ? ORDER BY n LIMIT ?',
    move,
    way,
    after,
    limit,
  );

export const countMoved = (sql: SqlStorage, move: string): Record<string, number> =>
  Object.fromEntries(
    select<{ way: string; count: number }>(
      sql,
      'SELECT way, count(*) AS count FROM moved_people WHERE move = ? AND way IS NOT NULL GROUP BY way',
      move,
    ).map(({ way, count }) => [way, count]),
  );

/** The person is forgotten. */
export const forgetMoved = (sql: SqlStorage, home: string): void => {
  sql.exec('DELETE FROM moved_people WHERE home = ?', home);
};
