import { beforeEach, describe, expect, test } from 'vitest';
import { REMINDED_MS, RUN_GRACE_MS, SNOOZE_MS } from '../../../src/conversation/policy/schedules.ts';
import { offerReminderChoices } from '../../../src/conversation/state/choices.ts';
import type { Run } from '../../../src/conversation/state/schedule-rows.ts';
import { texts } from '../../../src/texts/index.ts';
import { HOUR, MORNING, once, Reminded } from './reminded.ts';

// Snooze and Done below a reminder: by a tap, by words, and by a reply to it.

let talk: Reminded;
beforeEach(() => {
  talk = new Reminded();
});

const words = texts.zones.reminders;
const tap = (run: Run, choice: 'snooze' | 'done'): string[] => {
  const item = offerReminderChoices(run.id, '').items.find(({ id }) => id.endsWith(choice));
  talk.text(item?.title ?? '', 0, { choice: item?.id ?? '' });
  return talk.arrives();
};
const says = (text: string, quoted?: Run): string[] => {
  talk.text(text, 0, quoted ? { quoted: talk.bubble(quoted).sid ?? '' } : {});
  return talk.arrives();
};
/** A quarter past ten in Berlin, from a reminder at nine that was answered then. */
const again = 'I’ll remind you again at 10:15 am.';
const answeredLater = (): void => {
  talk.now += 15 * 60_000;
};

describe('Done', () => {
  test('by a tap is noted, and has a short answer', () => {
    talk.has();
    const run = talk.reminds();
    expect(tap(run, 'done')).toEqual([words.done]);
    expect(talk.run(run.id)).toMatchObject({ state: 'delivered', note: 'done' });
    expect(talk.state.turns).toEqual([]);
    expect(talk.state.messages.every((m) => m.state === 'consumed')).toBe(true);
  });

  test.each(['done', 'Done.', ' DONE! '])('by the word “%s”, which has a short answer', (word) => {
    talk.has();
    const run = talk.reminds();
    expect(says(word)).toEqual([words.done]);
    expect(talk.run(run.id).note).toBe('done');
  });

  test('stays, whatever the carrier says later of its words', () => {
    talk.has();
    const run = talk.comes();
    talk.on({ type: 'send-begin' });
    const { id: reply, attempt } = talk.bubble(run);
    talk.on({ type: 'send-accepted', reply, attempt, sid: 'SMbubble' });
    tap(run, 'done');
    const named = { reply, attempt, sid: 'SMbubble', errorCode: null, failure: null };
    talk.on({ type: 'status', ...named, status: 'read' });
    expect(talk.run(run.id)).toMatchObject({ state: 'delivered', note: 'done' });
  });

  test('ends the snooze', () => {
    talk.has();
    const run = talk.reminds();
    tap(run, 'snooze');
    expect(talk.timer('snooze', '1')).toBeDefined();
    tap(run, 'done');
    expect(talk.timer('snooze', '1')).toBeUndefined();
  });

  test('is not needed where the schedule is cancelled: its snooze goes with it', () => {
    talk.has();
    tap(talk.reminds(), 'snooze');
    says('/cancel 1');
    expect(talk.schedule().state).toBe('over');
    expect(talk.timer('snooze', '1')).toBeUndefined();
  });

  test('said twice: the second time it is a word for the agent', () => {
    talk.has();
    talk.reminds();
    says('done');
    says('done');
    expect(talk.state.turns).toHaveLength(1);
  });
});

