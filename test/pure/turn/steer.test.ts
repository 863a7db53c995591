import { expect, test } from 'vitest';
import { Talk } from '../conversation.ts';

// Steering, as far as turns.test.ts and the property world don't show it.

test('a late timer does not give the machine a text that is answered already', () => {
  const talk = new Talk(0, { queueMode: 'steer' });
  const first = talk.text('first');
  talk.taken();
  talk.text('second');
  talk.machine({ type: 'result', user_message_uuids: [first.uuid], text: 'hi', is_error: false, cost_usd: 0 });
  expect(talk.attempt).toMatchObject({ state: 'running' });
  const timers = talk.state.timers;
  talk.on({ type: 'timer', timer: { kind: 'steer', ref: first.uuid, dueAt: talk.now, attempts: 0 } });
  expect(talk.effects.filter((effect) => effect.do === 'steer')).toEqual([]);
  expect(talk.state.timers).toEqual(timers);
});
