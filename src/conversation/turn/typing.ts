import { TYPING_REFRESH_MS } from '../policy/turn.ts';
import { noEffects } from '../state/decision.ts';
import type { Decision } from '../state/events.ts';
import { openQuestions } from '../state/questions.ts';
import type { State } from '../state/state.ts';
import { isWhatsApp, openAttempt, openTurn } from '../state/state.ts';
// When typing is shown: on WhatsApp, while an attempt works for somebody who has just written.

/** The carrier shows typing for a short while only; shown again as long as the agent works. */
export function keepTyping(state: State, now: number): Decision {
  const { lastInboundId, typingAt, address } = state.conversation;
  const isAsking = openQuestions(state).length > 0;
  if (
    !openAttempt(state) ||
    isAsking ||
    // Nobody has just written to the agent.
    openTurn(state)?.run != null ||
    lastInboundId === null ||
    !isWhatsApp(address) ||
    now - typingAt < TYPING_REFRESH_MS
  ) {
    return noEffects(state);
  }
  const conversation = { ...state.conversation, typingAt: now };
  return { state: { ...state, conversation }, effects: [{ do: 'typing', messageId: lastInboundId }], log: [] };
}
