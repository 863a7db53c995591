import { expect, test } from 'vitest';
import { describeProgress, isProgress, readProgress, reasonIn } from '../../vm/src/repository/clone-progress.ts';

// What people read of a clone: how far it is, and why it failed.

test.each([
  ['Receiving objects:  45% (450/1000), 12.30 MiB | 4.10 MiB/s', 'Cloning shop: 45 %'],
  ['remote: Resolving deltas:   7% (7/100)', 'Cloning shop: putting the history together, 7 %'],
  ['Updating files: 100% (200/200), done.', 'Cloning shop: writing the files, 100 %'],
  ['Receiving objects: 999% (9/1)', 'Cloning shop: 100 %'],
  ['remote: Counting objects:  10% (1/10)', null],
  ['Cloning into bare repository …', null],
  ['remote: Receiving objects: soon', null],
])('%s', (line, said) => {
  const progress = readProgress(line);
  expect(progress && describeProgress('shop', progress)).toBe(said);
});

test.each([
  [
    ['remote: The account is gone.', 'remote: Connect again.', 'fatal: unable to access'],
    'The account is gone. Connect again.',
  ],
  [['fatal: remote error: not yours'], 'not yours'],
  [['error: RPC failed; HTTP 500', 'fatal: early EOF'], 'the connection broke off'],
  [['warning: strange\u001b[31m'], 'warning: strange [31m'],
  [['fatal: expected flush after ref listing'], 'the connection broke off'],
  [[], 'git ended without a word'],
])('of %j the reason is “%s”', (lines, reason) => {
  expect(reasonIn(lines)).toBe(reason);
});

test('lines that only count are no reason', () => {
  expect(isProgress('remote: Counting objects:  10% (1/10)')).toBe(true);
  expect(isProgress('remote: Not found.')).toBe(false);
});
