import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { HAS_DESCRIPTOR_PATHS, O_NOFOLLOW_ANY } from './macos-folder.ts';

// Reads files that others can change: never more than the limit, even if a file grows meanwhile, and without blocking
// on a pipe. Keeps nothing.

/**
 * The file's content; a text with its size and time if it is larger than `max`; null if there is no file. `isReal`: no
 * step of the path may be a link; if one has become a link, the result is null too.
 */
export function readFileUpTo(path: string, max: number, isReal = false): Buffer | string | null {
  let descriptor: number;
  try {
    // Opening a pipe would block.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK;
    descriptor = openSync(path, flags | (isReal && !HAS_DESCRIPTOR_PATHS ? O_NOFOLLOW_ANY : 0));
  } catch {
    return null;
  }
  try {
    if (isReal && HAS_DESCRIPTOR_PATHS && readlinkSync(`/proc/self/fd/${descriptor}`) !== path) return null;
    const { size, mtimeMs } = fstatSync(descriptor);
    if (!fstatSync(descriptor).isFile()) return null;
    return (size > max ? null : readUpTo(descriptor, max)) ?? `${size} bytes of ${mtimeMs}`;
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}

const CHUNK = 64 * 1024;

/** The rest of an open file; null where that is more than `max` bytes. */
export function readUpTo(descriptor: number, max: number): Buffer | null {
  const chunks: Buffer[] = [];
  let left = max + 1;
  while (left > 0) {
    const chunk = Buffer.alloc(Math.min(CHUNK, left));
    const read = readSync(descriptor, chunk);
    if (read === 0) return Buffer.concat(chunks);
    chunks.push(chunk.subarray(0, read));
    left -= read;
  }
  return null;
}
