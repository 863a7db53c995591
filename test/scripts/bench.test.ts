import { describe, expect, test } from 'vitest';
import { compareRows, findRows, formatCompared, formatRows, percentile, rowOf } from '../../bench/figures.ts';
import { readOptions, readRows } from '../../bench/options.ts';

const measured = rowOf({ row: 'webhook → turn, p50', unit: 'ms', target: 6 }, [9, 5, 6.25]);
const counted = rowOf({ row: 'rows written', unit: 'rows' }, [39]);

describe('a row', () => {
  test('is the median of its runs, beside the least and the most, and meets its target or not', () => {
    expect(measured).toEqual({
      row: 'webhook → turn, p50',
      value: 6.25,
      unit: 'ms',
      target: 6,
      met: false,
      n: 3,
      spread: [5, 9],
    });
    expect(rowOf({ row: 'a', unit: 's', target: 2 }, [1, 3])).toMatchObject({ value: 2, met: true, n: 2 });
    expect(counted).toMatchObject({ target: null, met: null, n: 1, spread: [39, 39] });
  });

  test('a percentile is the smallest sample that so many samples do not exceed', () => {
    const samples = Array.from({ length: 200 }, (_, n) => 200 - n);
    expect([0.5, 0.95, 0.99, 1].map((share) => percentile(samples, share))).toEqual([100, 190, 198, 200]);
  });

  test('is found by its name, by the beginning of its name, and with an arrow that can be typed', () => {
    const names = ['webhook → turn, p50', 'webhook → turn, p99', 'webhook', 'cold'];
    expect(findRows(names, 'webhook')).toEqual(['webhook']);
    expect(findRows(names, 'Webhook -> t')).toEqual(['webhook → turn, p50', 'webhook → turn, p99']);
    expect(findRows(names, 'warm')).toEqual([]);
  });
});

test('the table shows each row with its target, whether it is met, and how far the runs are apart', () => {
  expect(formatRows([measured, counted])).toBe(
    [
      'row                  value  unit  target  met  n  spread',
      '-------------------  -----  ----  ------  ---  -  ------',
      'webhook → turn, p50   6.25    ms       6   no  3     5–9',
      'rows written            39  rows               1   39–39',
    ].join('\n'),
  );
});

test('two runs are compared row by row, those that only one of them has included', () => {
  const earlier = readRows(
    JSON.stringify({
      rows: [
        { ...measured, value: 12.5 },
        { ...counted, row: 'gone' },
      ],
    }),
  );
  const compared = compareRows(earlier ?? [], [measured, counted]);
  expect(compared).toEqual([
    { row: 'webhook → turn, p50', unit: 'ms', before: 12.5, after: 6.25, ratio: 0.5 },
    { row: 'rows written', unit: 'rows', before: null, after: 39, ratio: null },
    { row: 'gone', unit: 'rows', before: 39, after: null, ratio: null },
  ]);
  expect(formatCompared(compared).split('\n')[2]).toMatch(/^webhook → turn, p50 +12\.5 +6\.25 +ms +0\.50$/);
});

test('what is no earlier output is not compared with', () => {
  expect(['', '[]', '{"rows":[{"row":"a"}]}'].map(readRows)).toEqual([null, null, null]);
});

describe('options', () => {
  test('rows, runs, the form of the output and an earlier run', () => {
    expect(readOptions([])).toEqual({ json: false, list: false, rows: [], compare: null, runs: null });
    expect(readOptions(['--row', 'cold', '--row', 'warm', '--runs', '7', '--json', '--compare', 'a.json'])).toEqual({
      json: true,
      list: false,
      rows: ['cold', 'warm'],
      compare: 'a.json',
      runs: 7,
    });
  });

  test.each([
    [['--rows', 'a'], "Unknown option '--rows'."],
    [['a'], "Unexpected argument 'a'."],
    [['--row'], "Option '--row <value>' argument missing."],
    [['--row', ''], '--row needs the name of a row, or its beginning.'],
    [['--runs', '0'], '--runs takes a whole number from 1 to 100.'],
    [['--runs', '1e1'], '--runs takes a whole number from 1 to 100.'],
  ])('%j is refused with a sentence', (args, problem) => {
    expect(readOptions(args)).toEqual({ problem });
  });
});
