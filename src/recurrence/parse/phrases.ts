import type { Refusal } from '../refusal.ts';
import { type Rule, readCron } from '../rule.ts';
import { instantOf, localOf } from '../zones.ts';
import { addDays, type Day, hasSlashedDate, readDate, weekdayOf } from './dates.ts';
import { asField, type Days, readDays } from './days.ts';
import { readEveryMinutes } from './durations.ts';
import { FARTHEST_MS, findFirstDay, type Reference, readMoment, todayOf } from './moments.ts';
import { type DayAndTimes, normaliseWords, splitDayAndTimes } from './normalise.ts';
import { type ClockTime, moveIntoPart, usualTimeOf } from './times.ts';

// The only parser of "when": five cron fields, recurring words ("every weekday at 9"), or one moment ("tomorrow 8pm").
// It understands every word of a phrase or refuses it. limits.ts decides whether the rule may run (past, too often).

export type When = { kind: 'rule'; rule: Rule } | { kind: 'zone-needed' } | { kind: 'refused'; refusal: Refusal };

/** `free`: the time zone makes no difference. */
type Reading = { kind: 'rule'; rule: Rule; free: boolean } | { kind: 'refused'; refusal: Refusal };

const refused = (refusal: Refusal): Reading => ({ kind: 'refused', refusal });
const read = (rule: Rule, free = false): Reading => ({ kind: 'rule', rule, free });

export function readWhen(text: string, at: { now: number; zone: string | null; clock: 12 | 24 }): When {
  const reading = readPhrase(text, { ...at, zone: at.zone ?? 'UTC' });
  if (reading.kind === 'refused') return reading;
  return at.zone === null && !reading.free ? { kind: 'zone-needed' } : { kind: 'rule', rule: reading.rule };
}

function readPhrase(text: string, here: Reference): Reading {
  const even = normaliseWords(text);
  if (even === null) return refused({ why: 'unclear' });
  if (even === '') return refused({ why: 'missing' });
  const cron = readFields(even);
  if (cron) return cron;
  if (hasSlashedDate(even)) return refused({ why: 'slashedDate' });
  return readFrom(even, here) ?? readMinutes(even, here) ?? readParted(even, here) ?? refused({ why: 'unclear' });
}

