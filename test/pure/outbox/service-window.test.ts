import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keepHeld, mergeHeld, parkHeldTooLong } from '../../../src/conversation/outbox/service-window.ts';
import {
  COPY_RETRY_MS,
  HELD_FOR_MS,
  HELD_MAX,
  NUDGE_EVERY_MS,
  RECONCILE_MS,
  REPLIES_MAX,
  SEND_FOR_MS,
  SEND_PACE_MS,
  WINDOW_MS,
} from '../../../src/conversation/policy/outbox.ts';
import { PROGRESS_FIRST_MS } from '../../../src/conversation/policy/turn.ts';
import type { Failure } from '../../../src/conversation/state/failure.ts';
import type { Reply, ReplyState } from '../../../src/conversation/state/rows.ts';
import { withTimer } from '../../../src/conversation/state/state.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// Replies that the carrier refuses, at once or after it had accepted them.

const DAY = 24 * 60 * 60_000;
const TEMPLATE = `HX${'0'.repeat(32)}`;
/** More sends than any test needs at one moment. */
const AT_ONCE_MAX = 500;
let sids = 0;

/** Sends replies until nothing can be sent now; the carrier accepts each. */
function sendAll(talk: Talk): Reply[] {
  const taken: Reply[] = [];
  for (let n = 0; ; n++) {
    if (n > AT_ONCE_MAX) throw new Error('there is always another reply to send');
    talk.now = Math.max(talk.now, talk.state.conversation.paceUntil);
    const before = talk.state;
    talk.on({ type: 'send-begin' });
    const sending = talk.state.replies.find((r) => r.state === 'sending');
    if (sending) {
      const { id: reply, attempt } = sending;
      talk.on({ type: 'send-accepted', reply, attempt, sid: `SM${++sids}` });
      taken.push(sending);
    } else if (talk.state === before) return taken;
  }
}

function fails(talk: Talk, reply: Reply, code: number, failure: Failure): void {
  const { id, attempt } = reply;
  const sid = talk.state.replies.find((r) => r.id === id)?.sid ?? '';
  talk.on({ type: 'status', reply: id, attempt, sid, status: 'failed', errorCode: code, failure });
}

function answered(talk: Talk, text: string, ...parts: string[]): Reply[] {
  const message = talk.text(text);
  talk.taken();
  talk.answer(parts.join('\n\n'), message);
  return sendAll(talk);
}

const outbox = (talk: Talk): string[] => talk.state.replies.map((r) => `${r.kind} ${r.state}: ${r.body}`);
const causes = (talk: Talk): string[] => talk.state.timers.filter((t) => t.kind === 'alert').map((t) => t.ref);
const timer = (talk: Talk, kind: string) => talk.state.timers.find((t) => t.kind === kind);

