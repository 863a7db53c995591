import { describe, expect, test } from 'vitest';
import { headOf } from '../../../src/conversation/outbox/replies.ts';
import { HELD_FOR_MS, HELD_MAX, SEND_FOR_MS } from '../../../src/conversation/policy/outbox.ts';
import { newAddress } from '../../../src/conversation/state/person.ts';
import type { Reply } from '../../../src/conversation/state/rows.ts';
import { newConversation } from '../../../src/conversation/state/state.ts';
import { texts } from '../../../src/texts/index.ts';
import { cron, DAY, every, HOUR, MINUTE, MONDAY, once, Scheduled } from '../schedules/scheduled.ts';

// Schedules' messages that wait for the person to write or for the morning, and what is sent then.

const TEMPLATE = `HX${'0'.repeat(32)}`;
const NINE = MONDAY + 9 * HOUR;
const shown = (talk: Scheduled): string[] => talk.state.replies.map((r) => `${r.kind} ${r.state}: ${r.body}`);
const nudges = (talk: Scheduled): Reply[] => talk.state.replies.filter((r) => r.kind === 'nudge');
const held = (talk: Scheduled): string[] => talk.state.replies.filter((r) => r.state === 'held').map((r) => r.body);

/** A person who wrote last at eight, with a standup at nine: from the second day on the window is closed. */
function standup(change: Parameters<Scheduled['add']>[0] = {}): Scheduled {
  const talk = new Scheduled({ nudgeTemplate: TEMPLATE });
  talk.text('/help');
  talk.deliver();
  talk.add({ rule: cron('30 9 * * *'), ...change });
  return talk;
}

/** The next run, answered with these words, and everything sendable is sent. */
function reported(talk: Scheduled, words: string, id = 1): void {
  talk.due(id);
  if (talk.schedule(id).kind === 'agent') talk.reports(words);
  for (const reply of talk.leave()) talk.status(reply, reply.kind === 'nudge' ? 'sent' : 'delivered');
}

