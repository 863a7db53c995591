import { MINUTE, SECOND } from '../../units.ts';

// When a conversation tells the overview about itself. It never wakes for it.

/**
 * Between two tellings. Work that begins waits as long, so that a short turn is told once, and work that ended, for what
 * its reply costs.
 */
export const TELL_GAP_MS = 5 * SECOND;
/** Running work is told again, in case the shard lost it. Small changes wait as long. */
export const TELL_AGAIN_MS = MINUTE;

/** `urgent`: what the page shows at once. `whole`: all that is told. */
export type Tellable = { urgent: string; whole: string; isLive: boolean };
export type Told = Tellable & { at: number };

/** Milliseconds until this is told; null: with a later wake-up. `last` null: the shard may know nothing. */
export function waitToTell(last: Told | null, next: Tellable, now: number): number | null {
  if (last === null) return next.isLive ? TELL_GAP_MS : 0;
  const age = Math.max(0, now - last.at);
  const gap = Math.max(0, TELL_GAP_MS - age);
  if (next.urgent !== last.urgent) return last.isLive === next.isLive ? gap : TELL_GAP_MS;
  return (next.isLive || next.whole !== last.whole) && age >= TELL_AGAIN_MS ? 0 : null;
}
