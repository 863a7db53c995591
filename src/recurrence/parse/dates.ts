import { casual } from 'chrono-node/en';
import { readDayName, readMonth } from '../calendar-words.ts';

// A single day in words ("tomorrow", "next monday", "24 Dec"): read by chrono, and taken only when chrono used every word
// and was sure of the day. Knows no times and no zones: today comes in, a day goes out.

export type Day = { year: number; month: number; day: number };
/** `movable`: only a weekday was named, so the one a week later is meant when this one is over. */
type ReadDay = { kind: 'day'; day: Day; movable: boolean } | { kind: 'mismatch'; day: Day; named: number };

/** "2/3" is two days, depending on where one lives. */
export const hasSlashedDate = (text: string): boolean =>
  /(?:^|\s)\d{1,4}\/\d{1,2}(?:\/\d{1,4})?(?=\s|$)|(?:^|\s)\d{1,2}\.\d{1,2}\.(?:\d{2,4})?(?=\s|$)|(?:^|\s)\d{1,2}-\d{1,2}-\d{2,4}(?=\s|$)/.test(
    text,
  );

const utc = ({ year, month, day }: Day): number => Date.UTC(year, month - 1, day);

export function addDays(day: Day, count: number): Day {
  const moved = new Date(utc(day) + count * 86_400_000);
  return { year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() };
}

/** The same day so many months later, or the last one of that month when it is shorter. */
export function addMonths(day: Day, count: number): Day {
  const months = day.year * 12 + day.month - 1 + count;
  const [year, month] = [Math.floor(months / 12), (months % 12) + 1];
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return { year, month, day: Math.min(day.day, last) };
}

export const weekdayOf = (day: Day): number => new Date(utc(day)).getUTCDay();
export const daysBetween = (from: Day, to: Day): number => Math.round((utc(to) - utc(from)) / 86_400_000);

function readIso(text: string): Day | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return null;
  const day = { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) };
  const back = addDays(day, 0);
  return back.month === day.month && back.day === day.day ? back : null;
}

// Chrono knows many more words, and reads some as another day than is meant ("last friday" and
// "tuesday this week" as coming ones).
const DATE_WORDS = 'today tomorrow yesterday the day after next this week of'.split(' ');
const isDateWord = (word: string): boolean =>
  DATE_WORDS.includes(word) ||
  /^(?:\d{4}|\d{1,2}(?:st|nd|rd|th)?)$/.test(word) ||
  readDayName(word) !== null ||
  readMonth(word) !== null;

export function readDate(text: string, today: Day): ReadDay | null {
  const words = text
    .replace(/^(?:on )?(?:the (?=\d))?/, '')
    .replace(/ ?,/g, ',')
    .replace(/^day after/, 'the day after');
  const iso = readIso(words);
  if (iso) return { kind: 'day', day: iso, movable: false };
  const numbers = words.match(/\d+/g) ?? [];
  const year = numbers.filter((digits) => digits.length === 4);
  // A year has four digits: "7 jan 9" is no year 9.
  if (numbers.length > 2 || (numbers.length === 2 && year.length !== 1)) return null;
  if (!words.split(/[, ]+/).every(isDateWord) || /\bthis week\b|\bafter(?! tomorrow)/.test(words)) return null;
  // The wall clock's midnight passed off as UTC: chrono knows no zones, and needs none this way.
  const found = casual.parse(words, { instant: new Date(utc(today)), timezone: 0 }, { forwardDate: true });
  const [only] = found;
  if (found.length !== 1 || !only || only.index !== 0 || only.text.length !== words.length || only.end) return null;
  const { start } = only;
  const named = start.isCertain('weekday') ? start.get('weekday') : null;
  const sure = start.isCertain('day');
  if (start.isCertain('hour') || (!sure && named === null)) return null;
  const day = { year: start.get('year') ?? 0, month: start.get('month') ?? 0, day: start.get('day') ?? 0 };
  if (named !== null && sure && weekdayOf(day) !== named) return { kind: 'mismatch', day, named };
  return { kind: 'day', day, movable: !sure && readDayName(words.replace(/^this /, '')) !== null };
}
