import Holidays from 'date-holidays';
import { datesOfDay, HOLIDAYS_FROM, HOLIDAYS_UNTIL, SUBSTITUTES } from '../../src/recurrence/holidays.ts';
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
    const plus = daysOf(theirs.filter((date) => !own.includes(date))).map((day) => ` +${day}`);
    const minus = daysOf(own.filter((date) => !theirs.includes(date))).map((day) => ` -${day}`);
    return `|${state}${plus.join('')}${minus.join('')}`;
  });
  return `${[country, ...daysOf(own)].join(' ')}${states.join('')}`;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n);
const twoDigits = (value: number): string => String(value).padStart(2, '0');

const FIXED = range(1, 12)
  .flatMap((month) => range(1, 31).map((day) => `${twoDigits(month)}${twoDigits(day)}`))
  // No 31 April, and no 29 February.
  .filter((day) => datesOfDay(day).every((date) => date.slice(5).replace('-', '') === day));
/** Days that come up every year, the most usual kinds first. */
const YEARLY = [
  ...FIXED,
  ...['E', 'O'].flatMap((easter) => range(-60, 75).map((days) => `${easter}${days}`)),
  ...FIXED.flatMap((day) => range(0, 6).map((weekday) => `${day}>${weekday}`)),
].map((day) => ({ day, dates: [...new Set(datesOfDay(day))] }));
const YEARS = HOLIDAYS_UNTIL - HOLIDAYS_FROM + 1;

/** The shortest days found that together have just these dates: yearly ones, substitutes of them, then single dates. */
function daysOf(all: readonly string[]): string[] {
  const rest = new Set(all);
  const take = (dates: readonly string[]): void => {
    for (const date of dates) rest.delete(date);
  };
  const yearly: string[] = [];
  for (const { day, dates } of YEARLY) {
    const fits = dates.length === YEARS && dates.every((date) => all.includes(date));
    if (!fits || !dates.some((date) => rest.has(date))) continue;
    take(dates);
    yearly.push(day);
  }
  const days = yearly.map((day) => {
    if (!FIXED.includes(day)) return day;
    const options = Object.keys(SUBSTITUTES).map((mark) => ({ mark, dates: datesOfDay(`${day}${mark}`) }));
    const fitting = options.filter(({ dates }) => dates.every((date) => all.includes(date)));
    const gain = ({ dates }: { dates: readonly string[] }): number => dates.filter((date) => rest.has(date)).length;
    const [best] = fitting.sort((one, other) => gain(other) - gain(one));
    if (best === undefined || gain(best) === 0) return day;
    take(best.dates);
    return `${day}${best.mark}`;
  });
  const single = new Map<string, string>();
  for (const date of [...rest].sort()) {
    const day = date.slice(5).replace('-', '');
    single.set(day, `${single.get(day) ?? ''}${yearOf(date) - HOLIDAYS_FROM}`);
  }
  return [...days.sort(), ...[...single].sort().map(([day, years]) => `${day}:${years}`)];
}
