import { DAY } from '../units.ts';

// Local time: what a clock in a zone shows at an instant, and the first instant at which it shows a time. Reads the
// platform's zone data through Intl; zone-names.ts has the names that people use for zones.

export { clockOf, zoneOfNumber, zonesOfNumber } from './calling-codes.ts';
export { findSimilarZones, readZone } from './zone-names.ts';

/** `weekday` 0 is Sunday. */
export type Local = {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  weekday: number;
};

// A formatter costs a hundred times more to create than to use. A worker serves many zones, so the cache is bounded.
const MOST_KEPT = 64;
const kept = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: string): Intl.DateTimeFormat {
  const known = kept.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(zone, made);
  return made;
}

/** The local clock's time, as the milliseconds at which a clock in UTC shows the same. */
export const wallOf = (ms: number, zone: string): number => ms + offsetAt(ms, zone);

/** Milliseconds, east positive. */
export function offsetAt(ms: number, zone: string): number {
  const shown = formatter(zone).format(ms).match(/\d+/g)?.map(Number) ?? [];
  const [month = 1, day = 1, year = 1970, hour = 0, minute = 0, second = 0] = shown;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

export function localOf(ms: number, zone: string): Local {
  const wall = new Date(wallOf(ms, zone));
  return {
    year: wall.getUTCFullYear(),
    month: wall.getUTCMonth() + 1,
    day: wall.getUTCDate(),
    hour: wall.getUTCHours(),
    minute: wall.getUTCMinutes(),
    second: wall.getUTCSeconds(),
    weekday: wall.getUTCDay(),
  };
}

/** YYYY-MM-DD. */
export const dateOf = (ms: number, zone: string): string => new Date(wallOf(ms, zone)).toISOString().slice(0, 10);

/** A time that does not exist is the moment the gap ends; of one that exists twice it is the first. */
export const instantOf = (
  { year, month, day, hour, minute }: Pick<Local, 'year' | 'month' | 'day' | 'hour' | 'minute'>,
  zone: string,
): number => findFirstShowing(Date.UTC(year, month - 1, day, hour, minute), zone);

/** When the local date (YYYY-MM-DD) begins: at midnight, or when the gap over midnight ends. */
export const beginOf = (date: string, zone: string): number => findFirstShowing(Date.parse(`${date}T00:00:00Z`), zone);

/** The local date that begins at that very moment, or null. */
export function dateBeginningAt(ms: number, zone: string): string | null {
  const date = dateOf(ms, zone);
  return beginOf(date, zone) === ms ? date : null;
}

// No zone's offset from UTC is larger.
const FARTHEST = 16 * 60 * 60_000;

/** The first instant at which the local clock shows `wall` or a later time. */
export function findFirstShowing(wall: number, zone: string): number {
  let begin = wall - FARTHEST;
  for (const shift of [...listShiftsBetween(zone, begin, wall + FARTHEST), Number.POSITIVE_INFINITY]) {
    const shows = wall - offsetAt(begin, zone);
    if (shows < shift) return Math.max(shows, begin);
    begin = shift;
  }
  return begin;
}

/** The instants after `from`, up to and with `to`, at which the local clock is put forward or back. For short spans. */
export function listShiftsBetween(zone: string, from: number, to: number): number[] {
  const shifts: number[] = [];
  let offset = offsetAt(from, zone);
  // No zone shifts twice within a day.
  for (let begin = from; begin < to; begin += DAY) {
    let before = begin;
    let after = Math.min(begin + DAY, to);
    const last = offsetAt(after, zone);
    if (last === offset) continue;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(middle, zone) === offset) before = middle;
      else after = middle;
    }
    shifts.push(after);
    offset = last;
  }
  return shifts;
}
