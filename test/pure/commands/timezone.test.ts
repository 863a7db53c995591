import { beforeEach, describe, expect, test } from 'vitest';
import { askZone } from '../../../src/conversation/questions/own-prompts.ts';
import type { Rule } from '../../../src/recurrence/rule.ts';
import { texts } from '../../../src/texts/index.ts';
import { cron, DAY, HOUR, MORNING, once, Reminded } from '../schedules/reminded.ts';

// /timezone, and whether existing schedules move with the zone.

const words = texts.zones;
let talk: Reminded;
beforeEach(() => {
  talk = new Reminded();
});

const says = (text: string): string[] => {
  talk.text(text);
  return talk.arrives();
};
const zone = (): string | null => talk.state.conversation.zone;
const days = (anchor: number): Rule => ({ kind: 'interval', every: 2, unit: 'days', anchor });
const minutes = (anchor: number): Rule => ({ kind: 'interval', every: 90, unit: 'minutes', anchor });
/** Nine o’clock on that day of November in New York, in winter. */
const newYorkNine = (day: number): number => Date.UTC(2026, 10, day, 14);
const berlinNine = (day: number): number => Date.UTC(2026, 10, day, 8);
const tapMove = (option: 0 | 1): string[] => {
  const offered = talk.state.replies.flatMap((r) => r.choices ?? []).at(-1);
  talk.text(option === 0 ? 'Yes' : 'No', 0, { choice: offered?.items[option]?.id ?? '' });
  return talk.arrives();
};

describe('alone', () => {
  test('says the zone, how it is known and what time it is there', () => {
    expect(says('/timezone')).toEqual([words.zone('Europe/Berlin', 'chosen', MORNING, 12)]);
    expect(words.zone('Europe/Berlin', 'chosen', MORNING, 24)).toContain('Berlin time (Europe/Berlin), your choice');
    expect(words.zone('Europe/Berlin', 'chosen', MORNING, 24)).toContain('It’s 8:00 there.');
    talk.choose({ zone: null, address: 'whatsapp:+4915550100' });
    expect(says('/timezone')).toEqual([words.zone('Europe/Berlin', 'number', MORNING, 24)]);
  });

  test('as configured, where the number tells nothing', () => {
    talk = new Reminded({ defaultZone: 'America/Chicago' });
    talk.choose({ zone: null });
    expect(says('/timezone')).toEqual([words.zone('America/Chicago', 'default', MORNING, 12)]);
  });

  test('asks where nothing is known, and then says it', () => {
    talk.choose({ zone: null });
    expect(says('/timezone')[0]).toContain(words.which(true));
    expect(says('Berlin')).toEqual([words.zone('Europe/Berlin', 'chosen', MORNING, 12)]);
  });
});

describe('with a zone', () => {
  test.each([
    ['America/New_York', 'America/New_York'],
    ['new york', 'America/New_York'],
    ['UTC', 'UTC'],
  ])('“%s” sets %s', (text, to) => {
    expect(says(`/timezone ${text}`)).toEqual([words.set(to, MORNING, 12)]);
    expect(zone()).toBe(to);
  });

  test.each(['Atlantis', 'EST', '25', 'x'.repeat(5000)])('an unknown one changes nothing', (text) => {
    expect(says(`/timezone ${text}`)).toEqual([words.unknown([])]);
    expect(zone()).toBe('Europe/Berlin');
  });

  test('auto forgets it: the number tells, or it is asked for when it is needed', () => {
    expect(says('/timezone auto')).toEqual([words.forgotten]);
    expect(zone()).toBeNull();
    talk.choose({ zone: 'Asia/Tokyo', address: 'whatsapp:+4915550100' });
    expect(says('/timezone AUTO')).toEqual([words.set('Europe/Berlin', MORNING, 24)]);
    expect(zone()).toBeNull();
  });

  test('answers the question for it: what waited is done', () => {
    talk.choose({ zone: null });
    talk.state = askZone(talk.state, '/verbose on', talk.context());
    expect(says('/timezone Berlin').slice(1)).toEqual([texts.verbose(true)]);
    expect(talk.state.conversation).toMatchObject({ zone: 'Europe/Berlin', asking: null });
  });

  test('a zone that is not known leaves the question open', () => {
    talk.choose({ zone: null });
    talk.state = askZone(talk.state, '/verbose on', talk.context());
    says('/timezone auto');
    expect(says('Berlin')).toEqual([texts.verbose(true)]);
  });
});