describe('a closed window', () => {
  test('lets all that was held leave once and in its order, however much it is', () => {
    const words = fc.array(fc.integer({ min: 1, max: 1200 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(words, (lengths) => {
        const talk = new Talk();
        const [one] = answered(talk, 'hello', 'word 0 is the first');
        fails(talk, one as Reply, 63016, 'window');
        const later = lengths.map((length, n) => `word ${n + 1} ${'x'.repeat(length)}`);
        for (const [n, text] of later.entries()) talk.on({ type: 'notify', id: `N${n}`, kind: 'alert', text });
        expect(sendAll(talk)).toEqual([]);
        talk.text('I am back');
        expect(sendAll(talk).flatMap((r) => r.body.split('\n\n'))).toEqual(['word 0 is the first', ...later]);
      }),
    );
  });

  test('is one that the newest text does not keep open: 24 hours from it, and not after a refusal', () => {
    const step = fc.record({ ms: fc.integer({ min: 1, max: 3 * DAY }), isRefused: fc.boolean() });
    const after = fc.oneof(fc.integer({ min: 0, max: 2 * DAY }), fc.constantFrom(DAY - 1, DAY));
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 6 }), after, (texts, ms) => {
        const talk = new Talk();
        let wroteAt = 0;
        for (const [n, text] of texts.entries()) {
          talk.now += text.ms;
          wroteAt = talk.now;
          const last = answered(talk, 'hello', `answer ${n}`).at(-1);
          expect(last?.body).toContain(`answer ${n}`);
          if (text.isRefused) fails(talk, last as Reply, 63016, 'window');
        }
        talk.now = wroteAt + ms;
        talk.on({ type: 'notify', id: 'N', kind: 'alert', text: 'news' });
        const isOpen = talk.now - wroteAt < DAY && texts.at(-1)?.isRefused === false;
        expect(sendAll(talk).map(({ body }) => body)).toEqual(isOpen ? ['news'] : []);
      }),
    );
  });

  test('is open again with a text found late that was written in the second of the refusal, not with an older one', () => {
    const opens = (ms: number): boolean => {
      const talk = new Talk();
      talk.now = 500;
      const [one] = answered(talk, 'hello', 'first');
      fails(talk, one as Reply, 63016, 'window');
      talk.now += DAY / 8;
      const predecessor = talk.state.messages.at(-1)?.providerId ?? '';
      talk.text('I am back', 0, { late: true, receivedAt: ms, predecessor });
      return sendAll(talk).some(({ body }) => body.includes('first'));
    };
    expect([opens(0), opens(-1000)]).toEqual([true, false]);
  });

  test('told in a callback holds the reply and what follows; the next text lets all of it leave first, merged', () => {
    const talk = new Talk();
    const [one] = answered(talk, 'hello', 'first');
    fails(talk, one as Reply, 63016, 'window');
    expect(outbox(talk)).toEqual(['answer held: first']);
    expect(causes(talk)).toEqual(['window-closed']);
    // The message was refused: a late `sent` is no news.
    talk.on({
      type: 'status',
      reply: one?.id ?? '',
      attempt: 1,
      sid: `SM${sids}`,
      status: 'sent',
      errorCode: null,
      failure: null,
    });
    expect(outbox(talk)).toEqual(['answer held: first']);
    talk.on({ type: 'notify', id: 'N1', kind: 'alert', text: 'second' });
    expect(sendAll(talk)).toEqual([]);
    expect(outbox(talk)).toEqual(['answer held: first', 'alert held: second']);
    const next = talk.text('I am back');
    talk.taken();
    talk.answer('third', next);
    expect(sendAll(talk).map((r) => r.body)).toEqual(['first\n\nsecond', 'third']);
    expect(timer(talk, 'held')).toBeUndefined();
  });

  test('opened while newer replies are ready: the held ones leave before those', () => {
    const talk = new Talk();
    const [one] = answered(talk, 'hello', 'first');
    fails(talk, one as Reply, 63016, 'window');
    talk.on({ type: 'notify', id: 'N1', kind: 'alert', text: 'second' });
    talk.text('/verbose on');
    expect(sendAll(talk).map((r) => r.body)).toEqual([texts.verbose(true), 'first', 'second']);
  });

  test('is known by the clock as well, without a vain try', () => {
    const talk = new Talk();
    const message = talk.text('hello');
    talk.taken();
    talk.now += WINDOW_MS;
    talk.answer('late', message);
    expect(sendAll(talk)).toEqual([]);
    expect(outbox(talk)).toEqual(['answer held: late']);
  });

  test('opened by a command: its answer is first', () => {
    const talk = new Talk();
    const [one] = answered(talk, 'hello', 'first');
    fails(talk, one as Reply, 63016, 'window');
    talk.text('/verbose on');
    expect(sendAll(talk).map((r) => r.body)).toEqual([texts.verbose(true), 'first']);
  });

  test('is nudged about once, by the template, and again at the next closing a day later', () => {
    const talk = new Talk(0, { nudgeTemplate: TEMPLATE });
    const [one, two] = answered(talk, 'hello', 'first', 'second');
    fails(talk, one as Reply, 63016, 'window');
    fails(talk, two as Reply, 63016, 'window');
    expect(sendAll(talk)).toMatchObject([{ kind: 'nudge', template: TEMPLATE, body: '' }]);
    expect(causes(talk)).toEqual([]);
    talk.now += 1000;
    const [three] = answered(talk, 'back', 'third').slice(-1);
    fails(talk, three as Reply, 63016, 'window');
    expect(sendAll(talk)).toEqual([]);
    talk.now += NUDGE_EVERY_MS;
    const [four] = answered(talk, 'back again', 'fourth').slice(-1);
    fails(talk, four as Reply, 63016, 'window');
    expect(sendAll(talk)).toMatchObject([{ kind: 'nudge' }]);
  });

  test('and a refused template tells the operator', () => {
    const talk = new Talk(0, { nudgeTemplate: TEMPLATE });
    const [one] = answered(talk, 'hello', 'first');
    fails(talk, one as Reply, 63016, 'window');
    const [nudge] = sendAll(talk);
    fails(talk, nudge as Reply, 63041, 'other');
    expect(causes(talk)).toEqual(['nudge-refused/63041']);
  });

  test('holds twenty replies for seven days; the rest is kept back; all of it leaves when the person writes', () => {
    const talk = new Talk();
    answered(talk, 'hello', 'hi');
    talk.now += WINDOW_MS;
    for (let n = 0; n < HELD_MAX + 2; n++) talk.on({ type: 'notify', id: `N${n}`, kind: 'notice', text: `${n}` });
    sendAll(talk);
    const count = (state: ReplyState): number => talk.state.replies.filter((r) => r.state === state).length;
    expect([count('held'), count('parked')]).toEqual([HELD_MAX, 2]);
    expect(causes(talk)).toContain('held-too-long');
    talk.now = timer(talk, 'held')?.dueAt ?? 0;
    talk.fire('held');
    expect([count('held'), count('parked')]).toEqual([0, HELD_MAX + 2]);
    expect(timer(talk, 'held')).toBeUndefined();
    talk.text('/queue');
    const said = sendAll(talk).slice(1);
    const all = Array.from({ length: HELD_MAX + 2 }, (_, n) => `${n}`);
    expect(said.flatMap(({ body }) => body.split('\n\n'))).toEqual(all);
    // Only once.
    talk.text('/queue');
    expect(sendAll(talk)).toHaveLength(1);
  });

  test('keeps back what is beyond twenty, and it leaves first with the next text', () => {
    const talk = new Talk();
    answered(talk, 'hello', 'hi');
    talk.now += WINDOW_MS;
    for (let n = 0; n < HELD_MAX + 2; n++) talk.on({ type: 'notify', id: `N${n}`, kind: 'notice', text: `${n}` });
    sendAll(talk);
    talk.text('/queue');
    const said = sendAll(talk)
      .slice(1)
      .flatMap(({ body }) => body.split('\n\n'));
    expect(said).toEqual(Array.from({ length: HELD_MAX + 2 }, (_, n) => `${n}`));
  });

  test('keeps an alert without alerting about it', () => {
    const talk = new Talk();
    answered(talk, 'hello', 'hi');
    talk.now += WINDOW_MS;
    talk.on({ type: 'notify', id: 'N1', kind: 'alert', text: 'something is wrong' });
    sendAll(talk);
    talk.now = timer(talk, 'held')?.dueAt ?? 0;
    talk.fire('held');
    expect(outbox(talk).at(-1)).toBe('alert parked: something is wrong');
    expect(causes(talk)).toEqual([]);
  });

  test('does not keep messages that are out of date by then', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    talk.now += WINDOW_MS;
    talk.on({ type: 'heartbeat' });
    sendAll(talk);
    expect(talk.state.replies.every((r) => r.state !== 'held' || r.kind !== 'progress')).toBe(true);
  });

  test('merges in order and below the carrier’s limit', () => {
    const replies = ['a'.repeat(700), 'b'.repeat(700), 'c'.repeat(700)].map((body) => ({
      body,
      kind: 'answer',
      turn: null,
    }));
    expect(mergeHeld(replies as Reply[]).map(({ body }) => body.length)).toEqual([1402, 700]);
  });
});

