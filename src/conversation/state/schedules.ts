import type { Context } from './events.ts';
import type { Turn } from './rows.ts';
import type { Run, RunNote, Schedule } from './schedule-rows.ts';
import type { State } from './state.ts';

export const findSchedule = (state: State, id: number): Schedule | undefined =>
  state.schedules.find((s) => s.id === id);

export const findRun = (state: State, id: string): Run | undefined => state.runs.find((r) => r.id === id);

/** The schedule of a run. The two are loaded together. */
export const scheduleOfRun = (state: State, run: string): Schedule | undefined => {
  const found = findRun(state, run);
  return found && findSchedule(state, found.schedule);
};

export const withSchedule = (state: State, schedule: Schedule): State => ({
  ...state,
  schedules: findSchedule(state, schedule.id)
    ? state.schedules.map((s) => (s.id === schedule.id ? schedule : s))
    : [...state.schedules, schedule],
});

export const withRun = (state: State, run: Run): State => ({
  ...state,
  runs: findRun(state, run.id) ? state.runs.map((r) => (r.id === run.id ? run : r)) : [...state.runs, run],
});

/** A new run. */
export const newRun = (id: string, schedule: number, dueAt: number): Run => ({
  id,
  schedule,
  dueAt,
  startedAt: null,
  endedAt: null,
  state: 'waiting',
  note: null,
  code: null,
  costUsd: 0,
  earlier: 0,
  wasHeld: false,
});

export function endRun(state: State, { run: id }: Turn, to: 'silent' | 'failed', note: RunNote, ctx: Context): State {
  const run = id === null ? undefined : findRun(state, id);
  return run ? withRun(state, { ...run, state: to, note, endedAt: ctx.now }) : state;
}
