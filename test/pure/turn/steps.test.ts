import { describe, expect, test } from 'vitest';
import { STEPS_CHARS, STEPS_MAX, type Step } from '../../../src/protocol/index.ts';
import { Talk } from '../conversation.ts';

// What is kept of a turn for the operator: what its attempts did, why each ended, and why the turn was given up.

const step = (name: string): Step => ({ name, after_ms: 10, ms: 5, outcome: 'ok' });

describe('what an attempt did', () => {
  test('is kept with its attempt, and nothing is when it did nothing', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    talk.machine({ type: 'steps', steps: [], left_out: 0 });
    expect(talk.state.steps).toEqual([]);
    talk.machine({ type: 'steps', steps: [step('Bash')], left_out: 2 });
    const { turn, n } = talk.attempt;
    expect(talk.state.steps).toEqual([{ attempt: `${turn}.${n}`, at: talk.now, steps: [step('Bash')], leftOut: 2 }]);
  });

  test('is cut to its size here too: the newest stay, and the others are counted', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    const steps = Array.from({ length: STEPS_MAX }, (_, n) => step(`${n} ${'x'.repeat(190)}`));
    talk.machine({ type: 'steps', steps, left_out: 7 });
    const [row] = talk.state.steps;
    expect(JSON.stringify(row?.steps).length).toBeLessThanOrEqual(STEPS_CHARS);
    expect(row?.steps.at(-1)?.name).toMatch(/^999 /);
    expect((row?.steps.length ?? 0) + (row?.leftOut ?? 0)).toBe(STEPS_MAX + 7);
  });
});

describe('why', () => {
  test('an attempt ended is kept in the machine’s words', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'the agent process ended', cause: 'restarted' });
    expect(talk.state.attempts.map(({ n, outcome, reason }) => ({ n, outcome, reason }))).toEqual([
      { n: 1, outcome: 'interrupted', reason: 'the agent process ended' },
      { n: 2, outcome: null, reason: null },
    ]);
  });

  test('a turn was given up is kept with the turn', () => {
    const talk = new Talk();
    talk.text('hello');
    talk.taken();
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'the disk is full', cause: 'disk' });
    expect(talk.state.turns).toMatchObject([{ state: 'failed', why: 'disk' }]);
  });
});
