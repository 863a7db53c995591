import { DAY, HOUR, MINUTE } from '../units.ts';
import { HORIZON } from './clock-changes.ts';

// The wall-clock times that a cron rule names, after or up to one of them. A wall is what a local clock shows, as the
// milliseconds at which a clock in UTC shows the same; so there are no zones and no clock changes here.
//
// A rule that restricts both day of month and day of week runs on either.

/** The fields of a rule, read once. A day field is null when it is `*`. */
export type CronFields = {
  minutes: readonly number[];
  hours: readonly number[];
  months: ReadonlySet<number>;
  days: readonly string[] | null;
  weekdays: readonly string[] | null;
};

/** Reads five fields as readCron leaves them. */
export function readFields(cron: string): CronFields {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = cron.split(' ');
  return {
    minutes: numbersOf(minute, 0, 59),
    hours: numbersOf(hour, 0, 23),
    months: new Set(numbersOf(month, 1, 12)),
    days: day === '*' ? null : itemsOf(day, 1, 31),
    weekdays: weekday === '*' ? null : itemsOf(weekday, 0, 6),
  };
}

/** The first wall after the minute of `wall`; null: not within eight years. */
export function findWallAfter(fields: CronFields, wall: number): number | null {
  const from = (Math.floor(wall / MINUTE) + 1) * MINUTE;
  for (let day = startOfDay(from); day <= from + HORIZON; day += DAY) {
    if (!runsOn(fields, new Date(day))) continue;
    for (const hour of fields.hours) {
      if (day + hour * HOUR + HOUR <= from) continue;
      const minute = fields.minutes.find((one) => day + hour * HOUR + one * MINUTE >= from);
      if (minute !== undefined) return day + hour * HOUR + minute * MINUTE;
    }
  }
  return null;
}

/** The last wall up to `wall`; null: not within eight years. */
export function findWallUntil(fields: CronFields, wall: number): number | null {
  for (let day = startOfDay(wall); day >= wall - HORIZON; day -= DAY) {
    if (!runsOn(fields, new Date(day))) continue;
    const hour = fields.hours.findLast((one) => day + one * HOUR + (fields.minutes[0] ?? 0) * MINUTE <= wall);
    if (hour === undefined) continue;
    const minute = fields.minutes.findLast((one) => day + hour * HOUR + one * MINUTE <= wall);
    if (minute !== undefined) return day + hour * HOUR + minute * MINUTE;
  }
  return null;
}

const startOfDay = (wall: number): number => Math.floor(wall / DAY) * DAY;

function runsOn({ months, days, weekdays }: CronFields, date: Date): boolean {
  if (!months.has(date.getUTCMonth() + 1)) return false;
  if (days === null && weekdays === null) return true;
  const day = date.getUTCDate();
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  const isOnDay = days?.some((item) => item === String(day) || (item === 'L' && day === lastDay));
  const weekday = date.getUTCDay();
  const names = [`${weekday}`, `${weekday}#${Math.ceil(day / 7)}`, ...(day + 7 > lastDay ? [`${weekday}L`] : [])];
  return isOnDay === true || weekdays?.some((item) => names.includes(item)) === true;
}

const numbersOf = (field: string, low: number, high: number): number[] =>
  itemsOf(field, low, high)
    .map(Number)
    .sort((a, b) => a - b);

/** Ranges and steps as the numbers they stand for; Sunday is 0, also at the end of a range. */
function itemsOf(field: string, low: number, high: number): string[] {
  const items = field.split(',').flatMap((item) => {
    const [range = '', step = '1'] = item.split('/');
    const [from = range, to = from] = range === '*' ? [low, high] : range.split('-');
    if (range !== '*' && !range.includes('-')) return [item];
    const count = Math.floor((Number(to) - Number(from)) / Number(step)) + 1;
    return Array.from({ length: count }, (_, n) => Number(from) + n * Number(step)).map((value) =>
      String(high === 6 ? value % 7 : value),
    );
  });
  return [...new Set(items)];
}
