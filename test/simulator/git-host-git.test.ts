import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Token } from '../../simulator/git-host/records.ts';
import { type GitHostStand, openGitHost, type Run } from './git-host-stand.ts';

// The stand-in for git hosts under the real git: who may read and push, and what git shows of a refusal.

let stand: GitHostStand;
afterEach(() => stand.close());

const SHOP = 'robin-field/shop';
const classic = (scopes: string[], login = 'robin-field'): Token =>
  stand.world.addToken({ kind: 'classic', login, scopes });

/** A clone in a folder of its own. */
async function clone(token: string, path = SHOP, name = 'clone'): Promise<{ run: Run; folder: string }> {
  const run = await stand.git(stand.folder, ['clone', '--quiet', stand.address(path, token), name]);
  return { run, folder: join(stand.folder, name) };
}
async function commit(folder: string, path: string, text = 'new\n'): Promise<void> {
  await stand.git(folder, ['checkout', '--quiet', '-B', 'change']);
  writeFileSync(join(folder, path), text);
  await stand.git(folder, ['add', '.']);
  await stand.git(folder, ['commit', '--quiet', '-m', `Change ${path}`]);
}

test('a clone, a branch of its own, and the branch as the host holds it', async () => {
  stand = await openGitHost();
  const { token } = classic(['repo']);
  const { run, folder } = await clone(token);
  expect(run).toMatchObject({ code: 0, said: '' });
  await commit(folder, 'new.txt');
  expect(await stand.git(folder, ['push', '--quiet', 'origin', 'change'])).toMatchObject({ code: 0 });
  const { out } = await stand.git(folder, ['rev-parse', 'HEAD']);
  expect(await stand.world.sha(SHOP, 'refs/heads/change')).toBe(out.trim());
});

test.each([
  ['no token', '', SHOP, /could not read Username|Authentication failed/],
  ['an unknown token', 'ghp_nobody', SHOP, /Authentication failed/],
  ['a repository of another', 'own', 'kim-reyes/diary', /Repository not found|repository '.*' not found/],
  ['no repository', 'own', 'robin-field/none', /Repository not found|repository '.*' not found/],
])('%s: git says why', async (_what, who, path, said) => {
  stand = await openGitHost();
  await stand.world.addRepository('kim-reyes/diary');
  const token = who === 'own' ? classic(['repo']).token : who;
  const address = token === '' ? `${stand.url}/github.com/${path}.git` : stand.address(path, token);
  const run = await stand.git(stand.folder, ['clone', address, 'clone']);
  expect(run.code).toBe(128);
  expect(run.said).toMatch(said);
});

test('an old path leads to the new one', async () => {
  stand = await openGitHost();
  const { token } = classic(['repo']);
  expect((await clone(token, 'robin-field/store')).run.code).toBe(0);
  const { status, headers } = await fetch(
    `${stand.url}/github.com/robin-field/store.git/info/refs?service=git-upload-pack`,
    {
      redirect: 'manual',
      headers: { authorization: `Basic ${btoa(`x:${token}`)}` },
    },
  );
  expect([status, headers.get('location')]).toEqual([
    301,
    `${stand.url}/github.com/robin-field/shop.git/info/refs?service=git-upload-pack`,
  ]);
});

test('a protected branch, the default branch’s deletion and a workflow are refused by ref', async () => {
  stand = await openGitHost();
  stand.world.repository(SHOP).protections.push({ branch: 'main', requiresPull: true, approvals: 0, checks: [] });
  const { token } = classic(['repo']);
  const { folder } = await clone(token);
  await commit(folder, 'new.txt');
  const push = (...refs: string[]) => stand.git(folder, ['push', 'origin', ...refs]);
  expect((await push('change:main')).said).toContain(
    'remote: error: GH006: Protected branch update failed for refs/heads/main.',
  );
  expect((await push('change:main')).said).toContain(
    '! [remote rejected] change -> main (protected branch hook declined)',
  );
  expect((await push(':main')).said).toContain('(refusing to delete the current branch: refs/heads/main)');
  await stand.git(folder, ['checkout', '--quiet', '-b', 'flow']);
  const workflow = '.github/workflows/ci.yml';
  mkdirSync(join(folder, '.github/workflows'), { recursive: true });
  writeFileSync(join(folder, workflow), 'on: push\n');
  await stand.git(folder, ['add', '.']);
  await stand.git(folder, ['commit', '--quiet', '-m', 'Flow']);
  const mixed = await push('change', 'flow');
  expect(mixed.said).toContain(
    `! [remote rejected] flow -> flow (refusing to allow a Personal Access Token to create or update workflow \`${workflow}\` without \`workflow\` scope)`,
  );
  expect(await stand.world.sha(SHOP, 'refs/heads/change')).not.toBeNull();
  expect(await stand.world.sha(SHOP, 'refs/heads/flow')).toBeNull();
});
