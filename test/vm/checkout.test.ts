import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import type { ApprovalPolicy } from '../../vm/src/process/sandbox.ts';
import { bringBranches, useCheckout } from '../../vm/src/workspace/checkout.ts';
import { workspaceOf } from '../../vm/src/workspace/workspace.ts';
import { git } from './connect-edge.ts';
import { message, newAttempt, results } from './machine-harness.ts';
import { type OwnMachine, ownMachine, toolResults } from './own-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';

// An agent in a sandbox works for a checkout on the person's computer: on a copy with a branch of its own, which the
// server brings into the checkout. The checkout's files, its index and its other branches stay as they are.

const tools = await sandboxPath();
const missing = 'missing' in tools ? tools.missing : null;
let checkout: string;
let own: OwnMachine;
beforeEach(async () => {
  checkout = mkdtempSync(join(tmpdir(), 'roost-checkout-'));
  git(checkout, 'init', '--quiet', '--initial-branch=main');
  writeFileSync(join(checkout, 'a.txt'), 'one\n');
  git(checkout, 'add', '--all');
  git(checkout, 'commit', '--quiet', '--message=First');
  git(checkout, 'remote', 'add', 'origin', 'https://ann:the-password@github.com/ann/shop.git');
  git(checkout, 'config', 'user.name', 'Ann');
  git(checkout, 'config', 'user.email', 'ann@example.com');
  writeFileSync(join(checkout, 'a.txt'), 'changed by me\n');
  writeFileSync(join(checkout, '.env'), 'the-password-too\n');
  const env = { APPROVALS: 'ask', SANDBOX: 'required', PATH: 'missing' in tools ? '' : tools.path };
  own = await ownMachine({ ...env, CHECKOUT: checkout, PRIVATE_PATHS: checkout });
});
afterEach(async () => {
  await own.end();
  rmSync(checkout, { recursive: true });
});

async function run(command: string): Promise<string> {
  own.script.reply(use('Bash', { command }), 'Done');
  expect(results(await own.warm.run(newAttempt(), { messages: [message('work')] }))).toMatchObject([{ text: 'Done' }]);
  return JSON.parse(toolResults(own.script).at(-1) ?? '""') as string;
}
const branches = (): string[] => git(checkout, 'branch', '--list', 'roost/*', '--format=%(refname:short)').split('\n');

test.skipIf(missing)('its commits arrive there after the turn, and nothing else does', async () => {
  const before = [git(checkout, 'status', '--short', '--untracked-files=all'), git(checkout, 'rev-parse', 'HEAD')];
  const said = await run(
    `cat a.txt; git branch --show-current; echo two >> a.txt; git add -A; git commit -qm Second; git branch other; git remote -v; cat ${checkout}/.env; touch ${checkout}/x; node -e "require('fs').rmSync('${checkout}/.git/objects', { recursive: true })" 2>&1; true`,
  );
  expect(said).toMatch(/^one\nroost\/\w{8}\n/);
  expect(said).not.toMatch(/the-password/);
  expect(said).toContain('https://github.com/ann/shop.git');
  await expect.poll(branches).toEqual([expect.stringMatching(/^roost\/\w{8}$/)]);
  const [branch = ''] = branches();
  expect(git(checkout, 'log', '--format=%s %an', branch)).toBe('Second Ann\nFirst Bo');
  expect(git(checkout, 'branch', '--list', 'other')).toBe('');
  expect([git(checkout, 'status', '--short', '--untracked-files=all'), git(checkout, 'rev-parse', 'HEAD')]).toEqual(
    before,
  );
  expect(readFileSync(join(checkout, 'a.txt'), 'utf8')).toBe('changed by me\n');
  expect(JSON.stringify(own.script.requests.at(-1)?.request.system)).toContain(`Work on the branch ${branch}`);

  await own.restart();
  await run('echo three >> a.txt; git commit -qam Third');
  await expect.poll(() => git(checkout, 'log', '--format=%s', branch)).toBe('Third\nSecond\nFirst');
});

test.skipIf(missing)('what leads out of the copy brings nothing of the person’s other folders', async () => {
  const other = join(checkout, '.git/other');
  git(checkout, 'init', '--quiet', '--bare', other);
  const tree = git(other, 'hash-object', '-t', 'tree', '-w', '/dev/null');
  const commit = git(other, 'commit-tree', tree, '-m', 'Private');
  const objects = `${other}/objects`;
  await run(`git commit -qm Second --allow-empty`);
  await expect.poll(branches).toHaveLength(1);
  // The sandbox keeps commands from this as well.
  const copy = join(own.dataDir, 'conversations', own.warm.conversation, 'projects/main/.git');
  writeFileSync(join(copy, 'objects/info/alternates'), `${objects}\n`);
  writeFileSync(join(copy, 'refs/heads/roost/other'), `${commit}\n`);
  useCheckout(checkout);
  vi.stubEnv('PATH', 'missing' in tools ? '' : tools.path);
  const confined: ApprovalPolicy = {
    ...{ approvals: 'ask', isSandboxed: true, confinesPrograms: true, privatePaths: [checkout, own.dataDir] },
    ...{ ownAddresses: [], connectPort: null, shownPaths: [] },
  };
  const bring = (policy: ApprovalPolicy): Promise<void> =>
    bringBranches(workspaceOf(own.dataDir, own.warm.conversation), policy);
  await expect(bring(confined)).rejects.toThrow();
  expect(() => git(checkout, 'cat-file', '-e', commit)).toThrow();
  // A git that isn't confined would bring it.
  await bring({ approvals: 'auto' });
  expect(git(checkout, 'cat-file', '-t', commit)).toBe('commit');
  vi.unstubAllEnvs();
});
