import { expect, test } from 'vitest';
import { addBuckets, percentileOf, withWait } from '../../../src/conversation/overview/waits.ts';

// Waits of many people in buckets, and percentiles of them.

test.each([1, 20, 21, 900, 5_000, 3_600_000])('a wait of %i ms is told at most a fifth too long', (ms) => {
  const told = percentileOf(withWait({}, ms), 0.5) ?? 0;
  expect(told).toBeGreaterThanOrEqual(ms - 1);
  expect(told).toBeLessThanOrEqual(Math.max(20, ms * 1.2 + 1));
});

test('percentiles of sums are those of all waits together', () => {
  const of = (waits: number[]) => waits.reduce(withWait, {});
  const quick = of(Array.from({ length: 90 }, () => 100));
  const slow = of(Array.from({ length: 10 }, () => 10_000));
  const all = addBuckets(quick, slow);
  expect(percentileOf(all, 0.5)).toBeLessThan(130);
  expect(percentileOf(all, 0.95)).toBeGreaterThan(9_999);
  expect(addBuckets(all, slow, -1)).toEqual(quick);
  expect(percentileOf({}, 0.5)).toBeNull();
});

test('the longest waits share a bucket', () => {
  expect(withWait({}, 1e15)).toEqual(withWait({}, 1e12));
});
