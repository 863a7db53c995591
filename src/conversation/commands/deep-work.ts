import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { DEEP_IDLE_MS } from '../policy/turn.ts';
import { beginDeep } from '../questions/begin-deep.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { findWaiting } from '../state/messages.ts';
import { isServed } from '../state/standing.ts';
import { findOpenTurn, findTimer, projectOf, type State, withoutTimer, withTimer } from '../state/state.ts';
import { withOwnMessage } from '../state/synthetic-messages.ts';
import { startTurn } from '../turn/queue.ts';

// Deep work: a long piece of work in one project, with the person taking part. It is in the conversation's row. Its
// turns take in new texts and may run long; at the end the agent writes down the result and sums it up.

export function onDeep(state: State, ctx: Context): Decision {
  const { deep, project } = state.conversation;
  if (deep === null) return noEffects(beginDeep(state, project, ctx));
  const { label } = projectOf(state, deep.project);
  return noEffects(notice(state, texts.deep.since(label, ctx.now - deep.since), ctx));
}

export function onEnd(state: State, ctx: Context): Decision {
  if (state.conversation.deep === null) return noEffects(notice(state, texts.deep.notDeep, ctx));
  return endDeep(state, texts.deep.ended, ctx);
}

/** Ends deep work when the person has been silent for long and nothing runs. */
export function onDeepIdle(state: State, ctx: Context): Decision {
  // A schedule’s run doesn't keep deep work going. A text that waits behind the run does.
  const isAtWork = (findOpenTurn(state) ?? { run: '' }).run === null || findWaiting(state).length > 0;
  if (state.conversation.deep === null || isAtWork) return noEffects(state);
  return endDeep(state, (hasWorked) => texts.deep.idle(DEEP_IDLE_MS, hasWorked), ctx);
}

/** Notes that the person has texted the agent during deep work. */
export function noteDeepText(state: State, project: string, now: number): State {
  const { conversation } = state;
  const { deep } = conversation;
  if (deep?.project !== project) return state;
  return { ...state, conversation: { ...conversation, deep: { ...deep, textAt: now } } };
}

/**
 * Runs after every event. Ends deep work if the person has left its project. Sets the idle timer while nothing runs, so
 * that the silence counts from the last text or from the end of the work, whichever is later.
 */
export function keepDeep(event: Event, decision: Decision, ctx: Context): Decision {
  const { state } = decision;
  const { deep, project } = state.conversation;
  if (deep === null) return decision;
  if (project !== deep.project) {
    const label = state.projects.find((p) => p.id === deep.project)?.label ?? deep.project;
    return andThen(decision, (left) => endDeep(left, (hasWorked) => texts.deep.switched(label, hasWorked), ctx));
  }
  if (findOpenTurn(state)?.run === null) return { ...decision, state: withoutTimer(state, 'deep') };
  if (event.type !== 'message' && findTimer(state, 'deep')) return decision;
  const dueAt = ctx.now + DEEP_IDLE_MS;
  return { ...decision, state: withTimer(state, { kind: 'deep', ref: '', dueAt, attempts: 0 }) };
}

/** Ends deep work and tells the person. If the agent did any work, it wraps it up in a turn of its own. */
function endDeep(state: State, say: (hasWorked: boolean) => string, ctx: Context): Decision {
  const { deep, optedOutAt } = state.conversation;
  if (deep === null) return noEffects(state);
  const conversation = { ...state.conversation, deep: null };
  const over = withoutTimer({ ...state, conversation }, 'deep');
  // An archived project runs nothing.
  const isThere = state.projects.some((p) => p.id === deep.project && p.archivedAt === null);
  // Nobody may see what the agent does for a locked conversation.
  const isHeard = optedOutAt === null && isServed(state, ctx);
  const hasWorked = deep.textAt !== null && isHeard && isThere;
  const told = notice(over, say(hasWorked), ctx);
  if (!hasWorked) return noEffects(told);
  const text = texts.deep.wrapUp;
  const asked = withOwnMessage(told, { text, project: deep.project, action: 'wrap_up' }, ctx);
  return findOpenTurn(asked) || findTimer(asked, 'gather') ? noEffects(asked) : startTurn(asked, ctx);
}

const notice = (state: State, text: string, ctx: Context): State => enqueue(state, 'notice', [text], ctx);