describe('a closed window', () => {
  test('the run is held, and the person is asked to write, once', () => {
    const talk = standup();
    reported(talk, 'day 1');
    expect(talk.outcomes).toEqual(['delivered']);
    reported(talk, 'day 2');
    expect(talk.run()).toMatchObject({ state: 'held', wasHeld: true, endedAt: null });
    expect(nudges(talk)).toHaveLength(1);
    reported(talk, 'day 3');
    reported(talk, 'day 4');
    expect(nudges(talk)).toHaveLength(1);
  });

  test.each([
    ['a text', '/help'],
    ['words for the agent', 'look at it'],
  ])('%s opens it: only the newest leaves, with the number of those before it', (_, words) => {
    const talk = standup();
    for (const day of ['day 1', 'day 2', 'day 3', 'day 4', 'day 5']) reported(talk, day);
    expect(talk.outcomes).toEqual(['delivered', 'skipped newer', 'skipped newer', 'skipped newer', 'held']);
    expect(held(talk)).toEqual(['day 5']);
    for (const run of talk.runs.slice(1, 4)) expect(run.endedAt).not.toBeNull();
    expect(talk.run().earlier).toBe(3);
    talk.text(words);
    const said = talk.deliver().map((r) => r.body);
    expect(said).toContain('day 5\n\n(3 earlier ones: /schedules 1)');
    expect(said.join()).not.toContain('day 4');
    expect(talk.outcomes.at(-1)).toBe('delivered');
    expect(talk.schedule().failures).toBe(0);
  });

  test('the number stands below the words above the buttons as well', () => {
    const talk = standup({ kind: 'text', prompt: 'bread' });
    for (const day of ['1', '2', '3']) reported(talk, day);
    talk.text('/help');
    const [reminder] = talk.deliver().filter((r) => r.kind === 'reminder');
    expect(reminder?.body).toBe('bread\n\n(1 earlier one: /schedules 1)');
    expect(reminder?.choices).toMatchObject({ text: reminder?.body, items: [{}, {}] });
  });

  test('in several parts: below the last, and all of the newest run leave', () => {
    const talk = standup();
    for (const day of ['1', '2', `${'a'.repeat(1490)}\n\nend`]) reported(talk, day);
    talk.text('/help');
    const said = talk.deliver().filter((r) => r.run !== null);
    expect(said.map((r) => r.body.slice(-36))).toEqual(['a'.repeat(36), 'end\n\n(1 earlier one: /schedules 1)']);
  });

  test('the number is said once, also when the words are held again', () => {
    const talk = standup();
    for (const day of ['1', '2', '3']) reported(talk, day);
    talk.text('/help');
    const reply = talk.leave().find((r) => r.run !== null) as Reply;
    talk.now += DAY + HOUR;
    talk.status(reply, 'failed', 63016, 'window');
    // The refusal was for an older message.
    talk.text('/help');
    for (const again of talk.deliver()) expect(again.body.match(/earlier one/g) ?? []).toHaveLength(again.run ? 1 : 0);
    expect(talk.outcomes.at(-1)).toBe('delivered');
  });

  test('words of an older run that are refused late do not take the place of the newer', () => {
    const talk = standup();
    talk.due();
    talk.reports('day 1');
    const first = talk.leave().find((r) => r.run !== null) as Reply;
    reported(talk, 'day 2');
    expect(held(talk)).toEqual(['day 2']);
    talk.status(first, 'failed', 63016, 'window');
    expect(held(talk)).toEqual(['day 2']);
    expect(talk.outcomes).toEqual(['skipped newer', 'held']);
    expect(talk.run().earlier).toBe(1);
  });

  test('each schedule has its own newest', () => {
    const talk = standup();
    talk.add({ rule: cron('40 9 * * *'), prompt: 'other' });
    for (const day of ['1', '2', '3']) {
      reported(talk, `one ${day}`, 1);
      reported(talk, `two ${day}`, 2);
    }
    expect(held(talk)).toEqual(['one 3', 'two 3']);
    talk.text('/help');
    const said = talk.deliver().map((r) => r.body);
    expect(said).toContain('one 3\n\n(1 earlier one: /schedules 1)');
    expect(said).toContain('two 3\n\n(1 earlier one: /schedules 2)');
  });

  test('answers and alerts that are held as well stay, and all leaves in its order', () => {
    const talk = standup();
    reported(talk, 'day 1');
    reported(talk, 'day 2');
    talk.on({ type: 'notify', id: 'N1', kind: 'alert', text: 'the disk is full' });
    talk.leave();
    reported(talk, 'day 3');
    expect(held(talk)).toEqual(['the disk is full', 'day 3']);
    talk.text('/status');
    const said = talk.deliver().map((r) => r.body);
    expect(said.slice(1)).toEqual(['the disk is full', 'day 3\n\n(1 earlier one: /schedules 1)']);
  });

  test('after three runs that met it, advice, once', () => {
    const talk = standup();
    for (const day of ['1', '2', '3']) reported(talk, day);
    talk.text('/help');
    expect(talk.deliver().map((r) => r.body)).not.toContain(texts.schedules.windowAdvice(talk.schedule(), 'WhatsApp'));
    talk.now += 2 * DAY;
    talk.change(1, { nextAt: talk.now + HOUR });
    reported(talk, '4');
    expect(talk.schedule()).toMatchObject({ heldRuns: 3, toldWindow: false });
    talk.text('/help');
    expect(
      talk.deliver().filter((r) => r.body === texts.schedules.windowAdvice(talk.schedule(), 'WhatsApp')),
    ).toHaveLength(1);
    for (let n = 0; n < 3; n++) {
      talk.now += 2 * DAY;
      talk.change(1, { nextAt: talk.now + HOUR });
      reported(talk, 'more');
      talk.text('/help');
      expect(
        talk.deliver().filter((r) => r.body === texts.schedules.windowAdvice(talk.schedule(), 'WhatsApp')),
      ).toEqual([]);
    }
  });

  test('no advice about hours where a channel has none, and the person shut us out', () => {
    const talk = new Scheduled();
    talk.state = { ...talk.state, conversation: newConversation('pigeon:ann', 'pigeon:post') };
    talk.text('/help');
    talk.deliver();
    talk.add();
    for (const day of ['1', '2', '3', '4']) {
      talk.due();
      talk.reports(day);
      talk.on({ type: 'send-begin' });
      const { id: reply, attempt, state } = headOf(talk.state) ?? {};
      if (state !== 'sending' || reply === undefined || attempt === undefined) continue;
      talk.on({ type: 'send-refused', reply, attempt, code: 1_100_403, failure: 'window', retryAfterMs: null });
    }
    expect(held(talk)).toEqual(['4']);
    expect(talk.run().wasHeld).toBe(true);
    talk.text('/help');
    expect(talk.bodies.at(-1)).toBe('4\n\n(3 earlier ones: /schedules 1)');
    expect(talk.bodies.join()).not.toContain('24 hours');
  });

  test('a message that arrives in time ends the row', () => {
    const talk = standup();
    for (const day of ['1', '2', '3']) reported(talk, day);
    expect(talk.schedule().heldRuns).toBe(2);
    talk.now += HOUR;
    talk.text('/help');
    talk.deliver();
    reported(talk, '4');
    expect(talk.run().wasHeld).toBe(false);
    expect(talk.schedule().heldRuns).toBe(0);
  });

  test('no more than a few are held: the oldest are the operator’s, and their runs have failed', () => {
    const talk = standup();
    const many = HELD_MAX + 3;
    for (let n = 2; n <= many; n++) talk.add({ rule: cron('30 9 * * *'), kind: 'text', prompt: `text ${n}` });
    talk.change(1, { state: 'paused' });
    talk.now = NINE + 2 * DAY;
    for (let n = 2; n <= many; n++) {
      talk.change(n, { nextAt: talk.now });
      talk.due(n);
    }
    talk.leave();
    expect(held(talk)).toHaveLength(HELD_MAX);
    expect(talk.outcomes.filter((o) => o === 'failed undelivered')).toHaveLength(2);
    expect(talk.outcomes.filter((o) => o === 'held')).toHaveLength(HELD_MAX);
  });

  test('after an opt-out: held messages are dropped or kept for the operator, and their runs end', () => {
    const talk = standup();
    talk.add({ rule: cron('40 9 * * *'), kind: 'text', prompt: 'bread' });
    for (const day of ['1', '2']) {
      reported(talk, day, 1);
      reported(talk, day, 2);
    }
    const message = talk.state.replies.find((r) => r.kind === 'nudge') as Reply;
    talk.status(message, 'failed', 63033, 'opted-out');
    talk.text('STOP', 0, { optOut: 'stop' });
    expect(held(talk)).toEqual([]);
    expect(talk.runs.slice(2).map((r) => r.state)).toEqual(['failed', 'failed']);
  });
});

