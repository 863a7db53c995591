import { type CountryCode, getCountries, getCountryCallingCode, getExampleNumber } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { listCities } from '../../../src/recurrence/city-names.ts';
import {
  clockOf,
  dateOf,
  instantOf,
  localOf,
  offsetAt,
  readZone,
  zoneOfNumber,
  zonesOfNumber,
} from '../../../src/recurrence/zones.ts';

// Local time against temporal-polyfill; names of zones; the table of calling codes against phone and locale data.

const at = (text: string): number => Date.parse(text);

describe('local time', () => {
  test('the clock’s time and offset in every zone of the platform', { timeout: 240_000 }, () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      for (const ms of [at('2026-03-29T01:30:15Z'), at('2027-07-01T23:59:59.999Z'), at('2030-12-31T12:00Z')]) {
        const expected = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
        const { year, month, day, hour, minute, second } = expected;
        const weekday = expected.dayOfWeek % 7;
        expect([zone, localOf(ms, zone)]).toEqual([zone, { year, month, day, hour, minute, second, weekday }]);
        expect([zone, offsetAt(ms, zone)]).toEqual([zone, expected.offsetNanoseconds / 1e6]);
      }
    }
  });

  test.each([
    ['Europe/Berlin', '2026-03-29T02:30', '2026-03-29T01:00Z'],
    ['Europe/Berlin', '2026-10-25T02:30', '2026-10-25T00:30Z'],
    ['Europe/Berlin', '2026-10-25T03:00', '2026-10-25T02:00Z'],
    ['Australia/Lord_Howe', '2026-10-04T02:15', '2026-10-03T15:30Z'],
    ['Australia/Lord_Howe', '2026-04-05T01:45', '2026-04-04T14:45Z'],
    ['America/Santiago', '2026-09-06T00:00', '2026-09-06T04:00Z'],
    ['Pacific/Apia', '2011-12-30T09:00', '2011-12-30T10:00Z'],
    ['Asia/Kathmandu', '2026-06-01T09:00', '2026-06-01T03:15Z'],
    ['UTC', '2026-06-01T09:00', '2026-06-01T09:00Z'],
  ])('%s %s is %s', (zone, local, instant) => {
    const { year, month, day, hour, minute } = Temporal.PlainDateTime.from(local);
    expect(new Date(instantOf({ year, month, day, hour, minute }, zone))).toEqual(new Date(instant));
  });

  test('the date where the person is', () => {
    expect(dateOf(at('2026-12-31T23:30Z'), 'Europe/Berlin')).toBe('2027-01-01');
    expect(dateOf(at('2027-01-01T04:00Z'), 'America/New_York')).toBe('2026-12-31');
  });
});

describe('names of zones', () => {
  test.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    ['europe/berlin', 'Europe/Berlin'],
    ['Berlin', 'Europe/Berlin'],
    ['new york', 'America/New_York'],
    ['  New   York ', 'America/New_York'],
    ['america/new york', 'America/New_York'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['Asia/Calcutta', 'Asia/Kolkata'],
    ['Kyiv', 'Europe/Kyiv'],
    ['kiev', 'Europe/Kyiv'],
    ['São Paulo', 'America/Sao_Paulo'],
    ['St. Johns', 'America/St_Johns'],
    ['port-au-prince', 'America/Port-au-Prince'],
    ['US/Pacific', 'America/Los_Angeles'],
    ['utc', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['San Francisco', 'America/Los_Angeles'],
    ['Köln', 'Europe/Berlin'],
    ['mumbai', 'Asia/Kolkata'],
    ['Washington D.C.', 'America/New_York'],
  ])('%s is %s', (text, zone) => {
    expect(readZone(text)).toBe(zone);
  });

  test.each([
    'EST',
    'CET',
    'PST',
    'EST5EDT',
    'MST7MDT',
    'GMT',
    'Etc/GMT+5',
    '+01:00',
    '',
    ' ',
    '/',
    'a/b',
    'Berlin; x',
    'Europe',
    'x'.repeat(5000),
  ])('%s is unknown', (text) => {
    expect(readZone(text)).toBeNull();
  });

  test('cities without a zone of their own have one that is known, and take no other’s name', () => {
    const named = Intl.supportedValuesOf('timeZone').map((id) => id.slice(id.lastIndexOf('/') + 1).toLowerCase());
    for (const [city, zone] of listCities()) {
      expect([city, readZone(city)]).toEqual([city, zone]);
      expect([zone, readZone(zone)]).toEqual([zone, zone]);
      expect(named).not.toContain(city.replaceAll(' ', '_'));
    }
  });

  test('every zone of the platform is read, and its name reads back to itself', { timeout: 240_000 }, () => {
    for (const zone of Intl.supportedValuesOf('timeZone')) {
      const read = readZone(zone) ?? '';
      expect([zone, readZone(read)]).toEqual([zone, read]);
      expect([zone, offsetAt(0, read)]).toEqual([zone, offsetAt(0, zone)]);
    }
  });
});

