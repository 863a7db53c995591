import { describe, expect, test } from 'vitest';
import { findNextAlarm } from '../../../src/conversation/alarm.ts';
import { findDueLookUp, wantsSend } from '../../../src/conversation/lanes.ts';
import { findSendable } from '../../../src/conversation/outbox/outbox.ts';
import { RECONCILE_MS, SEND_PACE_MS, WINDOW_MS } from '../../../src/conversation/policy/outbox.ts';
import { ADDRESS, Talk } from '../conversation.ts';
import { COLOURS, QuestionTalk } from '../questions/question-talk.ts';

// Decisions about replies: sent once, in order, never silently lost.

/** A conversation with one waiting reply per word. */
function withReplies(...words: string[]): Talk {
  const talk = new Talk();
  const message = talk.text('hello');
  talk.taken();
  talk.answer(words.join('\n\n'), message);
  return talk;
}

const begin = (talk: Talk): void => void talk.on({ type: 'send-begin' });
const named = (talk: Talk, nth = 0) => ({ reply: talk.reply(nth).id, attempt: talk.reply(nth).attempt });

test('an intent is committed before the request; the answer binds the carrier’s id', () => {
  const talk = withReplies('one');
  begin(talk);
  expect(talk.reply()).toMatchObject({ state: 'sending', attempt: 1, intentAt: talk.now, sid: null });
  talk.on({ type: 'send-accepted', ...named(talk), sid: 'SM1' });
  expect(talk.reply()).toMatchObject({ state: 'accepted', sid: 'SM1' });
});

test('the next part waits for `sent`, or a second', () => {
  const talk = withReplies('one', 'two');
  begin(talk);
  talk.on({ type: 'send-accepted', ...named(talk), sid: 'SM1' });
  expect(findSendable(talk.state, talk.now)).toBeNull();
  expect(findNextAlarm(talk.state, talk.now)).toBe(talk.now + SEND_PACE_MS);
  talk.on({ type: 'status', ...named(talk), sid: 'SM1', status: 'sent', errorCode: null, failure: null });
  expect(findSendable(talk.state, talk.now)?.body).toBe('two');
});

test('… or a second, when no callback comes', () => {
  const talk = withReplies('one', 'two');
  begin(talk);
  talk.on({ type: 'send-accepted', ...named(talk), sid: 'SM1' });
  talk.now = findNextAlarm(talk.state, talk.now) ?? 0;
  expect(talk.now).toBe(1_000_000 + SEND_PACE_MS);
  expect(findSendable(talk.state, talk.now)?.body).toBe('two');
});

describe('when it is unknown whether the carrier accepted it', () => {
  test('the list is asked at 2, 10, 30 and 60 seconds after the intent, then it is sent again as the next try', () => {
    const talk = withReplies('one', 'two');
    begin(talk);
    const intent = talk.now;
    talk.on({ type: 'send-unknown', ...named(talk) });
    expect(talk.reply().state).toBe('unknown');
    const asked: number[] = [];
    while (talk.reply().state === 'unknown') {
      expect(wantsSend(talk.state, talk.now)).toBe(false);
      talk.fire('reconcile');
      expect(findDueLookUp(talk.state, talk.now)?.id).toBe(talk.reply().id);
      asked.push(talk.now - intent);
      talk.on({ type: 'reconciled', reply: talk.reply().id, found: null });
    }
    expect(asked).toEqual([...RECONCILE_MS]);
    begin(talk);
    expect(talk.reply()).toMatchObject({ state: 'sending', attempt: 2 });
    expect(talk.reply(1).state).toBe('ready');
  });

  test('a callback settles it before the list does', () => {
    const talk = withReplies('one');
    begin(talk);
    talk.on({ type: 'send-unknown', ...named(talk) });
    talk.on({ type: 'status', ...named(talk), sid: 'SM7', status: 'sent', errorCode: null, failure: null });
    expect(talk.reply()).toMatchObject({ state: 'sent', sid: 'SM7' });
    expect(talk.state.timers).toEqual([]);
  });

  test('a list that cannot be read proves nothing', () => {
    const talk = withReplies('one');
    begin(talk);
    talk.on({ type: 'send-unknown', ...named(talk) });
    for (let n = 0; n < 10; n++) {
      talk.fire('reconcile');
      talk.on({ type: 'reconcile-failed', reply: talk.reply().id, reason: 'HTTP 401' });
    }
    expect(talk.reply()).toMatchObject({ state: 'unknown', attempt: 1 });
  });

  test('a reply left in `sending` by a dead sender is of that kind', () => {
    const talk = withReplies('one');
    begin(talk);
    expect(wantsSend(talk.state, talk.now)).toBe(true);
    talk.on({ type: 'send-abandoned' });
    expect(talk.reply().state).toBe('unknown');
  });
});

