import { TABLE } from './holiday-table.ts';

// Which dates are public holidays in a country or one of its states. Reads the table that scripts/generate/holidays.ts
// writes, a country only when it is asked for. A line is `DE 0101 0403:0|BE +0308`: month and day in every year of the
// table, or in the years counted from the first; then the states, each by what it has more (+) or less (-) than the
// country.

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
  const dates = new Set(own.split(' ').slice(1).flatMap(datesOfToken));
  if (rest.length === 0) return dates;
  const state = states.map((entry) => entry.split(' ')).find(([name]) => name === rest.join('-'));
  if (state === undefined) return null;
  for (const token of state.slice(1)) {
    for (const date of datesOfToken(token.slice(1))) {
      if (token.startsWith('+')) dates.add(date);
      else dates.delete(date);
    }
  }
  return dates;
}

function datesOfToken(token: string): string[] {
  const years = token.length === 4 ? YEARS : [...token.slice(5)].map((index) => HOLIDAYS_FROM + Number(index));
  return years.map((year) => `${year}-${token.slice(0, 2)}-${token.slice(2, 4)}`);
}
