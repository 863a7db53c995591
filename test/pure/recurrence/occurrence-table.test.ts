import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { findLastUntil, findNextAfter } from '../../../src/recurrence/occurrences.ts';
import { readCron } from '../../../src/recurrence/rule.ts';
import { changesIn, expectedTimes, type OracleRule } from './occurrence-oracle.ts';

// Zones × rules × days around every clock change of a year, against an oracle that shares no code. One half of the zones
// has the year 2026, the other 2027: what a year changes is the weekdays of its dates, which differ between zones anyway.

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
const at = (text: string): number => Date.parse(text);

const ZONES = [
  'Africa/Cairo',
  'Africa/Casablanca',
  'America/Havana',
  'America/Los_Angeles',
  'America/New_York',
  'America/Nuuk',
  'America/Santiago',
  'America/St_Johns',
  'Antarctica/Troll',
  'Asia/Beirut',
  'Asia/Gaza',
  'Asia/Jerusalem',
  'Asia/Kathmandu',
  'Asia/Kolkata',
  'Asia/Tokyo',
  'Atlantic/Azores',
  'Australia/Adelaide',
  'Australia/Lord_Howe',
  'Europe/Berlin',
  'Europe/Dublin',
  'Europe/London',
  'Pacific/Auckland',
  'Pacific/Chatham',
  'UTC',
];

/** Changes that no coming year has: a skipped day, a permanent half hour, midnights that do not exist. */
const PAST: readonly (readonly [zone: string, change: string])[] = [
  ['Pacific/Apia', '2011-12-30T10:00Z'],
  ['America/Caracas', '2016-05-01T07:00Z'],
  ['Asia/Pyongyang', '2018-05-04T15:00Z'],
  ['America/Sao_Paulo', '2018-11-04T03:00Z'],
  ['America/Sao_Paulo', '2018-02-18T02:00Z'],
];

const DAILY = [
  '30 2 * * *',
  '0 2 * * *',
  '0 3 * * *',
  '30 1 * * *',
  '0 0 * * *',
  '30 0 * * *',
  '59 23 * * *',
  '*/15 1 * * *',
  '*/10 2 * * *',
  '30 2,3 * * *',
  '0 0-4 * * *',
  '15,45 23,0,1 * * *',
  '0 9 * * 1-5',
  '30 2 * * 0',
  '0 0 * * 0,6',
  '0 9 1 * *',
  '0 2 L * *',
  '30 2 * * 0L',
  '0 0 * * 5L',
  '0 9 * * 1#1',
  '0 1 13 * 5',
  '30 2 28-31 3,10 *',
  '45 */6 * * 0',
  '15 * 29 3 *',
];
const HOURLY = ['0 * * * *', '30 * * * *', '0 */2 * * *', '50 1-23/2 * * *'];
const DENSE = ['*/15 * * * *', '*/20 0-5 * * *'];

const INTERVALS: readonly (readonly [every: number, unit: 'minutes' | 'days' | 'weeks', local: string])[] = [
  [45, 'minutes', '2025-12-30T07:07'],
  [1440, 'minutes', '2025-12-30T02:30'],
  [1, 'days', '2025-12-30T02:30'],
  [2, 'days', '2025-12-30T00:00'],
  [1, 'days', '2025-12-31T01:30'],
  [1, 'weeks', '2025-12-28T02:15'],
  [2, 'weeks', '2025-12-28T03:00'],
];

type Case = { name: string; rule: OracleRule; reach: number };

const cronCase =
  (reach: number) =>
  (text: string): Case => ({ name: text, rule: { kind: 'cron', cron: text }, reach });

function casesFor(zone: string, change: number): Case[] {
  const years = new Date(change).getUTCFullYear() - 2026;
  const anchorOf = (local: string): number =>
    Temporal.PlainDateTime.from(local).add({ years }).toZonedDateTime(zone).epochMilliseconds;
  return [
    ...DAILY.map(cronCase(4 * DAY)),
    ...HOURLY.map(cronCase(30 * HOUR)),
    ...DENSE.map(cronCase(10 * HOUR)),
    ...INTERVALS.map(([every, unit, local]) => ({
      name: `every ${every} ${unit}`,
      rule: { kind: 'interval', every, unit, anchor: anchorOf(local) } as const,
      reach: every === 45 ? DAY : 4 * DAY,
    })),
    { name: 'once', rule: { kind: 'once', at: change }, reach: DAY },
  ];
}

