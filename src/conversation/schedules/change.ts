import { findNextAfter } from '../../recurrence/occurrences.ts';
import { readDay, readUntil } from '../../recurrence/parse/command-input.ts';
import { dateOf, instantOf } from '../../recurrence/zones.ts';
import { texts } from '../../texts/index.ts';
import { SKIPS_MAX } from '../policy/schedules.ts';
import type { Context } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import { clockOfPerson } from '../state/person-clock.ts';
import { exceptionsOf, isOpenRun, type Schedule } from '../state/schedule-rows.ts';
import { withRun, withSchedule } from '../state/schedules.ts';
import { type State, withoutTimer } from '../state/state.ts';
import { searchFrom, zoneFor } from './create.ts';
import { asResumed, withNextTime, withNextTimer } from './due.ts';
import { formatDay, formatMoment, formatUntil } from './format.ts';

// Pausing, resuming, leaving out, ending and running a schedule, for the person's commands and the agent's tools alike: the
// new rows and the sentence about them. A schedule that is due but has not fired is as these leave it.

const said = texts.scheduleAnswers;

/** `isDone`: else nothing has changed, and `text` says why. */
export type Managed = { isDone: boolean; state: State; text: string } | 'zone-needed';

const refused = (state: State, text: string): Managed => ({ isDone: false, state, text });
const done = (state: State, text: string): Managed => ({ isDone: true, state, text });

/** `until`: words for a day or a time; null: until it is resumed. */
export function pauseSchedule(
  state: State,
  schedule: Schedule,
  until: string | null,
  unread: string,
  ctx: Context,
): Managed {
  const { id } = schedule;
  if (schedule.state === 'over') return refused(state, said.isOver(id));
  const zone = zoneFor(schedule, state, ctx.policy);
  const at = until === null ? null : readUntil(until, { now: ctx.now, zone, clock: clockOfPerson(state) });
  if (at === 'zone-needed') return at;
  if (until !== null && at === null) return refused(state, unread);
  if (at !== null && at <= ctx.now) return refused(state, said.pastUntil);
  const paused = withNextTimer(state, { ...schedule, state: 'paused', pausedBy: 'person', resumeAt: at });
  const next = at === null ? null : findNextAfter(schedule.rule, schedule.zone, at - 1, exceptionsOf(schedule));
  const words = said.paused(
    id,
    at === null ? null : formatUntil(state, schedule, at, ctx),
    formatMoment(state, schedule, next, ctx),
  );
  return done(paused, words);
}

export function resumeSchedule(state: State, schedule: Schedule, ctx: Context): Managed {
  const { id, kind, project } = schedule;
  const next = (row: Schedule): string | null => formatMoment(state, row, row.nextAt, ctx);
  if (schedule.state === 'over') return refused(state, said.isOver(id));
  if (kind === 'agent' && !isThere(state, project)) return refused(state, said.projectAway(id));
  if (schedule.state === 'active') {
    // It was put off because it failed: not any longer.
    const sooner = withNextTime({ ...schedule, failures: 0 }, searchFrom(schedule, ctx.now));
    const row = schedule.failures === 0 ? schedule : sooner;
    return done(row === schedule ? state : withNextTimer(state, row), said.notPaused(id, next(row)));
  }
  const row = asResumed(schedule, ctx.now);
  return done(withNextTimer(state, row), said.resumed(id, next(row)));
}

/** `day`: words for it; null: the next run alone. */
export function skipRun(state: State, found: Schedule, day: string | null, unread: string, ctx: Context): Managed {
  const { id } = found;
  if (found.state === 'over') return refused(state, said.isOver(id));
  if (day === null) return skipNext(state, found, ctx);
  const zone = zoneFor(found, state, ctx.policy);
  if (zone === null) return 'zone-needed';
  // A day is one of the person's, also where the times need no zone.
  const schedule = { ...found, zone };
  const date = readDay(day, { now: ctx.now, zone });
  if (date === null) return refused(state, unread);
  const from = searchFrom(schedule, ctx.now);
  if (!runsOn(schedule, date, from)) return refused(state, said.notThatDay(id));
  const row = withoutDate(schedule, date, from);
  if (row === null) return refused(state, said.skipsFull(SKIPS_MAX));
  const left = formatDay(date, zone, ctx.now);
  if (row.state === 'paused') return done(withSchedule(state, row), said.skippedPaused(id, left));
  return done(withNextTimer(state, row), said.skipped(id, left, formatMoment(state, row, row.nextAt, ctx)));
}

