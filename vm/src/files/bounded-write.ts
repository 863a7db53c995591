import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RequestRefusal } from '../refusal.ts';

// Streams bytes to a file up to a limit, and counts and hashes them on the way. Holds nothing in memory.

/** Reads up to this many times the limit and drops the rest, because a sender that is cut off doesn't hear why. */
const HEARD_OUT = 4;

export type Written = { size: number; sha256: string };

export async function writeBounded(
  from: AsyncIterable<Uint8Array>,
  path: string,
  maxBytes: number,
  flags: 'wx' | 'w' = 'wx',
): Promise<Written> {
  const tooLarge = new RequestRefusal('too_large', `The file is larger than ${formatMegabytes(maxBytes)}.`);
  const hash = createHash('sha256');
  let size = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > maxBytes * HEARD_OUT) return done(tooLarge);
      if (size > maxBytes) return done();
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(from, count, createWriteStream(path, { flags, flush: true, mode: 0o600 }));
  } catch (error) {
    throw isFull(error) ? new RequestRefusal('no_space', 'The machine’s disk is full. Remove something first.') : error;
  }
  if (size > maxBytes) throw tooLarge;
  return { size, sha256: hash.digest('hex') };
}

export const formatMegabytes = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MB`;

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
