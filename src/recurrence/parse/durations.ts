// Reads durations from now: "in 20 minutes", "an hour and a half from now", "in 2 days". Knows no clock and no zone.

/** `ms` needs no zone; days and months are counted on the local calendar. */
export type Duration = { ms: number; days: number; months: number };

const UNITS: Record<string, Duration> = {
  second: { ms: 1000, days: 0, months: 0 },
  minute: { ms: 60_000, days: 0, months: 0 },
  hour: { ms: 3_600_000, days: 0, months: 0 },
  day: { ms: 0, days: 1, months: 0 },
  week: { ms: 0, days: 7, months: 0 },
  month: { ms: 0, days: 0, months: 1 },
  year: { ms: 0, days: 0, months: 12 },
};
const SHORT: Record<string, string> = { sec: 'second', s: 'second', min: 'minute', m: 'minute', hr: 'hour', h: 'hour' };

export function unitOf(word: string): string | null {
  const one = word.length > 1 ? word.replace(/s$/, '') : word;
  const unit = SHORT[one] ?? one;
  return Object.hasOwn(UNITS, unit) ? unit : null;
}

/** "2", "1.5", "an", "half an" */
function amountOf(text: string): number | null {
  if (/^an?$/.test(text)) return 1;
  if (/^half(?: an?)?$/.test(text)) return 0.5;
  if (/^(?:a )?quarter of an$/.test(text)) return 0.25;
  return /^\d{1,15}(?:\.\d{1,2})?$/.test(text) ? Number(text) : null;
}

function readOne(text: string): Duration | null {
  const match = /^(.*?) ?([a-z]+)$/.exec(text);
  const amount = amountOf(match?.[1] ?? '');
  const unit = UNITS[unitOf(match?.[2] ?? '') ?? ''];
  if (amount === null || !unit) return null;
  if (unit.ms === 0 && !Number.isInteger(amount)) return null;
  return { ms: unit.ms * amount, days: unit.days * amount, months: unit.months * amount };
}

/** The length after "in", or null when a word of it is something else. */
function readLength(text: string): Duration | null {
  const whole = text
    .replace(/^an? (hour|minute) and a half$/, '1.5 $1')
    .replace(/^(\d+) and a half (hours?|minutes?)$/, '$1.5 $2')
    .replace(/(\d[a-z]+) ?(?=\d)/g, '$1, ')
    .replace(/(\d [a-z]+) (?=\d)/g, '$1, ');
  const parts = whole.split(/ ?, and | ?, ?| and /).map(readOne);
  if (parts.length > 4 || parts.some((part) => part === null)) return null;
  return parts
    .filter((part) => part !== null)
    .reduce((sum, part) => ({ ms: sum.ms + part.ms, days: sum.days + part.days, months: sum.months + part.months }));
}

export function readDuration(text: string): Duration | null {
  const match = /^in (.+)$/.exec(text) ?? /^(.+) from now$/.exec(text);
  return match ? readLength(match[1] ?? '') : null;
}

/** "every 90 minutes", "hourly", "every half hour": in whole minutes; null when it is no such phrase. */
export function readEveryMinutes(text: string): number | null {
  if (/^(hourly|every hour)$/.test(text)) return 60;
  if (/^every minute$/.test(text)) return 1;
  const match = /^every (.+)$/.exec(text);
  const length = match ? readLength((match[1] ?? '').replace(/^half hour$/, 'half an hour')) : null;
  if (!length || length.days > 0 || length.months > 0 || length.ms <= 0 || length.ms % 60_000 !== 0) return null;
  return length.ms / 60_000;
}
