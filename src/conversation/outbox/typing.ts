import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { answerAddressOf } from '../state/person.ts';
import { findOpenQuestions } from '../state/questions.ts';
import type { Message } from '../state/rows.ts';
import { findOpenAttempt, findOpenTurn, type State } from '../state/state.ts';

// When a channel shows typing: as soon as a text is taken up, and again while the agent works on it. A reply ends it.
// During an outage carrier-outage.ts leaves typing out.

const withTypingAt = (state: State, typingAt: number): State => ({
  ...state,
  conversation: { ...state.conversation, typingAt },
});

/** Shows typing, so the person sees that the message was taken up. */
export function showTyping(state: State, message: Message, { now, channelOf }: Context): Decision {
  const { from: to, providerId: messageId } = message;
  if (channelOf(to).typing === null) return noEffects(state);
  return { ...noEffects(withTypingAt(state, now)), effects: [{ do: 'typing', to, messageId }] };
}

/** A reply is about to end the typing. While the agent works, the next heartbeat shows it again. */
export const endTyping = (state: State): State => withTypingAt(state, 0);

/** Runs with every heartbeat: the carrier shows typing only briefly, so it is renewed while the agent works. */
export function keepTyping(state: State, { now, channelOf }: Context): Decision {
  const { lastInboundId, typingAt } = state.conversation;
  const to = answerAddressOf(state.conversation);
  const { typing } = channelOf(to);
  const isAsking = findOpenQuestions(state).length > 0;
  if (
    !findOpenAttempt(state) ||
    isAsking ||
    // During a schedule's run nobody is waiting for the agent.
    findOpenTurn(state)?.run != null ||
    lastInboundId === null ||
    typing === null ||
    now - typingAt < typing.refreshMs
  ) {
    return noEffects(state);
  }
  return { ...noEffects(withTypingAt(state, now)), effects: [{ do: 'typing', to, messageId: lastInboundId }] };
}