describe('Snooze', () => {
  test.each([
    ['a tap', (run: Run) => tap(run, 'snooze')],
    ['“snooze”', () => says('snooze')],
    ['“Snooze 1 h”', () => says('Snooze 1 h')],
    ['“snooze for an hour.”', () => says('snooze for an hour.')],
    ['a reply to it', (run: Run) => says('snooze', run)],
  ])('by %s: the words come again an hour later, as a run of the schedule, and can be snoozed again', (_how, act) => {
    talk.has();
    const run = talk.reminds();
    answeredLater();
    expect(act(run)).toEqual([again]);
    const second = talk.comes(1, 'snooze');
    expect(talk.now).toBe(MORNING + HOUR + 15 * 60_000 + SNOOZE_MS);
    expect(second).toMatchObject({ schedule: 1, dueAt: talk.now, state: 'sending' });
    expect(talk.arrives()).toEqual(['words 1']);
    expect(talk.timer('snooze', '1')).toBeUndefined();
    expect(tap(second, 'snooze')).toEqual(['I’ll remind you again at 11:15 am.']);
  });

  test('once more moves it', () => {
    talk.has();
    const run = talk.reminds();
    tap(run, 'snooze');
    answeredLater();
    expect(tap(run, 'snooze')).toEqual([again]);
    expect(talk.state.timers.filter((t) => t.kind === 'snooze')).toEqual([
      { kind: 'snooze', ref: '1', dueAt: talk.now + SNOOZE_MS, attempts: 0 },
    ]);
  });

  test('stands in /schedules and in the details, beside the next time or alone', () => {
    talk.has();
    talk.has({ rule: once(MORNING + HOUR) });
    tap(talk.reminds(1), 'snooze');
    tap(talk.reminds(2), 'snooze');
    expect(talk.schedule(2).state).toBe('over');
    const [list = ''] = says('/schedules');
    expect(list).toMatch(/1 · words 1 \(reminder\)\n.* · again today at 10 am · next tomorrow at 9 am/);
    expect(list).toMatch(/2 · words 2 \(reminder\)\nagain today at 10 am/);
    expect(says('/schedules 2')[0]).toContain('It has ended.\nSnoozed until today at 10 am.');
    talk.comes(1, 'snooze');
    talk.comes(2, 'snooze');
    talk.arrives();
    const [later = ''] = says('/schedules');
    expect(later).not.toMatch(/again|words 2/);
  });

  test('of one that was for one time goes with /cancel as well', () => {
    talk.has({ rule: once(MORNING + HOUR) });
    tap(talk.reminds(), 'snooze');
    expect(says('/cancel 1')).toEqual([texts.scheduleAnswers.cancelled(1, false)]);
    expect(talk.timer('snooze', '1')).toBeUndefined();
    expect(says('/cancel 1')).toEqual([texts.scheduleAnswers.alreadyOver(1)]);
  });

  test('of an earlier time of the same schedule moves it as well; another schedule has its own', () => {
    talk.has();
    talk.has();
    const first = talk.reminds(1);
    const other = talk.reminds(2);
    const second = talk.reminds(1);
    tap(second, 'snooze');
    tap(other, 'snooze');
    tap(first, 'snooze');
    expect(talk.state.timers.filter((t) => t.kind === 'snooze').map((t) => t.ref)).toEqual(['2', '1']);
  });

  test('also when the schedule is over', () => {
    talk.has({ rule: once(MORNING + HOUR) });
    const run = talk.reminds();
    expect(talk.schedule().state).toBe('over');
    tap(run, 'snooze');
    talk.comes(1, 'snooze');
    expect(talk.arrives()).toEqual(['words 1']);
    expect(talk.schedule().state).toBe('over');
  });

  test('is for this person alone', () => {
    talk.has({ recipients: ['me', '+15555550124'] });
    const run = talk.reminds();
    tap(run, 'snooze');
    const second = talk.comes(1, 'snooze');
    expect(talk.state.replies.filter((r) => r.run === second.id).map((r) => [r.body, r.owner])).toEqual([
      ['words 1', null],
    ]);
    expect(talk.state.deliveries.filter((d) => d.run === second.id)).toEqual([]);
  });

  test('says “in an hour” where the time of day is not known', () => {
    talk.choose({ zone: null });
    talk.has({ rule: once(MORNING + HOUR), zone: 'UTC' });
    expect(tap(talk.reminds(), 'snooze')).toEqual([words.snoozed(0, null, 24, 0)]);
  });

  test('says “at noon” as it says “at 9:00”', () => {
    const noon = Date.UTC(2026, 10, 23, 11);
    expect(words.snoozed(noon, 'Europe/Berlin', 12, noon - HOUR)).toBe('I’ll remind you again at noon.');
    expect(words.snoozed(noon, 'Europe/Berlin', 24, noon - HOUR)).toBe('I’ll remind you again at 12:00.');
  });

  test('of someone who wants nothing any more: it is noted, and nothing is sent', () => {
    talk.has();
    tap(talk.reminds(), 'snooze');
    talk.choose({ optedOutAt: talk.now });
    expect(talk.comes(1, 'snooze')).toMatchObject({ state: 'skipped', note: 'opted-out' });
    expect(talk.arrives()).toEqual([]);
  });

  test('of someone who may not write any more', () => {
    talk.has();
    tap(talk.reminds(), 'snooze');
    const context = talk.context();
    talk.context = () => ({ ...context, now: talk.now, isAllowed: () => false });
    expect(talk.comes(1, 'snooze')).toMatchObject({ state: 'skipped', note: 'access' });
    expect(talk.arrives()).toEqual([]);
  });

  test('long after its time: said, not made up for', () => {
    talk.has();
    tap(talk.reminds(), 'snooze');
    const due = talk.timer('snooze', '1')?.dueAt ?? 0;
    talk.now = due + RUN_GRACE_MS + 1;
    expect(talk.comes(1, 'snooze')).toMatchObject({ state: 'skipped', note: 'missed' });
    expect(talk.arrives()).toEqual([texts.schedules.missed(talk.schedule(), due, 12, talk.now)]);
  });
});