test('of one schedule only the newest is held for the carrier as well', () => {
  const talk = new Scheduled();
  talk.add({ rule: every(60), kind: 'text', prompt: 'bread' });
  const taken = [0, 1].map(() => {
    talk.due();
    return talk.leave();
  });
  talk.now += SEND_FOR_MS;
  for (const reply of taken.flat()) talk.status(reply, 'failed', 20429, 'rate');
  expect(held(talk)).toEqual(['bread']);
  expect(talk.outcomes).toEqual(['skipped newer', 'held']);
});

test('of one schedule only the newest is held for a locked address as well', () => {
  const talk = new Scheduled();
  talk.add({ rule: every(60), kind: 'text', prompt: 'bread' });
  const own = newAddress(talk.state.conversation.address, 'text', talk.now);
  talk.state = { ...talk.state, addresses: [{ ...own, lockedBy: 'whatsapp:US.2' }] };
  for (let n = 0; n < 2; n++) {
    talk.due();
    talk.leave();
  }
  expect(held(talk)).toEqual(['bread']);
  expect(talk.outcomes).toEqual(['skipped newer', 'held']);
});

describe('quiet hours', () => {
  function quiet(from: number, to: number, change: Parameters<Scheduled['add']>[0] = {}): Scheduled {
    const talk = new Scheduled();
    const hours = { zone: 'Etc/UTC', quiet: { from: from * 60, to: to * 60 } };
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, ...hours } };
    talk.add(change);
    return talk;
  }

  test('schedules’ messages wait until the quiet hours end', () => {
    const talk = quiet(8, 11);
    talk.due();
    talk.reports('day 1');
    expect(talk.outcomes).toEqual(['held']);
    expect(talk.run().wasHeld).toBe(false);
    expect(talk.leave()).toEqual([]);
    talk.fire('quiet');
    expect(talk.now).toBe(MONDAY + 11 * HOUR);
    expect(talk.deliver().map((r) => r.body)).toEqual(['day 1']);
    expect(talk.outcomes).toEqual(['delivered']);
    expect(talk.schedule().heldRuns).toBe(0);
  });

  test('of one schedule only the newest', () => {
    const talk = quiet(8, 11, { kind: 'text', prompt: 'drink', rule: every(30) });
    while ((talk.schedule().nextAt ?? 0) < MONDAY + 11 * HOUR) {
      talk.due();
      expect(talk.leave()).toEqual([]);
    }
    expect(held(talk)).toEqual(['drink']);
    talk.fire('quiet');
    expect(talk.deliver().map((r) => r.body)).toEqual(['drink\n\n(4 earlier ones: /schedules 1)']);
  });

  test('progress messages of a run wait as well', () => {
    const talk = quiet(8, 11);
    talk.due();
    talk.taken();
    talk.machine({ type: 'session_lost', session_id: 'S1' });
    expect(talk.leave()).toEqual([]);
    expect(held(talk)).toEqual([texts.sessionLost]);
    talk.fire('quiet');
    expect(talk.deliver().map((r) => r.body)).toEqual([texts.sessionLost]);
  });

  test('a reminder for one moment is said in it', () => {
    const talk = quiet(8, 11, { kind: 'text', prompt: 'bread', rule: once(NINE) });
    talk.due();
    expect(talk.deliver().map((r) => r.body)).toEqual(['bread']);
  });

  test('somebody who has just written is awake', () => {
    const talk = quiet(8, 11);
    talk.now = NINE - MINUTE;
    talk.text('/help');
    talk.deliver();
    talk.due();
    talk.reports('day 1');
    expect(talk.deliver().map((r) => r.body)).toEqual(['day 1']);
  });

  test('a person who writes gets the waiting messages', () => {
    const talk = quiet(8, 11);
    talk.due();
    talk.reports('day 1');
    talk.now += 20 * MINUTE;
    talk.text('/help');
    expect(talk.deliver().map((r) => r.body)).toContain('day 1');
  });

  test('a timer that comes early, or hours that were changed, let nothing go in the night', () => {
    const talk = quiet(8, 11);
    talk.due();
    talk.reports('day 1');
    const timer = talk.timer('quiet');
    if (timer) talk.on({ type: 'timer', timer });
    expect(held(talk)).toEqual(['day 1']);
    expect(talk.timer('quiet')?.dueAt).toBe(MONDAY + 11 * HOUR);
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, quiet: { from: 8 * 60, to: 12 * 60 } } };
    talk.fire('quiet');
    expect(held(talk)).toEqual(['day 1']);
    talk.fire('quiet');
    expect(talk.now).toBe(MONDAY + 12 * HOUR);
    expect(talk.deliver()).toHaveLength(1);
  });

  test('at their end the window may be closed: held on, and the person is asked to write', () => {
    const talk = quiet(8, 11);
    talk.text('/help');
    talk.deliver();
    talk.now += 3 * DAY;
    talk.change(1, { nextAt: NINE + 3 * DAY });
    talk.due();
    talk.reports('day 4');
    expect(talk.leave()).toEqual([]);
    talk.fire('quiet');
    talk.leave();
    expect(held(talk)).toEqual(['day 4']);
    expect(talk.run()).toMatchObject({ state: 'held', wasHeld: true });
    expect(talk.schedule().heldRuns).toBe(1);
  });

  test('their end does not begin the days anew that what waits for the person is kept', () => {
    const talk = quiet(8, 11, { kind: 'text', prompt: 'each night' });
    talk.text('/help');
    talk.deliver();
    talk.now += 2 * DAY;
    talk.add({ kind: 'text', prompt: 'once', rule: once(talk.now + 5 * HOUR) });
    talk.due(2);
    talk.leave();
    expect(held(talk)).toEqual(['once']);
    const [since] = talk.state.replies.filter((r) => r.state === 'held');
    talk.change(1, { nextAt: NINE + 3 * DAY });
    for (let night = 0; night < 3; night++) {
      talk.due();
      talk.fire('quiet');
      expect(talk.leave()).toEqual([]);
    }
    expect(talk.state.replies.filter((r) => r.body === 'once')).toEqual([since]);
    // The newest message of each night also waits for the carrier.
    expect(talk.run(1)).toMatchObject({ state: 'held', wasHeld: true, earlier: 2 });
    expect(talk.timer('held')?.dueAt).toBe((since?.createdAt ?? 0) + HELD_FOR_MS);
  });

  test('answers to the person are not theirs', () => {
    const talk = quiet(8, 11);
    const said = talk.text('look at it');
    talk.taken();
    talk.now += HOUR;
    talk.answer('yes', said);
    expect(talk.deliver().map((r) => r.body)).toEqual(['yes']);
    expect(shown(talk)).toEqual(['answer delivered: yes']);
  });
});
