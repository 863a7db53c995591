import { closeSync, constants, fstatSync, openSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { isAgentsFile } from '../process/agent-user.ts';
import { readUpTo } from './bounded-read.ts';
import { Folder } from './folder.ts';
import { HAS_DESCRIPTOR_PATHS, O_NOFOLLOW_ANY } from './macos-folder.ts';

// Resolves a path that the agent or the person named inside a project. Links that stay inside are followed: the target
// is held by a descriptor, and then its real path is checked. Refusals are worded for whoever named the path.

export type OpenedFile = { handle: FileHandle; path: string; size: number } | { refused: string };
export type OpenedFolder = { folder: Folder } | { refused: string };
/** `fd` holds the file without having opened it. */
type Found = { fd: number; path: string; stats: Stats } | { refused: string };

const OUTSIDE = 'That path is outside the project. Only files in the project can be used.';
const MISSING = 'There’s nothing at that path in the project.';
const NO_FOLDER = 'There’s no such folder in the project. Text /files to see what’s there.';
const UNREADABLE = 'That file can’t be read.';
/** Linux: a descriptor that only holds the place. */
const O_PATH = 0o10000000;
const { O_DIRECTORY, O_NONBLOCK, O_RDONLY } = constants;

/** Opens an ordinary file of the project for reading. */
export async function openInside(folder: string, asked: string): Promise<OpenedFile> {
  const found = find(folder, asked);
  if ('refused' in found) return found;
  const { fd, path, stats } = found;
  try {
    if (stats.isDirectory()) return { refused: 'That’s a folder. Zip it into one file first.' };
    if (!stats.isFile()) return { refused: 'That isn’t a regular file.' };
    if (!isAgentsFile(stats)) return { refused: UNREADABLE };
    const handle = HAS_DESCRIPTOR_PATHS
      ? await open(`/proc/self/fd/${fd}`, O_RDONLY | O_NONBLOCK)
      : await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW_ANY);
    return { handle, path, size: stats.size };
  } catch {
    return { refused: UNREADABLE };
  } finally {
    closeSync(fd);
  }
}

/** The content of an ordinary file of the project; null when there is none, or more than `most` bytes. */
export function readInside(folder: string, asked: string, most: number): Buffer | null {
  const found = find(folder, asked);
  if ('refused' in found) return null;
  try {
    const { stats } = found;
    if (!stats.isFile() || !isAgentsFile(stats) || stats.size > most) return null;
    const fd = HAS_DESCRIPTOR_PATHS ? openSync(`/proc/self/fd/${found.fd}`, O_RDONLY | O_NONBLOCK) : found.fd;
    try {
      return readUpTo(fd, most);
    } finally {
      if (fd !== found.fd) closeSync(fd);
    }
  } catch {
    return null;
  } finally {
    closeSync(found.fd);
  }
}

/** The size of an ordinary file of the project; 0 when there is none. */
export function sizeOfInside(folder: string, asked: string): number {
  const found = find(folder, asked);
  if ('refused' in found) return 0;
  closeSync(found.fd);
  return found.stats.isFile() && isAgentsFile(found.stats) ? found.stats.size : 0;
}

/** Opens a folder of the project; the caller closes it. */
export function openFolderInside(folder: string, asked: string): OpenedFolder {
  const found = find(folder, asked, O_DIRECTORY);
  return 'refused' in found ? found : { folder: Folder.held(found.fd, found.path) };
}

function find(folder: string, asked: string, flags = HAS_DESCRIPTOR_PATHS ? O_PATH : 0): Found {
  if (asked.includes('\0') || asked.length > 4096) return { refused: 'That isn’t a valid path.' };
  const path = resolve(folder, asked);
  if (!isUnder(folder, path)) return { refused: OUTSIDE };
  let fd: number | undefined;
  try {
    using project = Folder.open(folder);
    // On other systems the real path is resolved first, and opened only if no step of it has become a link.
    const real = HAS_DESCRIPTOR_PATHS ? join(project.address, relative(folder, path)) : realpathSync(path);
    fd = openSync(real, O_RDONLY | O_NONBLOCK | flags | (HAS_DESCRIPTOR_PATHS ? 0 : O_NOFOLLOW_ANY));
    const at = HAS_DESCRIPTOR_PATHS ? readlinkSync(`/proc/self/fd/${fd}`) : real;
    const top = HAS_DESCRIPTOR_PATHS ? readlinkSync(project.address) : project.address;
    if (isUnder(top, at)) return { fd, path: at, stats: fstatSync(fd) };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    const isFile = flags === O_DIRECTORY && (error as NodeJS.ErrnoException).code === 'ENOTDIR';
    return { refused: isFile ? NO_FOLDER : MISSING };
  }
  closeSync(fd);
  return { refused: OUTSIDE };
}

function isUnder(folder: string, path: string): boolean {
  return path === folder || path.startsWith(join(folder, sep));
}
