import { findNextAfter } from '../../recurrence/occurrences.ts';
import type { Rule } from '../../recurrence/rule.ts';
import { beginOf, dateBeginningAt, instantOf, localOf } from '../../recurrence/zones.ts';
import { exceptionsOf, type Schedule } from '../state/schedule-rows.ts';
import type { State } from '../state/state.ts';
import { failureWaitOf, withNextTime } from './due.ts';

// Moves a schedule to another time zone: clock times and dates stay as written, and moments stay the same moment.

/** A moment, and every so many minutes, are the same in every zone. */
const isByTheClock = (rule: Rule): boolean =>
  rule.kind === 'cron' || (rule.kind === 'interval' && rule.unit !== 'minutes');

/** Those of another zone than `to` that would come at another moment if they moved. */
export const schedulesAffectedBy = ({ schedules }: State, to: string): Schedule[] =>
  schedules.filter((s) => s.state !== 'over' && s.zone !== to && isByTheClock(s.rule));

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
  // A paused one is reckoned when it goes on, and one that is due already is about to run.
  if (state !== 'active' || nextAt === null || nextAt <= now) return next;
  // One that was put off, for a day or because it failed, stays so.
  const isPutOff = nextAt !== findNextAfter(rule, from, now, exceptionsOf(schedule));
  const after = isPutOff ? Math.max(sameTime(nextAt) - 1, now) : now;
  return withNextTime(next, Math.max(after, now + failureWaitOf(failures)));
}
