import { execFile, spawnSync } from 'node:child_process';
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { confineCheck } from '../process/confined-command.ts';
import type { ApprovalPolicy } from '../process/sandbox.ts';
import { makeCloneFolder } from './clone-folder.ts';
import type { Workspace } from './workspace.ts';

// A checkout on the person's computer for which agents work (CHECKOUT). Each conversation's first project is a copy of
// it on a branch of its own, and after each turn the server brings that branch into the checkout. The agent reaches the
// copy alone: with a worktree, the sandbox would have to let it write the checkout's objects, and the file that tells
// every git, also one outside of the sandbox, where its settings are.

/** The project that is a copy of the checkout. */
export const CHECKOUT_PROJECT = 'main';
const COPY_MS = 10 * 60_000;
const BRING_MS = 5 * 60_000;
const BRANCHES = 'roost';

const run = promisify(execFile);
let checkout: string | null = null;

export function useCheckout(path: string | null): void {
  checkout = path;
}

export const hasCheckout = (project: string): boolean => checkout !== null && project === CHECKOUT_PROJECT;

/** The branch of the conversation that `workspace` belongs to. */
export const branchOf = ({ projects }: Workspace): string => `${BRANCHES}/${nameOf(projects)}`;
const nameOf = (projects: string): string =>
  (projects.split('/').at(-2) ?? '').replaceAll(/[^a-zA-Z0-9]/g, '').slice(0, 8);

/** Makes the project's folder, which doesn't exist yet; false if it couldn't be copied. */
export function copyCheckout(workspace: Workspace, project: string): boolean {
  if (checkout === null) return false;
  const aside = makeCloneFolder(workspace, project);
  const options = ['--quiet', '--no-hardlinks', '--template=', '--no-recurse-submodules', '--origin=checkout'];
  const isCopied =
    git(['clone', ...options, checkout, aside]).status === 0 &&
    git(['-C', aside, 'checkout', '--quiet', '-b', branchOf(workspace)]).status === 0;
  if (!isCopied) return false;
  const origin = withoutPassword(git(['-C', checkout, 'config', '--get', 'remote.origin.url']).stdout.trim());
  if (origin !== null) git(['-C', aside, 'remote', 'add', 'origin', origin]);
  for (const key of ['user.name', 'user.email']) {
    const value = git(['-C', checkout, 'config', '--get', key]).stdout.trim();
    if (value !== '') git(['-C', aside, 'config', key, value]);
  }
  renameSync(aside, join(workspace.projects, project));
  return true;
}

/**
 * Brings the conversation's branches into the checkout. The git that reads the copy is in the sandbox if there is one,
 * because the agent chose the copy's settings. Throws git's words.
 */
export async function bringBranches(workspace: Workspace, policy: ApprovalPolicy): Promise<void> {
  const copy = join(workspace.projects, CHECKOUT_PROJECT);
  if (checkout === null || !existsSync(join(copy, '.git'))) return;
  const reader = confineCheck(['git', 'upload-pack'], policy, [copy]).map(quote).join(' ');
  const options = [
    `--upload-pack=${reader}`,
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--no-recurse-submodules',
    '--no-auto-maintenance',
  ];
  const branches = `+refs/heads/${BRANCHES}/*:refs/heads/${BRANCHES}/*`;
  await run('git', [...SAFE, '-C', checkout, 'fetch', ...options, copy, branches], { env: ENV, timeout: BRING_MS });
}

const SAFE = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'protocol.file.allow=always'];
const ENV = { PATH: process.env.PATH, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_LFS_SKIP_SMUDGE: '1' };

const git = (args: string[]) =>
  spawnSync('git', [...SAFE, ...args], {
    env: ENV,
    encoding: 'utf8',
    timeout: COPY_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** For a shell. */
const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** Null if there is no address, or one that can't be read. */
function withoutPassword(address: string): string | null {
  if (!/^https?:/.test(address)) return address === '' ? null : address;
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
}
