import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Waits } from './waits.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('an answer that an outage keeps for hours is waited for, and nothing is done before it', async () => {
  const waits = new Waits();
  const done: string[] = [];
  let isAnswered = false;
  void waits.forAsLongAsItTakes(() => isAnswered).then(() => done.push('written'));
  void waits.until(() => isAnswered, 60_000).then(() => done.push('given up'));
  for (let hour = 0; hour < 3; hour++) {
    await vi.advanceTimersByTimeAsync(60 * 60_000);
    waits.wake();
  }
  expect(done).toEqual(['given up']);
  isAnswered = true;
  waits.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect(done).toEqual(['given up', 'written']);
});
