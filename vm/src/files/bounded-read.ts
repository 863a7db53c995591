import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { HAS_DESCRIPTOR_PATHS, O_NOFOLLOW_ANY } from './macos-folder.ts';

// Reads a file that others can write: never more than was asked for, even if it grows meanwhile, and without blocking on
// what they put there. Keeps nothing.

/**
 * Its content; its size and time as words where that is more than `max`; null where there is no file. Of a path that
 * `isReal` no step is a link: where one has become one since, there is no file either.
 */
export function readFileUpTo(path: string, max: number, isReal = false): Buffer | string | null {
  let descriptor: number;
  try {
    // A pipe would be waited for.
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
