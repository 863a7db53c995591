import type { Context } from './events.ts';
import { requireRead } from './reads.ts';
import type { Turn } from './rows.ts';
import type { Delivery, Run, RunNote, Schedule } from './schedule-rows.ts';
import type { State } from './state.ts';

/** The one of a run that is open, or one that was read. */
export const findSchedule = (state: State, id: number): Schedule | undefined =>
  state.schedules.find((s) => s.id === id);

/** The one of that number, whatever has become of it. */
export function scheduleByNumber(state: State, id: number): Schedule | undefined {
  requireRead(state, { rows: 'schedule', id });
  return findSchedule(state, id);
}

/** The live schedules and those with a snooze. */
export function listedSchedulesOf(state: State): Schedule[] {
  requireRead(state, { rows: 'schedules' });
  const isListed = (s: Schedule): boolean => s.state !== 'over' || snoozedUntil(state, s) !== null;
  return state.schedules.filter(isListed).sort((a, b) => a.id - b.id);
}

/** The live schedules. */
export function liveSchedulesOf(state: State): Schedule[] {
  requireRead(state, { rows: 'schedules' });
  return state.schedules.filter((s) => s.state !== 'over').sort((a, b) => a.id - b.id);
}

/** When the schedule's reminder comes again after a snooze; null without one. */
export const snoozedUntil = (state: State, { id }: Schedule): number | null =>
  state.timers.find(({ kind, ref }) => kind === 'snooze' && ref === `${id}`)?.dueAt ?? null;

/** The run's texts for other people. */
export function deliveriesOf(state: State, run: string): Delivery[] {
  requireRead(state, { rows: 'deliveries', run }, { rows: 'run', id: run });
  return state.deliveries.filter((d) => d.run === run);
}

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

export function endRun(
  state: State,
  { run: id }: Turn,
  to: 'silent' | 'failed' | 'skipped',
  note: RunNote,
  ctx: Context,
): State {
  const run = id === null ? undefined : findRun(state, id);
  return run ? withRun(state, { ...run, state: to, note, endedAt: ctx.now }) : state;
}
