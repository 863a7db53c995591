import { Temporal } from 'temporal-polyfill';

// When rules are due, computed the slow way: minute by minute through a period, with Temporal’s clock changes and a
// separate parser of cron fields. Shares no code with src/recurrence.

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

type Minutes = { kind: 'interval'; every: number; unit: 'minutes' | 'days' | 'weeks'; anchor: number };
export type OracleRule = { kind: 'cron'; cron: string } | Minutes | { kind: 'once'; at: number };

const zoned = (ms: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);

/** The clock changes after `from`, up to `to`. */
export function changesIn(zone: string, from: number, to: number): number[] {
  const found: number[] = [];
  for (let at = zoned(from, zone); ; ) {
    const next = at.getTimeZoneTransition('next');
    if (next === null || next.epochMilliseconds > to) return found;
    found.push(next.epochMilliseconds);
    at = next;
  }
}

/** The period that was asked for last: many rules are computed for one. */
let walls: { key: string; times: number[] } | null = null;

/**
 * The local clock's time at every whole minute of a period, as the milliseconds of a UTC clock with the same time.
 */
function wallsOf(zone: string, from: number, to: number): number[] {
  const key = `${zone} ${from} ${to}`;
  if (walls?.key === key) return walls.times;
  const times: number[] = [];
  const offset = (ms: number): number => zoned(ms, zone).offsetNanoseconds / 1e6;
  const changes = [...changesIn(zone, from, to), Number.POSITIVE_INFINITY];
  let shift = offset(from);
  for (let ms = from; ms <= to; ms += MINUTE) {
    if (ms >= (changes[0] ?? 0)) {
      changes.shift();
      shift = offset(ms);
    }
    times.push(ms + shift);
  }
  walls = { key, times };
  return times;
}

/** The occurrences after `from`, up to and including `to`, both whole minutes. */
export function expectedTimes(rule: OracleRule, zone: string, from: number, to: number): number[] {
  if (rule.kind === 'once') return rule.at > from && rule.at <= to ? [rule.at] : [];
  if (rule.kind === 'interval') return intervalTimes(rule, zone, from, to);
  const shows = reading(rule.cron);
  const realClock = rule.cron.split(' ')[1]?.startsWith('*') === true;
  const found: number[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  // Two days before, so that the latest shown time is known at the beginning.
  const start = from - 2 * DAY;
  for (const [n, wall] of wallsOf(zone, start, to).entries()) {
    const ms = start + n * MINUTE;
    let due = realClock && shows(wall);
    if (!realClock && latest > 0) {
      for (let passed = latest + MINUTE; passed <= wall; passed += MINUTE) due = shows(passed) || due;
    }
    if (due && ms > from) found.push(ms);
    latest = Math.max(latest, wall);
  }
  return found;
}

function intervalTimes({ every, unit, anchor }: Minutes, zone: string, from: number, to: number): number[] {
  const found: number[] = [];
  const start = zoned(anchor, zone).toPlainDateTime();
  for (let count = 0; ; count++) {
    const at =
      unit === 'minutes'
        ? anchor + count * every * MINUTE
        : firstShown(start.add({ days: count * every * (unit === 'weeks' ? 7 : 1) }), zone);
    if (at > to) return found;
    if (at > from) found.push(at);
  }
}

/** The first of two; for a time that does not exist, the end of the gap. */
function firstShown(time: Temporal.PlainDateTime, zone: string): number {
  const first = time.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (first.toPlainDateTime().equals(time)) return first.epochMilliseconds;
  return first.getTimeZoneTransition('next')?.epochMilliseconds ?? Number.NaN;
}

/** Whether a cron rule names this minute of the wall clock. */
export function reading(cron: string): (wall: number) => boolean {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.split(' ');
  const inMinute = numbers(minute, 59);
  const inHour = numbers(hour, 23);
  const inMonth = numbers(month, 12);
  const inDay = numbers(day, 31);
  const inWeekday = numbers(weekday, 7);
  const days = new Map<number, boolean>();

  function onDay(wall: number): boolean {
    const date = new Date(wall);
    const dayOfMonth = date.getUTCDate();
    const dayOfWeek = date.getUTCDay();
    const length = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
    if (!inMonth.has(date.getUTCMonth() + 1)) return false;
    const byDay = inDay.has(dayOfMonth) || (day.split(',').includes('L') && dayOfMonth === length);
    const byWeekday =
      inWeekday.has(dayOfWeek) ||
      (dayOfWeek === 0 && inWeekday.has(7)) ||
      weekday.split(',').some((item) => {
        if (item === `${dayOfWeek}L`) return dayOfMonth + 7 > length;
        return item === `${dayOfWeek}#${Math.ceil(dayOfMonth / 7)}`;
      });
    if (day === '*') return byWeekday;
    return weekday === '*' ? byDay : byDay || byWeekday;
  }

  return (wall) => {
    const number = Math.floor(wall / DAY);
    const known = days.get(number) ?? onDay(wall);
    days.set(number, known);
    const inDayMs = wall - number * DAY;
    return known && inHour.has(Math.floor(inDayMs / (60 * MINUTE))) && inMinute.has((inDayMs / MINUTE) % 60);
  };
}

/** The plain numbers in a field. */
function numbers(field: string, most: number): Set<number> {
  const found = new Set<number>();
  for (const item of field.split(',')) {
    const [range = '', step = '1'] = item.split('/');
    if (!/^(\*|\d+(-\d+)?)$/.test(range)) continue;
    const [low, high] = range === '*' ? [most === 31 || most === 12 ? 1 : 0, most] : range.split('-').map(Number);
    for (let value = low ?? 0; value <= (high ?? low ?? 0); value += Number(step)) found.add(value);
  }
  return found;
}
