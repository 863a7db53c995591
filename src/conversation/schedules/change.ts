import { refusalOfRule } from '../../recurrence/limits.ts';
import { findNextAfter } from '../../recurrence/occurrences.ts';
import { readDay, readUntil } from '../../recurrence/parse/command-input.ts';
import { isSameRule } from '../../recurrence/rule.ts';
import { dateOf, instantOf } from '../../recurrence/zones.ts';
import { texts } from '../../texts/index.ts';
import { SKIPS_MAX } from '../policy/schedules.ts';
import type { Context } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import { clockOfPerson } from '../state/person-clock.ts';
import { exceptionsOf, isOpenRun, type Schedule } from '../state/schedule-rows.ts';
import { withRun, withSchedule } from '../state/schedules.ts';
import { type State, withoutTimer } from '../state/state.ts';
import { findPlanFault, type Made, readScheduleRule, zoneOfSchedule } from './create.ts';
import { asResumed, searchStartOf, withNextTime, withNextTimer } from './due.ts';
import { formatDay, formatMoment, formatUntil } from './format.ts';

// Changes, pauses, resumes, skips and cancels schedules, for the person's commands and for the agent's tools. Returns the
// new rows and the sentence about them. They also apply to a run that is due but hasn't started.

const said = texts.scheduleAnswers;

/** Without `isDone` nothing has changed, and `text` says why. */
export type Managed = { isDone: boolean; state: State; text: string } | 'zone-needed';

const refused = (state: State, text: string): Managed => ({ isDone: false, state, text });
const done = (state: State, text: string): Managed => ({ isDone: true, state, text });

/** Omitted fields keep their value. */
export type Change = Partial<Pick<Schedule, 'prompt' | 'holidays' | 'isolated' | 'checkCommand'>> & {
  when?: string | undefined;
  queue?: boolean | undefined;
};

/** Changes a live schedule. Looks for the next time again only if the rule, the zone or the holidays change. */
export function changeSchedule(state: State, before: Schedule, { when, queue, ...of }: Change, ctx: Context): Made {
  const wanted: Schedule = { ...before, ...of, ...(queue === undefined ? {} : { overlap: queue ? 'queue' : 'skip' }) };
  const fault = findPlanFault({ ...wanted, queue: queue ?? false });
  if (fault !== null) return { kind: 'refused', reason: fault };
  const zone = zoneOfSchedule(before, state, ctx.policy);
  const read =
    when === undefined
      ? { kind: 'rule' as const, rule: before.rule, zone: before.zone }
      : readScheduleRule(state, when, zone, wanted.holidays, ctx);
  if (read.kind !== 'rule') return read;
  const changed: Schedule = { ...wanted, rule: read.rule, zone: read.zone };
  const isSameTime =
    isSameRule(changed.rule, before.rule) && changed.zone === before.zone && changed.holidays === before.holidays;
  if (isSameTime) return { kind: 'made', state: withSchedule(state, changed), schedule: changed };
  const from = searchStartOf(before, ctx.now);
  const refusal = refusalOfRule(read.rule, before.kind, read.zone, from, exceptionsOf(changed));
  if (refusal !== null) return { kind: 'refused', reason: texts.scheduleRefusal(refusal) };
  const schedule = withNextTime({ ...changed, failures: 0 }, from);
  return { kind: 'made', state: withNextTimer(state, schedule), schedule };
}

/** `until` names a day or a time; null pauses until the person resumes the schedule. */
export function pauseSchedule(
  state: State,
  schedule: Schedule,
  until: string | null,
  unread: string,
  ctx: Context,
): Managed {
  const { id } = schedule;
  if (schedule.state === 'over') return refused(state, said.isOver(id));
  const zone = zoneOfSchedule(schedule, state, ctx.policy);
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
    // Failed runs had delayed the next one. The person asks for it, so the delay ends.
    const sooner = withNextTime({ ...schedule, failures: 0 }, searchStartOf(schedule, ctx.now));
    const row = schedule.failures === 0 ? schedule : sooner;
    return done(row === schedule ? state : withNextTimer(state, row), said.notPaused(id, next(row)));
  }
  const row = asResumed(schedule, ctx.now);
  return done(withNextTimer(state, row), said.resumed(id, next(row)));
}

/** `day` names a date in words; null skips only the next run. */
export function skipRun(state: State, found: Schedule, day: string | null, unread: string, ctx: Context): Managed {
  const { id } = found;
  if (found.state === 'over') return refused(state, said.isOver(id));
  if (day === null) return skipNext(state, found, ctx);
  const zone = zoneOfSchedule(found, state, ctx.policy);
  if (zone === null) return 'zone-needed';
  // A day begins and ends in the person's zone, even if the schedule's times need no zone.
  const schedule = { ...found, zone };
  const date = readDay(day, { now: ctx.now, zone });
  if (date === null) return refused(state, unread);
  const from = searchStartOf(schedule, ctx.now);
  if (!runsOn(schedule, date, from)) return refused(state, said.notThatDay(id));
  const row = withoutDate(schedule, date, from);
  if (row === null) return refused(state, said.skipsFull(SKIPS_MAX));
  const left = formatDay(date, zone, ctx.now);
  if (row.state === 'paused') return done(withSchedule(state, row), said.skippedPaused(id, left));
  return done(withNextTimer(state, row), said.skipped(id, left, formatMoment(state, row, row.nextAt, ctx)));
}

/**
 * Skips a date if the schedule runs once that day: a skipped date survives later changes. With several runs a day it skips
 * the next run only, and a change to the schedule brings that run back.
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
  // Runs already skipped on an earlier day stay skipped.
  const after = state === 'active' && nextAt !== null ? nextAt - 1 : from;
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const begin = instantOf({ year, month, day, hour: 0, minute: 0 }, zone);
  const at = findNextAfter(schedule.rule, zone, Math.max(after, begin - 1), exceptionsOf(schedule));
  return at !== null && dateOf(at, zone) === date;
}

/** The schedule with one more skipped date. Null when it has too many. */
function withoutDate(schedule: Schedule, date: string, from: number): Schedule | null {
  const today = dateOf(from, schedule.zone);
  const dates = [...exceptionsOf(schedule).dates.filter((each) => each >= today), date];
  const { nextAt, state } = schedule;
  const row = { ...schedule, skips: dates };
  if (dates.length > SKIPS_MAX) return null;
  // Keep the skipped dates before the next run: a later change may search from there again.
  return state === 'paused' ? row : { ...withNextTime(row, nextAt === null ? from : nextAt - 1), skips: row.skips };
}

/** Drops waiting runs. A run that has begun goes on. */
export function cancelSchedule(state: State, schedule: Schedule, ctx: Context): Managed {
  const { id } = schedule;
  const idle = withoutTimer(state, 'snooze', `${id}`);
  // A one-time schedule ends when it fires, so what is left to cancel is its snooze.
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

/** Why the schedule can't run now, or null. */
export function runRefusalOf(state: State, { id, kind, project }: Schedule): string | null {
  const isAtWork = state.runs.some((r) => r.schedule === id && (r.state === 'waiting' || r.state === 'running'));
  if (isAtWork) return said.atWork(id);
  return kind === 'agent' && !isThere(state, project) ? said.projectAway(id) : null;
}

const isThere = (state: State, project: string): boolean =>
  state.projects.some((p) => p.id === project && p.archivedAt === null);
