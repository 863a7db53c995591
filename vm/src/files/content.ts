import { readSync } from 'node:fs';

// Reads no more of a file than was asked for, even if somebody makes it grow meanwhile.

const CHUNK = 64 * 1024;

/** The rest of an open file; null where that is more than `max` bytes. */
export function contentOf(descriptor: number, max: number): Buffer | null {
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