const FIELD =
  /^(?:[\d*/,#?-]|mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|[lw](?![a-z]))+$/;

/** Null when the text does not look like cron fields at all. */
function readFields(even: string): Reading | null {
  const fields = even.replace(/ , /g, ',').split(' ');
  const looksLike =
    even.startsWith('@') || ((fields.length >= 5 || even.includes('*')) && fields.every((field) => FIELD.test(field)));
  if (!looksLike) return null;
  const cron = readCron(fields.join(' '));
  return 'cron' in cron ? read({ kind: 'cron', cron: cron.cron }) : refused(cron.refused);
}

const nextMinute = (now: number): number => Math.ceil(now / 60_000) * 60_000;

function readMinutes(even: string, here: Reference): Reading | null {
  const every = readEveryMinutes(even);
  if (every === null) return null;
  return anchored({ every, unit: 'minutes' }, read({ kind: 'once', at: nextMinute(here.now) }, true));
}

function readParted(even: string, here: Reference): Reading | null {
  for (const parting of splitDayAndTimes(even)) {
    const reading = readRecurring(parting, null, here);
    if (reading) return reading;
  }
  return readOnce(even, here);
}

function readOnce(even: string, here: Reference): Reading | null {
  const moment = readMoment(even, here);
  if (moment === null) return null;
  if (moment.kind === 'moment') return read({ kind: 'once', at: moment.at }, moment.free);
  if (moment.kind === 'tooFar') return refused({ why: 'tooFar' });
  return refused({ why: 'mismatch', day: moment.day, is: weekdayOf(moment.day), named: moment.named });
}

/** "every 2 weeks from 27 Nov at 9": an interval with its first day; null without an interval before "from". */
function readFrom(even: string, here: Reference): Reading | null {
  const match = /^(.+?)(?: ,)? (?:from|starting(?: from| on)?|beginning(?: on)?) (.+)$/.exec(even);
  const [, every = '', start = ''] = match ?? [];
  const minutes = readEveryMinutes(every);
  if (minutes !== null) {
    const begin = readOnce(start, here) ?? refused({ why: 'unclear' });
    return begin.kind === 'rule' ? anchored({ every: minutes, unit: 'minutes' }, begin) : begin;
  }
  for (const parting of splitDayAndTimes(every)) {
    const days = daysOf(parting);
    if (days?.kind !== 'interval') {
      if (days) return refused({ why: 'fromWhen' });
      continue;
    }
    if (parting.times.length > 0 || parting.part !== null) {
      const date = readDate(start, todayOf(here));
      return date?.kind === 'day' ? readRecurring(parting, date.day, here) : refused({ why: 'unclear' });
    }
    const begin = readOnce(start, here) ?? refused({ why: 'unclear' });
    if (begin.kind === 'refused' || begin.rule.kind !== 'once') return begin;
    const { weekday, ...local } = localOf(begin.rule.at, here.zone);
    if (days.weekday === null || days.weekday === weekday) return anchored(days, begin);
    return readRecurring({ ...parting, times: [{ ...local, bare: false, isMidnight: false }] }, local, here);
  }
  return null;
}

function anchored({ every, unit }: { every: number; unit: Interval['unit'] }, begin: Reading): Reading {
  if (begin.kind === 'refused' || begin.rule.kind !== 'once') return begin;
  if (every * UNIT_MS[unit] > FARTHEST_MS) return refused({ why: 'tooFar' });
  return read({ kind: 'interval', every, unit, anchor: begin.rule.at }, begin.free && unit === 'minutes');
}

/** "every evening at 8" means every day: beside a part of the day, "every" may stand alone. */
const daysOf = ({ day, part }: DayAndTimes): Days | null =>
  readDays(day === 'every' && part !== null ? 'every day' : day);

function readRecurring(parting: DayAndTimes, from: Day | null, here: Reference): Reading | null {
  const days = daysOf(parting);
  if (!days) return null;
  if (days.kind === 'ambiguous') return refused({ why: 'everySecond', ordinal: days.ordinal, weekday: days.weekday });
  const said = parting.times.length > 0 ? parting.times : [usualTimeOf(parting.part)];
  const times = said.map((time) => moveIntoPart(time, parting.part)).filter((time) => time !== null);
  const [first] = times;
  if (!first || times.length < said.length) return refused({ why: 'otherHalf' });
  if (days.kind === 'cron') {
    if (from !== null) return refused({ why: 'fromWhen' });
    // "friday night at 1" is on Saturday to some, and early on Friday to others.
    const isSmall = parting.part === 'night' && times.some((time) => time.hour < 6);
    if (isSmall && `${days.day}${days.weekday}` !== '**') return refused({ why: 'smallHours' });
    const clock = fieldsOf(times);
    return clock === null
      ? refused({ why: 'severalTimes' })
      : read(cronRule(`${clock} ${days.day} ${days.month} ${days.weekday}`));
  }
  if (times.length > 1) return refused({ why: 'oneTime' });
  return anchored(days, read({ kind: 'once', at: anchorOf(days, first, from, here) }));
}

type Interval = Extract<Rule, { kind: 'interval' }>;
const UNIT_MS = { minutes: 60_000, days: 86_400_000, weeks: 7 * 86_400_000 };

const cronRule = (cron: string): Rule => ({ kind: 'cron', cron });

/** Minute and hour fields for exactly these times; null when two fields can't express them. */
function fieldsOf(times: readonly ClockTime[]): string | null {
  const minutes = [...new Set(times.map(({ minute }) => minute))];
  const hours = [...new Set(times.map(({ hour }) => hour))];
  const all = new Set(times.map(({ hour, minute }) => hour * 60 + minute));
  return minutes.length * hours.length === all.size ? `${asField(minutes)} ${asField(hours)}` : null;
}

function anchorOf(days: Days & { kind: 'interval' }, time: ClockTime, from: Day | null, here: Reference): number {
  const begin = from ?? findFirstDay(time, days.weekday, todayOf(here), here);
  const first = days.weekday === null || from === null ? begin : weekdayFrom(begin, days.weekday);
  const step = days.every * (days.unit === 'weeks' ? 7 : 1);
  const anchor = (day: Day): number => instantOf({ ...day, hour: time.hour, minute: time.minute }, here.zone);
  // Later occurrences keep the anchor's local time, so the anchor must not fall where clocks skip that time.
  const isSkipped =
    localOf(anchor(first), here.zone).minute !== time.minute || localOf(anchor(first), here.zone).hour !== time.hour;
  return anchor(isSkipped ? addDays(first, -step) : first);
}

const weekdayFrom = (day: Day, weekday: number): Day => addDays(day, (weekday - weekdayOf(day) + 7) % 7);
