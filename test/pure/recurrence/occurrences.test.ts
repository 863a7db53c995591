import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EVERY_AGENT_MS, refusalOfRule } from '../../../src/recurrence/limits.ts';
import { findLastUntil, findNextAfter, findShortestGap, listNextTimes } from '../../../src/recurrence/occurrences.ts';
import type { Refusal } from '../../../src/recurrence/refusal.ts';
import { NO_EXCEPTIONS, type Rule, readCron } from '../../../src/recurrence/rule.ts';
import { dateOf, localOf, offsetAt } from '../../../src/recurrence/zones.ts';
import { formatRefusal } from '../../../src/texts/schedule-refusals.ts';

// The moments at which a rule is due.

const at = (text: string): number => Date.parse(text);
const cron = (text: string): Rule => {
  const read = readCron(text);
  if ('refused' in read) throw new Error(read.refused.why);
  return { kind: 'cron', cron: read.cron };
};
const iso = (times: readonly number[]): string[] => times.map((ms) => new Date(ms).toISOString().slice(0, 16));

test('a single time is the next one only before it, and the last one from then on', () => {
  const rule: Rule = { kind: 'once', at: 1000 };
  expect([999, 1000, 1001].map((ms) => findNextAfter(rule, 'UTC', ms))).toEqual([1000, null, null]);
  expect([999, 1000, 1001].map((ms) => findLastUntil(rule, 'UTC', ms))).toEqual([null, 1000, 1000]);
});

