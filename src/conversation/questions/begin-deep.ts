import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import type { Context } from '../state/events.ts';
import { answerAddressOf } from '../state/person.ts';
import type { State } from '../state/state.ts';
import { findOpenTurn, projectOf, withTurn } from '../state/state.ts';

// Begins deep work, for a command or for a yes to the agent’s proposal. commands/deep-work.ts has everything after
// that.

/** Begins deep work in the active project and tells the person. A turn that runs there becomes part of it. */
export function beginDeep(state: State, project: string, ctx: Context): State {
  const { label } = projectOf(state, project);
  const { conversation } = state;
  if (conversation.deep?.project === project) return state;
  if (conversation.project !== project) return notice(state, texts.deep.elsewhere(label), ctx);
  const turn = findOpenTurn(state);
  // A schedule’s run is never part of deep work.
  const isAtWork = turn?.project === project && turn.run === null;
  const deep = { project, since: ctx.now, textAt: isAtWork ? ctx.now : null };
  const begun = { ...state, conversation: { ...conversation, deep } };
  const joined = isAtWork ? withTurn(begun, { ...turn, deep: true }) : begun;
  return notice(joined, texts.deep.begun(label, ctx.channelOf(answerAddressOf(conversation)).optOutWords), ctx);
}

const notice = (state: State, text: string, ctx: Context): State => enqueue(state, 'notice', [text], ctx);
