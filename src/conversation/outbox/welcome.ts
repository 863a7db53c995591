import { texts } from '../../texts/index.ts';
import { assistantOf } from '../state/assistant.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { findWaiting } from '../state/messages.ts';
import { answerAddressOf, readersOf } from '../state/person.ts';
import type { Reply } from '../state/rows.ts';
import { findOpenTurn, type State } from '../state/state.ts';
import { enqueue, sendWordButtons } from './replies.ts';

// Sends the welcome once, after the first answer, so that it never delays one.

export function withWelcome(before: State, event: Event, decision: Decision, ctx: Context): Decision {
  const { state } = decision;
  const { conversation } = state;
  if (conversation.welcomed || conversation.lastInboundId === null) return decision;
  const welcomed: State = { ...state, conversation: { ...conversation, welcomed: true } };
  // People who wrote while the welcome was switched off don't count as new later.
  if (!ctx.policy.welcomes) return { ...decision, state: welcomed };
  if (conversation.optedOutAt !== null || !isAnswered(before, event, state)) return decision;
  return { ...decision, state: welcome(state, ctx) };
}

/** Whether this person gets the welcome next. It says how to get help, so it stands in for the list of topics. */
export const awaitsWelcome = ({ conversation }: State, ctx: Context): boolean =>
  !conversation.welcomed && ctx.policy.welcomes === true && conversation.optedOutAt === null;

/** True if the agent has answered, or if Roost has and nothing is left to do. */
function isAnswered(before: State, event: Event, state: State): boolean {
  const fresh = state.replies.filter((r) => !before.replies.some(({ id }) => id === r.id));
  const isOwn = ({ run, owner }: Reply): boolean => run === null && owner === null;
  if (fresh.some((r) => r.kind === 'answer' && isOwn(r))) return true;
  const isIdle = findOpenTurn(state) === null && findWaiting(state).length === 0;
  return event.type === 'message' && isIdle && fresh.some(isOwn);
}

/** Sends it at once; `withWelcome` sends no other. */
export function welcome(unwelcomed: State, ctx: Context): State {
  const state = { ...unwelcomed, conversation: { ...unwelcomed.conversation, welcomed: true } };
  const { name } = assistantOf(state, ctx.policy);
  const said = texts.welcome;
  const readers = readersOf(state, ctx);
  if (ctx.channelOf(answerAddressOf(state.conversation)).price === 'segments')
    return enqueue(state, 'notice', [said.short(name, readers)], ctx);
  const [text, plain] = [said.welcome(name, true, readers), said.welcome(name, false, readers)];
  return sendWordButtons(state, { text, plain, buttons: said.tries }, ctx);
}
