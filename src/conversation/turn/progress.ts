import { texts } from '../../texts/index.ts';
import { quietEndOf } from '../outbox/deferral.ts';
import { endsOfAnswer } from '../outbox/ends.ts';
import { enqueue, limitsOf } from '../outbox/replies.ts';
import { PROGRESS_MAX_CHARS, PROGRESS_NEXT_MS, PROGRESS_VERBOSE_MS } from '../policy/turn.ts';
import type { Context } from '../state/events.ts';
import { hasUnanswered } from '../state/messages.ts';
import { findOpenQuestions } from '../state/questions.ts';
import { shorten } from '../state/quote-block.ts';
import { findOpenAttempt, findOpenTurn, type State, withTurn } from '../state/state.ts';

// Progress messages while the agent works: one sentence after a while, then rarely; with /verbose each text between
// tool calls. A turn that is cut delivers the newest of them.

/** Keeps the newest text between tool calls. */
export function noteProgress(state: State, text: string, ctx: Context): State {
  const turn = findOpenTurn(state);
  if (!turn) return state;
  return tellProgress(withTurn(state, { ...turn, progress: shorten(text, PROGRESS_MAX_CHARS) }), ctx);
}

/** Runs with every heartbeat and with every text between tool calls. */
export function tellProgress(state: State, ctx: Context): State {
  const turn = findOpenTurn(state);
  const isQuiet =
    !turn ||
    turn.stopping ||
    // Nobody waits for a schedule's run.
    turn.run !== null ||
    turn.place !== null ||
    turn.unreachableSince !== null ||
    findOpenAttempt(state)?.state !== 'running';
  if (isQuiet || !hasUnanswered(state) || findOpenQuestions(state, turn.id).length > 0) return state;
  if (quietEndOf(state, ctx.now, ctx.policy) !== null) return state;
  const { openedAt, progress, progressAt } = turn;
  if (state.conversation.verbose && progress !== null) {
    if (progressAt !== null && ctx.now - progressAt < PROGRESS_VERBOSE_MS) return state;
    const shown = withTurn(state, { ...turn, progress: null, progressAt: ctx.now });
    return enqueue(shown, 'progress', ctx.parts(progress, limitsOf(state, turn.id, ctx).text), ctx, { turn: turn.id });
  }
  const { to } = endsOfAnswer(state, turn.id, ctx.now);
  // The words are shown as a draft, which is no message.
  if (ctx.channelOf(to).draft !== null) return state;
  const first = ctx.channelOf(to).progressFirstMs;
  const isDue = progressAt === null ? ctx.now - openedAt >= first : ctx.now - progressAt >= PROGRESS_NEXT_MS;
  if (!isDue) return state;
  const told = withTurn(state, { ...turn, progressAt: ctx.now });
  const minutes = Math.max(1, Math.floor((ctx.now - openedAt) / 60_000));
  return enqueue(told, 'progress', [texts.progress(minutes, progress)], ctx, { turn: turn.id });
}

/** Delivers the newest progress of a turn that is cut. */
export function deliverProgress(state: State, ctx: Context): State {
  const turn = findOpenTurn(state);
  if (!turn?.progress || turn.run !== null) return state;
  const parts = ctx.parts(turn.progress, limitsOf(state, turn.id, ctx).text);
  const told = withTurn(state, { ...turn, progress: null });
  const [first, ...rest] = parts;
  return first === undefined
    ? told
    : enqueue(told, 'answer', [`${texts.soFar}\n${first}`, ...rest], ctx, { turn: turn.id });
}
