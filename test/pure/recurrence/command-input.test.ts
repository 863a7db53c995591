import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readCommandInput, readDay, readUntil } from '../../../src/recurrence/parse/command-input.ts';
import { instantOf } from '../../../src/recurrence/zones.ts';
import { formatRefusal } from '../../../src/texts/schedule-refusals.ts';

// The line after /schedule, /remind and /standup, and the day or moment after "until".

/** Hundreds of cases, on a possibly busy computer. */
const SLOW = 60_000;

type Command = 'schedule' | 'remind' | 'standup';
const PLAIN = { recipients: ['me'], holidays: null, isolated: false, queue: false, check: null };
const input = (command: Command, rest: string) => {
  const read = readCommandInput(command, rest);
  return read.kind === 'input' ? read.input : formatRefusal(read.refusal);
};
const clauses = (head: string) => input('schedule', `${head}: report`);

describe('when and what', () => {
  test.each<[Command, string, string, string]>([
    [
      'schedule',
      'every weekday at 9am: standup from yesterday’s commits',
      'every weekday at 9am',
      'standup from yesterday’s commits',
    ],
    ['schedule', '0 9 * * 1-5: what is new', '0 9 * * 1-5', 'what is new'],
    ['schedule', 'every day at 9:30: note: this is\nlong', 'every day at 9:30', 'note: this is\nlong'],
    ['schedule', 'tomorrow 8pm:\nsummarise today’s pull requests', 'tomorrow 8pm', 'summarise today’s pull requests'],
    ['remind', 'in 20 minutes: take the bread out', 'in 20 minutes', 'take the bread out'],
    ['remind', 'me in 20 minutes: take the bread out', 'in 20 minutes', 'take the bread out'],
    ['remind', '2026-12-24T18:00:00+01:00: dinner', '2026-12-24T18:00:00+01:00', 'dinner'],
    ['remind', 'every friday 5pm: timesheet', 'every friday 5pm', 'timesheet'],
    ['standup', '9am', 'every weekday at 9am', ''],
    ['standup', 'at 9:30', 'every weekday at 9:30', ''],
    ['standup', '9am: and look at the tests', 'every weekday at 9am', 'and look at the tests'],
    ['standup', 'mon, wed 9am', 'mon, wed 9am', ''],
    ['standup', 'monday 9am', 'every monday 9am', ''],
    ['standup', 'every day at 9', 'every day at 9', ''],
    ['standup', 'in the morning', 'every weekday in the morning', ''],
    ['standup', '0 9 * * 1-5', '0 9 * * 1-5', ''],
    ['standup', 'tomorrow 9am', 'tomorrow 9am', ''],
  ])('/%s %s', (command, rest, when, prompt) => {
    expect(input(command, rest)).toEqual({ ...PLAIN, when, prompt });
  });

  test.each<[Command, string, string, string]>([
    ['remind', 'in 20 minutes take the bread out', 'in 20 minutes', 'take the bread out'],
    ['remind', 'me tomorrow at 8 to call mum', 'tomorrow at 8', 'call mum'],
    ['remind', 'me  in  2 hours   to check  the oven', 'in 2 hours', 'check  the oven'],
    ['remind', 'every friday 5pm timesheet', 'every friday 5pm', 'timesheet'],
    ['schedule', 'tomorrow 8pm summarise today’s pull requests', 'tomorrow 8pm', 'summarise today’s pull requests'],
  ])('a forgotten colon where there is no doubt: /%s %s', (command, rest, when, prompt) => {
    expect(input(command, rest)).toEqual({ ...PLAIN, when, prompt });
  });

  test.each([
    'tomorrow 8 eggs',
    'on monday morning meeting',
    'at 9 30 pushups',
    'tomorrow at 8 for +15555550100 call',
    'soon: x'.slice(0, 4),
  ])('a forgotten colon where there is doubt: %s', (rest) => {
    expect(input('remind', rest)).toContain('Put a colon');
  });

  test.each<[Command, string, string]>([
    ['schedule', '', 'Tell me when and what, e.g. “/schedule every weekday'],
    ['remind', ' ', 'Tell me when and what, e.g. “/remind in 20 minutes: '],
    ['standup', '', 'Tell me when, e.g. “/standup 9am”'],
    ['schedule', 'every day at 9', 'Put a colon after the time, e.g. “/schedule'],
    ['remind', 'in 20 minutes', 'Put a colon after the time, e.g. “/remind'],
    ['schedule', 'every day at 9:', 'After the colon, tell me what it’s about, e.g. “/schedule'],
    ['remind', 'tomorrow 9:00: ', 'After the colon, tell me what it’s about, e.g. “/remind'],
    ['schedule', ': report', 'Before the colon, tell me when, e.g. “/schedule'],
    ['remind', 'for me: report', 'Before the colon, tell me when, e.g. “/remind'],
    ['remind', 'me: report', 'Before the colon, tell me when, e.g. “/remind'],
    ['standup', ': report', 'Before the colon, tell me when, e.g. “/standup 9am”'],
    ['schedule', `every day at 9${' '.repeat(3000)}: x`, 'too much before the colon'],
  ])('/%s %s is refused with an example', (command, rest, sentence) => {
    expect(input(command, rest)).toContain(sentence);
  });
});

