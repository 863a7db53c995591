import { expect, test } from 'vitest';
import { headOf } from '../../../src/conversation/outbox/replies.ts';
import { type Talk, talkOn } from '../conversation.ts';

// A person shuts us out on a channel without a service window, and lets us in again.

const BLOCKED = 900_403;

function refused(talk: Talk): void {
  talk.on({ type: 'send-begin' });
  const { id: reply, attempt } = headOf(talk.state) ?? talk.reply();
  talk.on({ type: 'send-refused', reply, attempt, code: BLOCKED, failure: 'window', retryAfterMs: null });
}

const outbox = (talk: Talk): string[] => talk.state.replies.map(({ state, body }) => `${state}: ${body}`);
const causes = (talk: Talk): string[] => talk.state.timers.flatMap(({ kind, ref }) => (kind === 'alert' ? [ref] : []));

test('what they would have got is held, the operator hears why, and it leaves in its order when they write', () => {
  const talk = talkOn('pigeon:ann', 'pigeon:post');
  const first = talk.text('hello');
  talk.taken();
  talk.answer('one\n\ntwo', first);
  refused(talk);
  expect(outbox(talk)).toEqual(['held: one', 'ready: two']);
  talk.on({ type: 'send-begin' });
  expect(outbox(talk)).toEqual(['held: one', 'held: two']);
  expect(causes(talk)).toEqual([`reply-refused/${BLOCKED}`]);
  talk.text('hello again');
  talk.on({ type: 'send-begin' });
  expect(headOf(talk.state)).toMatchObject({ state: 'sending', body: 'one\n\ntwo' });
});
