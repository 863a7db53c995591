import { describe, expect, test } from 'vitest';
import { IN_MERGE, isBusy } from '../../../src/conversation/access/merge-idle.ts';
import { findTimer, withTimer } from '../../../src/conversation/state/state.ts';
import { TIMER_KINDS, type TimerKind } from '../../../src/conversation/state/timers.ts';
import { NO_SPENDING } from '../../../src/money/spending.ts';
import { Talk } from '../conversation.ts';
import { FREEZE, OP, OVER } from './merge-jobs.ts';

// A home goes into another one: each kind of timer is awaited, goes over, goes on or ends.

function timed(kind: TimerKind): Talk {
  const talk = new Talk();
  talk.state = withTimer(talk.state, { kind, ref: 'x', dueAt: talk.now, attempts: 0 });
  return talk;
}

describe.each(TIMER_KINDS)('%s', (kind) => {
  test('holds a merge up only if the merge is said to wait for it', () => {
    const { state, now } = timed(kind);
    expect(isBusy(state, now)).toBe(IN_MERGE[kind] === 'awaited');
  });

  test('is left at the home that went only if it is said to go on there', () => {
    const talk = timed(kind);
    talk.on({ type: 'merge-begun', op: OP, with: 'elder', tells: false, isUnused: true });
    for (const step of ['freeze', 'copy', 'switch', 'empty'] as const)
      talk.on({ type: 'merge-step', op: OP, step, outcome: { kind: 'done' } });
    expect(findTimer(talk.state, kind) !== undefined).toBe(IN_MERGE[kind] === 'goes on');
  });
});

describe('at the home that stays', () => {
  function takes(): Talk {
    const talk = new Talk();
    talk.on({ type: 'merge-expected', op: OP, with: 'younger', tells: false });
    talk.on(FREEZE);
    talk.on({ type: 'merge-part', op: OP, schedules: [] });
    return talk;
  }

  test('the words of a schedule that waited for the end of quiet hours wait for it here', () => {
    const talk = takes();
    talk.on({ type: 'notify', id: 'HELD', kind: 'answer', text: 'came over' });
    const held = { state: 'held', schedule: 1 } as const;
    talk.state = { ...talk.state, replies: talk.state.replies.map((r) => ({ ...r, ...held })) };
    talk.on(OVER);
    expect(findTimer(talk.state, 'quiet')?.dueAt).toBe(talk.now);
  });

  test('what a budget ended there goes on here when there is money', () => {
    const talk = takes();
    const stopped = [{ turn: 'T1', why: 'day' }] as const;
    talk.on({ ...OVER, spent: { ...NO_SPENDING, stopped } });
    expect(talk.state.conversation.spending.stopped).toEqual(stopped);
    expect(findTimer(talk.state, 'budget')?.dueAt).toBe(talk.now);
  });
});
