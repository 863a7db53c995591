import { randomBytes } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { readFreeDisk } from './resources.ts';

// Room kept aside on a machine's own disk: an agent that fills the disk in one go leaves nothing to start it with again, and
// only it can make room there. The room is given away when that happens, and taken back when there is plenty. The file is
// the state.

/** It must not bring the disk nearer to its bound. */
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

  /** Takes the room, where there is plenty. */
  keep(): Promise<void> {
    this.#keeping ??= this.#take().finally(() => {
      this.#keeping = undefined;
    });
    return this.#keeping;
  }

  /** Gives it away. */
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
        // Not zeros: a disk that compresses would keep no room for them.
        const chunk = randomBytes(Math.min(CHUNK, this.#bytes));
        for (let left = this.#bytes; left > 0; left -= chunk.length)
          await file.write(chunk, 0, Math.min(chunk.length, left));
      } finally {
        await file.close();
      }
    } catch {
      // Without it things are as they were.
      this.release();
    }
  }

  #size(): number | null {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? null;
  }
}
