import { backoffOf } from '../../units.ts';
import { clearSuspicion, suspectMachine } from '../machine/lifecycle.ts';
import { REACH_BACKOFF_MS, REACH_GIVE_UP_MS, STEADY_MS, TELL_UNREACHABLE_MS } from '../policy/machine.ts';
import { BUSY_GIVE_UP_MS } from '../policy/turn.ts';
import type { Context, Decision } from '../state/events.ts';
import type { Turn } from '../state/rows.ts';
import { findTimer, type State, withoutTimer, withTimer, withTurn } from '../state/state.ts';
import { namesOf } from '../state/trace.ts';
import { giveUpTurn } from './ending.ts';
import { endAttempt } from './queue.ts';

// Reconnects when an attempt's stream is cut or the machine doesn't answer: asks for the same attempt again, with
// growing waits, because it may well be running there. The machine's answer ends the waiting.

/** The machine doesn't answer. Asks for the same attempt again after a wait. */
export function reachAgain(state: State, turn: Turn, reason: string, ctx: Context): Decision {
  const since = turn.unreachableSince ?? ctx.now;
  if (ctx.now - since >= REACH_GIVE_UP_MS) {
    return giveUpTurn(endAttempt(state, 'unreachable', reason, ctx), 'unreachable', reason, ctx);
  }
  const tried = findTimer(state, 'reach')?.attempts ?? 0;
  const dueAt = ctx.now + backoffOf(REACH_BACKOFF_MS, tried);
  const tellAt = turn.toldUnreachable ? null : (turn.tellAt ?? ctx.now + TELL_UNREACHABLE_MS);
  const noted = withTurn(state, { ...turn, unreachableSince: since, tellAt });
  const log = [{ level: 'warn' as const, event: 'machine-unreachable', ...namesOf(turn), tried: tried + 1, reason }];
  const next = withTimer(noted, { kind: 'reach', ref: turn.id, dueAt, attempts: tried + 1 });
  return { state: suspectMachine(next, since, ctx.now), effects: [], log };
}

/**
 * The machine answers, but still works on a turn that was given up. This attempt is next there, so it is asked for
 * until then.
 */
export function waitForBusy(state: State, turn: Turn, reason: string, ctx: Context): Decision {
  if (ctx.now - turn.openedAt >= BUSY_GIVE_UP_MS) {
    return giveUpTurn(endAttempt(state, 'busy', reason, ctx), 'refused', reason, ctx);
  }
  const tried = findTimer(state, 'reach')?.attempts ?? 0;
  const dueAt = ctx.now + backoffOf(REACH_BACKOFF_MS, tried);
  const tellAt = turn.toldPlace ? null : (turn.tellAt ?? ctx.now + TELL_UNREACHABLE_MS);
  const answered = clearSuspicion(withTurn(state, { ...turn, unreachableSince: null, place: 1, tellAt }));
  const log = [{ level: 'warn' as const, event: 'machine-busy', ...namesOf(turn), tried: tried + 1, reason }];
  const next = withTimer(answered, { kind: 'reach', ref: turn.id, dueAt, attempts: tried + 1 });
  return { state: next, effects: [], log };
}

/** The machine answered, which ends the waiting. */
export function noteReachable(state: State, turn: Turn): State {
  const settled = clearSuspicion(withoutTimer(state, 'reach'));
  if (turn.unreachableSince === null && turn.tellAt === null) return settled;
  return withTurn(settled, { ...turn, unreachableSince: null, tellAt: null });
}

/** The stream is open again, but not yet steady. The suspicion stays; only the person's notice is postponed. */
export function noteReopened(state: State, turn: Turn, now: number): State {
  if (turn.tellAt === null) return state;
  return withTurn(state, { ...turn, tellAt: Math.max(turn.tellAt, now + STEADY_MS) });
}
