import { ORDINALS, readDayName, readDayPlural } from '../calendar-names.ts';
import { readDayAndMonth } from './dates.ts';

// The days of a recurring phrase without its time: "every weekday", "mondays and thursdays", "every 2 weeks on monday",
// "every month on the 1st". It understands the whole text or nothing.

export type Days =
  /** The last three fields of a cron rule. */
  | { kind: 'cron'; day: string; month: string; weekday: string }
  | { kind: 'interval'; every: number; unit: 'days' | 'weeks'; weekday: number | null }
  /** "every second friday" is every other Friday to one, the second Friday of the month to another. */
  | { kind: 'ambiguous'; ordinal: string; weekday: number };

const cron = (day: string, month: string, weekday: string): Days => ({ kind: 'cron', day, month, weekday });
const LIST = /(?:,? and | ?, )/;

/** 1,2,3,5 -> "1-3,5": runs of three and more as a range, as a person would write the field. */
export function asField(values: readonly number[]): string {
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  const runs: number[][] = [];
  for (const value of sorted) {
    const run = runs[runs.length - 1];
    if (run && value === (run[run.length - 1] ?? 0) + 1) run.push(value);
    else runs.push([value]);
  }
  return runs.map((run) => (run.length > 2 ? `${run[0]}-${run[run.length - 1]}` : run.join(','))).join(',');
}

/** "mon", "mondays", "mon-fri", "weekdays", "weekend". `several`: these words alone mean a recurring day. */
function readWeekday(item: string): { days: number[]; several: boolean } | null {
  if (/^(week|work|working |business )days?$/.test(item)) return { days: [1, 2, 3, 4, 5], several: true };
  if (/^weekends?$/.test(item)) return { days: [6, 0], several: item === 'weekends' };
  const plural = readDayPlural(item);
  if (plural !== null) return { days: [plural], several: true };
  const day = readDayName(item);
  if (day !== null) return { days: [day], several: false };
  const range = /^([a-z]+) ?(?:-|–|to|till|until|through) ?([a-z]+)$/.exec(item);
  const from = readDayName(range?.[1] ?? '');
  const to = readDayName(range?.[2] ?? '');
  if (from === null || to === null || from === to) return null;
  const length = (to - from + 7) % 7;
  return { days: Array.from({ length: length + 1 }, (_, n) => (from + n) % 7), several: true };
}

function readWeekdays(text: string, every: boolean): Days | null {
  const items = text.split(LIST).map(readWeekday);
  if (items.some((item) => item === null)) return null;
  const read = items.filter((item) => item !== null);
  if (!every && read.length < 2 && !read.some((item) => item.several)) return null;
  const days = new Set(read.flatMap((item) => item.days));
  return cron('*', '*', days.size === 7 ? '*' : asField([...days]));
}

function readDaysOfMonth(text: string, suffixed: boolean): string | null {
  const parts = text.split(LIST).map((item) => {
    if (/^(the )?last day$/.test(item)) return 'L';
    const word = suffixed ? -1 : ORDINALS.indexOf(item.replace(/^the /, ''));
    if (word >= 0) return String(word + 1);
    const match = /^(?:the )?(\d{1,2})(st|nd|rd|th)?$/.exec(item);
    const value = Number(match?.[1] ?? 0);
    return value >= 1 && value <= 31 && (match?.[2] !== undefined || !suffixed) ? String(value) : null;
  });
  if (parts.some((part) => part === null)) return null;
  const numbers = parts.filter((part) => part !== null && part !== 'L').map(Number);
  const last = parts.includes('L') ? ['L'] : [];
  return [...(numbers.length > 0 ? [asField(numbers)] : []), ...last].join(',');
}

