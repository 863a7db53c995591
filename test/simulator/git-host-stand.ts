import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GitHostOptions } from '../../simulator/git-host/host.ts';
import { type FakeGitHost, startGitHost } from '../../simulator/git-host/server.ts';

// A git host for one test, with a person, a colleague and a private repository, and programs that run against it.

export const ROBIN = { name: 'Robin Field', email: 'robin@example.com' };

export type GitHostStand = FakeGitHost & {
  /** A folder that goes with the stand. */
  folder: string;
  /** git in this folder, for this token; resolves with its code and all that it said. */
  git(cwd: string, args: readonly string[], env?: Record<string, string>): Promise<Run>;
  /** The address of a repository, with a token in it. */
  address(path: string, token: string): string;
  close(): Promise<void>;
};
export type Run = { code: number; out: string; said: string };

export async function openGitHost(more: Partial<GitHostOptions> = {}): Promise<GitHostStand> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-git-host-'));
  const fake = await startGitHost({ port: 0, folder: join(folder, 'host'), deviceIntervalS: 0, ...more });
  if (fake.world.store.isNew) {
    fake.world.addPerson('robin-field', { name: ROBIN.name });
    fake.world.addPerson('kim-reyes', { name: 'Kim Reyes' });
    await fake.world.addRepository('robin-field/shop', {
      formerPaths: ['robin-field/store'],
      commits: [
        {
          message: 'Begin',
          author: ROBIN,
          at: Date.parse('2026-11-02T09:00:00Z'),
          files: { 'README.md': '# Shop\n', 'src/price.ts': 'export const price = (cents: number) => cents / 100;\n' },
        },
      ],
    });
  }
  return {
    ...fake,
    folder,
    git: (cwd, args, env = {}) =>
      runProgram('git', args, {
        cwd,
        env: {
          PATH: process.env.PATH ?? '',
          HOME: folder,
          LANG: 'C',
          GIT_CONFIG_NOSYSTEM: '1',
          GIT_TERMINAL_PROMPT: '0',
          GIT_AUTHOR_NAME: ROBIN.name,
          GIT_AUTHOR_EMAIL: ROBIN.email,
          GIT_COMMITTER_NAME: ROBIN.name,
          GIT_COMMITTER_EMAIL: ROBIN.email,
          ...env,
        },
      }),
    address: (path, token) => `${fake.url.replace('//', `//x-access-token:${token}@`)}/github.com/${path}.git`,
    async close() {
      await fake.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { ...options, timeout: 60_000, maxBuffer: 2 ** 26 }, (error, out, said) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, said });
    });
    child.stdin?.end();
  });
}