test('a reply that is added within the pace of another leaves when the pace is over', () => {
  const talk = new Talk();
  talk.text('/help');
  begin(talk);
  talk.on({ type: 'send-accepted', ...named(talk), sid: 'SM1' });
  talk.now += 100;
  talk.text('/help');
  expect(findNextAlarm(talk.state, talk.now)).toBe(1_000_000 + SEND_PACE_MS);
});

describe('when the carrier refuses', () => {
  test('a temporary refusal is retried after the time it names, in order', () => {
    const talk = withReplies('one', 'two');
    begin(talk);
    talk.on({ type: 'send-refused', ...named(talk), code: 20429, failure: 'rate', retryAfterMs: 7000 });
    expect(findSendable(talk.state, talk.now)).toBeNull();
    expect(talk.state.timers).toMatchObject([{ kind: 'send', dueAt: talk.now + 7000 }]);
    talk.fire('send');
    expect(findSendable(talk.state, talk.now)?.body).toBe('one');
  });

  test('a permanent refusal parks the reply with its code, and the next is sent', () => {
    const talk = withReplies('one', 'two');
    begin(talk);
    talk.on({ type: 'send-refused', ...named(talk), code: 21211, failure: 'recipient', retryAfterMs: null });
    expect(talk.reply()).toMatchObject({ state: 'parked', errorCode: 21211 });
    expect(findSendable(talk.state, talk.now)?.body).toBe('two');
  });

  test('for its rate, it never ends by count: twenty times in twenty seconds, and it waits on', () => {
    const talk = withReplies('one');
    for (let n = 0; n < 20; n++) {
      begin(talk);
      talk.on({ type: 'send-refused', ...named(talk), code: 20429, failure: 'rate', retryAfterMs: 1000 });
      if (talk.state.timers.some((t) => t.kind === 'send')) talk.fire('send');
    }
    expect(talk.reply()).toMatchObject({ state: 'ready' });
  });

  test('ten times, and then once with an unknown outcome: that one is sent again, too', () => {
    const talk = withReplies('one');
    for (let n = 0; n < 10; n++) {
      begin(talk);
      talk.on({ type: 'send-refused', ...named(talk), code: 63018, failure: 'pair', retryAfterMs: null });
      talk.fire('send');
    }
    begin(talk);
    talk.on({ type: 'send-unknown', ...named(talk) });
    for (const _ of RECONCILE_MS) {
      talk.fire('reconcile');
      talk.on({ type: 'reconciled', reply: talk.reply().id, found: null });
    }
    expect(talk.reply()).toMatchObject({ state: 'ready', attempt: 11 });
  });
});

describe('callbacks', () => {
  test('only move a reply forward, whatever order they come in', () => {
    const talk = withReplies('one');
    begin(talk);
    for (const status of ['delivered', 'sent', 'read', 'delivered'] as const) {
      talk.on({ type: 'status', ...named(talk), sid: 'SM1', status, errorCode: null, failure: null });
    }
    talk.on({ type: 'send-accepted', ...named(talk), sid: 'SM1' });
    expect(talk.reply()).toMatchObject({ state: 'read', sid: 'SM1' });
  });

  test('of another message or of a later try are not believed', () => {
    const talk = withReplies('one');
    begin(talk);
    talk.on({ type: 'send-accepted', ...named(talk), sid: 'SM1' });
    talk.on({ type: 'status', ...named(talk), sid: 'SM2', status: 'read', errorCode: null, failure: null });
    talk.on({
      type: 'status',
      reply: talk.reply().id,
      attempt: 2,
      sid: 'SM1',
      status: 'read',
      errorCode: null,
      failure: null,
    });
    expect(talk.reply().state).toBe('accepted');
  });
});

