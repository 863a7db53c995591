import { DAY, MINUTE } from '../units.ts';
import { atFixedTimes, HORIZON, onRealClock, type Times } from './clock-changes.ts';
import { type CronFields, findWallAfter, findWallUntil, readFields } from './cron-walls.ts';
import { isHoliday } from './holidays.ts';
import { type Exceptions, NO_EXCEPTIONS, type Rule } from './rule.ts';
import { dateOf, instantOf, wallOf } from './zones.ts';

// Computes when a rule is due. cron-walls.ts decides which wall-clock times a cron rule names; clock-changes.ts decides
// which instants those are.
//
// - A cron rule whose hour field begins with `*` follows the real clock; any other one, and an interval of days or
//   weeks, names fixed times.
// - Minutes are real time and know no clock changes.
// - An exception is about the local date of the instant.
//
// Nothing but rules that were read is kept.

const UNIT = { minutes: MINUTE, days: DAY, weeks: 7 * DAY } as const;
const MOST_EXCLUDED_DAYS = 400;

/** Strictly after; null: not within eight years. */
export function findNextAfter(rule: Rule, zone: string, after: number, except = NO_EXCEPTIONS): number | null {
  const times = timesOf(rule, zone);
  let from = after;
  for (let days = 0; days < MOST_EXCLUDED_DAYS; days++) {
    const next = times.after(from);
    if (next === null || next - after > HORIZON) return null;
    if (!isExcluded(next, zone, except)) return next;
    from = Math.max(next, startOfDay(next, zone, 1) - 1);
  }
  return null;
}

/** The newest at or before `until`; null: none within eight years. */
export function findLastUntil(rule: Rule, zone: string, until: number, except = NO_EXCEPTIONS): number | null {
  const times = timesOf(rule, zone);
  let to = until;
  for (let days = 0; days < MOST_EXCLUDED_DAYS; days++) {
    const newest = times.until(to);
    if (newest === null || until - newest > HORIZON) return null;
    if (!isExcluded(newest, zone, except)) return newest;
    to = Math.min(newest, startOfDay(newest, zone, 0)) - 1;
  }
  return null;
}

export function listNextTimes(
  rule: Rule,
  zone: string,
  after: number,
  count: number,
  except = NO_EXCEPTIONS,
): number[] {
  const found: number[] = [];
  while (found.length < count) {
    const next = findNextAfter(rule, zone, found.at(-1) ?? after, except);
    if (next === null) break;
    found.push(next);
  }
  return found;
}

/** Enough for every distance within a day to have come up: twelve runs in each of 24 hours. */
const COMPARED = 300;

/** The smallest distance between consecutive occurrences on the wall clock: that of clock changes is not the rule’s. */
export function findShortestGap(rule: Rule, zone: string, after: number): number | null {
  if (rule.kind === 'once') return null;
  if (rule.kind === 'interval') return rule.every * UNIT[rule.unit];
  const fields = fieldsOf(rule.cron);
  let shortest: number | null = null;
  let before = findWallAfter(fields, wallOf(after, zone));
  for (let i = 0; i < COMPARED && before !== null && shortest !== MINUTE; i++) {
    const next = findWallAfter(fields, before);
    if (next !== null) shortest = Math.min(shortest ?? next - before, next - before);
    before = next;
  }
  return shortest;
}

const isExcluded = (ms: number, zone: string, { holidays, dates }: Exceptions): boolean => {
  if (holidays === null && dates.length === 0) return false;
  const date = dateOf(ms, zone);
  return dates.includes(date) || (holidays !== null && isHoliday(holidays, date));
};

/** When the local date of an instant begins, or the date `later` days after it. */
function startOfDay(ms: number, zone: string, later: number): number {
  const [year = 0, month = 0, day = 0] = dateOf(ms, zone).split('-').map(Number);
  return instantOf({ year, month, day: day + later, hour: 0, minute: 0 }, zone);
}

function timesOf(rule: Rule, zone: string): Times {
  if (rule.kind === 'once') {
    return { after: (ms) => (rule.at > ms ? rule.at : null), until: (ms) => (rule.at <= ms ? rule.at : null) };
  }
  if (rule.kind === 'interval') {
    const length = rule.every * UNIT[rule.unit];
    if (rule.unit === 'minutes') return every(rule.anchor, length);
    return atFixedTimes(every(wallOf(rule.anchor, zone), length), zone);
  }
  const fields = fieldsOf(rule.cron);
  const walls: Times = {
    after: (wall) => findWallAfter(fields, wall),
    until: (wall) => findWallUntil(fields, wall),
  };
  return rule.cron.split(' ')[1]?.startsWith('*') ? onRealClock(walls, zone) : atFixedTimes(walls, zone);
}

const every = (anchor: number, length: number): Times => ({
  after: (ms) => anchor + Math.max(0, Math.floor((ms - anchor) / length) + 1) * length,
  until: (ms) => (ms < anchor ? null : anchor + Math.floor((ms - anchor) / length) * length),
});

const MOST_KEPT = 64;
const kept = new Map<string, CronFields>();

function fieldsOf(cron: string): CronFields {
  const known = kept.get(cron);
  if (known) return known;
  const read = readFields(cron);
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(cron, read);
  return read;
}
