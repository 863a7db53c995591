import { setTimeout as pause } from 'node:timers/promises';

// Whether a newly started process answers. Each request has a short limit, so that a request lost during the start
// costs a second and not the whole time.

const QUESTION_MS = 1000;
const BETWEEN_MS = 30;

/** True as soon as the process reports that it is healthy; false after `withinMs`, or when it has ended. */
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
