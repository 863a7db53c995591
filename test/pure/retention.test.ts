import { expect, test } from 'vitest';
import { emptyTexts } from '../../src/conversation/retention.ts';
import { DAY, HOUR, MINUTE } from '../../src/units.ts';
import { Talk } from './conversation.ts';

// When old texts are emptied: one timer, which waits for the oldest of them.

const KEPT = 30 * DAY;
const due = (talk: Talk): number | undefined => talk.state.timers.find(({ kind }) => kind === 'empty')?.dueAt;

function answered(retentionMs: number | null = KEPT): Talk {
  const talk = new Talk(0, { retentionMs });
  const text = talk.text('hello');
  talk.taken();
  talk.answer('hi', text);
  return talk;
}

test('without a limit nothing waits', () => {
  expect(due(answered(null))).toBeUndefined();
});

test('the first text sets the timer, and later ones leave it', () => {
  const talk = answered();
  const first = due(talk);
  expect(first).toBe(talk.now + DAY);
  talk.now += HOUR;
  talk.text('and now?');
  expect(due(talk)).toBe(first);
});

test('it empties what is older than the limit, and is done again if the object ends meanwhile', () => {
  const talk = answered();
  talk.fire('empty');
  expect(talk.effects).toEqual([{ do: 'empty', before: talk.now - KEPT }]);
  expect(due(talk)).toBe(talk.now + HOUR);
});

test.each([
  ['a text that is left is waited for', { oldestAt: 0, isCut: false }, KEPT],
  ['a text that is still needed is looked at once a day', { oldestAt: -2 * KEPT, isCut: false }, DAY],
  ['more than a pass can empty follows soon', { oldestAt: null, isCut: true }, MINUTE],
  ['without a text nothing waits', { oldestAt: null, isCut: false }, null],
])('afterwards %s', (_, { oldestAt, isCut }, wait) => {
  const talk = answered();
  talk.fire('empty');
  const at = oldestAt === null ? null : talk.now + oldestAt;
  talk.on({ type: 'emptied', oldestAt: at, isCut });
  expect(due(talk)).toBe(wait === null ? undefined : talk.now + wait);
});

test('a limit that was removed ends the timer', () => {
  const talk = answered();
  const context = talk.context();
  const { state, effects } = emptyTexts(talk.state, { ...context, policy: { ...context.policy, retentionMs: null } });
  expect([state.timers.some(({ kind }) => kind === 'empty'), effects]).toEqual([false, []]);
});
