import type { GaveUp } from '../../texts/given-up.ts';
import { budgetIn, waitForBudget } from '../spending/stops.ts';
import { type Cause, raise } from '../state/alerts.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { hasUnanswered, setMessages } from '../state/messages.ts';
import type { Message, Turn } from '../state/rows.ts';
import { endRun } from '../state/schedules.ts';
import { findOpenTurn, type State, withTurn } from '../state/state.ts';
import { namesOf } from '../state/trace.ts';
import { tellGivenUp, tellKeptBack } from './given-up.ts';
import { deliverProgress } from './progress.ts';
import { closeTurn, endAttempt } from './queue.ts';
import { dropActive } from './stop.ts';

// How a turn ends: it is done, or it is given up and its messages wait for /retry. retry.ts tries it again.

/**
 * Ends the turn if it was stopped or everything in it is answered. Otherwise `isOpen`: the decision only puts back the
 * texts that the attempt didn't take.
 */
export function finishTurn(
  state: State,
  turn: Turn,
  outcome: string,
  ctx: Context,
): { isOpen: boolean; decision: Decision } {
  const log = { level: 'info' as const, event: 'turn-done', ...namesOf(turn), attempts: turn.attempts, outcome };
  if (turn.stopping || outcome === 'stopped') {
    const kept = hasUnanswered(state) ? deliverProgress(state, ctx) : state;
    const dropped = noEffects(dropActive(kept, turn.stopping ?? ctx.now), log);
    return { isOpen: false, decision: closeTurn(dropped, 'done', ctx) };
  }
  // The attempt finished its work, so texts still on their way to it are for the next turn.
  const isMissed = outcome === 'done' ? (m: Message) => m.state === 'active' && m.steered : () => false;
  const back = setMessages(state, isMissed, { state: 'waiting', turn: null, steered: false });
  if (hasUnanswered(back)) return { isOpen: true, decision: noEffects(back) };
  return { isOpen: false, decision: closeTurn(noEffects(back, log), 'done', ctx) };
}

/** Problems that the operator can fix or has to know about. */
const ALERTS: Partial<Record<GaveUp, Cause>> = {
  disk: 'disk-full',
  'disk-full': 'disk-full',
  agent: 'model-refused',
  'model/key': 'model-refused',
  'model/billing': 'model-refused',
  'model/rate': 'model-overloaded',
  'model/overloaded': 'model-overloaded',
  refused: 'turn-refused',
  unreachable: 'machine-unreachable',
  'no-machine': 'machine-unreachable',
};

/** Gives the turn up because it can have no machine. */
export const giveUpWithoutMachine = (state: State, why: GaveUp, reason: string, ctx: Context): Decision =>
  giveUpTurn(endAttempt(state, 'no-machine', reason, ctx), why, reason, ctx);

/** Gives the turn up: delivers what it has and says so. Its messages wait for /retry. */
export function giveUpTurn(before: State, why: GaveUp, reason: string, ctx: Context): Decision {
  const turn = findOpenTurn(before);
  if (!turn) return noEffects(before);
  // Everything was answered or stopped before, so there is nothing to say.
  if (!hasUnanswered(before) || turn.stopping) return finishTurn(before, turn, 'done', ctx).decision;
  const so = { ...namesOf(turn), attempts: turn.attempts, why, reason };
  const alert = ALERTS[why];
  const alerted = alert ? raise(before, alert, ctx.now) : before;
  const budget = budgetIn(why);
  const note = budget !== null ? 'budget' : why.startsWith('model/') ? 'model' : 'turn';
  const waits = budget === null ? alerted : waitForBudget(alerted, budget, ctx);
  const state = withTurn(waits, { ...turn, why });
  if (turn.run !== null) {
    const log = [{ level: 'error' as const, event: 'run-failed', ...so }];
    return closeTurn({ state: endRunInVain(state, turn, ctx, note), effects: [], log }, 'failed', ctx);
  }
  const delivered = deliverProgress(tellKeptBack(state, ctx), ctx);
  const kept = setMessages(delivered, (m) => m.state === 'active', { state: 'failed', tried: true, steered: false });
  const log = [{ level: 'error' as const, event: 'turn-failed', ...so }];
  const closed = closeTurn({ state: kept, effects: [], log }, 'failed', ctx);
  return { ...closed, state: tellGivenUp(closed.state, turn.id, why, ctx) };
}

/** Ends the turn of a run without an answer. /run starts another, so nothing waits for /retry. */
export function endRunInVain(
  state: State,
  turn: Turn,
  ctx: Context,
  note: 'turn' | 'budget' | 'model' = 'turn',
): State {
  // A side question asked during the run isn't part of it, and gets a turn of its own.
  const isAside = (m: State['messages'][number]): boolean => m.state === 'active' && m.action === 'aside';
  const kept = setMessages(state, isAside, { state: 'waiting', turn: null, steered: false });
  const used = setMessages(kept, (m) => m.state === 'active', { state: 'consumed', steered: false });
  return endRun(used, turn, note === 'turn' ? 'failed' : 'skipped', note, ctx);
}
