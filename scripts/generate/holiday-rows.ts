import Holidays from 'date-holidays';
import { HOLIDAYS_FROM, HOLIDAYS_UNTIL } from '../../src/recurrence/holidays.ts';
import { instantOf } from '../../src/recurrence/zones.ts';
import { DAY } from '../../src/units.ts';

// Computes the rows of the holiday table from the library’s rules. scripts/generate/holidays.ts writes them;
// src/recurrence/holidays.ts reads them and defines their form.

const library = new Holidays();

export const countries = (): string[] => Object.keys(library.getCountries()).sort();
export const statesOf = (country: string): string[] => Object.keys(library.getStates(country) ?? {}).sort();

/** The dates (YYYY-MM-DD) whose whole working day, nine to five, a public holiday covers: no half days, no eves. */
export function publicHolidays(country: string, state: string | null): string[] {
  const rules = state === null ? new Holidays(country) : new Holidays(country, state);
  const zone = rules.getTimezones()[0] ?? 'UTC';
  const dates = new Set<string>();
  for (let year = HOLIDAYS_FROM - 1; year <= HOLIDAYS_UNTIL; year++) {
    for (const { type, start, end } of rules.getHolidays(year)) {
      if (type !== 'public') continue;
      for (let day = start.getTime() - DAY; day < end.getTime() + DAY; day += DAY) {
        const date = new Date(day).toISOString().slice(0, 10);
        if (covers(start.getTime(), end.getTime(), date, zone)) dates.add(date);
      }
    }
  }
  return [...dates].filter((date) => yearOf(date) >= HOLIDAYS_FROM && yearOf(date) <= HOLIDAYS_UNTIL).sort();
}

const yearOf = (date: string): number => Number(date.slice(0, 4));

function covers(start: number, end: number, date: string, zone: string): boolean {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
  const at = (hour: number): number => instantOf({ year, month, day, hour, minute: 0 }, zone);
  return start <= at(9) && end >= at(17);
}

/** A country with its states, in one line. */
export function rowOf(country: string): string {
  const own = publicHolidays(country, null);
  const states = statesOf(country).map((state) => {
    const theirs = publicHolidays(country, state);
    const plus = tokens(theirs.filter((date) => !own.includes(date))).map((token) => ` +${token}`);
    const minus = tokens(own.filter((date) => !theirs.includes(date))).map((token) => ` -${token}`);
    return `|${state}${plus.join('')}${minus.join('')}`;
  });
  return `${country}${tokens(own)
    .map((token) => ` ${token}`)
    .join('')}${states.join('')}`;
}

function tokens(dates: readonly string[]): string[] {
  const years = new Map<string, string>();
  for (const date of dates) {
    const day = date.slice(5).replace('-', '');
    years.set(day, `${years.get(day) ?? ''}${yearOf(date) - HOLIDAYS_FROM}`);
  }
  const all = HOLIDAYS_UNTIL - HOLIDAYS_FROM + 1;
  return [...years].sort().map(([day, which]) => (which.length === all ? day : `${day}:${which}`));
}
