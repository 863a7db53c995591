import { expect, test } from 'vitest';
import {
  EMPTY_POOL,
  isNearlySpent,
  type Lease,
  leftOf,
  onDate,
  type Pool,
  partOf,
  report,
} from '../../../src/money/lease.ts';

// The budget of everybody together, in micro-dollars.

const DOLLAR = 1_000_000;
const pool = (dayMicros: number, monthMicros = dayMicros): Pool => ({
  ...onDate(EMPTY_POOL, '2026-11-23'),
  dayMicros,
  monthMicros,
});
const lease = (reported: number): Lease => ({ conversation: 'a', reported, held: 0, askedAt: 0 });

test('a report counts once, however often it comes, and what was spent before the first one never', () => {
  expect(report(pool(10), null, 500)).toEqual({ pool: pool(10), reported: 500 });
  expect(report(pool(10), lease(500), 520)).toEqual({ pool: pool(30), reported: 520 });
  expect(report(pool(30), lease(520), 520)).toEqual({ pool: pool(30), reported: 520 });
  expect(report(pool(30), lease(520), 400)).toEqual({ pool: pool(30), reported: 520 });
});

test('a day and a month begin at nothing, and never come back', () => {
  expect(onDate(pool(10), '2026-11-24')).toMatchObject({ dayMicros: 0, monthMicros: 10 });
  expect(onDate(pool(10), '2026-12-01')).toMatchObject({ dayMicros: 0, monthMicros: 0 });
  const today = pool(10);
  expect(onDate(today, '2026-11-22')).toBe(today);
});

test('what is left is the least of both budgets, without what others hold', () => {
  expect(leftOf(pool(10, 70), { day: 100, month: 100 }, 5)).toBe(25);
  expect(leftOf(pool(10, 70), { day: 100, month: null }, 5)).toBe(85);
  expect(leftOf(pool(10), { day: null, month: null }, 5)).toBeNull();
});

test('a part is a quarter dollar at most, and nothing when too little is left', () => {
  expect([partOf(100 * DOLLAR, 3), partOf(DOLLAR, 1), partOf(DOLLAR, 2), partOf(3_000, 1), partOf(-5, 1)]).toEqual([
    250_000, 250_000, 125_000, 0, 0,
  ]);
});

test('the operator is warned at four fifths, once a day', () => {
  const limits = { day: 100, month: null };
  expect([79, 80, 200].map((spent) => isNearlySpent(pool(spent), limits))).toEqual([false, true, true]);
  expect(isNearlySpent({ ...pool(80), warned: '2026-11-23' }, limits)).toBe(false);
  expect(isNearlySpent(pool(10, 80), { day: null, month: 100 })).toBe(true);
});