describe('a refusal after the carrier had taken it', () => {
  test('is heard once, in whatever order and however often callbacks come', () => {
    const told = fc.constantFrom<readonly ReplyState[]>(['sent', 'delivered', 'read'], ['sent', 'failed']);
    fc.assert(
      fc.property(told, fc.array(fc.nat(5), { maxLength: 8 }), (statuses, order) => {
        const talk = new Talk();
        const [{ id, attempt } = { id: '', attempt: 0 }] = answered(talk, 'hello', 'first');
        const sid = `SM${sids}`;
        const some = order.flatMap((n) => statuses[n] ?? []);
        for (const status of [...some, ...statuses, ...some]) {
          const isFailed = status === 'failed';
          const why = { errorCode: isFailed ? 63018 : null, failure: isFailed ? ('pair' as const) : null };
          talk.on({ type: 'status', reply: id, attempt, sid, status, ...why });
        }
        // Its words are sent once more, because they did not arrive.
        const isLost = statuses.includes('failed');
        expect(outbox(talk)).toEqual(
          isLost ? ['answer replaced: first', 'answer ready: first'] : ['answer read: first'],
        );
      }),
    );
  });

  test('for its rate is sent again as a new row, later each time; after a day it holds up nobody, and leaves by itself', () => {
    const talk = new Talk();
    let [reply] = answered(talk, 'hello', 'first');
    const begun = talk.now;
    const waits: number[] = [];
    for (let n = 0; talk.now - begun < SEND_FOR_MS; n++) {
      // The person writes from time to time, so the window stays open.
      if (n % 50 === 0) talk.text('/verbose');
      sendAll(talk);
      fails(talk, reply as Reply, 63018, 'pair');
      if (talk.state.replies.at(-1)?.state === 'held') break;
      waits.push((timer(talk, 'send')?.dueAt ?? 0) - talk.now);
      talk.fire('send');
      reply = sendAll(talk).at(-1);
    }
    expect(waits.slice(0, COPY_RETRY_MS.length)).toEqual([...COPY_RETRY_MS]);
    fails(talk, reply as Reply, 63018, 'pair');
    expect(talk.state.replies.at(-1)).toMatchObject({ state: 'held', body: 'first' });
    expect(causes(talk)).toEqual(['reply-waits/63018']);
    talk.text('/queue');
    expect(sendAll(talk).map(({ body }) => body)).toContain('first');
  });

  test('never shortens a wait another refusal asked for, nor ends it', () => {
    const talk = new Talk();
    const [one] = answered(talk, 'hello', 'first');
    talk.on({ type: 'notify', id: 'N1', kind: 'notice', text: 'second' });
    talk.now += SEND_PACE_MS;
    talk.on({ type: 'send-begin' });
    talk.on({ type: 'send-refused', reply: 'N1', attempt: 1, code: 20429, failure: 'rate', retryAfterMs: 600_000 });
    const until = talk.now + 600_000;
    fails(talk, one as Reply, 63018, 'rate');
    expect(timer(talk, 'send')?.dueAt).toBe(until);
  });

  test('of a word that the work goes on is the end of it', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    talk.now += PROGRESS_FIRST_MS;
    talk.on({ type: 'heartbeat' });
    const [word] = sendAll(talk);
    fails(talk, word as Reply, 63018, 'rate');
    expect(outbox(talk)).toEqual([expect.stringContaining('progress dropped')]);
  });

  test('for its words, or for reasons nobody knows, is said to the person; where nothing can be said, to the operator alone', () => {
    for (const [code, failure] of [
      [63021, 'content'],
      [63049, 'other'],
    ] as const) {
      const talk = new Talk();
      const [one] = answered(talk, 'hello', 'first');
      fails(talk, one as Reply, code, failure);
      expect(outbox(talk)).toEqual(['answer failed: first', `notice ready: ${texts.undelivered('answer', failure)}`]);
      expect(causes(talk)).toEqual([`reply-refused/${code}`]);
      // The carrier may refuse that message as well; nothing reports it again.
      const [notice] = sendAll(talk);
      fails(talk, notice as Reply, code, failure);
      expect(outbox(talk)).toHaveLength(2);
    }
    const blocked = new Talk();
    const [two] = answered(blocked, 'hello', 'first');
    fails(blocked, two as Reply, 63014, 'recipient');
    expect(outbox(blocked)).toEqual(['answer failed: first']);
    expect(causes(blocked)).toEqual(['reply-refused/63014']);
  });

  test.each(['question', 'reminder', 'notice'] as const)('of a %s is reported, too', (kind) => {
    const talk = new Talk();
    talk.on({ type: 'notify', id: 'N1', kind, text: 'words' });
    const [one] = sendAll(talk);
    fails(talk, one as Reply, 12345, 'other');
    expect(outbox(talk)).toEqual([`${kind} failed: words`, `notice ready: ${texts.undelivered(kind, 'other')}`]);
  });

  test('leaves a failed reply to the operator, who can send it again', () => {
    const talk = new Talk();
    const [one] = answered(talk, 'hello', 'first');
    fails(talk, one as Reply, 63032, 'other');
    talk.on({ type: 'resend', reply: one?.id ?? '' });
    const said = texts.undelivered('answer', 'other');
    expect(sendAll(talk).map((r) => r.body)).toEqual([said, 'first']);
    expect(outbox(talk)).toEqual(['answer replaced: first', `notice accepted: ${said}`, 'answer accepted: first']);
  });
});

