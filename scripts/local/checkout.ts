import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

// The checkout that `npm start -- --project PATH` works for: found and checked before anything starts.

export type Checkout = { path: string; state: string };

/** `from`: the folder in which the person typed the command. `state`: of runs without a checkout. */
export function findCheckout(asked: string, from: string, state: string): Checkout | { problem: string } {
  const path = resolve(from, asked);
  if (asked === '' || !existsSync(path)) return { problem: `--project: there is no folder ${path}.` };
  const top = git(path, 'rev-parse', '--show-toplevel');
  if ('failed' in top) return { problem: `--project: ${path} is not a git checkout. ${top.failed}` };
  const commit = git(top.said, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
  if ('failed' in commit) return { problem: `--project: ${top.said} has no commit yet. Commit something there first.` };
  const real = realpathSync(top.said);
  const name = basename(real).replaceAll(/[^\w.-]/g, '-');
  const hash = createHash('sha256').update(real).digest('hex').slice(0, 8);
  return { path: real, state: join(state, 'checkouts', `${name}-${hash}`) };
}

function git(cwd: string, ...args: string[]): { said: string } | { failed: string } {
  try {
    const said = execFileSync('git', ['-c', 'core.fsmonitor=false', ...args], { cwd, stdio: 'pipe', encoding: 'utf8' });
    return { said: said.trim() };
  } catch (error) {
    const { code, stderr } = error as { code?: string; stderr?: string };
    return {
      failed:
        code === 'ENOENT'
          ? 'git is not installed.'
          : `git says: ${String(stderr ?? '')
              .trim()
              .slice(0, 300)}`,
    };
  }
}
