import { expect, test } from 'vitest';
import { andThen, noEffects } from '../../../src/conversation/state/decision.ts';
import type { Decision } from '../../../src/conversation/state/events.ts';
import { emptyState } from '../conversation.ts';

// How two decisions become one.

test('the next decision starts from the state of the first, and the effects and log lines of both stay in order', () => {
  const step = (name: string, state = emptyState()): Decision => ({
    ...noEffects({ ...state, recent: [...state.recent] }, { level: 'info', event: name }),
    effects: [{ do: 'typing', to: '+15555550123', messageId: name }],
  });
  const first = step('first');
  const both = andThen(first, (state) => {
    expect(state).toBe(first.state);
    return step('second', state);
  });
  expect(both.state).not.toBe(first.state);
  expect(both.effects.map((effect) => effect.do === 'typing' && effect.messageId)).toEqual(['first', 'second']);
  expect(both.log.map(({ event }) => event)).toEqual(['first', 'second']);
});