describe('cron fields', () => {
  test.each([
    ['0 9 * * 1-5', '0 9 * * 1-5'],
    ['  0   9 * *\tMON-FRI ', '0 9 * * 1-5'],
    ['05 09 01 jan,Jul *', '5 9 1 1,7 *'],
    ['*/15 */1 * * *', '*/15 * * * *'],
    ['0 9 L * *', '0 9 L * *'],
    ['0 9 1,15,L * *', '0 9 1,15,L * *'],
    ['0 9 * * mon#1,5L', '0 9 * * 1#1,5L'],
    ['0 9 * * 7', '0 9 * * 0'],
    ['0 9 * * FRI-SUN', '0 9 * * 5-7'],
    ['0-30/10 8-18/2 * * *', '0-30/10 8-18/2 * * *'],
  ])('%s is read as %s, and that as itself', (text, read) => {
    expect(readCron(text)).toEqual({ cron: read });
    expect(readCron(read)).toEqual({ cron: read });
    expect(findNextAfter({ kind: 'cron', cron: read }, 'UTC', at('2026-01-01'))).not.toBeNull();
  });

  test.each([
    ['', /five fields/],
    ['0 9 * *', /five fields/],
    ['0 0 9 * * *', /five fields/],
    ['0 0 9 * * * 2027', /five fields/],
    ['@daily', /0 9 \* \* \*/],
    ['@every 5m', /0 9 \* \* \*/],
    ['0 9 ? * *', /“\?”.*day of the month/],
    ['0 9 15W * *', /“15W”.*day of the month/],
    ['0 9 LW * *', /“LW”/],
    ['0 9 L-3 * *', /“L-3”/],
    ['0 9 * * +5', /“\+5”.*day of the week/],
    ['0 9 * * L', /“L”.*day of the week/],
    ['0 9 * * 1#6', /“1#6”/],
    ['0 9 * * 1#L', /“1#L”/],
    ['0 9 * * 1-5#1', /“1-5#1”/],
    ['0 9 * * 8', /“8”/],
    ['0 9 * * MONDAY', /“MONDAY”/],
    ['60 * * * *', /“60”.*minute/],
    ['0 24 * * *', /“24”.*hour/],
    ['0 9 0 * *', /“0”.*day of the month/],
    ['0 9 * 13 *', /“13”.*month/],
    ['0 9 * 0 *', /“0”.*month/],
    ['-5 * * * *', /“-5”/],
    ['1.5 * * * *', /“1\.5”/],
    ['0x5 * * * *', /“0X5”/],
    ['1e1 * * * *', /“1E1”/],
    ['5/15 * * * *', /“5\/15”/],
    ['*,5 * * * *', /“\*”/],
    ['1,, * * * *', /“”/],
    ['*/0 * * * *', /1 to 59/],
    ['*/60 * * * *', /1 to 59/],
    ['0 */24 * * *', /1 to 23/],
    ['0 9 * * */7', /1 to 6/],
    ['0 9 * * FRI-MON', /two ranges/],
    ['30-10 * * * *', /two ranges/],
    [`${'1,'.repeat(500)}1 * * * *`, /five fields/],
  ])('%s is refused', (text, sentence) => {
    const read = readCron(text);
    expect('refused' in read ? formatRefusal(read.refused) : read).toMatch(sentence);
  });
});

describe('refusals', () => {
  const now = at('2026-11-21T12:00Z');
  const refused = (rule: Rule, kind: 'agent' | 'text' = 'agent', except = NO_EXCEPTIONS) =>
    inWords(refusalOfRule(rule, kind, 'Europe/Berlin', now, except));
  const inWords = (refusal: Refusal | null) => refusal && formatRefusal(refusal);

  test.each(['0 9 31 2 *', '0 9 30 2 *', '0 9 31 4,6,9,11 *'])('%s never comes up', (text) => {
    expect(findNextAfter(cron(text), 'Europe/Berlin', now)).toBeNull();
    expect(findLastUntil(cron(text), 'Europe/Berlin', now)).toBeNull();
    expect(refused(cron(text))).toMatch(/never/);
  });

  test('29 February does', () => {
    expect(refused(cron('0 0 29 2 *'))).toBeNull();
    expect(iso(listNextTimes(cron('0 0 29 2 *'), 'UTC', now, 2))).toEqual(['2028-02-29T00:00', '2032-02-29T00:00']);
    expect(findNextAfter(cron('0 0 29 2 *'), 'UTC', at('2096-03-01'))).toBe(at('2104-02-29'));
  });

  test('too often for an agent, not for a text', () => {
    for (const text of ['*/4 * * * *', '* * * * *', '0,3 9 * * *', '*/7 * * * *', '58,0 23,0 * * *', '0-10 9 L * *']) {
      expect([text, refused(cron(text))]).toEqual([text, expect.stringMatching(/the minimum is 5 minutes/)]);
      expect([text, refused(cron(text), 'text')]).toEqual([text, null]);
    }
    for (const text of ['*/5 * * * *', '*/6 * * * *', '55,0 23,0 * * *', '0 9 * * *', '2 2,3 * * *']) {
      expect([text, refused(cron(text))]).toEqual([text, null]);
    }
  });

  test('intervals', () => {
    const each = (every: number, unit: 'minutes' | 'days' | 'weeks'): Rule => ({
      kind: 'interval',
      every,
      unit,
      anchor: now,
    });
    expect(refused(each(5, 'minutes'))).toBeNull();
    expect(refused(each(4, 'minutes'))).toMatch(/Every 4 minutes is too often: the minimum is 5/);
    expect(refused(each(1, 'minutes'), 'text')).toBeNull();
    expect(refused(each(2, 'weeks'))).toBeNull();
    for (const every of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(refused(each(every, 'minutes'), 'text')).toMatch(/whole number/);
    }
    expect(findShortestGap(each(5, 'minutes'), 'UTC', now)).toBe(EVERY_AGENT_MS);
  });

  test('a time in the past', () => {
    expect(refused({ kind: 'once', at: now })).toMatch(/already passed/);
    expect(refused({ kind: 'once', at: Number.NaN })).toMatch(/already passed/);
    expect(refused({ kind: 'once', at: now + 1 })).toBeNull();
  });

  test('a rule without any occurrence after its exceptions', () => {
    expect(refused({ kind: 'once', at: now + 1 }, 'text', { holidays: null, dates: ['2026-11-21'] })).toMatch(
      /exceptions/,
    );
    expect(refused(cron('0 9 25 12 *'), 'agent', { holidays: 'DE', dates: ['2026-12-25'] })).toBeNull();
  });
});

describe('exceptions', () => {
  const except = (dates: string[], holidays: string | null = null) => ({ holidays, dates });

  test('a date is left out forwards and backwards, however often the rule comes up on it', () => {
    const rule = cron('*/5 * * * *');
    const out = except(['2026-11-24', '2026-11-25']);
    const last = at('2026-11-23T22:55Z');
    const first = at('2026-11-25T23:00Z');
    expect(findNextAfter(rule, 'Europe/Berlin', last, out)).toBe(first);
    expect(findLastUntil(rule, 'Europe/Berlin', first - 1, out)).toBe(last);
    expect(findLastUntil(rule, 'Europe/Berlin', first, out)).toBe(first);
  });

  test('public holidays of a region', () => {
    const times = listNextTimes(cron('0 9 * * 1-5'), 'Europe/Berlin', at('2026-12-23T12:00Z'), 3, except([], 'DE-BE'));
    expect(iso(times)).toEqual(['2026-12-24T08:00', '2026-12-28T08:00', '2026-12-29T08:00']);
  });

  test('the date is that of the person', () => {
    // Eight in the evening in New York is the next day in UTC.
    const rule = cron('0 20 * * *');
    const times = listNextTimes(rule, 'America/New_York', at('2026-11-23T12:00Z'), 2, except(['2026-11-24']));
    expect(iso(times)).toEqual(['2026-11-24T01:00', '2026-11-26T01:00']);
  });

  test('a day whose midnight does not exist or exists twice', () => {
    const rule = cron('30 * * * *');
    // In Beirut the clock goes from midnight to one, and in autumn from midnight back to eleven.
    for (const date of ['2026-03-29', '2026-10-24', '2026-10-25']) {
      const [year = 0, month = 0, day = 0] = date.split('-').map(Number);
      const noon = Date.UTC(year, month - 1, day, 10);
      const next = findNextAfter(rule, 'Asia/Beirut', noon, except([date])) ?? 0;
      const newest = findLastUntil(rule, 'Asia/Beirut', noon, except([date])) ?? 0;
      const all = listNextTimes(rule, 'Asia/Beirut', noon - 86_400_000 * 2, 96);
      const others = all.filter((ms) => dateOf(ms, 'Asia/Beirut') !== date);
      expect(next).toBe(others.find((ms) => ms > noon));
      expect(newest).toBe(others.findLast((ms) => ms <= noon));
    }
  });

  test('a permanent exception ends the search', () => {
    const dates = Array.from({ length: 500 }, (_, i) =>
      new Date(at('2026-11-22') + i * 86_400_000).toISOString().slice(0, 10),
    );
    expect(findNextAfter(cron('0 9 * * *'), 'UTC', at('2026-11-21T12:00Z'), except(dates))).toBeNull();
    expect(findNextAfter(cron('0 9 * * *'), 'UTC', at('2026-11-21T12:00Z'), except(dates.slice(0, 300)))).toBe(
      at('2027-09-18T09:00Z'),
    );
    expect(findLastUntil(cron('0 9 * * *'), 'UTC', at('2028-05-01T12:00Z'), except(dates))).toBe(
      at('2028-05-01T09:00Z'),
    );
  });
});

describe('any rule, zone and instant', () => {
  const zones = ['Europe/Berlin', 'America/Santiago', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Asia/Beirut', 'UTC'];
  const number = (low: number, high: number) => fc.integer({ min: low, max: high }).map(String);
  const field = (low: number, high: number) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant('*') },
      { weight: 3, arbitrary: number(low, high) },
      fc
        .tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      fc.integer({ min: 1, max: high }).map((step) => `*/${step}`),
      fc.array(number(low, high), { minLength: 1, maxLength: 3 }).map((items) => items.join(',')),
    );
  const crons = fc
    .tuple(
      field(0, 59),
      field(0, 23),
      fc.oneof(field(1, 28), fc.constant('L')),
      field(1, 12),
      fc.oneof(field(0, 6), fc.constant('1#1'), fc.constant('5L')),
    )
    .map((fields) => cron(fields.join(' ').replace(/\*\/1(?!\d)/g, '*')));
  const intervals = fc.record({
    kind: fc.constant('interval' as const),
    every: fc.integer({ min: 1, max: 100 }),
    unit: fc.constantFrom('minutes' as const, 'days' as const, 'weeks' as const),
    anchor: fc.integer({ min: at('2025-01-01'), max: at('2026-01-01') }),
  });
  const rules = fc.oneof<[fc.Arbitrary<Rule>, fc.Arbitrary<Rule>]>(crons, intervals);
  const instants = fc.integer({ min: at('2026-01-02'), max: at('2028-01-01') });

  test('comes up strictly later, once each, and the newest is the one before the next', { timeout: 240_000 }, () => {
    fc.assert(
      fc.property(rules, fc.constantFrom(...zones), instants, (rule, zone, ms) => {
        const times = listNextTimes(rule, zone, ms, 4);
        const newest = findLastUntil(rule, zone, ms);
        let before = newest ?? Number.NEGATIVE_INFINITY;
        expect(before).toBeLessThanOrEqual(ms);
        for (const [i, time] of times.entries()) {
          expect(time).toBeGreaterThan(Math.max(before, ms));
          expect(findNextAfter(rule, zone, Math.max(before, ms))).toBe(time);
          expect(findLastUntil(rule, zone, time)).toBe(time);
          expect(findLastUntil(rule, zone, time - 1)).toBe(i === 0 ? newest : before);
          if (i === 0 && newest !== null) expect(findNextAfter(rule, zone, newest)).toBe(time);
          before = time;
        }
      }),
      { numRuns: 150 },
    );
  });

  test('an interval of minutes never drifts, one of days keeps its time of day', { timeout: 240_000 }, () => {
    fc.assert(
      fc.property(intervals, fc.constantFrom(...zones), instants, (rule, zone, ms) => {
        const anchor = localOf(rule.anchor, zone);
        for (const time of listNextTimes(rule, zone, ms, 5)) {
          if (rule.unit === 'minutes') {
            expect((time - rule.anchor) % (rule.every * 60_000)).toBe(0);
            continue;
          }
          const { hour, minute, second } = localOf(time, zone);
          // The time differs only at the end of a gap.
          const isGap = offsetAt(time - 1, zone) < offsetAt(time, zone);
          if (!isGap) expect([hour, minute, second]).toEqual([anchor.hour, anchor.minute, anchor.second]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('nothing is before the anchor', () => {
    const rule: Rule = { kind: 'interval', every: 20, unit: 'minutes', anchor: at('2026-11-21T12:00Z') };
    expect(findLastUntil(rule, 'UTC', rule.anchor - 1)).toBeNull();
    expect(findLastUntil(rule, 'UTC', rule.anchor)).toBe(rule.anchor);
    expect(findNextAfter(rule, 'UTC', rule.anchor - 86_400_000)).toBe(rule.anchor);
  });

  test('missed occurrences are not enumerated', () => {
    expect(findLastUntil(cron('0 0 29 2 *'), 'UTC', at('2027-06-01T00:00Z'))).toBe(at('2024-02-29T00:00Z'));
    // Through a month of five minutes each of these would take a second; all together would take longer than a test
    // may.
    const rule = cron('*/5 * * * *');
    for (let minute = 0; minute < 300; minute++) {
      const ms = at('2026-12-31T12:00Z') + minute * 60_000;
      expect(findLastUntil(rule, 'Europe/Berlin', ms)).toBe(ms - (minute % 5) * 60_000);
    }
  });
});
