import { instantOf, localOf } from '../zones.ts';
import { addDays, addMonths, type Day, daysBetween, readDate, weekdayOf } from './dates.ts';
import { readDuration } from './durations.ts';
import { splitDayAndTimes } from './normalise.ts';
import { type ClockTime, moveIntoPart, type Part, usualTimeOf } from './times.ts';

// Reads one moment: a day and a time, or a duration from now. Where nothing says which half of the day is meant, the
// named day decides, or else the next time that the clock shows it.

export type Reference = { now: number; zone: string; clock: 12 | 24 };
/** `free`: the time zone made no difference. */
export type Moment =
  | { kind: 'moment'; at: number; free: boolean }
  | { kind: 'mismatch'; day: Day; named: number }
  | { kind: 'tooFar' };

const YEAR_MS = 366 * 86_400_000;
/** Nobody plans further ahead, and every calculation stays exact up to here. */
export const FARTHEST_MS = 10 * YEAR_MS;

const at = (day: Day, time: Pick<ClockTime, 'hour' | 'minute'>, zone: string): number =>
  instantOf({ ...day, hour: time.hour, minute: time.minute }, zone);

export const todayOf = ({ now, zone }: Pick<Reference, 'now' | 'zone'>): Day => {
  const { year, month, day } = localOf(now, zone);
  return { year, month, day };
};

/** On a twelve-hour clock "8" can mean 8 am or 8 pm. */
const halves = (time: ClockTime, { clock }: Reference): ClockTime[] =>
  time.bare && clock === 12 && time.hour < 12 ? [time, { ...time, hour: time.hour + 12 }] : [time];

/** Without a day: the next time the person's clock shows it, today or tomorrow. */
export function findNextTime(time: ClockTime, here: Reference): number {
  const today = todayOf(here);
  const all = [0, 1, 2].flatMap((days) => halves(time, here).map((one) => at(addDays(today, days), one, here.zone)));
  return Math.min(...all.filter((ms) => ms > here.now));
}

/** `loose`: the person named today or a weekday, not a date, so the half of the day and the midnight are open. */
function onDay(day: Day, time: ClockTime, part: Part | null, loose: boolean, here: Reference): number {
  const isToday = daysBetween(todayOf(here), day) === 0;
  // The night of a day ends in the next one; and "today at midnight" is still to come.
  const late = (part === 'night' && time.hour < 6) || (time.isMidnight && isToday && loose);
  if (late) return at(addDays(day, 1), time, here.zone);
  if (!isToday || !loose) return at(day, time, here.zone);
  const both = halves(time, here).map((one) => at(day, one, here.zone));
  // "today" stays today, even for a time that has passed.
  return both.find((ms) => ms > here.now) ?? both[0] ?? here.now;
}

function moment(ms: number, free: boolean, { now }: Reference): Moment {
  return Math.abs(ms - now) <= FARTHEST_MS ? { kind: 'moment', at: ms, free } : { kind: 'tooFar' };
}

function ahead(text: string, time: ClockTime | null, here: Reference): Moment | null {
  const length = readDuration(text);
  if (!length) return null;
  const { ms, days, months } = length;
  const onClock = days === 0 && months === 0;
  if (onClock && time !== null) return null;
  if (ms > FARTHEST_MS || days > 4000 || months > 130) return { kind: 'tooFar' };
  if (onClock) return moment(here.now + ms, true, here);
  const local = localOf(here.now, here.zone);
  const day = addDays(addMonths(todayOf(here), months), days);
  return moment(at(day, time ?? local, here.zone) + ms, false, here);
}

const EXACT = /^(\d{4}-\d{2}-\d{2})[ t](\d{1,2}):(\d{2})(?::\d{2}(?:\.\d{1,3})?)? ?(z|utc|[+-]\d{2}:?\d{2})$/;
const WITH_OFFSET = /^(.+?) \(?utc([+-]\d{1,2})(?::(\d{2}))?\)?$/;

/** The time without its offset from UTC, and the offset in minutes if the person wrote one. */
function ownOffset(even: string): { text: string; offset: number | null } {
  const iso = EXACT.exec(even);
  if (iso) {
    const [, date = '', hour = '', minute = '', zone = ''] = iso;
    const [, sign = '+', hours = '0', minutes = '0'] = /^([+-])(\d{2}):?(\d{2})$/.exec(zone) ?? [];
    return { text: `${date} ${hour}:${minute}`, offset: Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) };
  }
  const marked = WITH_OFFSET.exec(even);
  if (!marked) return { text: even.replace(/^(\d{4}-\d{2}-\d{2})t(?=\d)/, '$1 '), offset: null };
  const sign = marked[2]?.startsWith('-') ? -1 : 1;
  return { text: marked[1] ?? '', offset: Number(marked[2]) * 60 + sign * Number(marked[3] ?? 0) };
}

/** Null when these words are no moment. `even`: normalised words. */
export function readMoment(even: string, here: Reference): Moment | null {
  const { text, offset } = ownOffset(even);
  if (offset === null) return readLocal(text, here);
  // Read as if on a clock in UTC that shows what clocks at that offset show.
  const shift = offset * 60_000;
  const read = readLocal(text, { ...here, zone: 'UTC', now: here.now + shift });
  return read?.kind === 'moment' ? { kind: 'moment', at: read.at - shift, free: true } : read;
}

function readLocal(text: string, here: Reference): Moment | null {
  for (const { day, times, part } of splitDayAndTimes(text)) {
    const read = times.length > 1 ? null : readParted(day, times[0] ?? null, part, here);
    if (read) return read;
  }
  return null;
}

/** `said` is null when the words have only a day or a duration. */
function readParted(day: string, said: ClockTime | null, part: Part | null, here: Reference): Moment | null {
  const time = said === null ? null : moveIntoPart(said, part);
  if (said !== null && time === null) return null;
  if (day === '') return time === null ? null : moment(findNextTime(time, here), false, here);
  const length = part === null ? ahead(day, time, here) : null;
  if (length) return length;
  const date = readDate(day, todayOf(here));
  if (date === null) return null;
  if (date.kind === 'mismatch') return date;
  const chosen = time ?? usualTimeOf(part);
  const near = Math.abs(daysBetween(todayOf(here), date.day)) <= FARTHEST_MS / 86_400_000 + 1;
  if (!near) return { kind: 'tooFar' };
  const loose = date.movable || day === 'today';
  const first = onDay(date.day, chosen, part, loose, here);
  const isOver = date.movable && first <= here.now;
  return moment(isOver ? onDay(addDays(date.day, 7), chosen, part, loose, here) : first, false, here);
}

/** The first day on which an interval of days or weeks can begin. */
export function findFirstDay(time: ClockTime, weekday: number | null, from: Day, here: Reference): Day {
  for (let days = 0; days < 14; days++) {
    const day = addDays(from, days);
    if ((weekday === null || weekdayOf(day) === weekday) && at(day, time, here.zone) > here.now) return day;
  }
  return from;
}
