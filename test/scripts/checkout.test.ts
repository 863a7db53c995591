import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findCheckout } from '../../scripts/local/checkout.ts';

// `npm start -- --project PATH`: what it takes for a checkout, and what it says to everything else.

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'roost-checkout-')));
});
afterEach(() => rmSync(root, { recursive: true }));
const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, stdio: 'pipe' });
const ME = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com'];

test('is found from any folder of it, and each has files of its own', () => {
  for (const name of ['shop', 'bank']) {
    mkdirSync(join(root, name, 'src'), { recursive: true });
    git(join(root, name), 'init', '--quiet');
    git(join(root, name), ...ME, 'commit', '--quiet', '--allow-empty', '--message=First');
  }
  const found = findCheckout('src', join(root, 'shop'), '/state');
  expect(found).toEqual({ path: join(root, 'shop'), state: expect.stringMatching(/^\/state\/checkouts\/shop-\w{8}$/) });
  expect(findCheckout(join(root, 'shop'), '/', '/state')).toEqual(found);
  expect(findCheckout('bank', root, '/state')).not.toMatchObject({ state: 'state' in found ? found.state : '' });
});

test('is refused in words when it is none', () => {
  const problem = (path: string): string => {
    const found = findCheckout(path, root, '/state');
    return 'problem' in found ? found.problem : '';
  };
  expect(problem('nowhere')).toBe(`--project: there is no folder ${root}/nowhere.`);
  expect(problem('')).toMatch(/^--project: there is no folder/);
  expect(problem('.')).toMatch(/is not a git checkout\. git says: fatal: not a git repository/);
  git(root, 'init', '--quiet', 'empty');
  expect(problem('empty')).toBe(`--project: ${root}/empty has no commit yet. Commit something there first.`);
  git(root, 'init', '--quiet', '--bare', 'bare');
  expect(problem('bare')).toMatch(/is not a git checkout\. git says: fatal: this operation must be run in a work tree/);
});
