import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hasTitle, keyOf, numbersOf, othersOf, quotedIn, read, root, rowsOf, TABLE, valuesOf } from './bounds-table.ts';

// docs/bounds.md agrees with the code about every number that ends something: its value, the words that people read,
// and the test that reaches it.

const sources = (...folders: string[]): string[] =>
  execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...folders], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((path) => /\.(ts|mjs)$/.test(path) && !path.endsWith('.d.ts') && existsSync(join(root, path)));

const markdown = read(TABLE);
const rows = rowsOf(markdown);
const others = othersOf(markdown);
const bounds = rows.flatMap((row) => row.bounds);

test('every number of relay and machine has a row, or ends nothing', () => {
  const known = new Set([...bounds, ...others].map(keyOf));
  const found = sources('src', 'vm/src').flatMap((path) =>
    [...numbersOf(path).keys()].map((name) => ({ path, name })).filter((number) => !known.has(keyOf(number))),
  );
  expect(found, `a row in ${TABLE}: what reaches it, what is said, what happens next, the test`).toEqual([]);
});

test('each is there once, and in the code with that value', () => {
  const all = [...bounds, ...others].map(keyOf);
  expect(all.filter((key, index) => all.indexOf(key) !== index)).toEqual([]);
  const wrong = bounds.flatMap(({ path, name, value }) => {
    const actual = existsSync(join(root, path)) ? numbersOf(path).get(name) : undefined;
    const isSame = actual !== undefined && `${actual}` === `${valuesOf(value)}`;
    return isSame ? [] : [`${name} is written as ${value || 'nothing'}, and ${path} says ${actual ?? 'nothing'}`];
  });
  expect(wrong).toEqual([]);
  const gone = others.filter(({ path, name }) => !existsSync(join(root, path)) || !numbersOf(path).has(name));
  expect(gone).toEqual([]);
});

test('its quotations are the words that people read', () => {
  const code = sources('src', 'vm/src', 'scripts').map(read).join('\n');
  const wrong = rows.flatMap(({ line, told }) => quotedIn(told).map((words) => ({ line, words })));
  expect(wrong.filter(({ words }) => !code.includes(words))).toEqual([]);
});

test('the tests it names are there, and no bound is without one', () => {
  const wrong = rows.flatMap(({ line, test: named }) =>
    named === null || (existsSync(join(root, named.path)) && hasTitle(read(named.path), named.title))
      ? []
      : [{ line, ...named }],
  );
  expect(wrong).toEqual([]);
  const untested = rows.filter((row) => row.test === null).flatMap((row) => row.bounds.map(({ name }) => name));
  expect(untested).toEqual([]);
});