describe('texts that are about no reminder', () => {
  test('words a good while after it', () => {
    talk.has();
    const run = talk.reminds();
    talk.now += REMINDED_MS + 1;
    says('done');
    expect(talk.state.turns).toHaveLength(1);
    expect(talk.run(run.id).note).toBeNull();
  });

  test('words before it is on the phone', () => {
    talk.has();
    talk.comes();
    talk.text('done');
    expect(talk.state.turns).toHaveLength(1);
  });

  test('words without any reminder, a sentence with the word in it, a picture', () => {
    says('done');
    expect(talk.state.turns).toHaveLength(1);
    talk.has();
    const run = talk.reminds();
    says('done with it');
    talk.text('done', 1);
    expect(talk.run(run.id).note).toBeNull();
  });

  test('“done” in deep work ends that; a tap or a reply to the reminder is about the reminder', () => {
    talk.has();
    const [first, second] = [talk.reminds(), talk.reminds()];
    talk.text('/deep');
    tap(first, 'done');
    expect(says('done', second)).toEqual([words.done]);
    expect([first, second].map((r) => talk.run(r.id).note)).toEqual(['done', 'done']);
    expect(talk.state.conversation.deep).not.toBeNull();
    const third = talk.reminds();
    says('done');
    expect(talk.state.conversation.deep).toBeNull();
    expect(talk.run(third.id).note).toBeNull();
  });

  test('the answer to what the agent has asked', () => {
    talk.has();
    const run = talk.reminds();
    talk.text('go on');
    talk.taken();
    const request = { kind: 'ask' as const, question: 'How far are you?', options: [] };
    talk.machine({ type: 'request', request_id: 'r1', request });
    talk.arrives();
    tap(run, 'snooze');
    expect(talk.state.questions[0]).toMatchObject({ state: 'open' });
    says('done');
    expect(talk.state.questions[0]).toMatchObject({ state: 'answered' });
    expect(talk.run(run.id).note).toBeNull();
  });
});

test('a reminder that is not kept any more says so', () => {
  talk.has();
  const run = talk.reminds();
  talk.state = { ...talk.state, runs: [] };
  expect(tap(run, 'snooze')).toEqual([words.gone]);
  expect(tap(run, 'done')).toEqual([words.gone]);
  expect(talk.timer('snooze', '1')).toBeUndefined();
});
