import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { IdleShutdown } from '../../vm/src/http/idle-shutdown.ts';
import { Clock } from '../../vm/src/network/clock.ts';
import { hasPaused } from '../../vm/src/process/resume-watch.ts';

// An agent server whose machine was suspended: its clock is behind for a moment, and its timers are late.

describe('the time by which tokens are judged', () => {
  test('is never before the newest token was issued', () => {
    let local = 1_000_000;
    const clock = new Clock(
      () => local,
      () => 0,
    );
    expect(clock.now()).toBe(1_000_000);
    clock.heard(5_000_000);
    clock.heard(4_000_000);
    expect(clock.now()).toBe(5_000_000);
    local = 5_000_001;
    expect(clock.now()).toBe(5_000_001);
  });

  test('is this clock again after some minutes: a relay whose clock was ahead locks nobody out', () => {
    let [local, steady] = [1_000_000, 0];
    const clock = new Clock(
      () => local,
      () => steady,
    );
    clock.heard(5_000_000);
    for (const elapsed of [1, 299_999]) {
      [local, steady] = [1_000_000 + elapsed, elapsed];
      clock.heard(local);
      expect(clock.now()).toBe(5_000_000);
    }
    [local, steady] = [1_300_000, 300_000];
    expect(clock.now()).toBe(1_300_000);
  });
});

test.each([
  ['a look in time', { wall: 5_000, steady: 5_000 }, false],
  ['a look on a busy computer', { wall: 12_000, steady: 12_000 }, false],
  ['a pause that the wall clock shows', { wall: 60_000, steady: 5_000 }, true],
  ['a pause that the kernel counts', { wall: 60_000, steady: 60_000 }, true],
  ['a clock that was put back', { wall: -60_000, steady: 5_000 }, false],
])('%s', (_, after, isPause) => {
  expect(hasPaused({ wall: 0, steady: 0 }, after)).toBe(isPause);
});

describe('the idle shutdown', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  test('comes after the idle time, but not as the first thing after a pause', () => {
    const ended = vi.fn();
    const idle = new IdleShutdown(60_000, () => false, ended);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(60_000);
    expect(ended).not.toHaveBeenCalled();
    vi.advanceTimersByTime(60_000);
    expect(ended).toHaveBeenCalledOnce();
    idle.end();
  });
});
