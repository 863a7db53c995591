import { describe, expect, test } from 'vitest';
import { findNextAlarm } from '../../../src/conversation/alarm.ts';
import { wantsAttach } from '../../../src/conversation/lanes.ts';
import { REACH_BACKOFF_MS, REACH_GIVE_UP_MS, TELL_UNREACHABLE_MS } from '../../../src/conversation/policy/machine.ts';
import { PAGE_MAX_CHARS } from '../../../src/conversation/policy/outbox.ts';
import {
  CALM_AFTER_MS,
  CALM_HEARTBEAT_MS,
  CRASHES_MAX,
  GATHER_MAX_MS,
  HEARTBEAT_MS,
  QUEUE_MAX,
  TURN_MARGIN_MS,
  TURN_MS,
  TYPING_REFRESH_MS,
} from '../../../src/conversation/policy/turn.ts';
import type { Message } from '../../../src/conversation/state/rows.ts';
import { texts } from '../../../src/texts/index.ts';
import { tellCounted } from '../../counted.ts';
import { ADDRESS, Talk } from '../conversation.ts';

// Decisions about messages, turns and attempts.

describe('a text', () => {
  test('opens a turn, is consumed by the result that lists it, and the turn ends with one reply', () => {
    const talk = new Talk();
    const hello = talk.text('hello');
    expect(talk.attempt).toMatchObject({ n: 1, state: 'requested' });
    talk.taken();
    talk.machine({ type: 'session', session_id: '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10' });
    talk.answer('hi', hello);
    expect(talk.state.projects[0]?.sessionId).toBe('7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10');
    expect(talk.state.messages.map((m) => m.state)).toEqual(['consumed']);
    expect(talk.state.turns.map((t) => t.state)).toEqual(['done']);
    expect(talk.bodies).toEqual(['hi']);
  });

  test('is not consumed by a result that does not list it: the next attempt asks for it again', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    talk.machine({ type: 'result', text: 'x', is_error: false, user_message_uuids: [], cost_usd: 0 });
    talk.machine({ type: 'ended', outcome: 'done', reason: '' });
    expect(talk.attempt.n).toBe(2);
    expect(talk.state.messages.find((m) => m.seq === one.seq)?.state).toBe('active');
  });

  test('that comes during a turn waits and is taken with the others, oldest first', () => {
    const talk = new Talk();
    const first = talk.text('1');
    talk.text('2');
    talk.text('3');
    talk.taken();
    talk.answer('ok', first);
    const active = talk.state.messages.filter((m) => m.state === 'active');
    expect(active.map((m) => m.text)).toEqual(['2', '3']);
    expect(talk.state.turns.filter((t) => t.state === 'open')).toHaveLength(1);
  });

  test('beyond the queue’s bound is refused in words; those before it stay', () => {
    const talk = new Talk();
    for (let n = 0; n <= QUEUE_MAX; n++) talk.text(`${n}`);
    talk.text('one too many');
    expect(talk.state.messages.filter((m) => m.state === 'waiting')).toHaveLength(QUEUE_MAX);
    expect(talk.bodies).toEqual([texts.queueFull(QUEUE_MAX)]);
  });

  test('brought back by /retry is taken with no more others than a machine takes at once', () => {
    const talk = new Talk();
    talk.text('first');
    for (let n = 0; n < QUEUE_MAX; n++) talk.text(`${n}`);
    talk.on({ type: 'attempt-refused', attempt: talk.ref, reason: 'no' });
    talk.on({ type: 'attempt-refused', attempt: talk.ref, reason: 'no' });
    talk.text('/retry');
    const active = talk.state.messages.filter((m) => m.state === 'active');
    expect(active).toHaveLength(QUEUE_MAX);
    expect(active[0]?.text).toBe('first');
  });

  test('is gathered with what follows quickly, five seconds at most', () => {
    const talk = new Talk(1000);
    talk.text('so');
    for (let n = 0; n < 12; n++) {
      const due = talk.state.timers.find((t) => t.kind === 'gather')?.dueAt ?? 0;
      if (due <= talk.now + 700) break;
      talk.now += 700;
      talk.text(`and ${n}`);
    }
    talk.fire('gather');
    expect(talk.now - 1_000_000).toBe(GATHER_MAX_MS);
    const last = talk.state.messages.filter((m) => m.state === 'active').at(-1);
    expect((last?.receivedAt ?? 0) - 1_000_000).toBeLessThanOrEqual(GATHER_MAX_MS);
    expect(talk.state.timers.some((t) => t.kind === 'gather')).toBe(false);
  });

  test('alone is taken when its quiet time is over', () => {
    const talk = new Talk(1000);
    talk.text('so');
    expect(talk.state.turns).toEqual([]);
    talk.fire('gather');
    expect(talk.now).toBe(1_001_000);
    expect(talk.attempt.state).toBe('requested');
  });
});

