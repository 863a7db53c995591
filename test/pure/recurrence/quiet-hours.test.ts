import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  findQuietEnd,
  formatQuietHours,
  type QuietHours,
  readQuietHours,
} from '../../../src/recurrence/quiet-hours.ts';
import { instantOf, localOf } from '../../../src/recurrence/zones.ts';

// Quiet hours: read, printed back, and their end, clock changes included.

/** Hundreds of cases, on a possibly busy computer. */
const SLOW = 60_000;

describe('a person’s words', () => {
  test.each<[string, number, number]>([
    ['22-7', 22 * 60, 7 * 60],
    ['22:30-7', 22 * 60 + 30, 7 * 60],
    ['22:30 – 7:15', 22 * 60 + 30, 7 * 60 + 15],
    ['10pm-7am', 22 * 60, 7 * 60],
    ['10 pm to 7 am', 22 * 60, 7 * 60],
    ['from 13 to 14', 13 * 60, 14 * 60],
    ['between 22 and 7', 22 * 60, 7 * 60],
    ['midnight to 6', 0, 6 * 60],
    ['22 until noon', 22 * 60, 12 * 60],
  ])('%s', (text, from, to) => {
    expect(readQuietHours(text)).toEqual({ from, to });
  });

  test('off', () => {
    expect(readQuietHours(' Off. ')).toBe('off');
  });

  test.each([
    '',
    '22',
    '22-',
    '-7',
    '22-22',
    '22-25',
    '22-7-9',
    '22:60-7',
    '13pm-7',
    'at night',
    '22-7 please',
    '1,2-3',
  ])('%s is refused', (text) => {
    expect(readQuietHours(text)).toBeNull();
  });
});

const minuteOfDay = fc.integer({ min: 0, max: 1439 });
const quiet = fc
  .tuple(minuteOfDay, minuteOfDay)
  .filter(([from, to]) => from !== to)
  .map(([from, to]): QuietHours => ({ from, to }));

test(
  'printed hours are read as the same hours',
  () => {
    expect(formatQuietHours({ from: 22 * 60, to: 7 * 60 }, 24)).toBe('22:00–7:00');
    expect(formatQuietHours({ from: 22 * 60 + 30, to: 0 }, 12)).toBe('10:30 pm–12 am');
    fc.assert(
      fc.property(quiet, fc.constantFrom<12 | 24>(12, 24), (quiet, clock) => {
        expect(readQuietHours(formatQuietHours(quiet, clock))).toEqual(quiet);
      }),
      { numRuns: 500 },
    );
  },
  SLOW,
);

describe('until when', () => {
  const berlin = (month: number, day: number, hour: number, minute = 0): number =>
    instantOf({ year: 2026, month, day, hour, minute }, 'Europe/Berlin');
  const night = { from: 22 * 60, to: 7 * 60 };

  test('over midnight, and within a day', () => {
    expect(findQuietEnd(night, 'Europe/Berlin', berlin(11, 21, 22))).toBe(berlin(11, 22, 7));
    expect(findQuietEnd(night, 'Europe/Berlin', berlin(11, 22, 6, 59) + 59_999)).toBe(berlin(11, 22, 7));
    expect(findQuietEnd(night, 'Europe/Berlin', berlin(11, 22, 7))).toBeNull();
    expect(findQuietEnd(night, 'Europe/Berlin', berlin(11, 21, 22) - 1)).toBeNull();
    expect(findQuietEnd({ from: 780, to: 840 }, 'Europe/Berlin', berlin(11, 21, 13, 30))).toBe(berlin(11, 21, 14));
    expect(findQuietEnd({ from: 1320, to: 0 }, 'Europe/Berlin', berlin(11, 30, 23))).toBe(berlin(12, 1, 0));
    const lunch = { from: 13 * 60, to: 14 * 60 };
    expect(findQuietEnd(lunch, 'Europe/Berlin', berlin(11, 21, 13, 59))).toBe(berlin(11, 21, 14));
    expect(findQuietEnd(lunch, 'Europe/Berlin', berlin(11, 21, 14))).toBeNull();
  });

  test('a night with a clock change ends at seven as well', () => {
    expect(findQuietEnd(night, 'Europe/Berlin', berlin(3, 28, 23))).toBe(Date.UTC(2026, 2, 29, 5));
    expect(findQuietEnd(night, 'Europe/Berlin', berlin(10, 24, 23))).toBe(Date.UTC(2026, 9, 25, 6));
  });

  test('a skipped end is the end of the gap; after a repeated end the quiet hours return', () => {
    const early = { from: 22 * 60, to: 2 * 60 + 30 };
    expect(findQuietEnd(early, 'Europe/Berlin', berlin(3, 28, 23))).toBe(Date.UTC(2026, 2, 29, 1));
    const first = Date.UTC(2026, 9, 25, 0, 30);
    expect(findQuietEnd(early, 'Europe/Berlin', berlin(10, 24, 23))).toBe(first);
    expect(findQuietEnd(early, 'Europe/Berlin', first)).toBeNull();
    expect(findQuietEnd(early, 'Europe/Berlin', Date.UTC(2026, 9, 25, 1, 10))).toBe(first + 3_600_000);
  });

  test(
    'everywhere, around clock changes: the first minute that is not quiet',
    () => {
      const zones = [
        'Europe/Berlin',
        'America/St_Johns',
        'Australia/Lord_Howe',
        'America/Santiago',
        'Africa/Cairo',
        'Asia/Tokyo',
      ];
      const days = [
        [2, 29],
        [9, 25],
        [10, 1],
        [3, 5],
        [9, 4],
        [8, 6],
        [3, 24],
        [9, 29],
        [6, 1],
      ] as const;
      fc.assert(
        fc.property(
          quiet,
          fc.constantFrom(...zones),
          fc.constantFrom(...days),
          fc.integer({ min: -1440 * 60, max: 1440 * 60 }),
          (quiet, zone, [month, day], seconds) => {
            const now = Date.UTC(2026, month, day) + seconds * 1000;
            const isQuiet = (at: number): boolean => {
              const { hour, minute } = localOf(at, zone);
              const past = (hour * 60 + minute - quiet.from + 1440) % 1440;
              return past < (quiet.to - quiet.from + 1440) % 1440;
            };
            const until = findQuietEnd(quiet, zone, now);
            expect(until !== null).toBe(isQuiet(now));
            if (until === null) return;
            expect(isQuiet(until)).toBe(false);
            for (let at = now; at < until; at += 600_000) expect(isQuiet(at)).toBe(true);
            expect(isQuiet(until - 1)).toBe(true);
          },
        ),
        { numRuns: 300 },
      );
    },
    SLOW,
  );
});

test(
  'any input is read or refused',
  () => {
    const piece = fc.constantFrom(
      '22',
      '-',
      '7',
      ':',
      '30',
      'pm',
      ' to ',
      'off',
      '99999999999',
      '\u200f',
      '\u0000',
      ' ',
      'until',
    );
    const text = fc.oneof(
      fc.string({ maxLength: 2000, unit: 'binary' }),
      fc.array(piece, { maxLength: 12 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (text) => {
        const read = readQuietHours(text);
        if (read === null || read === 'off') return;
        for (const minute of [read.from, read.to])
          expect(minute).toSatisfy((n: number) => Number.isInteger(n) && n >= 0 && n < 1440);
        expect(read.from).not.toBe(read.to);
      }),
      { numRuns: 1000 },
    );
  },
  SLOW,
);
