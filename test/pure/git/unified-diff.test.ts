import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lineOf, readDiff } from '../../../src/git/unified-diff.ts';

// Diffs as the real git writes them, and diffs as nobody should.

const folder = mkdtempSync(join(tmpdir(), 'roost-diff-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
  });

describe('of the real git', () => {
  const lines = Array.from({ length: 30 }, (_, n) => `line ${n + 1}`);
  git('init', '-q');
  writeFileSync(join(folder, 'cart.ts'), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'old name.txt'), `${lines.join('\n')}\n`);
  writeFileSync(join(folder, 'gone.txt'), 'one\n');
  writeFileSync(join(folder, 'run.sh'), '#!/bin/sh\n');
  writeFileSync(join(folder, 'picture.bin'), Buffer.from([0, 1, 2, 0, 255]));
  writeFileSync(join(folder, 'sql.txt'), '-- a\n-- b\n');
  git('add', '-A');
  git('commit', '-qm', 'one');
  writeFileSync(join(folder, 'cart.ts'), `${lines.with(4, 'changed').toSpliced(25, 1).join('\n')}\n`);
  renameSync(join(folder, 'old name.txt'), join(folder, 'new näme "x".txt'));
  rmSync(join(folder, 'gone.txt'));
  chmodSync(join(folder, 'run.sh'), 0o755);
  writeFileSync(join(folder, 'picture.bin'), Buffer.from([0, 9, 2, 0, 255]));
  writeFileSync(join(folder, 'sql.txt'), '++ a\n');
  writeFileSync(join(folder, 'fresh.txt'), 'no end of line');
  git('add', '-A');
  const files = readDiff(git('diff', '--cached', '-M'));
  const named = (path: string) => files.find((file) => file.path === path);

  test('every file has its name and what became of it', () => {
    expect(Object.fromEntries(files.map(({ path, change }) => [path, change]))).toEqual({
      'cart.ts': 'changed',
      'fresh.txt': 'added',
      'gone.txt': 'deleted',
      'new näme "x".txt': 'renamed',
      'picture.bin': 'changed',
      'run.sh': 'changed',
      'sql.txt': 'changed',
    });
    expect(named('new näme "x".txt')?.oldPath).toBe('old name.txt');
    expect(named('picture.bin')).toMatchObject({ isBinary: true, hunks: [] });
    expect(named('cart.ts')).toMatchObject({ isBinary: false, modes: null, oldPath: null });
    expect(named('run.sh')?.modes).toEqual(['100644', '100755']);
  });

  test('lines are numbered on both sides', () => {
    const cart = named('cart.ts');
    expect([cart?.added, cart?.removed, cart?.hunks.length]).toEqual([1, 2, 2]);
    const changed = cart?.hunks[0]?.lines.filter(({ kind }) => kind !== 'same');
    expect(changed).toEqual([
      { kind: 'removed', before: 5, after: null, text: 'line 5' },
      { kind: 'added', before: null, after: 5, text: 'changed' },
    ]);
    expect(cart?.hunks[1]?.lines.at(0)).toMatchObject({ before: 23, after: 23 });
    expect(cart && lineOf(cart, 8)).toMatchObject({ before: 23 });
    expect(cart && lineOf(cart, 99)).toBeNull();
  });

  test('lines that look like headers are lines', () => {
    expect(named('sql.txt')?.hunks[0]?.lines.map(({ kind, text }) => [kind, text])).toEqual([
      ['removed', '-- a'],
      ['removed', '-- b'],
      ['added', '++ a'],
    ]);
  });

  test('the remark on a missing end of line is no line', () => {
    expect(named('fresh.txt')?.hunks[0]?.lines).toEqual([
      { kind: 'added', before: null, after: 1, text: 'no end of line' },
    ]);
  });
});

describe('of nobody', () => {
  test('a hunk ends where its header says, and the next file begins', () => {
    const files = readDiff(
      'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-diff --git a/y b/y\n+@@ -1 +1 @@\ndiff --git a/z b/z\n',
    );
    expect(files.map(({ path, added, removed }) => [path, added, removed])).toEqual([
      ['x', 1, 1],
      ['z', 0, 0],
    ]);
  });

  test('a line more than the header says ends the hunk', () => {
    const [file] = readDiff('diff --git a/x b/x\n@@ -1,2 +1,1 @@\n-a\n+b\n+c\n');
    expect(file).toMatchObject({ added: 1, removed: 1 });
  });

  test('what follows a hunk is no line of it, whatever it begins with', () => {
    for (const end of ['-- \n2.39.5\n', '+2.39.5\n', '\n']) {
      const [file] = readDiff(`diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n${end}`);
      expect([file?.added, file?.removed, file?.hunks[0]?.lines.length]).toEqual([1, 1, 2]);
    }
  });

  test.each([
    ['a/run me.sh b/run me.sh', 'run me.sh'],
    ['"a/p \\"x\\".bin" "b/p \\"x\\".bin"', 'p "x".bin'],
    ['"a/x\\\\" "b/x\\\\"', 'x\\'],
    ['"a/\\303\\274\\t" "b/\\303\\274\\t"', 'ü\t'],
  ])('a file without content lines has the name of its first line: %s', (names, path) => {
    const [file] = readDiff(`diff --git ${names}\nold mode 100644\nnew mode 100755\n`);
    expect(file).toMatchObject({ path, modes: ['100644', '100755'], hunks: [] });
  });

  test('half a change of modes is none', () => {
    expect(readDiff('diff --git a/x b/x\nold mode 100644\n')[0]?.modes).toBeNull();
  });

  test.each([
    ['-1 +1,3', ' a\n b\n', ['same']],
    ['-1,3 +1', ' a\n b\n', ['same']],
    ['-1 +1,2', '-a\n-b\n+c\n', ['removed']],
    ['-1,2 +1', '+a\n+b\n-c\n', ['added']],
    ['-1,2 +1,2', ' a\n?b\n c\n', ['same']],
  ])('a side has no more lines than the header %s says', (sides, lines, kinds) => {
    const [file] = readDiff(`diff --git a/x b/x\n@@ ${sides} @@\n${lines}`);
    expect(file?.hunks[0]?.lines.map(({ kind }) => kind)).toEqual(kinds);
  });

  test('cut in the middle, empty, not a diff at all', () => {
    expect(readDiff('diff --git a/x b/x\n@@ -1,9 +1,9 @@\n a\n+b')[0]?.hunks[0]?.lines).toHaveLength(2);
    expect(readDiff('diff --git a/x b/x\n@@ -1,9 +1,9 @@\n a\n+b\n')[0]?.hunks[0]?.lines).toHaveLength(2);
    expect([readDiff(''), readDiff('<html>'), readDiff('@@ -1 +1 @@\n+x')]).toEqual([[], [], []]);
  });

  test('a name without end is cut', () => {
    const name = '\\303'.repeat(200_000);
    for (const text of [
      `diff --git "a/${name}" "b/${name}"`,
      `diff --git a/x b/x\nrename to "${name}"\n+++ "b/${name}"`,
    ])
      expect(readDiff(text)[0]?.path.length).toBeLessThanOrEqual(40_000);
  });
});
