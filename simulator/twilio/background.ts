import { setTimeout as wait } from 'node:timers/promises';

// The carrier's work after its answers: timers and deliveries. Knows when all of it is finished, and can end all of it
// at once. Holds no data; nothing survives a restart.

export type Background = {
  readonly signal: AbortSignal;
  sleep(ms: number): Promise<void>;
  /** Starts work that nobody waits for. Its errors become unhandled rejections, unless the carrier has been closed. */
  run(work: () => Promise<void>): void;
  /** Resolves when no work is left, including work started meanwhile. */
  settled(): Promise<void>;
  close(): Promise<void>;
};

export function createBackground(): Background {
  const closing = new AbortController();
  const running = new Set<Promise<void>>();

  const settled = async (): Promise<void> => {
    while (running.size > 0) await Promise.allSettled([...running]);
  };

  return {
    signal: closing.signal,
    async sleep(ms) {
      await wait(ms, undefined, { signal: closing.signal });
    },
    run(work) {
      const finished = work()
        .catch((error: unknown) => {
          if (!closing.signal.aborted) throw error;
        })
        .finally(() => running.delete(finished));
      running.add(finished);
    },
    settled,
    async close() {
      closing.abort();
      await settled();
    },
  };
}
