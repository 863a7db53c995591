import { afterEach } from 'vitest';

// The clock of the isolate, which the objects share with their test: it stands still while it is frozen, and moves by hand.
// Alarms fire by the platform's clock, so a test that moves time rings them itself.

const real = Date.now;
let frozenAt: number | null = null;
let moved = 0;

/** From now on. Before anything else, because lanes keep the function they found. */
export function useClock(): { freeze: () => void; move: (ms: number) => void } {
  Date.now = () => (frozenAt ?? real()) + moved;
  afterEach(() => {
    frozenAt = null;
    moved = 0;
  });
  return {
    freeze: () => {
      frozenAt = real();
    },
    move: (ms) => {
      moved += ms;
    },
  };
}
