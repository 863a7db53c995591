import { GATHER_COMPLETE_MS, GATHER_MAX_MS, LONG_TEXT_CHARS } from '../policy/turn.ts';
import type { Message } from '../state/rows.ts';

// When a burst of texts to an idle conversation is complete.

/** The moment the burst that `messages` (oldest first) forms may start, given the quiet time wanted. */
export function gatherUntil(messages: readonly Message[], quietMs: number): number {
  const first = messages[0];
  const last = messages[messages.length - 1];
  if (!first || !last) return 0;
  const complete = last.text.length >= LONG_TEXT_CHARS || /[.!?…。！？]["'”’)\]]*\s*$/u.test(last.text);
  const quiet = last.attachments > 0 ? 0 : complete ? Math.min(quietMs, GATHER_COMPLETE_MS) : quietMs;
  return Math.min(last.receivedAt + quiet, first.receivedAt + GATHER_MAX_MS);
}
