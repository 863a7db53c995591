import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { START_MAX_MS, TELL_UNREACHABLE_MS } from '../../../src/conversation/policy/machine.ts';
import { TURN_MARGIN_MS, TURN_MS } from '../../../src/conversation/policy/turn.ts';
import { findOpenTurn } from '../../../src/conversation/state/state.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';
import { Scheduled } from '../schedules/scheduled.ts';

// What a heartbeat does about a long attempt: when its time is over, and who is told that the machine takes a moment or
// does not answer.

test('an attempt’s time is over after the margin for the machine’s own end, and the machine is told to stop', () => {
  const talk = new Talk();
  talk.text('hello');
  talk.taken();
  const { ref } = talk;
  talk.now += TURN_MS + TURN_MARGIN_MS - 1;
  talk.on({ type: 'heartbeat' });
  expect(talk.ref).toEqual(ref);
  talk.now += 1;
  talk.on({ type: 'heartbeat' });
  expect(talk.bodies.at(-1)).toBe(texts.givenUp('overdue', []));
  expect(talk.effects[0]).toEqual({ do: 'interrupt', attempt: ref });
});

test('a person who has lost access gets no more work done', () => {
  const talk = new Talk();
  talk.text('hello');
  talk.taken();
  talk.isAllowed = false;
  talk.on({ type: 'heartbeat' });
  expect(findOpenTurn(talk.state)?.stopping).toBe(talk.now);
  expect(talk.effects[0]).toEqual({ do: 'interrupt', attempt: talk.ref });
});

test('each attempt has its whole time, however long those before it ran until their machine ended', () => {
  const ran = fc.array(fc.integer({ min: 0, max: TURN_MS }), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(ran, (times) => {
      const talk = new Talk();
      talk.text('one');
      for (const ms of times) {
        talk.taken();
        talk.now += ms;
        talk.on({ type: 'heartbeat' });
        talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'restarted', cause: 'restarted' });
        if (talk.state.timers.some(({ kind }) => kind === 'attempt')) talk.fire('attempt');
      }
      talk.taken();
      const { ref, attempt } = talk;
      talk.now = attempt.openedAt + TURN_MS + TURN_MARGIN_MS - 1;
      talk.on({ type: 'heartbeat' });
      expect(talk.ref).toEqual(ref);
      talk.now += 1;
      talk.on({ type: 'heartbeat' });
      expect(talk.bodies.at(-1)).toBe(texts.givenUp('overdue', []));
    }),
  );
});

describe.each([
  ['a machine of one’s own', true, texts.machines.waking],
  ['a shared one', false, texts.unreachable],
])('%s that takes long', (_whose, makesMachines, notice) => {
  function asked<T extends Talk>(talk: T, ask: () => void): T {
    ask();
    if (makesMachines) {
      talk.on({ type: 'machine-begin' });
      const next = { step: 'ready', volume: 'vol_1', machine: 'm1', image: 'i', settings: 's' } as const;
      talk.on({ type: 'machine-step', step: 'claim', outcome: { kind: 'done', next } });
    }
    return talk;
  }
  function waits(talk: Talk): void {
    talk.now += TELL_UNREACHABLE_MS;
    talk.on({ type: 'heartbeat' });
    talk.now += START_MAX_MS;
    talk.on({ type: 'heartbeat' });
  }

  test('is told to whoever waits', () => {
    const talk = new Talk(0, { makesMachines });
    asked(talk, () => talk.text('hello'));
    waits(talk);
    expect(talk.bodies).toContain(notice);
  });

  test('is told to nobody for a schedule’s run', () => {
    const talk = new Scheduled({ makesMachines });
    talk.add();
    asked(talk, () => talk.due());
    expect(findOpenTurn(talk.state)?.run).not.toBeNull();
    waits(talk);
    expect(talk.bodies).toEqual([]);
  });

  test('is not told to somebody who has stopped it', () => {
    const talk = new Talk(0, { makesMachines });
    asked(talk, () => talk.text('hello'));
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'no answer' });
    talk.text('/stop');
    const { bodies } = talk;
    expect(findOpenTurn(talk.state)?.stopping).not.toBeNull();
    waits(talk);
    expect(talk.bodies).toEqual(bodies);
  });
});