describe('twice', () => {
  test('is counted when the message of an older try shows up after all, once', () => {
    const talk = new Talk();
    const message = talk.text('hello');
    talk.taken();
    talk.answer('first', message);
    talk.on({ type: 'send-begin' });
    const reply = talk.reply().id;
    talk.on({ type: 'send-unknown', reply, attempt: 1 });
    for (const _ of RECONCILE_MS) {
      talk.fire('reconcile');
      talk.on({ type: 'reconciled', reply, found: null });
    }
    sendAll(talk);
    for (const status of ['sent', 'delivered'] as const) {
      talk.on({ type: 'status', reply, attempt: 1, sid: 'SMold', status, errorCode: null, failure: null });
    }
    expect(talk.reply()).toMatchObject({ state: 'accepted', attempt: 2, doubledSid: 'SMold' });
    expect(causes(talk)).toEqual(['reply-doubled']);
  });
});

describe('a person who opted out', () => {
  const address = '+15555550123';
  const sms = (): Talk => {
    const talk = new Talk();
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, address, sender: '+15555550100' } };
    return talk;
  };

  test('gets nothing: answers are parked, the rest dropped; START lets the answers leave, however long it took', () => {
    const talk = sms();
    const message = talk.text('hello');
    talk.taken();
    talk.text('STOP', 0, { optOut: 'stop' });
    talk.answer('first', message);
    talk.text('anything');
    expect(sendAll(talk)).toEqual([]);
    expect(outbox(talk)).toEqual(['answer parked: first']);
    expect(talk.state.messages.map((m) => m.state)).toEqual(['consumed', 'consumed', 'failed']);
    talk.now += 30 * HELD_FOR_MS;
    talk.text('START', 0, { optOut: 'start' });
    expect(sendAll(talk).map((r) => r.body)).toEqual(['first', texts.optedBack(1)]);
  });

  test('is known by the carrier’s refusal as well', () => {
    const talk = sms();
    const message = talk.text('hello');
    talk.taken();
    talk.answer('first\n\nsecond', message);
    talk.on({ type: 'send-begin' });
    const { id: reply } = talk.reply();
    talk.on({ type: 'send-refused', reply, attempt: 1, code: 21610, failure: 'opted-out', retryAfterMs: null });
    expect(outbox(talk)).toEqual(['answer parked: first', 'answer parked: second']);
    expect(talk.state.conversation.optedOutAt).toBe(talk.now);
  });

  test('on WhatsApp, and writes again, gets what was kept back, then the answer', () => {
    const talk = new Talk();
    const [one] = answered(talk, 'hello', 'first');
    fails(talk, one as Reply, 63033, 'opted-out');
    expect(talk.state.conversation.optedOutAt).toBe(talk.now);
    expect(answered(talk, 'are you there?', 'yes').map((r) => r.body)).toEqual(['first', 'yes']);
    expect(talk.state.conversation.optedOutAt).toBeNull();
  });

  test('on WhatsApp, and sends START when the window is closed, gets at once what was kept back', () => {
    const talk = new Talk();
    const [one] = answered(talk, 'hello', 'first');
    fails(talk, one as Reply, 63033, 'opted-out');
    talk.now += 2 * WINDOW_MS;
    talk.text('START', 0, { optOut: 'start' });
    expect(sendAll(talk).map((r) => r.body)).toEqual(['first']);
  });

  test('HELP is the carrier’s, and YES is a word to someone who never left', () => {
    const talk = sms();
    talk.text('HELP', 0, { optOut: 'help' });
    talk.text('yes', 0, { optOut: 'start' });
    expect(talk.bodies).toEqual([]);
    expect(talk.state.messages.map((m) => m.state)).toEqual(['consumed', 'active']);
  });
});

test.each([
  { open: REPLIES_MAX, what: 'stays, because a held reply may be behind what was read' },
  { open: REPLIES_MAX - 1, what: 'goes' },
])('the timer of held replies, with $open open replies and none of them held, $what', ({ open }) => {
  const talk = new Talk(0);
  for (let n = 0; n < open; n++) talk.on({ type: 'notify', id: `n${n}`, kind: 'alert', text: `${n}` });
  expect(talk.state.replies).toHaveLength(open);
  const timer = { kind: 'held', ref: '', dueAt: talk.now + 1000, attempts: 0 } as const;
  const waiting = withTimer(talk.state, timer);
  const heldTimers = (state: typeof talk.state) => state.timers.filter(({ kind }) => kind === 'held');
  const isLong = open >= REPLIES_MAX;
  expect(heldTimers(keepHeld(waiting, talk.now))).toEqual(isLong ? [timer] : []);
  const later = { ...timer, dueAt: timer.dueAt + HELD_FOR_MS };
  expect(heldTimers(parkHeldTooLong(waiting, timer.dueAt))).toEqual(isLong ? [later] : []);
});
