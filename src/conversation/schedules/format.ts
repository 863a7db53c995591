import { numberOf } from '../../addresses.ts';
import { listNextTimes } from '../../recurrence/occurrences.ts';
import { formatDuration, formatRule, formatTime, formatZone } from '../../recurrence/print/format.ts';
import { dateBeginningAt, dateOf, instantOf } from '../../recurrence/zones.ts';
import type { Shown } from '../../texts/schedule-answers.ts';
import type { ShownRun } from '../../texts/schedule-runs.ts';
import { DAY } from '../../units.ts';
import type { Policy } from '../policy/policy.ts';
import type { Context } from '../state/events.ts';
import { clockOfPerson, zoneOf } from '../state/person-clock.ts';
import { requireRead } from '../state/reads.ts';
import { exceptionsOf, type Run, type Schedule } from '../state/schedule-rows.ts';
import { listedSchedulesOf, liveSchedulesOf, snoozedUntil } from '../state/schedules.ts';
import type { State } from '../state/state.ts';
import { zoneOfSchedule } from './create.ts';
import { searchStartOf } from './due.ts';
import { groupByRecipient } from './fan-out.ts';

// Formats schedules and runs for people: times and rules in words, in the schedule's zone and with the person's 12- or
// 24-hour clock.

/** A time of the schedule. If no zone is known, how far away it is. */
export function formatMoment(
  state: State,
  schedule: Schedule,
  at: number | null,
  { now, policy }: Context,
): string | null {
  if (at === null) return null;
  const zone = zoneOfSchedule(schedule, state, policy);
  if (zone !== null) return formatTime(at, zone, clockOfPerson(state), now);
  return at < now ? `${formatDuration(now - at)} ago` : `in ${formatDuration(at - now)}`;
}

/** "tomorrow", "Mon 23 Nov": a local date without its time. */
export function formatDay(date: string, zone: string, now: number): string {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const noon = instantOf({ year, month, day, hour: 12, minute: 0 }, zone);
  return formatTime(noon, zone, 24, now).replace(/(?:,| at) \S+$/, '');
}

/** The day if `at` is the start of one, else the time. */
export function formatUntil(state: State, schedule: Schedule, at: number, ctx: Context): string {
  const date = dateBeginningAt(at, schedule.zone);
  if (date !== null) return formatDay(date, schedule.zone, ctx.now);
  return formatMoment(state, schedule, at, ctx) ?? '';
}

/** The next `count` times of a live schedule. */
function upcoming(schedule: Schedule, count: number): number[] {
  const { nextAt, state, zone } = schedule;
  if (state !== 'active' || nextAt === null) return [];
  return [nextAt, ...listNextTimes(schedule.rule, zone, nextAt, count - 1, exceptionsOf(schedule))];
}

/**
 * `isLong`: with the next three times and the zone. Otherwise with the next time, and the zone only if it isn't the
 * person's.
 */
export function describeSchedule(state: State, schedule: Schedule, isLong: boolean, ctx: Context): Shown {
  const zone = zoneOfSchedule(schedule, state, ctx.policy);
  const clock = clockOfPerson(state);
  const words = (at: number): string => formatMoment(state, schedule, at, ctx) ?? '';
  const today = dateOf(searchStartOf(schedule, ctx.now), schedule.zone);
  const dates = exceptionsOf(schedule).dates.filter((date) => date >= today);
  const isUsual = zone === zoneOf(state, ctx.policy);
  return {
    schedule,
    rule: formatRule(schedule.rule, zone ?? schedule.zone, clock),
    isOnce: schedule.rule.kind === 'once',
    next: upcoming(schedule, isLong ? 3 : 1).map(words),
    again: formatMoment(state, schedule, snoozedUntil(state, schedule), ctx),
    zone: zone === null || (!isLong && isUsual) ? null : formatZone(zone),
    resumes: schedule.resumeAt === null ? null : formatUntil(state, schedule, schedule.resumeAt, ctx),
    recipients: schedule.recipients,
    skips: dates.map((date) => formatDay(date, schedule.zone, ctx.now)),
    project: schedule.kind === 'agent' ? (state.projects.find((p) => p.id === schedule.project)?.label ?? null) : null,
  };
}

/** The live schedules and those with a snooze, each with its last run. */
export const listSchedules = (state: State, ctx: Context): (Shown & { last: Run | null })[] =>
  listedSchedulesOf(state).map((schedule) => ({
    ...describeSchedule(state, schedule, false, ctx),
    last: runsOf(state, schedule)[0] ?? null,
  }));

/** Newest first. */
const runsOf = (state: State, { id }: Schedule): Run[] =>
  state.runs.filter((r) => r.schedule === id).sort((a, b) => (a.id < b.id ? 1 : -1));

const RUNS_SHOWN = 10;

export function describeRuns(state: State, schedule: Schedule, ctx: Context): ShownRun[] {
  requireRead(state, { rows: 'past-runs', schedule: schedule.id });
  return runsOf(state, schedule)
    .slice(0, RUNS_SHOWN)
    .map((run) => ({
      run,
      due: formatMoment(state, schedule, run.dueAt, ctx) ?? '',
      recipients: groupByRecipient(state.deliveries.filter((d) => d.run === run.id)).map((d) => ({
        ...d,
        number: numberOf(d.address),
      })),
    }));
}

/** The next run of all schedules, if within a day: a time in the person's zone, or how far away it is. */
export function formatNextForStatus(state: State, now: number, policy: Policy): string | null {
  const next = liveSchedulesOf(state)
    .filter((s) => s.state === 'active' && s.nextAt !== null && s.nextAt - now < DAY)
    .sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0))[0];
  if (!next) return null;
  const zone = zoneOf(state, policy);
  const at = next.nextAt ?? now;
  return zone === null ? `in ${formatDuration(at - now)}` : formatTime(at, zone, clockOfPerson(state), now);
}
