import { findNextAfter } from '../../recurrence/occurrences.ts';
import type { Rule } from '../../recurrence/rule.ts';
import { beginOf, dateBeginningAt, instantOf, localOf } from '../../recurrence/zones.ts';
import { exceptionsOf, type Schedule } from '../state/schedule-rows.ts';
import { liveSchedulesOf } from '../state/schedules.ts';
import type { State } from '../state/state.ts';
import { failureWaitOf, withNextTime } from './due.ts';

// Moves a schedule to another time zone. Clock times and dates stay as written; a fixed moment stays the same moment.

/** A fixed moment and an interval in minutes are the same in every zone. */
const isByTheClock = (rule: Rule): boolean =>
  rule.kind === 'cron' || (rule.kind === 'interval' && rule.unit !== 'minutes');

/** The schedules that would run at another moment if they moved to the zone `to`. */
export const schedulesAffectedBy = (state: State, to: string): Schedule[] =>
  liveSchedulesOf(state).filter((s) => s.zone !== to && isByTheClock(s.rule));

/** The schedule in the zone `to`, with its next time. */
export function rezone(schedule: Schedule, to: string, now: number): Schedule {
  const { zone: from, nextAt, state, failures } = schedule;
  const rule = schedule.rule;
  const day = schedule.resumeAt === null ? null : dateBeginningAt(schedule.resumeAt, from);
  const there = { ...schedule, zone: to, ...(day === null ? {} : { resumeAt: beginOf(day, to) }) };
  if (!isByTheClock(rule)) return there;
  const sameTime = (ms: number): number => instantOf(localOf(ms, from), to);
  const ruleThere = rule.kind === 'interval' ? { ...rule, anchor: sameTime(rule.anchor) } : rule;
  const next = { ...there, rule: ruleThere };
  // A paused schedule gets its next time when it resumes, and a due one is about to run.
  if (state !== 'active' || nextAt === null || nextAt <= now) return next;
  // A skip or a failure that postponed the next run still holds.
  const isPutOff = nextAt !== findNextAfter(rule, from, now, exceptionsOf(schedule));
  const after = isPutOff ? Math.max(sameTime(nextAt) - 1, now) : now;
  return withNextTime(next, Math.max(after, now + failureWaitOf(failures)));
}
