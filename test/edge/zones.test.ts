import { describe, expect, test } from 'vitest';
import { listNextTimes } from '../../src/recurrence/occurrences.ts';
import { offsetAt, readZone, zonesOfNumber } from '../../src/recurrence/zones.ts';

// The zone data of the relay's runtime: the results that test/pure shows for Node must hold here.

describe('zones in the relay’s runtime', () => {
  test.each([
    ['kolkata', 'Asia/Kolkata'],
    ['Europe/Kyiv', 'Europe/Kyiv'],
    ['kiev', 'Europe/Kyiv'],
    ['new york', 'America/New_York'],
    ['buenos aires', 'America/Argentina/Buenos_Aires'],
    ['nuuk', 'America/Nuuk'],
    ['us/pacific', 'America/Los_Angeles'],
  ])('%s is %s', (text, zone) => {
    expect(readZone(text)).toBe(zone);
  });

  test('every name reads back to itself, and those of numbers are known', () => {
    const zones = Intl.supportedValuesOf('timeZone');
    expect(zones.length).toBeGreaterThan(400);
    const told = ['+1', '+7', '+52', '+61', '+686'].flatMap((code) => zonesOfNumber(`${code}5550100`));
    expect(told.length).toBeGreaterThan(30);
    for (const zone of [...zones.map((known) => readZone(known) ?? known), ...told]) expect(readZone(zone)).toBe(zone);
  });

  test.each([
    ['Europe/Berlin', '2026-03-27T02:00Z', ['2026-03-28T01:30', '2026-03-29T01:00', '2026-03-30T00:30']],
    ['Europe/Berlin', '2027-10-30T00:00Z', ['2027-10-30T00:30', '2027-10-31T00:30', '2027-11-01T01:30']],
    ['America/New_York', '2027-03-13T02:00Z', ['2027-03-13T07:30', '2027-03-14T07:00', '2027-03-15T06:30']],
    ['Australia/Lord_Howe', '2026-10-03T02:00Z', ['2026-10-03T15:30', '2026-10-04T15:30', '2026-10-05T15:30']],
    ['Asia/Kathmandu', '2026-06-01T02:00Z', ['2026-06-01T20:45', '2026-06-02T20:45', '2026-06-03T20:45']],
  ])('half past two in %s from %s on', (zone, from, expected) => {
    const times = listNextTimes({ kind: 'cron', cron: '30 2 * * *' }, zone, Date.parse(from), 3);
    expect(times.map((ms) => new Date(ms).toISOString().slice(0, 16))).toEqual(expected);
  });

  test('an offset that is no whole hour', () => {
    expect(offsetAt(Date.parse('2026-07-01T00:00Z'), 'Pacific/Chatham')).toBe(12.75 * 60 * 60_000);
  });
});
