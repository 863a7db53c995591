import { setTimeout as pause } from 'node:timers/promises';

// Whether a process that has just been started answers. Each question is short, so that one that gets lost while the
// process comes up costs a second and not the whole time.

const QUESTION_MS = 1000;
const BETWEEN_MS = 30;

/** True as soon as it says it is healthy; false after `withinMs`, or when it does not run any more. */
export async function isReady(url: string, withinMs: number, runs: () => boolean): Promise<boolean> {
  const deadline = Date.now() + withinMs;
  while (runs() && Date.now() < deadline) {
    try {
      const response = await fetch(`${url}/healthz`, {
        headers: { connection: 'close' },
        signal: AbortSignal.timeout(QUESTION_MS),
      });
      await response.text();
      if (response.ok) return true;
    } catch {
      // Not yet.
    }
    await pause(BETWEEN_MS);
  }
  return false;
}