describe('schedules of the old zone', () => {
  test('are asked about once, with how many', () => {
    talk.has();
    talk.has();
    expect(says('/timezone New York')).toEqual([
      words.set('America/New_York', MORNING, 12),
      `${words.move(2, 'Europe/Berlin', 'America/New_York')} ${words.yesOrNo}`,
    ]);
    const offer = talk.state.replies.flatMap((r) => r.choices ?? []).at(-1);
    expect(offer?.text).toBe(words.move(2, 'Europe/Berlin', 'America/New_York'));
    expect(offer?.items.map((i) => i.title)).toEqual(['Yes', 'No']);
    expect(talk.schedule(1)).toMatchObject({ zone: 'Europe/Berlin', nextAt: berlinNine(23) });
  });

  test.each([
    ['a tap on Yes', () => tapMove(0)],
    ['“yes”', () => says('yes')],
    ['“Ok.”', () => says('Ok.')],
  ])('%s: nine stays nine, in the new zone', (_how, act) => {
    talk.has();
    says('/timezone New York');
    expect(act()).toEqual([words.moved(1, 'America/New_York')]);
    expect(talk.schedule()).toMatchObject({ zone: 'America/New_York', nextAt: newYorkNine(23), state: 'active' });
    expect(talk.timer('schedule', '1')?.dueAt).toBe(newYorkNine(23));
    expect(talk.state.conversation.asking).toBeNull();
    expect(talk.state.turns).toEqual([]);
  });

  test.each([
    ['a tap on No', () => tapMove(1)],
    ['“no”', () => says('no')],
  ])('%s: they stay', (_how, act) => {
    talk.has();
    const before = talk.schedule();
    says('/timezone New York');
    expect(act()).toEqual([words.stay('Europe/Berlin')]);
    expect(talk.schedule()).toEqual(before);
    expect(tapMove(0)).toEqual([words.settled]);
    expect(talk.schedule()).toEqual(before);
  });

  describe('a pause until a date', () => {
    /** When the clock in Tokyo, which has no summer time, shows the beginning of 7 January. */
    const TOKYO_7_JAN = Date.UTC(2027, 0, 6, 15);
    const pausedUntil = (): string =>
      /paused until ([^:]*?)(?:: \/|\.|$)/m.exec(says('/schedules 1').join('\n'))?.[1] ?? '';

    test('ends on that date in the new zone, and no time is shown for it', () => {
      talk.has();
      says('/pause 1 until 7 Jan');
      says('/timezone Tokyo');
      expect(pausedUntil()).toBe('Thu 7 Jan 2027');
      tapMove(0);
      expect(pausedUntil()).toBe('Thu 7 Jan 2027');
      expect(talk.schedule()).toMatchObject({ zone: 'Asia/Tokyo', resumeAt: TOKYO_7_JAN });
      expect(talk.timer('schedule', '1')?.dueAt).toBe(TOKYO_7_JAN);
    });

    test('of what comes every so many minutes, too, which moves unasked', () => {
      talk.has({ rule: minutes(MORNING) });
      says('/pause 1 until 7 Jan');
      says('/timezone Tokyo');
      expect(pausedUntil()).toBe('Thu 7 Jan 2027');
      expect(talk.timer('schedule', '1')?.dueAt).toBe(TOKYO_7_JAN);
    });

    test('until a time is until that moment', () => {
      talk.has();
      says('/pause 1 until 7 Jan 9am');
      says('/timezone Tokyo');
      tapMove(0);
      expect(talk.schedule().resumeAt).toBe(Date.UTC(2027, 0, 7, 8));
    });

    test('is a date also where the day has no midnight', () => {
      talk.choose({ zone: 'Asia/Beirut' });
      talk.has({ zone: 'Asia/Beirut' });
      says('/pause 1 until 28 Mar');
      expect(pausedUntil()).toBe('Sun 28 Mar 2027');
      says('/timezone Berlin');
      tapMove(0);
      expect(pausedUntil()).toBe('Sun 28 Mar 2027');
    });
  });

  test('words about something else are for the agent', () => {
    talk.has();
    says('/timezone New York');
    says('yes please have a look');
    expect(talk.state.turns).toHaveLength(1);
    // A yes may now answer that question.
    says('yes');
    expect(talk.schedule().zone).toBe('Europe/Berlin');
    tapMove(0);
    expect(talk.schedule().zone).toBe('America/New_York');
  });

  test('moments, and every so many minutes, keep them and are not asked about', () => {
    talk.has({ rule: once(MORNING + 5 * HOUR) });
    talk.has({ rule: minutes(MORNING) });
    const before = [talk.schedule(1), talk.schedule(2)];
    expect(says('/timezone New York')).toEqual([words.set('America/New_York', MORNING, 12)]);
    expect([talk.schedule(1), talk.schedule(2)]).toEqual(before.map((s) => ({ ...s, zone: 'America/New_York' })));
    expect(talk.timer('schedule', '1')?.dueAt).toBe(MORNING + 5 * HOUR);
  });

  test('every two days: the day and the time stay as the clock shows them', () => {
    talk.has({ rule: days(berlinNine(24)) });
    says('/timezone New York');
    says('yes');
    expect(talk.schedule().rule).toMatchObject({ anchor: newYorkNine(24) });
    expect(talk.schedule().nextAt).toBe(newYorkNine(24));
  });

  test('when moving east, today’s time may be over: the next is tomorrow', () => {
    talk.has();
    says('/timezone Tokyo');
    says('yes');
    // Nine in Tokyo is midnight UTC.
    expect(talk.schedule().nextAt).toBe(Date.UTC(2026, 10, 24, 0));
  });

  test('a run that was put off to another day stays put off', () => {
    talk.has();
    talk.state = {
      ...talk.state,
      schedules: talk.state.schedules.map((s) => ({ ...s, nextAt: berlinNine(25) })),
    };
    says('/timezone New York');
    says('yes');
    expect(talk.schedule().nextAt).toBe(newYorkNine(25));
  });

  test('a failing schedule is not due sooner', () => {
    talk.has({ rule: cron('0 * * * *') });
    talk.state = { ...talk.state, schedules: talk.state.schedules.map((s) => ({ ...s, failures: 7 })) };
    says('/timezone New York');
    says('yes');
    expect(talk.schedule().nextAt).toBeGreaterThanOrEqual(MORNING + 6 * HOUR);
  });

  test('a schedule that is due at this moment runs once', () => {
    talk.has();
    says('/timezone New York');
    talk.now = berlinNine(23);
    says('yes');
    expect(talk.schedule().zone).toBe('America/New_York');
    talk.comes();
    expect(talk.state.runs.map((r) => r.dueAt)).toEqual([berlinNine(23)]);
    expect(talk.schedule().nextAt).toBe(newYorkNine(23));
  });

  test('a paused one moves, and is reckoned when it goes on', () => {
    talk.has({ state: 'paused', pausedBy: 'person', resumeAt: MORNING + DAY });
    says('/timezone New York');
    says('yes');
    expect(talk.schedule()).toMatchObject({ state: 'paused', zone: 'America/New_York' });
    talk.fire('schedule');
    expect(talk.schedule()).toMatchObject({ state: 'active', nextAt: newYorkNine(24) });
  });

  test('finished schedules stay unchanged', () => {
    talk.has({ state: 'over', rule: once(MORNING) });
    talk.has({ state: 'over' });
    expect(says('/timezone New York')).toHaveLength(1);
    expect(talk.schedule(2).zone).toBe('Europe/Berlin');
  });

  test('another zone before the answer: the question is asked anew, for the newest', () => {
    talk.has();
    says('/timezone New York');
    expect(says('/timezone Tokyo')[1]).toContain(words.move(1, 'Europe/Berlin', 'Asia/Tokyo'));
    says('yes');
    expect(talk.schedule().zone).toBe('Asia/Tokyo');
  });

  test('back where they are: nothing is asked', () => {
    talk.has();
    says('/timezone New York');
    expect(says('/timezone Berlin')).toEqual([words.set('Europe/Berlin', MORNING, 12)]);
    expect(talk.state.conversation.asking).toBeNull();
  });
});
