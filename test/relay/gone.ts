import { type Process, sameProcess } from '../../scripts/local/process-families.ts';

const GONE_WITHIN_MS = 20_000;

/** Resolves when none of the processes is left; fails with their pids when that takes too long. */
export async function gone(processes: readonly Process[]): Promise<void> {
  const deadline = Date.now() + GONE_WITHIN_MS;
  for (;;) {
    const left = processes.filter(sameProcess);
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`still running: ${left.map(({ pid }) => pid).join(', ')}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}