describe('events', () => {
  test('of an older attempt, or applied already, change nothing', () => {
    const talk = new Talk();
    talk.text('hello');
    const old = talk.ref;
    talk.taken();
    talk.machine({ type: 'started' });
    const before = talk.state;
    talk.on({ type: 'machine', attempt: old, journal: 'J1', seq: 1, event: { type: 'ending' } });
    expect(talk.state).toBe(before);
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'stopped' });
    expect(talk.attempt.n).toBe(2);
    const next = talk.state;
    talk.on({ type: 'machine', attempt: old, journal: 'J1', seq: 3, event: { type: 'ending' } });
    expect(talk.state).toBe(next);
  });

  test('with a gap are not applied: the stream is read again from the last applied one', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    talk.on({ type: 'machine', attempt: talk.ref, journal: 'J1', seq: 3, event: { type: 'ending' } });
    expect(talk.attempt).toMatchObject({ n: 1, state: 'running', lastSeq: 0 });
    expect(talk.state.timers.some((t) => t.kind === 'reach')).toBe(true);
  });

  test('from another journal close the attempt as lost and begin the next', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken('J1');
    talk.machine({ type: 'started' }, 'J2');
    expect(talk.state.attempts.map((a) => [a.n, a.outcome])).toEqual([
      [1, 'lost'],
      [2, null],
    ]);
  });
});

test('an event that only a newer machine knows is counted and ignored', () => {
  const talk = new Talk();
  talk.text('hello');
  talk.taken();
  talk.on({ type: 'machine', attempt: talk.ref, journal: 'J1', seq: 1, event: { type: 'unknown' } });
  expect(talk.attempt.lastSeq).toBe(1);
});

