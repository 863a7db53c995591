import { randomBytes } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readFreeDisk } from './resources.ts';

// A reserve on a machine's own disk: if an agent fills the disk at once, there is no room left to start it again, and
// only the agent can make room. The reserve is released then, and taken again when there is plenty of room. The file is
// the state.

/** Taken only if this many times its size is free, so that the reserve itself doesn't fill the disk. */
const PLENTY = 3;
const CHUNK = 1024 * 1024;

export class DiskReserve {
  readonly #path: string;
  readonly #dataDir: string;
  readonly #bytes: number;
  readonly #free: (path: string) => number | null;
  #keeping: Promise<void> | undefined;

  constructor(dataDir: string, bytes: number, free: (path: string) => number | null = readFreeDisk) {
    this.#dataDir = dataDir;
    this.#path = join(dataDir, 'reserve');
    this.#bytes = bytes;
    this.#free = free;
  }

  /** Takes the reserve if there is plenty of room. */
  keep(): Promise<void> {
    this.#keeping ??= this.#take().finally(() => {
      this.#keeping = undefined;
    });
    return this.#keeping;
  }

  /** Frees the reserve. */
  release(): void {
    rmSync(this.#path, { force: true });
  }

  async #take(): Promise<void> {
    if (this.#size() === this.#bytes) return;
    const free = this.#free(this.#dataDir);
    if (free === null || free < this.#bytes * PLENTY) return;
    try {
      const file = await open(this.#path, 'w', 0o600);
      try {
        // Random, because a compressing disk would keep no room for zeros.
        const chunk = randomBytes(Math.min(CHUNK, this.#bytes));
        for (let left = this.#bytes; left > 0; left -= chunk.length)
          await file.write(chunk, 0, Math.min(chunk.length, left));
      } finally {
        await file.close();
      }
    } catch {
      // The machine works without a reserve too.
      this.release();
    }
  }

  #size(): number | null {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? null;
  }
}
