import { DAY } from '../units.ts';
import { TABLE } from './holiday-table.ts';

// Which dates are public holidays in a country or one of its states. Reads the table that scripts/generate/holidays.ts
// writes, a country only when it is asked for. A line is `DE 0101 E-2 1003|BE +0308`: the days of the country, then the
// states, each by the days it has more (+) or less (-) than the country. A day is one of
//
// - `1003`: 3 October of every year of the table; `1003:05`: of the years 0 and 5 of the table,
// - `1003a`: 3 October, and its substitute when that is a certain day of the week (SUBSTITUTES),
// - `1008>1`: the first Monday from 8 October on, so the second one of the month,
// - `E-2`, `O1`: two days before Easter, the day after the Orthodox Easter.

export const HOLIDAYS_FROM = 2026;
/** After this year no date is a holiday: generate the table again before then. */
export const HOLIDAYS_UNTIL = 2031;

const YEARS = Array.from({ length: HOLIDAYS_UNTIL - HOLIDAYS_FROM + 1 }, (_, index) => HOLIDAYS_FROM + index);

let lines: ReadonlyMap<string, string> | null = null;

function lineOf(country: string): string | undefined {
  lines ??= new Map(
    TABLE.trim()
      .split('\n')
      .map((line) => [line.slice(0, line.search(/[ |]|$/)), line]),
  );
  return lines.get(country);
}

/** `de-be` → `DE-BE`; null for a region the table does not have. */
export function readRegion(text: string): string | null {
  if (text.length > 20) return null;
  const [country = '', ...state] = text
    .trim()
    .toUpperCase()
    .split(/[-_\s]+/);
  const region = [country === 'UK' ? 'GB' : country, ...state].join('-');
  return datesOf(region) === null ? null : region;
}

/** `date` is YYYY-MM-DD. A region that readRegion does not know has none. */
export const isHoliday = (region: string, date: string): boolean => datesOf(region)?.has(date) ?? false;

// A region has a few hundred dates, and the people of one relay live in few regions.
const MOST_KEPT = 64;
const kept = new Map<string, ReadonlySet<string>>();

function datesOf(region: string): ReadonlySet<string> | null {
  const known = kept.get(region);
  if (known) return known;
  const read = readDates(region);
  if (read === null) return null;
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(region, read);
  return read;
}

function readDates(region: string): ReadonlySet<string> | null {
  const [country = '', ...rest] = region.split('-');
  const [own = '', ...states] = lineOf(country)?.split('|') ?? [];
  if (own === '') return null;
  const dates = new Set(own.split(' ').slice(1).flatMap(datesOfDay));
  if (rest.length === 0) return dates;
  const state = states.map((entry) => entry.split(' ')).find(([name]) => name === rest.join('-'));
  if (state === undefined) return null;
  for (const day of state.slice(1)) {
    for (const date of datesOfDay(day.slice(1))) {
      if (day.startsWith('+')) dates.add(date);
      else dates.delete(date);
    }
  }
  return dates;
}

/** How many days later the substitute is, by the weekday (0 is Sunday) of the day itself. */
export const SUBSTITUTES: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  a: { 0: 1 },
  b: { 0: 1, 6: 2 },
  c: { 0: 1, 6: -1 },
  f: { 0: 2, 6: 2 },
  h: { 6: -1 },
};

/** The dates of one day of a line, all of them in the table's years. */
export function datesOfDay(day: string): string[] {
  const [, easter, days = '', month = '', date = '', mark = '', rest = ''] =
    /^(?:([EO])(-?\d+)|(\d\d)(\d\d)([:>]?)(\w*))$/.exec(day) ?? [];
  const moments = YEARS.flatMap((year, index) => {
    if (easter !== undefined) return [(easter === 'E' ? easterOf(year) : orthodoxEasterOf(year)) + Number(days) * DAY];
    const moment = Date.UTC(year, Number(month) - 1, Number(date));
    const weekday = new Date(moment).getUTCDay();
    if (mark === ':') return rest.includes(String(index)) ? [moment] : [];
    if (mark === '>') return [moment + ((Number(rest) - weekday + 7) % 7) * DAY];
    const later = SUBSTITUTES[rest]?.[weekday];
    return later === undefined ? [moment] : [moment, moment + later * DAY];
  });
  const dates = moments.map((moment) => new Date(moment).toISOString().slice(0, 10));
  return dates.filter((one) => YEARS.includes(Number(one.slice(0, 4))));
}

/** By Gauss's method for the Gregorian calendar, which holds until 2099 in this form. */
function easterOf(year: number): number {
  const moon = (19 * (year % 19) + 24) % 30;
  const sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + 5) % 7;
  return Date.UTC(year, 2, 22 + moon + sunday);
}

/** By the Julian calendar, 13 days behind until 2099. */
function orthodoxEasterOf(year: number): number {
  const moon = (19 * (year % 19) + 15) % 30;
  const sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + 6) % 7;
  return Date.UTC(year, 2, 22 + moon + sunday + 13);
}