function readMonthly(text: string): Days | null {
  const match =
    /^(?:every month|monthly)(?: on)? (.+)$/.exec(text) ??
    /^(?:on |every )?(.+?) (?:of|in) (?:every|the|a) month$/.exec(text) ??
    /^(?:on |every )?(.+?) every month$/.exec(text);
  if (!match) {
    const every = /^every (.+)$/.exec(text);
    const days = every ? readDaysOfMonth(every[1] ?? '', true) : null;
    return days === null ? null : cron(days, '*', '*');
  }
  const body = (match[1] ?? '').replace(/^every /, '');
  const nth = /^(?:the )?(\w+) ([a-z]+)$/.exec(body);
  const weekday = readDayName(nth?.[2] ?? '');
  if (nth && weekday !== null) {
    if (nth[1] === 'last') return cron('*', '*', `${weekday}L`);
    const digit = /^([1-5])(?:st|nd|rd|th)$/.exec(nth[1] ?? '');
    const which = digit ? Number(digit[1]) : ORDINALS.indexOf(nth[1] ?? '') + 1;
    return which > 0 ? cron('*', '*', `${weekday}#${which}`) : null;
  }
  const days = readDaysOfMonth(body, false);
  return days === null ? null : cron(days, '*', '*');
}

const LONGEST = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function readYearly(text: string): Days | null {
  const match =
    /^(?:every year|yearly|annually|every)(?: on)? (.+)$/.exec(text) ?? /^(?:on )?(.+) every year$/.exec(text);
  const date = readDayAndMonth(match?.[1] ?? '');
  if (date === null || date.year !== null || date.day < 1 || date.day > (LONGEST[date.month - 1] ?? 0)) return null;
  return cron(String(date.day), String(date.month), '*');
}

function readInterval(text: string): Days | null {
  const spaced = text
    .replace(
      /^every (second|third|2nd|3rd) (?=day$|week\b)/,
      (_, nth) => `every ${/^(second|2nd)$/.test(nth) ? 2 : 3} `,
    )
    .replace(/\bevery fortnight\b|^fortnightly\b/, 'every 2 weeks')
    .replace('every other', 'every 2');
  const unit = /^every (\d+) (day|week)s?(?: on (?:an? )?([a-z]+))?$/.exec(
    spaced.replace(/^(?:on )?([a-z]+) (every \d+ weeks?)$/, '$2 on $1'),
  );
  if (unit) {
    const weekday = unit[3] === undefined ? null : (readDayName(unit[3]) ?? readDayPlural(unit[3]));
    const every = Number(unit[1]);
    if (every < 1 || (unit[3] !== undefined && (weekday === null || unit[2] === 'day'))) return null;
    return { kind: 'interval', every, unit: unit[2] === 'day' ? 'days' : 'weeks', weekday };
  }
  const other = /^every 2 ([a-z]+)$/.exec(spaced);
  const weekday = other ? (readDayName(other[1] ?? '') ?? readDayPlural(other[1] ?? '')) : null;
  return weekday === null ? null : { kind: 'interval', every: 2, unit: 'weeks', weekday };
}

/** `text` lower-case, single spaces, number words as digits; "every" alone when a part of the day was named with it. */
export function readDays(text: string): Days | null {
  if (/^(daily|everyday|every day|each day)$/.test(text)) return cron('*', '*', '*');
  if (/^(every week|weekly)$/.test(text)) return { kind: 'interval', every: 1, unit: 'weeks', weekday: null };
  const unclear = /^every (second|third|fourth|fifth|\d(?:nd|rd|th)) ([a-z]+)$/.exec(text);
  const weekday = readDayName(unclear?.[2] ?? '');
  if (unclear && weekday !== null) return { kind: 'ambiguous', ordinal: unclear[1] ?? '', weekday };
  const weekly =
    /^(?:every week|weekly|every)(?: on)? (.+)$/.exec(text) ?? /^(?:on )?(.+?) (?:every week|weekly)$/.exec(text);
  return (
    readInterval(text) ??
    (weekly ? readWeekdays((weekly[1] ?? '').replace(/^every /, ''), true) : null) ??
    readWeekdays(text.replace(/^on /, ''), false) ??
    readMonthly(text) ??
    readYearly(text)
  );
}
