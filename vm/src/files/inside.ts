import { constants } from 'node:fs';
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

// What a path that the agent or the person named means inside a project. Links are followed as far as they stay inside.
// Refusals are in words for whoever named it.

export type Inside = { path: string } | { refused: string };
export type OpenedFile = { handle: FileHandle; path: string; size: number } | { refused: string };

const OUTSIDE = 'Only what is in the project can be used: that path leads out of it.';
const MISSING = 'There is nothing at that path in the project.';

export async function inside(folder: string, asked: string): Promise<Inside> {
  if (asked.includes('\0') || asked.length > 4096) return { refused: 'That is no path.' };
  const path = resolve(folder, asked);
  if (!isUnder(folder, path)) return { refused: OUTSIDE };
  try {
    const real = await realpath(path);
    return isUnder(await realpath(folder), real) ? { path: real } : { refused: OUTSIDE };
  } catch {
    return { refused: MISSING };
  }
}

/** Opens an ordinary file of the project for reading. */
export async function openInside(folder: string, asked: string): Promise<OpenedFile> {
  const found = await inside(folder, asked);
  if ('refused' in found) return found;
  const before = await lstat(found.path).catch(() => null);
  if (before === null) return { refused: MISSING };
  if (before.isDirectory()) return { refused: 'That is a folder: pack it into one file first.' };
  if (!before.isFile()) return { refused: 'That is no ordinary file.' };
  let handle: FileHandle;
  try {
    handle = await open(found.path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch {
    return { refused: 'That file cannot be read.' };
  }
  // Between looking and opening the agent may have put something else there.
  const opened = await handle.stat();
  if (opened.isFile() && opened.ino === before.ino && opened.dev === before.dev)
    return { handle, path: found.path, size: opened.size };
  await handle.close();
  return { refused: 'That file was changed in the meantime: try again.' };
}

function isUnder(folder: string, path: string): boolean {
  return path === folder || path.startsWith(join(folder, sep));
}
