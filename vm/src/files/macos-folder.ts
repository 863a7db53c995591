import { spawnSync } from 'node:child_process';
import type { Stats } from 'node:fs';
import { closeSync, fstatSync, openSync } from 'node:fs';

// The operations of folder.ts for macOS, which has no path to an open descriptor. Opening refuses a link at any step of
// the path; all other calls run in a process that has entered the folder and checked its real path.

/** No step of the path may be a link. */
export const O_NOFOLLOW_ANY = 0x2000_0000;
const O_EVTONLY = 0x8000;
const O_NONBLOCK = 0x4;

const CALLS = ['mkdirSync', 'renameSync', 'rmdirSync', 'unlinkSync', 'readlinkSync'] as const;
export type Call = (typeof CALLS)[number];

const IN_FOLDER = `const [folder, call, given] = process.argv.slice(1);
if (process.cwd() !== folder) process.exit(3);
try {
  process.stdout.write(JSON.stringify({ done: require('node:fs')[call](...JSON.parse(given)) }));
} catch ({ code }) {
  process.stdout.write(JSON.stringify({ code }));
}`;

/** Runs `call` in the folder with this real path. Names in `given` are names in that folder. */
export function callInFolder(folder: string, call: Call, ...given: (string | number)[]): unknown {
  const args = ['-e', IN_FOLDER, folder, call, JSON.stringify(given)];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 10_000 });
  if (status !== 0) throw Object.assign(new Error('The folder was changed in the meantime'), { code: 'ELOOP' });
  const { done, code } = JSON.parse(stdout) as { done?: unknown; code?: string };
  if (code !== undefined) throw Object.assign(new Error(`${call}: ${code}`), { code });
  return done;
}

const LINK: FolderEntry = {
  isFile: () => false,
  isDirectory: () => false,
  isSymbolicLink: () => true,
  size: 0,
  mode: 0o777,
  mtimeMs: 0,
  uid: 0,
};

/** The stats of a file or folder; for a link, only that it is one. */
export function statOf(folder: string, name: string): FolderEntry | null {
  let fd: number;
  try {
    fd = openSync(`${folder}/${name}`, O_NOFOLLOW_ANY | O_EVTONLY | O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOOP') return null;
    try {
      callInFolder(folder, 'readlinkSync', name);
      return LINK;
    } catch {
      return null;
    }
  }
  try {
    return fstatSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whether a descriptor has a path (/proc/self/fd) that leads to what it holds. */
export const HAS_DESCRIPTOR_PATHS = process.platform === 'linux';

export type FolderEntry = Pick<
  Stats,
  'isFile' | 'isDirectory' | 'isSymbolicLink' | 'size' | 'mode' | 'mtimeMs' | 'uid'
>;
