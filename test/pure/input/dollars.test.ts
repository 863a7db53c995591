import { expect, test } from 'vitest';
import { readDollars } from '../../../src/input/dollars.ts';

test.each([
  ['10', 10_000_000],
  ['$2.50', 2_500_000],
  ['2,5 usd', 2_500_000],
  ['0.01', 10_000],
  ['100000', 100_000_000_000],
  ['100000.01', 'large'],
  ['1e9', 'large'],
  ['1000000000', 'large'],
  ['9'.repeat(300), 'unclear'],
  ['0', 'zero'],
  ['0.00', 'zero'],
  ['0.001', 'unclear'],
  ['-1', 'negative'],
  ['−$1', 'negative'],
  ['$-1', 'negative'],
  ['ten', 'unclear'],
  ['', 'unclear'],
  ['10 today', 'unclear'],
  ['1.000,50', 'unclear'],
])('an amount is dollars and cents, within reason: “%s”', (typed, micros) => {
  expect(readDollars(typed)).toBe(micros);
});
