import { texts } from '../../texts/index.ts';
import { suspectMachine, wakingNoticeOf, withWakingTold } from '../machine/lifecycle.ts';
import { enqueue } from '../outbox/replies.ts';
import { DOUBT_AFTER_MS, SILENT_MS, START_MAX_MS } from '../policy/machine.ts';
import type { Policy } from '../policy/policy.ts';
import { DEEP_TURN_MS, HEARTBEAT_MS, TELL_LATE_MS, TURN_MARGIN_MS } from '../policy/turn.ts';
import { waitedMsOf } from '../questions/answer-delivery.ts';
import { hasPendingFiles } from '../state/attachments.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Effect } from '../state/events.ts';
import { hasUnanswered } from '../state/messages.ts';
import type { Attempt, Turn } from '../state/rows.ts';
import { isServed } from '../state/standing.ts';
import { findOpenAttempt, findOpenTurn, type State, withTurn } from '../state/state.ts';
import { notePlace } from './agent-status.ts';
import { giveUpTurn } from './ending.ts';
import { endAttempt } from './queue.ts';
import { stopTurn } from './stop.ts';

// The checks of every heartbeat while an attempt is open: its time limit, and whether to tell the person that the
// machine needs a moment or doesn't answer.

/**
 * Runs with every heartbeat: asks the provider about a machine that doesn't answer, tells the person, and ends an
 * attempt whose time is over.
 */
export function watchAttempt(before: State, ctx: Context): Decision {
  const turn = findOpenTurn(before);
  const attempt = findOpenAttempt(before);
  if (!turn || !attempt) return noEffects(before);
  // A person who has lost access gets no more work done.
  if (turn.stopping === null && !isServed(before, ctx)) {
    return stopTurn(before, turn, ctx);
  }
  const state = suspectMachine(before, silentSince(turn, attempt, ctx.now), ctx.now);
  const bound = timeLimitOf(turn, ctx.policy) + TURN_MARGIN_MS + waitedMsOf(state, attempt, ctx.now);
  if (ctx.now >= attempt.openedAt + bound && turn.unreachableSince === null && turn.place === null) {
    // If the attempt still runs there, the machine refuses the next turn until it ends.
    const interrupt: Effect = { do: 'interrupt', attempt: { turn: attempt.turn, n: attempt.n } };
    const reason = 'the attempt passed its time limit';
    const given = giveUpTurn(endAttempt(state, 'overdue', reason, ctx), 'overdue', reason, ctx);
    return { ...given, effects: [interrupt, ...given.effects] };
  }
  if (turn.tellAt === null || turn.tellAt > ctx.now) return noEffects(state);
  // The machine answers but is busy with other work: the person is told that instead.
  if (turn.place !== null) return noEffects(notePlace(state, { ...turn, tellAt: null }, turn.place, ctx));
  // The relay itself was away and made no requests meanwhile.
  if (ctx.now - turn.tellAt >= TELL_LATE_MS) {
    return noEffects(withTurn(state, { ...turn, tellAt: ctx.now + HEARTBEAT_MS }));
  }
  // The machine has had no request yet, because the carrier is slow to deliver a file.
  if (attempt.state === 'requested' && turn.unreachableSince === null && hasPendingFiles(state))
    return noEffects(state);
  const waking = wakingNoticeOf(state, turn);
  if (waking !== null) {
    const later = withWakingTold(withTurn(state, { ...turn, tellAt: turn.openedAt + START_MAX_MS }), turn);
    const isWaitedFor = hasUnanswered(later) && !turn.stopping && turn.run === null;
    return noEffects(isWaitedFor ? enqueue(later, 'progress', [waking], ctx, { turn: turn.id }) : later);
  }
  const told = withTurn(state, { ...turn, tellAt: null, toldUnreachable: true });
  // During a schedule's run nobody is waiting.
  if (!hasUnanswered(told) || turn.stopping || turn.run !== null) return noEffects(told);
  return noEffects(enqueue(told, 'progress', [texts.unreachable], ctx, { turn: turn.id }));
}

/** Since when the machine has been silent. A hanging call times out later than we want to suspect a lost host. */
const silentSince = (turn: Turn, attempt: Attempt, now: number): number =>
  Math.min(
    turn.unreachableSince ?? now,
    attempt.state === 'requested' ? attempt.openedAt + SILENT_MS - DOUBT_AFTER_MS : now,
  );

/** Time limit of an attempt, by the wall clock. */
export const timeLimitOf = (turn: Pick<Turn, 'deep'>, policy: Policy): number =>
  turn.deep ? DEEP_TURN_MS : policy.turnMs;