describe('clauses', () => {
  test.each<[string, object]>([
    ['every day at 9, for +15555550100, +15555550101, me', { recipients: ['+15555550100', '+15555550101', 'me'] }],
    ['every day at 9 for +1 (555) 555-0100 and +44 20 7946 0958', { recipients: ['+15555550100', '+442079460958'] }],
    ['every day at 9 for \u202a+1\u00a0555\u2011555\u20110100\u202c', { recipients: ['+15555550100'] }],
    ['every day at 9 for +44 (0)20 7946 0958', { recipients: ['+442079460958'] }],
    ['for +15555550100 and me every day at 9', { recipients: ['+15555550100', 'me'] }],
    ['every day for +1-555-555-0100 at 9', { recipients: ['+15555550100'], when: 'every day, at 9' }],
    ['every day at 9 for me, +15555550100, ME, +1 555 555 0100', { recipients: ['me', '+15555550100'] }],
    ['every day at 9 except holidays DE-BE', { holidays: 'DE-BE' }],
    ['every day at 9, except public holidays in us', { holidays: 'US' }],
    ['every day at 9 in its own session', { isolated: true }],
    ['isolated every day at 9', { isolated: true }],
    ['every day at 9 and queue', { queue: true }],
    ['every day at 9, queued', { queue: true }],
    ['every day at 9, check `npm outdated`', { check: 'npm outdated' }],
    ['every day at 9 check `test -f a: b`', { check: 'test -f a: b' }],
    [
      'isolated, check `for x in a; do true; done` every day at 9 and queue for me, +15555550100 except holidays de-be',
      {
        recipients: ['me', '+15555550100'],
        holidays: 'DE-BE',
        isolated: true,
        queue: true,
        check: 'for x in a; do true; done',
      },
    ],
  ])('%s', (head, expected) => {
    expect(clauses(head)).toEqual({ ...PLAIN, when: 'every day at 9', prompt: 'report', ...expected });
  });

  test.each([
    ['every day at 9 for bob', '“bob”'],
    ['every day at 9 for', 'Tell me who'],
    ['every day at 9 for 015555550100', '“015555550100”'],
    ['every day at 9 for +0155555501', '“+0155555501”'],
    ['every day at 9 for +15555550100, +12', '“+12”'],
    ['every day at 9 for +1555555010012345', '“+1555555010012345”'],
    // The 9 must not become part of the number.
    ['for +1 555 555 0100 9 daily', '“+1”'],
    [`every day at 9 for ${Array.from({ length: 21 }, (_, n) => `+155555501${n + 10}`).join(', ')}`, '20 people'],
    ['every day at 9 except holidays XX', '“XX”'],
    ['every day at 9 except holidays DE-ZZ', '“DE-ZZ”'],
    ['every day at 9 except holidays', 'After “except”'],
    ['every day at 9 except fridays', 'After “except”'],
    ['every day at 9 check npm outdated', 'backticks'],
    ['every day at 9 check ` `', 'backticks'],
    ['every day at 9 check `a` check `b`', 'backticks'],
    [`every day at 9 check \`${'x'.repeat(1001)}\``, '1000 characters'],
  ])('%s is refused', (head, words) => {
    expect(clauses(head)).toContain(words);
  });

  test('twenty people, and a command of 1000 characters, are fine', () => {
    const numbers = Array.from({ length: 20 }, (_, n) => `+155555501${n + 10}`);
    expect(clauses(`every day at 9 for ${numbers.join(', ')}`)).toMatchObject({ recipients: numbers });
    expect(clauses(`every day at 9 check \`${'x'.repeat(1000)}\``)).toMatchObject({ check: 'x'.repeat(1000) });
  });

  test('only /schedule has a check; a standup may have its own session', () => {
    expect(input('remind', 'at 9 check `x`: x')).toContain('Only /schedule');
    expect(input('standup', '9am check `x`')).toContain('Only /schedule');
    expect(input('standup', '9am isolated')).toMatchObject({ isolated: true, when: 'every weekday at 9am' });
  });

  test('clause words in what is to be done stay there', () => {
    const prompt = 'check the build for me, except holidays, queued';
    expect(input('schedule', `every day at 9: ${prompt}`)).toEqual({ ...PLAIN, when: 'every day at 9', prompt });
  });
});