describe('the zone that a number suggests', () => {
  /** The platform's locale data, which the types do not know yet. */
  const locale = (country: string) =>
    new Intl.Locale(`und-${country}`) as Intl.Locale & {
      getTimeZones: () => string[];
      getHourCycles: () => string[];
    };
  // Two countries in the phone data have no zone in the locale data.
  const zonesOf = (country: CountryCode): string[] =>
    ({ AC: ['Atlantic/St_Helena'], XK: ['Europe/Belgrade'] })[country as string] ?? locale(country).getTimeZones();

  const offsets = new Map<string, string>();
  /** A zone by its offsets from 2027 on: equal for two zones with the same rules. */
  function rulesOf(zone: string): string {
    const known = offsets.get(zone);
    if (known !== undefined) return known;
    const found: number[] = [];
    for (let ms = at('2027-01-01'); ms < at('2030-01-01'); ms += 4 * 86_400_000) found.push(offsetAt(ms, zone));
    const key = found.join();
    offsets.set(zone, key);
    return key;
  }
  const rulesOfAll = (zones: readonly string[]): Set<string> => new Set(zones.map(rulesOf));

  /** The table's countries for their numbers. */
  const groups = new Map<string, { numbers: string[]; countries: CountryCode[] }>();
  for (const country of getCountries()) {
    const number = getExampleNumber(country, examples)?.number ?? `+${getCountryCallingCode(country)}5550100`;
    const key = `+${getCountryCallingCode(country)} ${zonesOfNumber(number).join(' ')}`;
    const group = groups.get(key) ?? { numbers: [], countries: [] };
    groups.set(key, { numbers: [...group.numbers, number], countries: [...group.countries, country] });
  }

  test('the zones of all countries with that code, each rule once', { timeout: 240_000 }, () => {
    expect(groups.size).toBeGreaterThan(200);
    for (const { numbers, countries } of groups.values()) {
      for (const number of numbers) {
        const zones = zonesOfNumber(number);
        const expected = rulesOfAll(countries.flatMap(zonesOf));
        const told = rulesOfAll(zones);
        expect([number, told.size, [...told].filter((rules) => !expected.has(rules))]).toEqual([
          number,
          expected.size,
          [],
        ]);
        expect([number, zones.length]).toEqual([number, told.size]);
        expect(zones.map(readZone)).toEqual(zones);
        expect(zoneOfNumber(number)).toBe(zones.length === 1 ? zones[0] : null);
      }
    }
  });

  test('the clock of the country, or of the largest of those that share a code', () => {
    const largest = new Map<string, CountryCode>([
      ['+1', 'US'],
      ['+212', 'MA'],
      ['+61', 'AU'],
    ]);
    for (const { numbers, countries } of groups.values()) {
      const [first] = countries;
      const code = `+${getCountryCallingCode(first!)}`;
      const shown = countries.length === 1 ? first! : (largest.get(code) ?? first!);
      const clock = locale(shown).getHourCycles()[0] === 'h12' ? 12 : 24;
      for (const number of numbers) expect([number, clockOf(number)]).toEqual([number, clock]);
    }
  });

  test('people first', () => {
    expect(zonesOfNumber('+15555550100').slice(0, 4)).toEqual([
      'America/New_York',
      'America/Chicago',
      'America/Denver',
      'America/Los_Angeles',
    ]);
    expect(zonesOfNumber('+61455550100')[0]).toBe('Australia/Sydney');
  });

  test.each([
    ['+4915550100', 'Europe/Berlin', 24],
    ['+915555550100', 'Asia/Kolkata', 12],
    ['+12425550100', 'America/Nassau', 12],
    ['+15555550100', null, 12],
    ['+77015550100', 'Asia/Almaty', 24],
    ['+9995550100', null, 24],
    ['4915550100', null, 24],
    ['+49', null, 24],
    ['', null, 24],
  ] as const)('%s: %s, %s hours', (number, zone, clock) => {
    expect(zoneOfNumber(number)).toBe(zone);
    expect(clockOf(number)).toBe(clock);
  });
});
