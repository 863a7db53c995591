import { judgeEnding } from '../../input/text-ending.ts';
import { BURST_PAUSES, GATHER_MAX_MS } from '../policy/turn.ts';
import type { Message } from '../state/rows.ts';

// Which texts are one burst, and so one turn. A whole sentence isn't kept waiting: its turn starts at once, and a text
// that follows quickly joins it, in every queue mode but `queue`. Only a text that looks unfinished holds its turn back.

/** When the turn of these waiting texts (oldest first) starts, if nothing follows. */
export function burstEndsAt(waiting: readonly Message[], gatherMs: number): number {
  const first = waiting[0];
  const last = waiting[waiting.length - 1];
  if (!first || !last) return 0;
  const waits = { whole: 0, unclear: gatherMs, unfinished: BURST_PAUSES * gatherMs };
  const quiet = last.attachments > 0 ? 0 : waits[judgeEnding(last.text)];
  return Math.min(last.receivedAt + quiet, first.receivedAt + GATHER_MAX_MS);
}

/** True if the text followed the turn's newest one so quickly that it belongs to the same burst. */
export function isOfBurst(active: readonly Message[], { receivedAt }: Message, gatherMs: number): boolean {
  const times = active.map((m) => m.receivedAt);
  const pause = receivedAt - Math.max(...times);
  // A text that was found late may be older than the turn's.
  const isNext = pause >= 0 && pause <= BURST_PAUSES * gatherMs;
  return gatherMs > 0 && isNext && receivedAt - Math.min(...times) <= GATHER_MAX_MS;
}
