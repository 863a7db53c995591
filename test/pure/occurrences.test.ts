import { describe, expect, test } from 'vitest';
import { EVERY_AGENT_MS, refusalOf } from '../../src/schedules/limits.ts';
import { newestUntil, nextAfter, nextTimes, shortestGap } from '../../src/schedules/occurrences.ts';
import { NO_EXCEPTIONS, type Rule, readCron } from '../../src/schedules/rule.ts';

// When rules come up.

const at = (text: string): number => Date.parse(text);
const cron = (text: string): Rule => {
  const read = readCron(text);
  if ('refused' in read) throw new Error(read.refused);
  return { kind: 'cron', cron: read.cron };
};
const iso = (times: readonly number[]): string[] => times.map((ms) => new Date(ms).toISOString().slice(0, 16));

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
    expect(nextAfter({ kind: 'cron', cron: read }, 'UTC', at('2026-01-01'))).not.toBeNull();
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
    expect('refused' in read ? read.refused : read).toMatch(sentence);
  });
});

describe('refusals', () => {
  const now = at('2026-11-21T12:00Z');
  const refused = (rule: Rule, kind: 'agent' | 'text' = 'agent', except = NO_EXCEPTIONS) =>
    refusalOf(rule, kind, 'Europe/Berlin', now, except);

  test.each(['0 9 31 2 *', '0 9 30 2 *', '0 9 31 4,6,9,11 *'])('%s never comes up', (text) => {
    expect(nextAfter(cron(text), 'Europe/Berlin', now)).toBeNull();
    expect(newestUntil(cron(text), 'Europe/Berlin', now)).toBeNull();
    expect(refused(cron(text))).toMatch(/never/);
  });

  test('29 February does', () => {
    expect(refused(cron('0 0 29 2 *'))).toBeNull();
    expect(iso(nextTimes(cron('0 0 29 2 *'), 'UTC', now, 2))).toEqual(['2028-02-29T00:00', '2032-02-29T00:00']);
    expect(nextAfter(cron('0 0 29 2 *'), 'UTC', at('2096-03-01'))).toBe(at('2104-02-29'));
  });

  test('too often for an agent, not for a text', () => {
    for (const text of ['*/4 * * * *', '* * * * *', '0,3 9 * * *', '*/7 * * * *', '58,0 23,0 * * *', '0-10 9 L * *']) {
      expect([text, refused(cron(text))]).toEqual([text, expect.stringMatching(/5 minutes is the least/)]);
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
    expect(refused(each(4, 'minutes'))).toMatch(/4 minutes apart; 5 minutes is the least/);
    expect(refused(each(1, 'minutes'), 'text')).toBeNull();
    expect(refused(each(2, 'weeks'))).toBeNull();
    for (const every of [0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(refused(each(every, 'minutes'), 'text')).toMatch(/whole number/);
    }
    expect(shortestGap(each(5, 'minutes'), 'UTC', now)).toBe(EVERY_AGENT_MS);
  });

  test('what is over', () => {
    expect(refused({ kind: 'once', at: now })).toMatch(/already over/);
    expect(refused({ kind: 'once', at: Number.NaN })).toMatch(/already over/);
    expect(refused({ kind: 'once', at: now + 1 })).toBeNull();
  });

  test('what its exceptions leave nothing of', () => {
    expect(refused({ kind: 'once', at: now + 1 }, 'text', { holidays: null, dates: ['2026-11-21'] })).toMatch(
      /exceptions/,
    );
    expect(refused(cron('0 9 25 12 *'), 'agent', { holidays: 'DE', dates: ['2026-12-25'] })).toBeNull();
  });
});
