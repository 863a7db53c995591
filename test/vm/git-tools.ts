import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cached, unpack } from './debian-packages.ts';

// A folder with the real `gh` and `git-lfs`: the system's, or unpacked by its package manager if they aren't installed.

const works = (path: string): boolean => {
  try {
    for (const tool of ['gh', 'git-lfs']) execFileSync(tool, ['--version'], { env: { PATH: path }, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** A PATH with both, or why there is none. ROOST_GH names another gh, in a folder that the sandbox shows. */
export async function gitToolsPath(given = process.env.PATH ?? ''): Promise<{ path: string } | { missing: string }> {
  const { ROOST_GH } = process.env;
  const own = ROOST_GH === undefined ? given : `${dirname(ROOST_GH)}:${given}`;
  if (works(own)) return { path: own };
  const folder = cached('roost-git-tools');
  const bin = join(folder, 'bin');
  const path = ROOST_GH === undefined ? `${bin}:${own}` : `${dirname(ROOST_GH)}:${bin}:${given}`;
  if (works(path)) return { path };
  try {
    await unpack(folder, ['gh', 'git-lfs'], { plain: ['gh', 'git-lfs'] });
  } catch {
    return { missing: 'gh and git-lfs are not installed, and their packages could not be fetched' };
  }
  return works(path) ? { path } : { missing: 'gh or git-lfs doesn’t run here' };
}

/** The same PATH as a computer has it where nobody installed gh: each folder with one is replaced by links to the rest. */
export function withoutGh(path: string): { path: string; remove: () => void } {
  const made: string[] = [];
  const bare = (folder: string): string => {
    if (!existsSync(join(folder, 'gh'))) return folder;
    const links = mkdtempSync(join(tmpdir(), 'roost-no-gh-'));
    made.push(links);
    for (const name of readdirSync(folder)) if (name !== 'gh') symlinkSync(join(folder, name), join(links, name));
    return links;
  };
  return {
    path: path.split(':').map(bare).join(':'),
    remove: () => {
      for (const folder of made) rmSync(folder, { recursive: true, force: true });
    },
  };
}