/**
 * As a date where it runs once that day, because a date stays left out whatever changes before it. Of several on one day
 * only the next is left out, and what looks for the next time anew brings it back.
 */
function skipNext(state: State, schedule: Schedule, ctx: Context): Managed {
  const { id, zone, nextAt } = schedule;
  if (schedule.state === 'paused' || nextAt === null) return refused(state, said.skipPaused(id));
  const date = dateOf(nextAt, zone);
  const after = withNextTime(schedule, nextAt);
  const isOnlyOne = after.nextAt === null || dateOf(after.nextAt, zone) !== date;
  const row = isOnlyOne ? withoutDate(schedule, date, Math.min(nextAt, ctx.now)) : after;
  if (row === null) return refused(state, said.skipsFull(SKIPS_MAX));
  const words = (at: number | null): string | null => formatMoment(state, schedule, at, ctx);
  return done(withNextTimer(state, row), said.skipped(id, words(nextAt) ?? '', words(row.nextAt)));
}

function runsOn(schedule: Schedule, date: string, from: number): boolean {
  const { zone, nextAt, state } = schedule;
  // What was left out of an earlier day stays left out.
  const after = state === 'active' && nextAt !== null ? nextAt - 1 : from;
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const begin = instantOf({ year, month, day, hour: 0, minute: 0 }, zone);
  const at = findNextAfter(schedule.rule, zone, Math.max(after, begin - 1), exceptionsOf(schedule));
  return at !== null && dateOf(at, zone) === date;
}

/** The schedule with one more date on which it does not run; null when there are too many. */
function withoutDate(schedule: Schedule, date: string, from: number): Schedule | null {
  const today = dateOf(from, schedule.zone);
  const dates = [...exceptionsOf(schedule).dates.filter((each) => each >= today), date];
  const { nextAt, state } = schedule;
  const row = { ...schedule, skips: dates };
  if (dates.length > SKIPS_MAX) return null;
  // Those before the next run stay: it may be looked for anew.
  return state === 'paused' ? row : { ...withNextTime(row, nextAt === null ? from : nextAt - 1), skips: row.skips };
}

/** What waits of it is dropped; what runs goes on. */
export function cancelSchedule(state: State, schedule: Schedule, ctx: Context): Managed {
  const { id } = schedule;
  const idle = withoutTimer(state, 'snooze', `${id}`);
  // One for a single time is over as it comes; what comes again of it is its snooze.
  const isSnoozed = idle.timers.length < state.timers.length;
  if (schedule.state === 'over') {
    return isSnoozed ? done(idle, said.cancelled(id, false)) : refused(state, said.alreadyOver(id));
  }
  const ended = withNextTimer(idle, { ...schedule, state: 'over', pausedBy: null, resumeAt: null, nextAt: null });
  const runs = ended.runs.filter((r) => r.schedule === id && isOpenRun(r));
  const dropped = runs
    .filter((r) => r.state === 'waiting')
    .reduce((next, run) => {
      const used = setMessages(next, (m) => m.run === run.id && m.state === 'waiting', { state: 'consumed' });
      return withRun(used, { ...run, state: 'skipped', note: 'stopped', endedAt: ctx.now });
    }, ended);
  return done(
    dropped,
    said.cancelled(
      id,
      runs.some((r) => r.state === 'running'),
    ),
  );
}

/** Why it cannot run now, or null. */
export function runRefusalOf(state: State, { id, kind, project }: Schedule): string | null {
  const isAtWork = state.runs.some((r) => r.schedule === id && (r.state === 'waiting' || r.state === 'running'));
  if (isAtWork) return said.atWork(id);
  return kind === 'agent' && !isThere(state, project) ? said.projectAway(id) : null;
}

const isThere = (state: State, project: string): boolean =>
  state.projects.some((p) => p.id === project && p.archivedAt === null);
