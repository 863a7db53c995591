// Notices that the machine was suspended and goes on. Its time stood still meanwhile: it shows when the wall clock is
// corrected, or, where the kernel counts the pause, when a timer is late. Owns one timer.

const LOOK_MS = 5_000;
/** More than a busy computer delays a timer. */
const GAP_MS = 15_000;

/** Both in milliseconds. */
export type Times = { wall: number; steady: number };

/** Whether the time between two looks, `LOOK_MS` apart, holds a pause. */
export const hasPaused = (before: Times, after: Times): boolean =>
  Math.max(after.wall - before.wall, after.steady - before.steady) >= LOOK_MS + GAP_MS;

export function watchForResume(onResume: () => void): void {
  const read = (): Times => ({ wall: Date.now(), steady: performance.now() });
  let before = read();
  setInterval(() => {
    const after = read();
    if (hasPaused(before, after)) onResume();
    before = after;
  }, LOOK_MS).unref();
}
