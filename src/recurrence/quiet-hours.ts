import { MINUTE } from '../units.ts';
import { normaliseWords } from './parse/normalise.ts';
import { type ClockTime, formatTimeOfDay, readTimes } from './parse/times.ts';
import { localOf, offsetAt } from './zones.ts';

// Quiet hours, in which nothing is sent that can wait: reads them from a person's words, prints them, and finds their
// end.

/** Minutes of the local day, `from` inclusive, `to` exclusive; they wrap over midnight when `to` is the smaller. */
export type QuietHours = { from: number; to: number };

const minuteOf = ({ hour, minute }: Pick<ClockTime, 'hour' | 'minute'>): number => hour * 60 + minute;

/** "22-7", "22:30 to 7", "10pm-7am", "off"; null when it is none of these, or lasts no time at all. */
export function readQuietHours(text: string): QuietHours | 'off' | null {
  const even = normaliseWords(text);
  if (even === 'off') return 'off';
  const ends = /^(?:from |between )?(.+?) ?(?:-|to|till|until|and) ?(.+)$/.exec(even ?? '');
  const from = readTimes([ends?.[1] ?? '']);
  const to = readTimes([ends?.[2] ?? '']);
  const [start, end] = [from?.[0], to?.[0]];
  if (!start || !end || from?.length !== 1 || to?.length !== 1) return null;
  const quiet = { from: minuteOf(start), to: minuteOf(end) };
  return quiet.from === quiet.to ? null : quiet;
}

export function formatQuietHours({ from, to }: QuietHours, clock: 12 | 24): string {
  const time = (minute: number): string => formatTimeOfDay(Math.floor(minute / 60), minute % 60, clock);
  return `${time(from)}–${time(to)}`;
}

const DAY_MINUTES = 1440;

function reigns({ from, to }: QuietHours, zone: string, at: number): boolean {
  const minute = minuteOf(localOf(at, zone));
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/** When the present quiet hours end: the first minute outside them. Null outside quiet hours. */
export function findQuietEnd(quiet: QuietHours, zone: string, now: number): number | null {
  if (!reigns(quiet, zone, now)) return null;
  const begin = Math.floor(now / MINUTE) * MINUTE;
  const left = (quiet.to - minuteOf(localOf(now, zone)) + DAY_MINUTES) % DAY_MINUTES;
  const end = begin + left * MINUTE;
  if (offsetAt(end, zone) === offsetAt(now, zone)) return end;
  // Clocks change before the end, which may come sooner, later or twice: look at every minute.
  for (let at = begin + MINUTE; at < begin + 2 * DAY_MINUTES * MINUTE; at += MINUTE) {
    if (!reigns(quiet, zone, at)) return at;
  }
  return end;
}
