import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Clocks } from '../../vm/src/clocks.ts';

// The clocks of an attempt, by a clock that the test moves.

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
    // Other signs of life do not set it going.
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
