import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { findBudgetStop, spendingNow, turnLimitOf, withSpending } from '../spending/limits.ts';
import { gaveUpFor, isOfTurn, noteStop, waitForBudget } from '../spending/stops.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findFailed } from '../state/messages.ts';
import type { Message } from '../state/rows.ts';
import { isServed, standingOf } from '../state/standing.ts';
import { findOpenTurn, projectForMessage, type State, withoutTimer } from '../state/state.ts';
import { giveUpTurn } from './ending.ts';
import { endAttempt, findBegun, startTurn } from './queue.ts';
import { bringBack } from './retry.ts';

// A budget ends a turn: it delivers what it has, and its messages wait. They go on by themselves when the next day or
// month begins, and when somebody raises the budget.

/** An attempt that has no money never begins: no machine is woken for it. */
export function stopAtBudget(before: State, decision: Decision, ctx: Context): Decision {
  const turn = findBegun(before, decision.state);
  const why = turn && findBudgetStop(decision.state, turn.project, ctx);
  if (!turn || !why) return decision;
  const stopped = andThen(decision, (state) =>
    giveUpTurn(endAttempt(noteStop(state, turn.id, why, ctx), 'budget', why, ctx), gaveUpFor(why), why, ctx),
  );
  return stopAtBudget(before, stopped, ctx);
}

/**
 * Brings back the messages whose turns a budget ended, as far as there is money now. The others go on waiting.
 * `before`: the state with the budgets before a change.
 */
export function goOnWithBudget(state: State, ctx: Context, before: State = state): Decision {
  const settled = withoutTimer(state, 'budget');
  const left = findStopped(settled, before, ctx);
  // Work that begins for somebody who is out would be stopped at once.
  if (!isServed(state, ctx)) {
    const mayComeBack = left.length > 0 && standingOf(state, ctx) !== 'blocked';
    return noEffects(mayComeBack ? waitForBudget(settled, 'day', ctx) : settled);
  }
  const stops = left.map((m) => findBudgetStop(settled, projectForMessage(settled, m.project), ctx));
  const still = stops.find((stop) => stop !== null) ?? null;
  const back = left.filter((_, n) => stops[n] === null);
  if (back.length === 0) return noEffects(still === null ? settled : waitForBudget(settled, still, ctx));
  const spending = spendingNow(settled, ctx);
  const stopped = spending.stopped.filter(({ turn }) => !back.some((m) => m.turn === turn));
  const kept = withSpending(settled, { ...spending, stopped });
  const waiting = still === null ? kept : waitForBudget(kept, still, ctx);
  const told = enqueue(waiting, 'notice', [texts.spending.again(back.length)], ctx);
  const again = bringBack(told, back, ctx);
  return findOpenTurn(again) ? noEffects(again) : startTurn(again, ctx);
}

/** A turn that reached its own budget would do so again, unless that one was raised. */
function findStopped(state: State, before: State, ctx: Context): Message[] {
  const { stopped } = state.conversation.spending;
  return findFailed(state).filter((m) => {
    const stop = m.stoppedAt === null ? stopped.find(({ turn }) => turn === m.turn) : undefined;
    if (!stop || !isOfTurn(stop.why)) return stop !== undefined;
    const project = projectForMessage(state, m.project);
    return turnLimitOf(state, project, ctx) > turnLimitOf(before, project, ctx);
  });
}
