import { expect, test } from 'vitest';
import { TEXTS_A_DAY } from '../../../src/conversation/policy/access.ts';
import { readsOf } from '../../../src/conversation/preload.ts';
import { dayOf, withAccess } from '../../../src/conversation/state/access.ts';
import { Talk } from '../conversation.ts';

// Each text is in the log: taken or refused, in which turn, and which replies it got. test/edge/measures.test.ts follows
// one from the webhook to the reply.

const lines = ({ log }: Talk, event: string) => log.filter((line) => line.event === event);

test('a text that begins a turn is taken into it', () => {
  const talk = new Talk();
  talk.text('hello');
  expect(lines(talk, 'text-taken')).toEqual([
    { level: 'info', event: 'text-taken', trace: 'SM1', turn: talk.attempt.turn },
  ]);
});

test('texts of a burst join its turn when it begins, each by its own trace', () => {
  const talk = new Talk(1000);
  talk.text('one and');
  talk.text('two and');
  expect(lines(talk, 'text-taken')).toMatchObject([{ trace: 'SM2', turn: null }]);
  talk.fire('gather');
  const { turn } = talk.attempt;
  expect(lines(talk, 'text-joined')).toMatchObject([
    { trace: 'SM1', turn },
    { trace: 'SM2', turn },
  ]);
});

test('a command is taken with the replies that it got, which leave without a turn', () => {
  const talk = new Talk();
  talk.text('/help');
  const { id } = talk.reply();
  expect(lines(talk, 'text-taken')).toMatchObject([{ trace: 'SM1', turn: null, replies: id }]);
  talk.on({ type: 'send-begin' });
  talk.on({ type: 'send-accepted', reply: id, attempt: 1, sid: 'SM9' });
  expect(talk.log).toEqual([{ level: 'info', event: 'reply-sent', reply: id, turn: null, trace: null }]);
});

test('a reply is sent once in the log, whether the carrier’s answer or its callback comes first', () => {
  for (const first of ['answer', 'callback'] as const) {
    const talk = new Talk();
    const message = talk.text('hello');
    talk.taken();
    talk.answer('done', message);
    const { id, turn } = talk.reply();
    talk.on({ type: 'send-begin' });
    const answer = { type: 'send-accepted', reply: id, attempt: 1, sid: 'SM9' } as const;
    const callback = { ...answer, type: 'status', status: 'sent', errorCode: null, failure: null } as const;
    const [one, other] = first === 'answer' ? [answer, callback] : [callback, answer];
    expect(readsOf([one], talk.state)).toContainEqual({ rows: 'turn', id: turn });
    talk.on(one);
    expect(lines(talk, 'reply-sent')).toEqual([{ level: 'info', event: 'reply-sent', reply: id, turn, trace: 'SM1' }]);
    expect(readsOf([other], talk.state)).not.toContainEqual({ rows: 'turn', id: turn });
    talk.on(other);
    expect(lines(talk, 'reply-sent')).toEqual([]);
  }
});

test('a text of a person who is out, and one above the day’s bound, are refused by trace', () => {
  const talk = new Talk();
  talk.isAllowed = false;
  talk.text('let me in');
  expect(talk.log).toEqual([{ level: 'warn', event: 'text-refused', why: 'out', trace: 'SM1' }]);
  talk.isAllowed = true;
  talk.state = withAccess(talk.state, { day: dayOf(talk.now), texts: TEXTS_A_DAY });
  for (const text of ['the first is told', 'the next']) talk.text(text);
  expect(talk.log).toEqual([{ level: 'warn', event: 'text-refused', why: 'texts-a-day', trace: 'SM3' }]);
});
