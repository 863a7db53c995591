import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Answer } from '../../src/protocol/index.ts';
import type { AgentProcess } from '../../vm/src/agent/agent.ts';
import { Clocks } from '../../vm/src/attempts/clocks.ts';
import { newRunningState } from '../../vm/src/attempts/reducer.ts';
import { askForPrimer } from '../../vm/src/attempts/session-primer.ts';
import { SideQuestions } from '../../vm/src/attempts/side-questions.ts';
import { SHELLS_MS } from '../../vm/src/attempts/silence.ts';
import { StalledTurnWatch } from '../../vm/src/attempts/stalled-turn.ts';

// The clocks of an attempt, with a clock that the test moves.

const limits = { turn_ms: 10_000, silence_ms: 3000, start_ms: 5000 };

describe('while the agent waits for somebody', () => {
  let expired: string[];
  let clocks: Clocks;
  beforeEach(() => {
    vi.useFakeTimers();
    expired = [];
    clocks = new Clocks(limits, (reason) => expired.push(reason));
    clocks.starting();
    clocks.heard({ type: 'text', text: 'x' });
  });
  afterEach(() => vi.useRealTimers());

  test('neither clock runs, however long it takes', () => {
    vi.advanceTimersByTime(2000);
    clocks.pause(true);
    // Other signs of life do not start it.
    clocks.heard({ type: 'alive' });
    vi.advanceTimersByTime(3_600_000);
    expect(expired).toEqual([]);
  });

  test('afterwards silence is counted anew, and the whole goes on where it stood', () => {
    vi.advanceTimersByTime(2000);
    clocks.pause(true);
    vi.advanceTimersByTime(60_000);
    clocks.pause(false);
    vi.advanceTimersByTime(2999);
    expect(expired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(expired).toEqual(['the agent showed no activity for 3 s']);
    for (let second = 0; second < 4; second++) {
      clocks.heard({ type: 'alive' });
      vi.advanceTimersByTime(1000);
    }
    clocks.heard({ type: 'alive' });
    vi.advanceTimersByTime(999);
    expect(expired).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(expired.at(-1)).toBe('the attempt reached its limit of 10 s');
  });

  test('at the end both stop', () => {
    clocks.end();
    vi.advanceTimersByTime(3_600_000);
    expect(expired).toEqual([]);
  });
});

test('a question on the side that gets no answer in its time is told as unanswered, once, and the next one is asked', async () => {
  const told: [string, string][] = [];
  const asides = new SideQuestions((uuid, text) => void told.push([uuid, text]), 20);
  const ask = vi.fn(
    (question: string, bound: AbortSignal): Promise<{ text: string; totalCostUsd: null }> =>
      question === 'two'
        ? Promise.resolve({ text: 'Second', totalCostUsd: null })
        : new Promise((_, reject) => bound.addEventListener('abort', () => reject(bound.reason), { once: true })),
  );
  asides.askOf({ ask } as unknown as AgentProcess);
  asides.takes({ uuid: 'A', text: 'one', action: 'aside' });
  await vi.waitUntil(() => told.length > 0);
  expect([told, asides.areOpen]).toEqual([[['A', '']], false]);
  asides.takes({ uuid: 'B', text: 'two', action: 'aside' });
  await vi.waitUntil(() => told.length > 1);
  expect(told[1]).toEqual(['B', 'Second']);
});

test('commands in the background keep a turn open for a minute after its answer; what they wake begins it anew', () => {
  vi.useFakeTimers();
  const ends = vi.fn();
  const rest = new StalledTurnWatch(() => {}, ends);
  const turn = { ...newRunningState(null), idle: true, background: [{ id: 'server', isShell: true }] };
  rest.look(turn);
  vi.advanceTimersByTime(SHELLS_MS - 1);
  // It woke the agent, which is idle again.
  rest.look({ ...turn, idle: false });
  rest.look(turn);
  vi.advanceTimersByTime(SHELLS_MS - 1);
  expect(ends).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(ends).toHaveBeenCalledOnce();
  vi.useRealTimers();
});

test('a relay that does not answer with a lost session’s background is not waited for', async () => {
  const never = (_id: string, _request: unknown, signal: AbortSignal): Promise<Answer> =>
    new Promise((resolve) => {
      signal.addEventListener('abort', () => resolve({ kind: 'none', text: '' }), { once: true });
    });
  expect(await askForPrimer({ ask: never }, 1)).toBeNull();
});