describe('a machine that fails', () => {
  test('is asked again for the same attempt, ever more rarely; the person is told once, after a while', () => {
    const talk = new Talk();
    talk.text('hello');
    const waits: number[] = [];
    for (let n = 0; n < 9; n++) {
      talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'refused' });
      expect(wantsAttach(talk.state, talk.now)).toBe(false);
      talk.on({ type: 'heartbeat' });
      const before = talk.now;
      talk.fire('reach');
      waits.push(talk.now - before);
      expect(wantsAttach(talk.state, talk.now)).toBe(true);
    }
    expect(waits).toEqual([...REACH_BACKOFF_MS, 30_000, 30_000]);
    expect(talk.attempt.n).toBe(1);
    expect(talk.bodies).toEqual([texts.unreachable]);
  });

  test('by saying nothing at all is mentioned as soon as one that refuses', () => {
    const talk = new Talk();
    talk.text('hello');
    for (const until = talk.now + TELL_UNREACHABLE_MS; talk.now < until; ) {
      expect(talk.bodies).toEqual([]);
      talk.now = findNextAlarm(talk.state, talk.now) ?? Number.POSITIVE_INFINITY;
      expect(talk.now).toBeLessThanOrEqual(until);
    }
    talk.on({ type: 'heartbeat' });
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).toEqual([texts.unreachable]);
  });

  test('for a moment only is not mentioned: the stream is open again', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'cut' });
    talk.now += 500;
    talk.on({ type: 'attached', attempt: talk.ref, steady: false });
    talk.now += TELL_UNREACHABLE_MS;
    talk.on({ type: 'heartbeat' });
    talk.on({ type: 'attached', attempt: talk.ref, steady: true });
    talk.now += REACH_GIVE_UP_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).not.toContain(texts.unreachable);
    expect(talk.state.turns[0]).toMatchObject({ unreachableSince: null, tellAt: null });
  });

  test('with streams that only ever open is told, and given up in the end', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    for (let n = 0; n < 1000 && talk.state.turns.some((t) => t.state === 'open'); n++) {
      talk.on({ type: 'attached', attempt: talk.ref, steady: false });
      talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'an event outside the protocol' });
      const reach = talk.state.timers.find((t) => t.kind === 'reach')?.dueAt ?? 0;
      for (
        let at = findNextAlarm(talk.state, talk.now) ?? reach;
        at < reach;
        at = findNextAlarm(talk.state, talk.now) ?? reach
      ) {
        talk.now = at;
        talk.on({ type: 'heartbeat' });
      }
      if (talk.state.attempts.some((a) => a.state !== 'ended')) talk.fire('reach');
    }
    expect(talk.bodies).toEqual([texts.unreachable, texts.givenUp('unreachable', [])]);
    expect(talk.now - 1_000_000).toBeLessThan(2 * REACH_GIVE_UP_MS);
  });

  test('that only sends signs of life is not waited for forever', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    talk.now += TURN_MS + TURN_MARGIN_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).toEqual([texts.givenUp('overdue', [])]);
    expect(talk.state.messages.map((m) => m.state)).toEqual(['failed']);
  });

  test('after its answer has come changes nothing any more', () => {
    for (const type of ['attempt-lost', 'unreachable'] as const) {
      const talk = new Talk();
      const hello = talk.text('hello');
      talk.taken();
      const answer = { text: 'the answer', is_error: false, user_message_uuids: [hello.uuid], cost_usd: 0 };
      talk.machine({ type: 'result', ...answer });
      talk.on({ type, attempt: talk.ref, reason: '' });
      talk.now += REACH_GIVE_UP_MS;
      talk.on({ type: 'heartbeat' });
      if (type === 'unreachable') talk.on({ type, attempt: talk.ref, reason: '' });
      expect(talk.bodies).toEqual(['the answer']);
      expect(talk.state.turns.map((t) => t.state)).toEqual(['done']);
      expect(talk.state.attempts.every((a) => a.state === 'ended')).toBe(true);
    }
  });

  test('for an hour ends the turn in words, and /retry brings the messages back in order', () => {
    const talk = new Talk();
    talk.text('one');
    talk.text('two');
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'refused' });
    talk.now += REACH_GIVE_UP_MS;
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'refused' });
    expect(talk.bodies).not.toContain(texts.givenUp('unreachable', ['one']));
    talk.fire('given-up');
    expect(talk.bodies.at(-1)).toBe(texts.givenUp('unreachable', ['one']));
    expect(talk.state.messages.map((m) => [m.text, m.state])).toEqual([
      ['one', 'failed'],
      ['two', 'active'],
    ]);
    talk.text('/retry');
    expect(talk.state.messages.find((m) => m.text === 'one')?.state).toBe('waiting');
    expect(talk.bodies.at(-1)).toBe(texts.retrying(1));
    expect(talk.state.messages.find((m) => m.text === 'one')?.tried).toBe(true);
  });

  test('by cutting attempts is tried five times: at once, then after 5, 10, 20 seconds', () => {
    const talk = new Talk();
    talk.text('hello');
    const waits: number[] = [];
    for (let n = 1; n < CRASHES_MAX; n++) {
      talk.taken();
      talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'killed' });
      const before = talk.now;
      if (talk.state.timers.some((t) => t.kind === 'attempt')) talk.fire('attempt');
      waits.push(talk.now - before);
      expect(talk.attempt.n).toBe(n + 1);
    }
    talk.taken();
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'killed' });
    expect(waits).toEqual([0, 5_000, 10_000, 20_000]);
    expect(talk.bodies).toEqual([texts.givenUp('tries', [])]);
    expect(talk.state.messages.map((m) => m.state)).toEqual(['failed']);
  });

  test('for good is said at once', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'the key was refused' });
    expect(talk.bodies).toEqual([texts.givenUp('agent', [])]);
    talk.text('again');
    talk.on({ type: 'attempt-refused', attempt: talk.ref, reason: 'invalid_request' });
    expect(talk.bodies.at(-1)).toBe(texts.givenUp('refused', []));
  });
});

