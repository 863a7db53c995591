import { RUNS_KEPT } from '../../conversation/policy/schedules.ts';
import type { Readers } from '../../conversation/state/readers.ts';
import { type Delivery, isOpenRun, type Run, type Schedule } from '../../conversation/state/schedule-rows.ts';
import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';
import type { Plan } from './overview-store.ts';
import { mergeRows, select } from './row-store.ts';

// The SQL of schedules, runs and deliveries beyond the hot part.

/** Most runs that /schedules N shows. */
const RUNS_SHOWN = 10;
/** Most schedules kept after their end, so that people can still look at them. */
const OVER_KEPT = 50;

type Rows = Pick<State, 'schedules' | 'runs' | 'deliveries'>;

/** The open runs and their schedules. */
export function findOpenRuns(sql: SqlStorage): Rows {
  const runs = tables.runs.select(
    sql,
    `SELECT * FROM runs WHERE state IN ('waiting', 'running', 'sending', 'held') ORDER BY id`,
  );
  const ids = [...new Set(runs.map((r) => r.schedule))].sort((a, b) => a - b);
  const schedules = ids.flatMap((id) => scheduleById(sql, id));
  return { schedules, runs, deliveries: [] };
}

const scheduleById = (sql: SqlStorage, id: number): Schedule[] =>
  tables.schedules.select(sql, 'SELECT * FROM schedules WHERE id = ?', id);

export const scheduleReaders = (sql: SqlStorage) =>
  ({
    schedules: (state) => {
      const shown = tables.schedules.select(
        sql,
        `SELECT * FROM schedules WHERE state <> 'over'
          OR id IN (SELECT CAST(ref AS INTEGER) FROM timers WHERE kind = 'snooze') ORDER BY id`,
      );
      const runs = shown.flatMap(({ id }) => newestRuns(sql, id, 1));
      return withRuns(withSchedules(state, shown), runs);
    },
    schedule: (state, { id }) => withRuns(withScheduleById(sql, state, id), newestRuns(sql, id, 1)),
    'past-runs': (state, { schedule }) => {
      const past = newestRuns(sql, schedule, RUNS_SHOWN);
      return past.reduce((so, { id }) => withDeliveries(sql, so, id), withRuns(state, past));
    },
    deliveries: (state, { run }) => withStoredRun(sql, state, run),
  }) satisfies Partial<Readers>;

/** The schedules that aren't over, without their words. */
export const listPlans = (sql: SqlStorage): Plan[] =>
  select<Plan>(
    sql,
    `SELECT id AS schedule, kind, state, paused_by, failures, next_at AS due_at FROM schedules WHERE state <> 'over' ORDER BY id`,
  );

/** The state with a run, its schedule and its deliveries. */
export const withStoredRun = (sql: SqlStorage, state: State, id: string): State =>
  withDeliveries(sql, withRunById(sql, state, id), id);

/** The state with the runs of its messages. */
export const withRunsOfMessages = (sql: SqlStorage, state: State): State =>
  state.messages.reduce((so, { run }) => (run === null ? so : withRunById(sql, so, run)), state);

function withRunById(sql: SqlStorage, state: State, id: string): State {
  const known = state.runs.find((r) => r.id === id);
  if (known) return withScheduleById(sql, state, known.schedule);
  const [run] = tables.runs.select(sql, 'SELECT * FROM runs WHERE id = ?', id);
  return run ? withScheduleById(sql, withRuns(state, [run]), run.schedule) : state;
}

function withScheduleById(sql: SqlStorage, state: State, id: number): State {
  const isKnown = state.schedules.some((s) => s.id === id);
  return isKnown ? state : withSchedules(state, scheduleById(sql, id));
}

const withSchedules = (state: State, more: readonly Schedule[]): State => ({
  ...state,
  schedules: mergeRows(state.schedules, more, (s) => s.id).sort((a, b) => a.id - b.id),
});

const withRuns = (state: State, more: readonly Run[]): State => ({
  ...state,
  runs: mergeRows(state.runs, more, (r) => r.id).sort((a, b) => (a.id < b.id ? -1 : 1)),
});

function withDeliveries(sql: SqlStorage, state: State, run: string): State {
  const found = tables.deliveries.select(sql, 'SELECT * FROM deliveries WHERE run = ?', run);
  if (found.length === 0) return state;
  const keyOf = (d: Delivery): string => `${d.run} ${d.address} ${d.part}`;
  return { ...state, deliveries: mergeRows(state.deliveries, found, keyOf) };
}

const newestRuns = (sql: SqlStorage, schedule: number, most: number): Run[] =>
  tables.runs.select(sql, `SELECT * FROM runs WHERE schedule = ? ORDER BY n DESC LIMIT ?`, schedule, most);

export function saveSchedules(sql: SqlStorage, before: Rows, after: Rows): void {
  tables.schedules.save(sql, before.schedules, after.schedules);
  tables.runs.save(sql, before.runs, after.runs, (run) => addRun(sql, run));
  tables.deliveries.save(sql, before.deliveries, after.deliveries);
  if (after.schedules.some((s) => s.state === 'over' && !before.schedules.includes(s))) forgetOld(sql);
}

/** Adds a run and deletes the one RUNS_KEPT before it, so that a schedule's history stays bounded. */
function addRun(sql: SqlStorage, run: Run): void {
  const newest = select<{ n: number | null }>(sql, 'SELECT max(n) AS n FROM runs WHERE schedule = ?', run.schedule);
  const n = (newest[0]?.n ?? 0) + 1;
  tables.runs.insert(sql, run, { n });
  for (const old of tables.runs.select(
    sql,
    `SELECT * FROM runs WHERE schedule = ? AND n = ?`,
    run.schedule,
    n - RUNS_KEPT,
  )) {
    // A very long run may still be at work, and stays for good.
    if (isOpenRun(old)) continue;
    sql.exec('DELETE FROM runs WHERE id = ?', old.id);
    sql.exec('DELETE FROM deliveries WHERE run = ?', old.id);
  }
}

/**
 * Deletes the ended schedules whose last run is oldest, with their runs. An old schedule may have run just now.
 */
function forgetOld(sql: SqlStorage): void {
  const old = select<{ id: number }>(
    sql,
    `SELECT id FROM schedules WHERE state = 'over'
     ORDER BY (SELECT id FROM runs WHERE schedule = schedules.id ORDER BY n DESC LIMIT 1) DESC, id DESC LIMIT 5 OFFSET ${OVER_KEPT}`,
  );
  for (const { id } of old) {
    sql.exec('DELETE FROM deliveries WHERE run IN (SELECT id FROM runs WHERE schedule = ?)', id);
    sql.exec('DELETE FROM runs WHERE schedule = ?', id);
    sql.exec('DELETE FROM schedules WHERE id = ?', id);
  }
}