describe('until, and a single day', () => {
  const zone = 'Europe/Berlin';
  const now = Date.UTC(2026, 10, 21, 14, 10);
  const berlin = (year: number, month: number, day: number, hour = 0): number =>
    instantOf({ year, month, day, hour, minute: 0 }, zone);

  test.each<[string, number | null, string | null]>([
    ['7 Jan', berlin(2027, 1, 7), '2027-01-07'],
    ['tomorrow', berlin(2026, 11, 22), '2026-11-22'],
    ['today', berlin(2026, 11, 21), '2026-11-21'],
    ['friday', berlin(2026, 11, 27), '2026-11-27'],
    // A Saturday.
    ['saturday', berlin(2026, 11, 28), '2026-11-21'],
    ['Mon, 23 Nov', berlin(2026, 11, 23), '2026-11-23'],
    ['the 24th of december', berlin(2026, 12, 24), '2026-12-24'],
    ['2026-12-24', berlin(2026, 12, 24), '2026-12-24'],
    ['7 Jan 9:00', berlin(2027, 1, 7, 9), null],
    ['in 2 hours', now + 7_200_000, null],
    ['2/3', null, null],
    ['1 jan 2040', null, null],
    ['2026-02-30', null, null],
    ['tue 23 nov', null, null],
    ['every day', null, null],
    ['', null, null],
  ])('%s', (text, until, day) => {
    expect(readUntil(text, { now, zone, clock: 24 })).toBe(until);
    expect(readDay(text, { now, zone })).toBe(day);
  });

  test('without a zone', () => {
    expect(readUntil('7 Jan', { now, zone: null, clock: 24 })).toBe('zone-needed');
    expect(readUntil('7 Jan 9:00', { now, zone: null, clock: 24 })).toBe('zone-needed');
    expect(readUntil('in 2 hours', { now, zone: null, clock: 24 })).toBe(now + 7_200_000);
    expect(readUntil('soon', { now, zone: null, clock: 24 })).toBeNull();
  });

  test('today is the day of the person’s zone', () => {
    const late = Date.UTC(2026, 10, 21, 23, 30);
    expect(readDay('today', { now: late, zone })).toBe('2026-11-22');
    expect(readDay('tomorrow', { now: late, zone: 'America/New_York' })).toBe('2026-11-22');
  });
});

test(
  'any input is read or refused with a sentence',
  () => {
    const pieces = (
      'every day at 9 9:30 : ` , and for me +15555550100 +1 (555) except holidays DE-BE XX isolated queued in its own session check `x` ' +
      'tomorrow jan 7 to in 20 minutes 99999999999 \u200f \u0000 \n for for check` ``'
    ).split(' ');
    const text = fc.oneof(
      fc.string({ maxLength: 2000, unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((all) => all.join(' ')),
      fc
        .tuple(fc.constantFrom(...pieces), fc.integer({ min: 1, max: 400 }))
        .map(([piece, count]) => `${piece} `.repeat(count)),
    );
    fc.assert(
      fc.property(text, fc.constantFrom<Command>('schedule', 'remind', 'standup'), (text, command) => {
        const begun = performance.now();
        const read = readCommandInput(command, text);
        const until = readUntil(text, { now: 0, zone: 'Europe/Berlin', clock: 12 });
        const day = readDay(text, { now: 0, zone: 'Asia/Tokyo' });
        expect(performance.now() - begun).toBeLessThan(2000);
        if (typeof until === 'number') expect(Math.abs(until)).toBeLessThan(11 * 366 * 86_400_000);
        if (day !== null) expect(day).toMatch(/^\d{4}-\d\d-\d\d$/);
        if (read.kind === 'refused') expect(formatRefusal(read.refusal)).toMatch(/^[A-Z].*[.”]$/s);
        else expect(read.input.recipients.every((one) => /^(me|\+[1-9]\d{5,14})$/.test(one))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  },
  SLOW,
);