describe('words for people', () => {
  test('an empty answer still says something; an error of the API is not shown', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    talk.answer('', one);
    expect(talk.bodies).toEqual([texts.emptyAnswer]);
    const two = talk.text('two');
    talk.taken();
    const raw = 'API Error: 500 {"type":"error"}';
    talk.machine({ type: 'result', text: raw, is_error: true, user_message_uuids: [two.uuid], cost_usd: 0 });
    expect(talk.bodies.at(-1)).toBe(texts.agentError);
    talk.machine({ type: 'ended', outcome: 'done', reason: '' });
    // The sentence is true: the text waits for /retry, and the agent does not take it for the one at which it failed.
    talk.text('/retry');
    expect(talk.bodies.at(-1)).toBe(texts.retrying(1));
    const again = talk.state.messages.find((m) => m.seq === two.seq);
    expect(again).toMatchObject({ state: 'active', tried: false });
    expect(again?.uuid).not.toBe(two.uuid);
    talk.taken();
    talk.answer('there', again as Message);
    expect(talk.bodies.at(-1)).toBe('there');
    expect(talk.state.messages.find((m) => m.seq === two.seq)?.state).toBe('consumed');
  });

  test('a lost session is reported, and forgotten', () => {
    const talk = new Talk();
    talk.text('one');
    talk.taken();
    talk.machine({ type: 'session_lost', session_id: '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10' });
    expect(talk.bodies).toEqual([texts.sessionLost]);
    expect(talk.state.projects[0]?.sessionId).toBeNull();
  });

  test('the message about a lost session says so when the new one knows nothing of it', () => {
    const talk = new Talk();
    talk.text('one');
    talk.taken();
    talk.machine({ type: 'session_lost', session_id: '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10', seeded: false });
    expect(talk.bodies).toEqual([texts.sessionForgotten]);
  });

  test('an answer that is too long to keep whole says so where it ends, and the next one is whole again', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    const parts = `${'x'.repeat(99_998)}\n\n`.repeat(7);
    talk.answer(parts, one);
    const markdown = talk.state.pages[0]?.markdown ?? '';
    expect(markdown).toBe(`${parts.slice(0, PAGE_MAX_CHARS)}\n\n${texts.pageCut}`);
    const two = talk.text('two');
    talk.taken();
    talk.answer(parts.slice(0, PAGE_MAX_CHARS), two);
    expect(talk.state.pages.at(-1)?.markdown).not.toContain(texts.pageCut);
  });

  test('commands are whole words in any case; everything else is the agent’s', () => {
    const talk = new Talk();
    talk.text('  /HELP please');
    expect(talk.bodies[0]).toContain('/retry');
    talk.text('/helpx');
    expect(talk.bodies.at(-1)).toBe(texts.isItMeant('/help', false));
    talk.text('/compact please');
    expect(talk.state.messages.at(-1)?.state).toBe('active');
  });
});

describe('the alarm', () => {
  test('is none for an idle conversation, the heartbeat while something is in flight', () => {
    const talk = new Talk();
    expect(findNextAlarm(talk.state, talk.now)).toBeNull();
    talk.text('hello');
    talk.taken();
    expect(findNextAlarm(talk.state, talk.now)).toBe(talk.now + HEARTBEAT_MS);
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: '' });
    expect(findNextAlarm(talk.state, talk.now)).toBe(talk.now + REACH_BACKOFF_MS[0]);
  });

  test('comes more rarely after half a minute, until something is in doubt or a reply leaves', (context) => {
    const talk = new Talk();
    const hello = talk.text('hello');
    talk.taken();
    const next = (): number => (findNextAlarm(talk.state, talk.now) ?? 0) - talk.now;
    talk.now += CALM_AFTER_MS - 1;
    expect(next()).toBe(HEARTBEAT_MS);
    talk.now += 1;
    expect(next()).toBe(CALM_HEARTBEAT_MS);
    let alarms = 0;
    for (let at = CALM_AFTER_MS; at < 10 * 60_000; at += next()) {
      alarms += 1;
      talk.now += next();
    }
    tellCounted(context, { 'alarms of an attempt of ten minutes': CALM_AFTER_MS / HEARTBEAT_MS + alarms });
    expect(alarms).toBe(38);
    const calm = talk.state;
    talk.text('/stop');
    expect(next()).toBeLessThanOrEqual(HEARTBEAT_MS);
    talk.state = calm;
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: '' });
    talk.now += 120_000;
    expect(next()).toBe(HEARTBEAT_MS);
    talk.state = calm;
    talk.answer('hi', hello);
    expect(next()).toBe(HEARTBEAT_MS);
  });

  test('shows typing again while the agent works, and stops with it', () => {
    const talk = new Talk();
    const hello = talk.text('hello');
    talk.taken();
    const before = talk.state.conversation.typingAt;
    talk.now += HEARTBEAT_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.state.conversation.typingAt).toBe(before);
    talk.now += TYPING_REFRESH_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.state.conversation.typingAt).toBe(talk.now);
    expect(talk.effects).toEqual([{ do: 'typing', to: ADDRESS, messageId: hello.providerId }]);
    talk.answer('hi', hello);
    talk.now += HEARTBEAT_MS;
    const after = talk.state;
    talk.on({ type: 'heartbeat' });
    expect(talk.state).toBe(after);
  });
});
