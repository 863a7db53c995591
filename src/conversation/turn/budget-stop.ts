import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { findBudgetStop, spendingNow, withSpending } from '../spending/limits.ts';
import { noteStop, waitForBudget } from '../spending/stops.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findFailed } from '../state/messages.ts';
import type { Message } from '../state/rows.ts';
import { isServed, standingOf } from '../state/standing.ts';
import {
  attemptId,
  findOpenAttempt,
  findOpenTurn,
  projectForMessage,
  type State,
  withoutTimer,
} from '../state/state.ts';
import { giveUpTurn } from './ending.ts';
import { endAttempt, startTurn } from './queue.ts';
import { bringBack } from './retry.ts';

// A budget ends a turn: it delivers what it has, and its messages wait. They go on by themselves when the next day or
// month begins, and when somebody raises the budget.

/** An attempt that has no money never begins: no machine is woken for it. */
export function stopAtBudget(before: State, decision: Decision, ctx: Context): Decision {
  const turn = findOpenTurn(decision.state);
  const attempt = findOpenAttempt(decision.state);
  if (!turn || attempt?.state !== 'requested') return decision;
  const was = findOpenAttempt(before);
  if (was && attemptId(was) === attemptId(attempt)) return decision;
  const why = findBudgetStop(decision.state, turn.project, ctx);
  if (why === null) return decision;
  const stopped = andThen(decision, (state) =>
    giveUpTurn(endAttempt(noteStop(state, turn.id, why, ctx), 'budget', why, ctx), `budget/${why}`, why, ctx),
  );
  return stopAtBudget(before, stopped, ctx);
}

/** Brings back the messages whose turns a budget ended, as far as there is money now. The others go on waiting. */
export function goOnWithBudget(state: State, ctx: Context): Decision {
  const settled = withoutTimer(state, 'budget');
  // Work that begins while the conversation is locked would be stopped. It begins on the day after the unlock.
  if (!isServed(state, ctx)) {
    const mayComeBack = ['in', 'locked'].includes(standingOf(state, ctx)) && spendingNow(state, ctx).stopped.length > 0;
    return noEffects(mayComeBack ? waitForBudget(settled, 'day', ctx) : settled);
  }
  const spending = spendingNow(settled, ctx);
  const turns = spending.stopped.map(({ turn }) => turn);
  const isMeant = (m: Message): boolean => m.turn !== null && turns.includes(m.turn) && m.stoppedAt === null;
  const left = findFailed(settled).filter(isMeant);
  const stops = left.map((m) => findBudgetStop(settled, projectForMessage(settled, m.project), ctx));
  const still = stops.find((stop) => stop !== null) ?? null;
  const back = left.filter((_, n) => stops[n] === null);
  if (back.length === 0) return noEffects(still === null ? settled : waitForBudget(settled, still, ctx));
  const stopped = spending.stopped.filter(({ turn }) => !back.some((m) => m.turn === turn));
  const kept = withSpending(settled, { ...spending, stopped });
  const waiting = still === null ? kept : waitForBudget(kept, still, ctx);
  const told = enqueue(waiting, 'notice', [texts.spending.again(back.length)], ctx);
  const again = bringBack(told, back, ctx);
  return findOpenTurn(again) ? noEffects(again) : startTurn(again, ctx);
}
