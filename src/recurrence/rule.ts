import type { FieldName, Refusal } from './refusal.ts';

// The rule of a schedule, as it is stored, and the reader of five cron fields. occurrences.ts computes when a rule is
// due; limits.ts refuses rules that never run or run too often.

export type Rule =
  /** Five fields as readCron leaves them. */
  | { kind: 'cron'; cron: string }
  /** Minutes are real time from the anchor. Days and weeks keep its local date and time. */
  | { kind: 'interval'; every: number; unit: 'minutes' | 'days' | 'weeks'; anchor: number }
  | { kind: 'once'; at: number };

export function isSameRule(one: Rule, other: Rule): boolean {
  if (one.kind === 'cron') return other.kind === 'cron' && one.cron === other.cron;
  if (one.kind === 'once') return other.kind === 'once' && one.at === other.at;
  const isSameStep = other.kind === 'interval' && one.every === other.every && one.unit === other.unit;
  return isSameStep && one.anchor === other.anchor;
}

/** Local dates (YYYY-MM-DD) on which it does not run, and the region whose public holidays it leaves out. */
export type Exceptions = { holidays: string | null; dates: readonly string[] };

export const NO_EXCEPTIONS: Exceptions = { holidays: null, dates: [] };

type Field = { name: FieldName; low: number; high: number; words?: readonly string[] };

const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const MONTHS = ['', 'JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];

const FIELDS: readonly Field[] = [
  { name: 'minute', low: 0, high: 59 },
  { name: 'hour', low: 0, high: 23 },
  { name: 'day', low: 1, high: 31 },
  { name: 'month', low: 1, high: 12, words: MONTHS },
  // 7 is Sunday as well, so that a range can end with it.
  { name: 'weekday', low: 0, high: 7, words: WEEKDAYS },
];

/** Longer than any rule a person means. */
const LONGEST = 200;

class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.why);
    this.refusal = refusal;
  }
}

/** Refuses what other cron programs read and this one does not: ?, W, nicknames, seconds. */
export function readCron(text: string): { cron: string } | { refused: Refusal } {
  const parts = text.trim().toUpperCase().split(/\s+/);
  if (parts[0]?.startsWith('@')) return { refused: { why: 'nickname' } };
  if (parts.length !== FIELDS.length || text.length > LONGEST) return { refused: { why: 'fiveFields' } };
  try {
    return { cron: FIELDS.map((field, i) => readField(parts[i] ?? '', field)).join(' ') };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.refusal };
    throw error;
  }
}

function readField(text: string, field: Field): string {
  const whole = /^\*(?:\/(\d+))?$/.exec(text);
  if (whole) return whole[1] === undefined ? '*' : `*${step(whole[1], text, field)}`;
  return text
    .split(',')
    .map((item) => readItem(item, field))
    .join(',');
}

function readItem(item: string, field: Field): string {
  if (field.name === 'day' && item === 'L') return 'L';
  if (field.name === 'weekday') {
    const [, day, nth] = /^(\w+?)(L|#[1-5])$/.exec(item) ?? [];
    if (day !== undefined && nth !== undefined) return `${sunday(number(day, item, field))}${nth}`;
  }
  const [, from, to, every] = /^(\w+)(?:-(\w+)(?:\/(\d+))?)?$/.exec(item) ?? [];
  if (from === undefined) throw new Refused({ why: 'unreadField', item, field: field.name });
  const low = number(from, item, field);
  if (to === undefined) return String(field.name === 'weekday' ? sunday(low) : low);
  const named = number(to, item, field);
  // MON-SUN ends with the week, whatever number Sunday has.
  const high = field.name === 'weekday' && to === 'SUN' ? 7 : named;
  if (high < low) throw new Refused({ why: 'backwards', item });
  return `${low}-${high}${every === undefined ? '' : step(every, item, field)}`;
}

const sunday = (day: number): number => day % 7;

function number(text: string, item: string, { name, low, high, words }: Field): number {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : (words?.indexOf(text) ?? -1);
  if (value < low || value > high) throw new Refused({ why: 'unreadField', item, field: name });
  return value;
}

// Nothing for 1: `*` leaves the days to the other field, where a step would be a restriction of its own.
function step(text: string, item: string, { name, high }: Field): string {
  const most = name === 'weekday' ? 6 : high;
  const value = Number(text);
  if (value < 1 || value > most) throw new Refused({ why: 'step', item, most });
  return value === 1 ? '' : `/${value}`;
}