/** The lists agree, and so does every question that the list answers. */
function compare({ name, rule, reach }: Case, zone: string, change: number): number {
  const from = Math.floor((change - reach) / 60_000) * 60_000;
  const to = from + 2 * reach;
  const expected = expectedTimes(rule, zone, from, to);
  const found: number[] = [];
  // One more than expected is already wrong, and a time that stands still ends here.
  while (found.length <= expected.length) {
    const next = findNextAfter(rule, zone, found.at(-1) ?? from);
    if (next === null || next > to) break;
    found.push(next);
  }
  const shown = (times: readonly number[]) => times.map((ms) => new Date(ms).toISOString());
  expect([zone, name, ...shown(found)]).toEqual([zone, name, ...shown(expected)]);

  const wrong: string[] = [];
  expected.forEach((ms, i) => {
    const before = expected[i - 1];
    const between = Math.floor((ms + (before ?? from) * 2) / 3);
    const questions: (() => boolean)[] = [
      () => findLastUntil(rule, zone, ms) === ms,
      () => findNextAfter(rule, zone, between) === ms,
      () => before === undefined || findLastUntil(rule, zone, ms - 1) === before,
      () => before === undefined || findLastUntil(rule, zone, between) === before,
    ];
    // All rules around the change and over years, elsewhere one each.
    const asked =
      Math.abs(ms - change) < 4 * HOUR || reach > 100 * DAY ? questions : [questions[i % questions.length]!];
    if (!asked.every((holds) => holds())) wrong.push(new Date(ms).toISOString());
  });
  // An hour and a half after the change: a clock put back by two hours shows times again then.
  const later = change + 1.5 * HOUR;
  const next = expected.find((ms) => ms > later);
  const newest = expected.findLast((ms) => ms <= later);
  if (next !== undefined && findNextAfter(rule, zone, later) !== next) wrong.push('the next one after the change');
  if (newest !== undefined && findLastUntil(rule, zone, later) !== newest)
    wrong.push('the newest one after the change');
  expect([zone, name, wrong]).toEqual([zone, name, []]);
  return expected.length;
}

const size = { zones: new Set<string>(), rules: new Set<string>(), days: 0, occurrences: 0 };

function compareAll(zone: string, changes: readonly number[]): void {
  size.zones.add(zone);
  for (const change of changes) {
    size.days += 8;
    for (const one of casesFor(zone, change)) {
      size.rules.add(one.name);
      size.occurrences += compare(one, zone, change);
    }
  }
}

describe('around clock changes', () => {
  test('the rules of the table are as readCron leaves them', () => {
    for (const text of [...DAILY, ...HOURLY, ...DENSE]) expect(readCron(text)).toEqual({ cron: text });
  });

  test.each(ZONES.map((zone, n) => [zone, 2026 + (n % 2)] as const))('%s in %i', { timeout: 240_000 }, (zone, year) => {
    const changes = changesIn(zone, at(`${year}-01-01T00:00Z`), at(`${year + 1}-01-01T00:00Z`));
    // For zones without clock changes, days of Europe’s changes.
    compareAll(zone, changes.length > 0 ? changes : ['2026-03-29T01:00Z', '2027-10-31T01:00Z'].map(at));
  });

  test.each(PAST)('%s at %s', { timeout: 240_000 }, (zone, change) => {
    expect(changesIn(zone, at(change) - 1, at(change))).toEqual([at(change)]);
    compareAll(zone, [at(change)]);
  });

  test('rules of the calendar over two years', { timeout: 240_000 }, () => {
    const calendar = [
      '0 9 * * 1-5',
      '0 9 1 * *',
      '0 2 L * *',
      '0 9 * * 1#1',
      '0 9 * * 2#5',
      '30 2 * * 0L',
      '0 9 13 * 5',
    ];
    const from = at('2026-01-01T00:00Z');
    for (const zone of ['America/Santiago']) {
      for (const text of [...calendar, '0 0 29,30,31 1-6/2 *', '0 9 */2 * 1', '15 */6 1 * *']) {
        size.rules.add(text);
        size.occurrences += compare(cronCase(364 * DAY)(text), zone, from + 364 * DAY);
      }
    }
  });

  test('nothing is left out of the table', () => {
    const { zones, rules, days, occurrences } = size;
    console.log(
      `Compared: ${zones.size} zones × ${rules.size} rules × ${days} days in all around clock changes, ${occurrences} occurrences, each forwards and backwards.`,
    );
    expect(zones.size).toBe(ZONES.length + 4);
    expect(rules.size).toBeGreaterThanOrEqual(37);
    expect(occurrences).toBeGreaterThan(30_000);
  });
});
