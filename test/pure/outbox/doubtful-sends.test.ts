import { describe, expect, test } from 'vitest';
import { findDueLookUp, wantsSend } from '../../../src/conversation/lanes.ts';
import { composeWords, waitsForCarrier } from '../../../src/conversation/outbox/carrier-outage.ts';
import { headOf } from '../../../src/conversation/outbox/replies.ts';
import { LOOK_AGAIN_MS, RECONCILE_MS, RECONCILE_RETRY_MS, WINDOW_MS } from '../../../src/conversation/policy/outbox.ts';
import { texts } from '../../../src/texts/index.ts';
import { HOUR } from '../../../src/units.ts';
import { PLACES } from '../channels.ts';
import { type Talk, talkOn } from '../conversation.ts';
import { Home } from '../home.ts';

// A doubtful send on a channel that has no list of what it took: repeated once and marked, and never a third time.

function answered(...words: string[]): Talk {
  const talk = talkOn('pigeon:ann', 'pigeon:post');
  const message = talk.text('hello');
  talk.taken();
  talk.answer(words.join('\n\n'), message);
  return talk;
}

/** Hands the head over; returns the words that leave. */
function sends(talk: Talk): string {
  talk.now = Math.max(talk.now, ...talk.state.timers.filter(({ kind }) => kind === 'send').map(({ dueAt }) => dueAt));
  if (!wantsSend(talk.state, talk.now)) throw new Error('nothing may leave');
  talk.on({ type: 'send-begin' });
  const reply = headOf(talk.state);
  if (reply?.state !== 'sending') throw new Error('nothing left');
  return composeWords(talk.state, reply, talk.context());
}

/** Nobody hears whether the head was taken. */
function isDoubtful(talk: Talk): void {
  const { id: reply, attempt } = headOf(talk.state) ?? talk.reply();
  talk.on({ type: 'send-unknown', reply, attempt });
}

function probes(talk: Talk, answers: boolean): void {
  talk.fire('reconcile');
  const reply = findDueLookUp(talk.state, talk.now)?.id ?? '';
  if (answers) talk.on({ type: 'reconciled', reply, found: null });
  else talk.on({ type: 'reconcile-failed', reply, reason: 'HTTP 502', retryAfterMs: null });
}

const causes = (talk: Talk): string[] => talk.state.timers.flatMap(({ kind, ref }) => (kind === 'alert' ? [ref] : []));

test('while the service doesn’t answer it waits and spends no repeat', () => {
  const talk = answered('one');
  expect(sends(talk)).toBe('one');
  isDoubtful(talk);
  const begun = talk.now;
  for (let tries = 0; tries < 3; tries++) probes(talk, false);
  expect(talk.reply()).toMatchObject({ state: 'unknown', attempt: 1 });
  expect(talk.now).toBe(begun + RECONCILE_MS[0] + 2 * RECONCILE_RETRY_MS);
  // Everybody's replies fail alike: the directory has one conversation try for all.
  expect(waitsForCarrier(talk.state)).toBe(true);
  talk.on({ type: 'carrier-word', word: 'try', sender: 'pigeon:post' });
  probes(talk, true);
  expect(sends(talk)).toBe(`${texts.mayRepeat}\n\none`);
});

test('when it answers the reply leaves once more, marked as a possible repeat', () => {
  const talk = answered('one');
  sends(talk);
  isDoubtful(talk);
  probes(talk, true);
  expect(sends(talk)).toBe(`${texts.mayRepeat}\n\none`);
  talk.on({ type: 'send-accepted', reply: talk.reply().id, attempt: 2, sid: 'p2' });
  expect(talk.reply().state).toBe('accepted');
  expect(causes(talk)).toEqual([]);
});

describe('when that is doubtful, too', () => {
  function doubledDoubt(): Talk {
    const talk = answered('one', 'two');
    sends(talk);
    isDoubtful(talk);
    probes(talk, true);
    talk.now += 2 * LOOK_AGAIN_MS;
    sends(talk);
    isDoubtful(talk);
    probes(talk, true);
    return talk;
  }

  test('it is kept back, the operator hears of it, and what is behind it leaves', () => {
    const talk = doubledDoubt();
    expect(talk.reply()).toMatchObject({ state: 'parked', attempt: 2 });
    expect(causes(talk)).toEqual(['reply-doubtful']);
    expect(sends(talk)).toBe('two');
  });

  test('nothing sends it a third time by itself; it leaves when the person writes, still marked', () => {
    const talk = doubledDoubt();
    sends(talk);
    talk.on({ type: 'send-accepted', reply: talk.reply(1).id, attempt: 1, sid: 'p3' });
    talk.now += 100 * HOUR;
    expect(wantsSend(talk.state, talk.now)).toBe(false);
    talk.text('are you there?');
    expect(sends(talk)).toContain(`${texts.mayRepeat}\n\n`);
    expect(headOf(talk.state)?.body).toBe('one');
  });
});

