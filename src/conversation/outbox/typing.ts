import { isSameAddress } from '../../addresses.ts';
import { THINKING_AFTER_MS } from '../policy/turn.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Effect } from '../state/events.ts';
import { hasUnanswered } from '../state/messages.ts';
import { findOpenQuestions } from '../state/questions.ts';
import type { Message } from '../state/rows.ts';
import { findOpenAttempt, findOpenTurn, type State } from '../state/state.ts';
import { threadOf } from '../state/threads.ts';
import { endsOfAnswer, textsOfTurn } from './ends.ts';

// When a channel shows typing: as soon as a text is taken up, and again while the agent works on it. A reply ends it. A
// channel with drafts shows the turn's draft instead once the turn has run for a moment: it lasts longer, and has a stop.
// During an outage carrier-outage.ts leaves typing out.

const withTypingAt = (state: State, typingAt: number): State => ({
  ...state,
  conversation: { ...state.conversation, typingAt },
});

/** Shows typing, so the person sees that the message was taken up. */
export function showTyping(state: State, message: Message, { now, channelOf }: Context): Decision {
  const { from: to, providerId: messageId } = message;
  if (channelOf(to).typing === null) return noEffects(state);
  return {
    ...noEffects(withTypingAt(state, now)),
    effects: [{ do: 'typing', to, messageId, ...inThread(state, null, to) }],
  };
}

function inThread(state: State, turn: string | null, to: string): { thread?: string } {
  const thread = threadOf(state, turn, to);
  return thread === null ? {} : { thread };
}

/** A reply is about to end the typing. While the agent works, the next heartbeat shows it again. */
export const endTyping = (state: State): State => withTypingAt(state, 0);

/**
 * Runs with every heartbeat: the carrier shows typing only briefly, so it is renewed while the agent works, where the
 * answer goes. A turn that is being stopped, or that has answered every text, has nothing more to show.
 */
export function keepTyping(state: State, ctx: Context): Decision {
  const { now, channelOf } = ctx;
  const { lastInboundId, typingAt } = state.conversation;
  const turn = findOpenTurn(state);
  const { to } = endsOfAnswer(state, turn?.id ?? null, now);
  const { typing, draft } = channelOf(to);
  const isAsking = findOpenQuestions(state).length > 0;
  // During a schedule's run nobody is waiting for the agent.
  if (!findOpenAttempt(state) || isAsking || !turn || turn.run !== null || lastInboundId === null)
    return noEffects(state);
  if (turn.stopping !== null || !hasUnanswered(state)) return noEffects(state);
  const [words = ''] =
    draft === null || turn.progress === null ? [] : ctx.parts(turn.progress, channelOf(to).limits.text);
  const isEarly = words === '' && now - turn.openedAt < THINKING_AFTER_MS;
  const shown = draft === null || isEarly ? typing : draft;
  if (shown === null) return noEffects(state);
  // A draft without words follows typing, which ends sooner.
  const { refreshMs } = words === '' && typing !== null ? typing : shown;
  if (now - typingAt < refreshMs) return noEffects(state);
  const shownIn = inThread(state, turn.id, to);
  const texted = textsOfTurn(state, turn.id).findLast((m) => isSameAddress(m.from, to));
  const effect: Effect =
    shown === draft
      ? { do: 'draft', to, turn: turn.id, words, ...shownIn }
      : { do: 'typing', to, messageId: texted?.providerId ?? lastInboundId, ...shownIn };
  return { ...noEffects(withTypingAt(state, now)), effects: [effect] };
}