describe('a refusal for the window that comes after the person has written again', () => {
  const refused = { status: 'failed', errorCode: 63016, failure: 'window' } as const;

  test('speaks of a window that is over: the words leave again, and those after them', () => {
    const talk = withReplies('one');
    begin(talk);
    talk.on({ type: 'send-accepted', ...named(talk), sid: 'SM1' });
    talk.now += 2000;
    talk.text('/status');
    talk.on({ type: 'status', ...named(talk), sid: 'SM1', ...refused });
    expect(talk.state.replies.map((r) => r.state)).toEqual(['replaced', 'ready', 'ready']);
    expect(talk.reply(2).body).toBe('one');
  });

  test('of the copy holds it: the window is closed indeed', () => {
    const talk = withReplies('one');
    begin(talk);
    talk.on({ type: 'send-accepted', ...named(talk), sid: 'SM1' });
    talk.now += 2000;
    talk.text('/status');
    talk.on({ type: 'status', ...named(talk), sid: 'SM1', ...refused });
    for (const nth of [1, 2]) {
      talk.now += 2000;
      begin(talk);
      talk.on({ type: 'send-accepted', ...named(talk, nth), sid: `SM${nth + 1}` });
    }
    talk.on({ type: 'status', ...named(talk, 2), sid: 'SM3', ...refused });
    expect(talk.reply(2).state).toBe('held');
  });

  test('at once is tried once more', () => {
    const talk = withReplies('one');
    begin(talk);
    talk.now += 2000;
    talk.text('look at this as well');
    talk.on({ type: 'send-refused', ...named(talk), code: 63016, failure: 'window', retryAfterMs: null });
    expect(talk.reply().state).toBe('ready');
    begin(talk);
    talk.on({ type: 'send-refused', ...named(talk), code: 63016, failure: 'window', retryAfterMs: null });
    expect(talk.reply().state).toBe('held');
  });
});

test('an answer that was held together with a notice is kept as an answer', () => {
  const talk = new Talk();
  const hello = talk.text('hello');
  talk.taken();
  talk.on({ type: 'notify', id: 'N1', kind: 'notice', text: 'a notice' });
  talk.answer('one', hello);
  talk.now += WINDOW_MS;
  begin(talk);
  begin(talk);
  expect(talk.state.replies.map((r) => r.state)).toEqual(['held', 'held']);
  talk.text('/stop');
  const released = talk.state.replies.at(-1);
  expect(released).toMatchObject({ kind: 'answer', body: expect.stringContaining('one'), turn: talk.reply(1).turn });
});

describe('a question with buttons', () => {
  test('its content is named with the intent, reused, and deleted once the message has left', () => {
    const { talk } = QuestionTalk.unsent(COLOURS);
    const { id } = talk.reply();
    talk.on({ type: 'send-begin', shown: { reply: id, content: 'HX1' } });
    expect(talk.reply().choices?.content).toBe('HX1');
    talk.on({ type: 'send-accepted', reply: id, attempt: 1, sid: 'SM9' });
    const status = { type: 'status', reply: id, attempt: 1, sid: 'SM9', errorCode: null, failure: null } as const;
    talk.on({ ...status, status: 'sent' });
    expect(talk.effects).toEqual([{ do: 'forget-content', to: ADDRESS, content: 'HX1' }]);
    talk.on({ ...status, status: 'delivered' });
    expect(talk.effects).toEqual([]);
  });

  test('a message refused for its buttons is sent without them, whether refused at once or later', () => {
    const { talk } = QuestionTalk.unsent(COLOURS);
    const { id } = talk.reply();
    const refusal = { reply: id, code: 63021, failure: 'content' } as const;
    talk.on({ type: 'send-begin', shown: { reply: id, content: 'HX1' } });
    talk.on({ type: 'send-refused', ...refusal, attempt: 1, retryAfterMs: null });
    expect(talk.reply().state).toBe('ready');
    expect(talk.reply().choices).toMatchObject({ items: [], content: null });

    const { talk: late } = QuestionTalk.unsent(COLOURS);
    const first = late.reply().id;
    late.on({ type: 'send-begin', shown: { reply: first, content: 'HX1' } });
    late.on({ type: 'send-accepted', reply: first, attempt: 1, sid: 'SM9' });
    const failed = { status: 'failed', errorCode: 63021, failure: 'content' } as const;
    late.on({ type: 'status', reply: first, attempt: 1, sid: 'SM9', ...failed });
    expect(late.state.replies.map((r) => r.state)).toEqual(['replaced', 'ready']);
    expect(late.reply(1).choices).toMatchObject({ items: [], content: null });
    expect(late.reply(1).body).toBe(late.reply(0).body);
  });
});