test('progress is not repeated: it would be out of date', () => {
  const talk = answered('one');
  talk.state = { ...talk.state, replies: talk.state.replies.map((r) => ({ ...r, kind: 'progress' as const })) };
  sends(talk);
  isDoubtful(talk);
  probes(talk, true);
  expect(talk.reply().state).toBe('dropped');
});

test('a question that was answered meanwhile is not asked again', () => {
  const talk = answered('one');
  const choices = { question: '01J00000000000000000000001', text: 'one', items: [], content: null };
  const asked = { kind: 'question' as const, choices };
  talk.state = { ...talk.state, replies: talk.state.replies.map((r) => ({ ...r, ...asked })) };
  sends(talk);
  isDoubtful(talk);
  probes(talk, true);
  expect(talk.reply().state).toBe('dropped');
});

describe('on a channel whose list can’t be read, a reply that was set aside while the person writes by SMS', () => {
  function setAside(): { talk: Home; id: string; isAway: () => void } {
    const talk = new Home('sms');
    const asked = talk.from('whatsapp', 'do it');
    talk.taken();
    talk.answer('done', asked);
    talk.on({ type: 'send-begin' });
    const { id, attempt } = headOf(talk.state) ?? talk.reply();
    talk.on({ type: 'send-unknown', reply: id, attempt });
    const isAway = (): void => {
      talk.now += 10_000;
      talk.on({ type: 'reconcile-failed', reply: id, reason: 'no answer' });
    };
    talk.from('sms', '/verbose');
    isAway();
    isAway();
    expect(talk.state.replies.find((r) => r.id === id)?.state).toBe('held');
    talk.leaves();
    return { talk, id, isAway };
  }
  const LINK = 'https://relay.example.com/operator/login/x';
  const copies = (talk: Talk) => talk.state.replies.filter((r) => r.body.includes('done') && r.state !== 'replaced');

  test('leaves by no further SMS of theirs before it was looked up', () => {
    const { talk, id } = setAside();
    talk.from('sms', '/verbose');
    expect(talk.leaves()).toEqual([`sms: ${texts.verboseIs(false)}`]);
    expect(copies(talk)).toMatchObject([{ id, state: 'held' }]);
  });

  test('is looked up before it leaves there again, alone, when the person writes there soon', () => {
    const { talk, id } = setAside();
    talk.now += 1000;
    talk.from('whatsapp', '/verbose');
    expect(talk.leaves()).not.toContain('whatsapp: done');
    expect(copies(talk)).toMatchObject([{ id, body: 'done', state: 'unknown' }]);
    talk.on({ type: 'reconciled', reply: id, found: null });
    expect(talk.leaves()).toContain('whatsapp: done');
    expect(copies(talk)).toHaveLength(1);
  });

  test('leaves before what was held after it', () => {
    const { talk, id } = setAside();
    talk.on({ type: 'notify', id: 'L', kind: 'notice', text: LINK });
    const { address: to, senders } = PLACES.whatsapp;
    const held = { from: senders[0], to, state: 'held' } as const;
    talk.state = { ...talk.state, replies: talk.state.replies.map((r) => (r.id === 'L' ? { ...r, ...held } : r)) };
    talk.now += 1000;
    talk.from('whatsapp', '/verbose');
    const waits = talk.state.replies.filter((r) => r.state === 'ready').sort((a, b) => a.seq - b.seq);
    expect(waits.map((r) => r.id === id || r.body)).toEqual([texts.verboseIs(false), true, LINK]);
  });

  test('says by SMS that it may be a repeat, once its own window has closed', () => {
    const { talk } = setAside();
    talk.now += WINDOW_MS;
    talk.from('sms', '/verbose');
    expect(talk.leaves()).toContain(`sms: ${texts.mayRepeat}\n\ndone`);
  });
});
