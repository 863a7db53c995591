import { readDayName, readMonth } from '../calendar-names.ts';

// Reads a single day in words: "tomorrow", "next monday", "24 Dec". Every word must belong to it. Times and zones are
// no concern of this file: today comes in, a day goes out.

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

const DAY_OF_MONTH = String.raw`(?:the )?(?<day>\d{1,2})(?:st|nd|rd|th)?`;
const YEARLESS = [`${DAY_OF_MONTH}(?: of)? (?<month>[a-z]+)`, `(?<month>[a-z]+),? ${DAY_OF_MONTH}`];
const DATES = [
  ...YEARLESS.map((date) => `${date}(?:,? (?<year>\\d{4}))?`),
  `(?<year>\\d{4}) (?<month>[a-z]+) ${DAY_OF_MONTH}`,
  String.raw`(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})`,
].map((date) => new RegExp(`^${date}$`));

/** "24 Dec", "the 24th of december", "dec 24, 2026", "2026-12-24"; whether the year has that day is not asked. */
export function readDayAndMonth(text: string): { year: number | null; month: number; day: number } | null {
  const { year, month = '', day } = DATES.map((date) => date.exec(text)?.groups).find((found) => found) ?? {};
  const number = /^\d/.test(month) ? Number(month) : readMonth(month);
  return number === null ? null : { year: year === undefined ? null : Number(year), month: number, day: Number(day) };
}

const isOnCalendar = (day: Day): boolean => {
  const shown = addDays(day, 0);
  return shown.year === day.year && shown.month === day.month && shown.day === day.day;
};

const RELATIVE: Readonly<Record<string, number>> = {
  yesterday: -1,
  today: 0,
  tomorrow: 1,
  'next day': 1,
  'day after tomorrow': 2,
  'the day after tomorrow': 2,
  'next week': 7,
};

/** A day that is named without its weekday. A date without a year is the next one, today included. */
function readPlainDay(text: string, today: Day): Day | null {
  if (Object.hasOwn(RELATIVE, text)) return addDays(today, RELATIVE[text] ?? 0);
  const date = readDayAndMonth(text);
  if (date === null) return null;
  const years = date.year === null ? Array.from({ length: 9 }, (_, n) => today.year + n) : [date.year];
  const days = years.map((year) => ({ ...date, year })).filter(isOnCalendar);
  return days.find((day) => date.year !== null || daysBetween(today, day) >= 0) ?? null;
}

/** The whole text as a day, or null. "next friday" is the Friday of the week that begins next Monday. */
export function readDate(text: string, today: Day): ReadDay | null {
  const words = text.replace(/^on /, '').replace(/ ,/g, ',');
  const plain = readPlainDay(words, today);
  if (plain !== null) return { kind: 'day', day: plain, movable: false };
  const [, which, name = '', rest] = /^(?:(this|next) )?([a-z]+)(?:,? (.+))?$/.exec(words) ?? [];
  const named = readDayName(name);
  if (named === null) return null;
  const fromMonday = (named + 6) % 7;
  const ofNextWeek = addDays(today, 7 - ((weekdayOf(today) + 6) % 7) + fromMonday);
  if (rest === undefined && which !== 'next')
    return { kind: 'day', day: addDays(today, (named - weekdayOf(today) + 7) % 7), movable: true };
  if (rest === undefined || (/^(?:of )?next week$/.test(rest) && which === undefined))
    return { kind: 'day', day: ofNextWeek, movable: false };
  const day = which === undefined ? readPlainDay(rest, today) : null;
  if (day === null) return null;
  return weekdayOf(day) === named ? { kind: 'day', day, movable: false } : { kind: 'mismatch', day, named };
}
