import { setTimeout as pause } from 'node:timers/promises';
import type { FaultWorld } from './world.ts';

// Moves the clock of one conversation, so that tests need not wait. The relay refuses while anything of the
// conversation is in progress.

const TRIES = 40;
const PAUSE_MS = 500;

/** `at`: the time of the run. */
export type ClockMove = { phone: string; at: number; byMs: number };

export async function moveClock(
  { relay, clockMoves }: Pick<FaultWorld, 'relay' | 'clockMoves'>,
  phone: string,
  byMs: number,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const response = await fetch(`${relay.url}/local/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ address: phone, by_ms: byMs }),
    });
    await response.text();
    if (response.ok) {
      clockMoves.push({ phone, at: Date.now(), byMs });
      return;
    }
    await pause(PAUSE_MS);
  }
  throw new Error(`The clock of ${phone} did not move.`);
}
