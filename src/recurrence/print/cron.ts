import { DAYS, formatList, formatOrdinal, MONTHS, ORDINALS } from '../calendar-names.ts';
import { asField } from '../parse/days.ts';
import { formatTimeOfDay } from '../parse/times.ts';

// Cron fields in words, and whether two rules are the same one written differently. Null where words would be longer or
// less clear than the fields.

const LIMITS = [
  { low: 0, high: 59 },
  { low: 0, high: 23 },
  { low: 1, high: 31 },
  { low: 1, high: 12 },
  { low: 0, high: 7 },
] as const;

/** The values of a list of numbers and ranges; null for what has a meaning of its own (`*`, `L`, `#`, a step). */
function valuesOf(field: string, index: number): number[] | null {
  const { low, high } = LIMITS[index] ?? LIMITS[0];
  const values = new Set<number>();
  for (const item of field.split(',')) {
    const match = /^(\d{1,2})(?:-(\d{1,2}))?$/.exec(item);
    const [from, to] = [Number(match?.[1] ?? -1), Number(match?.[2] ?? match?.[1] ?? -1)];
    if (from < low || to > high || from > to) return null;
    for (let value = from; value <= to; value++) values.add(index === 4 ? value % 7 : value);
  }
  return [...values].sort((a, b) => a - b);
}

/** Lists and ranges written one way: "1,2,3,4,5" and "1-5" are the same field. */
export const toCanonicalCron = (cron: string): string =>
  cron
    .split(' ')
    .map((field, index) => {
      const values = valuesOf(field, index);
      return values === null ? field : asField(values);
    })
    .join(' ');

const MOST_TIMES = 6;

function timesInWords(minute: string, hour: string, clock: 12 | 24): string | null {
  const minutes = valuesOf(minute, 0);
  const hours = valuesOf(hour, 1);
  if (!minutes || !hours || minutes.length * hours.length > MOST_TIMES) return null;
  return formatList(hours.flatMap((hour) => minutes.map((minute) => formatTimeOfDay(hour, minute, clock))));
}

function weekdaysInWords(field: string): string | null {
  const nth = /^([0-6])(?:#([1-5])|(L))$/.exec(field);
  const named = DAYS[Number(nth?.[1] ?? 0)] ?? '';
  if (nth) return `every ${nth[3] === 'L' ? 'last' : ORDINALS[Number(nth[2]) - 1]} ${named} of the month`;
  const days = valuesOf(field, 4);
  if (!days || days.length === 7) return null;
  const range = asField(days);
  if (range === '1-5') return 'every weekday';
  if (range === '0,6') return 'every Saturday and Sunday';
  // The week begins on Monday to most; and Sunday is 0 in the field.
  const ordered = [...days].sort((a, b) => ((a + 6) % 7) - ((b + 6) % 7));
  return `every ${formatList(ordered.map((day) => DAYS[day] ?? ''))}`;
}

function daysInWords(day: string, month: string, weekday: string): string | null {
  if (day === '*' && month === '*') return weekday === '*' ? 'every day' : weekdaysInWords(weekday);
  if (weekday !== '*') return null;
  if (day === 'L' && month === '*') return 'every last day of the month';
  const days = valuesOf(day, 2);
  if (!days || days.length > MOST_TIMES) return null;
  if (month === '*') return `every month on the ${formatList(days.map(formatOrdinal))}`;
  const [only, ...more] = valuesOf(month, 3) ?? [];
  return only === undefined || more.length > 0 || days.length > 1
    ? null
    : `every year on ${days[0]} ${MONTHS[only - 1]}`;
}

export function formatCron(cron: string, clock: 12 | 24): string | null {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.split(' ');
  const times = timesInWords(minute, hour, clock);
  const days = daysInWords(day, month, weekday);
  return times === null || days === null ? null : `${days} at ${times}`;
}
