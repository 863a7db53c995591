import Holidays from 'date-holidays';
import { describe, expect, test } from 'vitest';
import { countries, publicHolidays, statesOf } from '../../../scripts/generate/holiday-rows.ts';
import { TABLE } from '../../../src/recurrence/holiday-table.ts';
import { datesOfDay, HOLIDAYS_FROM, HOLIDAYS_UNTIL, isHoliday, readRegion } from '../../../src/recurrence/holidays.ts';

// The table of public holidays against its source library. `node scripts/generate/holidays.ts --check` compares all of
// it.

const lines = TABLE.trim().split('\n');
const some = [...new Set([...countries().filter((_, i) => i % 20 === 0), 'DE', 'GB', 'IL', 'TR', 'US'])].sort();

/** Every date of the table’s years. */
function* days(): Generator<string> {
  for (let ms = Date.UTC(HOLIDAYS_FROM); ms < Date.UTC(HOLIDAYS_UNTIL + 1); ms += 86_400_000) {
    yield new Date(ms).toISOString().slice(0, 10);
  }
}

describe('the table of holidays', () => {
  test('has a line for every country', () => {
    expect(lines.map((line) => line.slice(0, 2))).toEqual(countries());
  });

  test('reads back to the dates of the library, in the country and every third region of it', {
    timeout: 240_000,
  }, () => {
    const wrong: string[] = [];
    let regions = 0;
    for (const country of some) {
      for (const state of [null, ...statesOf(country).filter((_, n) => n % 3 === 0)]) {
        const region = state === null ? country : `${country}-${state}`;
        const expected = new Set(publicHolidays(country, state));
        regions++;
        for (const date of days()) if (isHoliday(region, date) !== expected.has(date)) wrong.push(`${region} ${date}`);
      }
    }
    expect(regions).toBeGreaterThan(45);
    expect(wrong).toEqual([]);
  });

  test('agrees with the library asked day by day, around each holiday of a year and in every month', () => {
    const berlin = new Holidays('DE', 'BE');
    const year = [...days()].slice(0, 365);
    const nearby = (n: number): boolean => year.slice(Math.max(0, n - 1), n + 2).some((day) => isHoliday('DE-BE', day));
    for (const date of year.filter((day, n) => nearby(n) || day.endsWith('-15'))) {
      const found = berlin.isHoliday(new Date(`${date}T10:00:00Z`)) || [];
      expect([date, isHoliday('DE-BE', date)]).toEqual([date, found.some(({ type }) => type === 'public')]);
    }
  });

  test('a half day is none, a holiday that begins at sunset is the day after', () => {
    expect(isHoliday('IS', '2026-12-24')).toBe(false);
    expect(isHoliday('IS', '2026-12-25')).toBe(true);
    expect(['19', '20', '22', '23'].map((day) => isHoliday('TR', `2026-03-${day}`))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  test('observed days: the fourth of July 2026 is a Saturday', () => {
    expect(isHoliday('US', '2026-07-03')).toBe(true);
    expect(isHoliday('US', '2027-07-05')).toBe(true);
    expect(isHoliday('US', '2027-07-06')).toBe(false);
  });

  test.each([
    ['0403', ['2026-04-03', '2027-04-03', '2028-04-03', '2029-04-03', '2030-04-03', '2031-04-03']],
    ['0229:2', ['2028-02-29']],
    ['0704c', ['2026-07-04', '2026-07-03', '2027-07-04', '2027-07-05']],
    ['0525>1', ['2026-05-25', '2027-05-31', '2028-05-29', '2029-05-28', '2030-05-27', '2031-05-26']],
    ['E-2', ['2026-04-03', '2027-03-26', '2028-04-14', '2029-03-30', '2030-04-19', '2031-04-11']],
    ['O0', ['2026-04-12', '2027-05-02', '2028-04-16', '2029-04-08', '2030-04-28', '2031-04-13']],
  ])('the day %s is on the dates it stands for', (day, dates) => {
    expect(datesOfDay(day).slice(0, dates.length)).toEqual(dates);
  });

  test('after its last year there are none', () => {
    expect(isHoliday('DE', `${HOLIDAYS_UNTIL}-12-25`)).toBe(true);
    expect(isHoliday('DE', `${HOLIDAYS_UNTIL + 1}-12-25`)).toBe(false);
  });
});

describe('a region', () => {
  test.each([
    ['DE-BE', 'DE-BE'],
    ['de-be', 'DE-BE'],
    [' us ', 'US'],
    ['GB-ENG', 'GB-ENG'],
    ['uk', 'GB'],
    ['de be', 'DE-BE'],
  ])('%s is read', (text, region) => {
    expect(readRegion(text)).toBe(region);
  });

  test.each(['', 'XX', 'DE-XX', 'DE-BE-XX', 'D', '0101', 'Germany', 'DE|BE', '+0308', 'DE-'.repeat(50)])(
    '%s is unknown',
    (text) => {
      expect(readRegion(text)).toBeNull();
    },
  );

  test('an unknown one has no holidays', () => {
    expect(isHoliday('XX', '2026-12-25')).toBe(false);
  });
});
