import { describe, expect, test } from 'vitest';
import { Talk } from '../conversation.ts';

// Somebody who is taken off the list, which no event tells: no attempt begins for them, and nothing is lost.

const CASES: Record<string, () => Talk> = {
  'a text of a burst': () => {
    const talk = new Talk(1000);
    talk.text('work and');
    talk.isAllowed = false;
    talk.fire('gather');
    return talk;
  },
  'a text that waits for the running turn': () => {
    const talk = new Talk(0, { queueMode: 'queue' });
    const first = talk.text('first');
    talk.taken();
    talk.text('work and');
    talk.isAllowed = false;
    talk.answer('done', first);
    return talk;
  },
  'a turn that is tried again': () => {
    const talk = new Talk(0);
    talk.text('work and');
    for (let n = 1; n <= 2; n++) {
      talk.taken();
      talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'killed' });
    }
    talk.isAllowed = false;
    talk.fire('attempt');
    return talk;
  },
};

describe.each(Object.keys(CASES))('%s', (name) => {
  test('begins no attempt, and /retry brings it back', () => {
    const talk = CASES[name]?.() ?? new Talk();
    expect(talk.state.attempts.filter((a) => a.state !== 'ended')).toEqual([]);
    expect(talk.state.turns.filter((t) => t.state === 'open')).toEqual([]);
    expect(talk.effects.filter((e) => e.do === 'interrupt')).toEqual([]);
    expect(talk.state.messages.at(-1)).toMatchObject({ text: 'work and', state: 'failed' });
    talk.isAllowed = true;
    talk.text('/retry');
    expect(talk.attempt.state).toBe('requested');
    expect(talk.state.messages.find(({ text }) => text === 'work and')?.state).toBe('active');
  });
});
