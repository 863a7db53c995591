import { expect, test } from 'vitest';
import { checksOf } from '../../../src/git/checks.ts';

const run = (n: number, conclusion: string | null = 'success') => ({
  name: `build ${n}`,
  status: conclusion === null ? 'in_progress' : 'completed',
  conclusion,
  html_url: `https://ci.example.com/${n}`,
});
const runs = Array.from({ length: 100 }, (_, n) => run(n));

test('a failed status counts beside a hundred check runs', () => {
  const failed = { context: 'licences', state: 'failure', target_url: null };
  const { list, unread } = checksOf({ total_count: 100, check_runs: runs }, { total_count: 1, statuses: [failed] });
  expect(list).toHaveLength(101);
  expect(list.at(-1)).toEqual({ name: 'licences', state: 'failed', url: null });
  expect(unread).toBe(0);
});

test('checks beyond the page of the host are counted as unread', () => {
  const none = { total_count: 0, statuses: [] };
  expect(checksOf({ total_count: 130, check_runs: runs }, none).unread).toBe(30);
  expect(checksOf({ total_count: 130, check_runs: [...runs, run(100)] }, none)).toMatchObject({ unread: 30 });
});

test.each([
  ['success', 'passed'],
  ['neutral', 'passed'],
  ['skipped', 'skipped'],
  ['stale', 'skipped'],
  ['failure', 'failed'],
  ['timed_out', 'failed'],
  ['action_required', 'failed'],
  [null, 'running'],
])('a check run that ended with %s is %s', (conclusion, state) => {
  expect(checksOf({ check_runs: [run(1, conclusion)] }, null)).toMatchObject({ list: [{ state }], isWhole: false });
});

test.each([
  ['javascript:alert(1)', null],
  ['https://ci.example.com/1', 'https://ci.example.com/1'],
  ['https://ci.example.com/a b', null],
])('a link of a check is a web address: %s', (target_url, url) => {
  const { list } = checksOf(null, { statuses: [{ context: 'x', state: 'pending', target_url }] });
  expect(list).toEqual([{ name: 'x', state: 'running', url }]);
});
