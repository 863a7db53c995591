import { RUNS_KEPT } from '../../conversation/policy/schedules.ts';
import type { Need } from '../../conversation/preload.ts';
import { openAskingOf } from '../../conversation/questions/own-prompts.ts';
import { isOpenRun, type Run, type Schedule } from '../../conversation/state/schedule-rows.ts';
import { findOpenTurn, type State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';
import { beside, select } from './row-store.ts';

// The SQL of schedules, their runs and their deliveries, beside the hot part that conversation-store.ts loads and writes.

/** Runs that /schedules N shows. */
const RUNS_SHOWN = 10;
/** A long answer in parts, and what was said before it in the same run. */
const REPLIES_OF_RUN_MAX = 40;
/** Cancelled ones, and those whose time is over, that can still be looked at. */
const OVER_KEPT = 50;

type Rows = Pick<State, 'schedules' | 'runs' | 'deliveries'>;

/** What is not settled. */
export function openRuns(sql: SqlStorage): Rows {
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

/**
 * Schedules and runs an event names, and those of messages that are loaded; with a run its schedule, and with one that is
 * named, or a reply of it, all its replies.
 */
export function withSchedules(sql: SqlStorage, state: State, need: Need): State {
  const ofReply = need.reply === undefined ? undefined : state.replies.find((r) => r.id === need.reply);
  const named = need.run ?? ofReply?.run ?? remindedRun(state, need);
  const ofTurn = need.given ? (findOpenTurn(state)?.run ?? null) : null;
  const ofMessages = state.messages.map((m) => m.run);
  const missing = new Set(
    [named, ofTurn, ...ofMessages].filter((id) => id !== null && !state.runs.some((r) => r.id === id)),
  );
  // A question nobody has answered in its time stays in the row.
  const isAsked = need.answering === true && openAskingOf(state, need.message?.receivedAt ?? 0) !== null;
  const all = need.schedules || isAsked;
  const isNamed = named !== null || ofTurn !== null || missing.size > 0;
  if (need.schedule === undefined && !all && !isNamed) return state;

  const runs = [...missing].flatMap((id) => tables.runs.select(sql, `SELECT * FROM runs WHERE id = ?`, id));
  const ids = new Set([...runs, ...state.runs.filter((r) => r.id === named)].map((r) => r.schedule));
  for (const id of [need.schedule ?? [], need.wished ?? []].flat()) ids.add(id);
  const live = all ? tables.schedules.select(sql, `SELECT * FROM schedules WHERE state <> 'over' ORDER BY id`) : [];
  const asked = [...ids].flatMap((id) => (state.schedules.some((s) => s.id === id) ? [] : scheduleById(sql, id)));
  const past = [
    ...(need.schedule === undefined ? [] : newestRuns(sql, need.schedule, need.pastRuns ? RUNS_SHOWN : 1)),
    ...live.flatMap(({ id }) => newestRuns(sql, id, 1)),
  ];
  const withDeliveries = need.pastRuns ? past.map((r) => r.id) : [need.run ?? ofTurn].filter((id) => id !== null);
  const newest = `SELECT * FROM replies WHERE run = ? ORDER BY seq DESC LIMIT ${REPLIES_OF_RUN_MAX}`;
  const replies = named === null ? [] : tables.replies.select(sql, newest, named);
  const deliveries = withDeliveries.flatMap((id) =>
    tables.deliveries.select(sql, 'SELECT * FROM deliveries WHERE run = ?', id),
  );
  return {
    ...state,
    replies: beside(state.replies, replies, (r) => r.id).sort((a, b) => a.seq - b.seq),
    schedules: beside(state.schedules, [...asked, ...live], (s) => s.id).sort((a, b) => a.id - b.id),
    runs: beside(state.runs, [...runs, ...past], (r) => r.id).sort((a, b) => (a.id < b.id ? -1 : 1)),
    deliveries: beside(state.deliveries, deliveries, (d) => `${d.run} ${d.address} ${d.part}`),
  };
}

/** The run of the reminder that the message is about, if it is about one. */
function remindedRun({ conversation, replies }: State, { reminded, quoted }: Need): string | null {
  if (!reminded) return null;
  return quoted === undefined ? conversation.reminded : (replies.find((r) => r.sid === quoted)?.run ?? null);
}

const newestRuns = (sql: SqlStorage, schedule: number, most: number): Run[] =>
  tables.runs.select(sql, `SELECT * FROM runs WHERE schedule = ? ORDER BY n DESC LIMIT ?`, schedule, most);

export function saveSchedules(sql: SqlStorage, before: Rows, after: Rows): void {
  tables.schedules.save(sql, before.schedules, after.schedules);
  tables.runs.save(sql, before.runs, after.runs, (run) => addRun(sql, run));
  tables.deliveries.save(sql, before.deliveries, after.deliveries);
  if (after.schedules.some((s) => s.state === 'over' && !before.schedules.includes(s))) forgetOld(sql);
}

/** The history of a schedule is bounded: the run that was the newest so many runs ago goes when one comes. */
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
    // One that takes very long is still at work; it stays for good.
    if (isOpenRun(old)) continue;
    sql.exec('DELETE FROM runs WHERE id = ?', old.id);
    sql.exec('DELETE FROM deliveries WHERE run = ?', old.id);
  }
}

/** Those that are over and ran longest ago, with their runs: one that was made long ago may have come just now. */
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
