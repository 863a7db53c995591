import type { BudgetStop } from '../../money/spending.ts';
import { beginOf, dateOf } from '../../recurrence/zones.ts';
import type { GaveUp } from '../../texts/given-up.ts';
import type { Context } from '../state/events.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import { budgetZoneOf, spendingNow, withSpending } from './limits.ts';

// The turns that a budget ended: which, why, and when there is money again.

/** The newest turns that a budget ended. */
const STOPPED_KEPT = 20;

/** A repeat changes nothing. */
export function noteStop(state: State, turn: string, why: BudgetStop, ctx: Context): State {
  const spending = spendingNow(state, ctx);
  if (spending.stopped.some((each) => each.turn === turn && each.why === why)) return state;
  const others = spending.stopped.filter((each) => each.turn !== turn);
  return withSpending(state, { ...spending, stopped: [...others, { turn, why }].slice(-STOPPED_KEPT) });
}

/** The reason for which a turn that the model gateway refused is given up; null when no budget ended it. */
export function whyStopped({ conversation }: State, turn: string): GaveUp | null {
  const stopped = conversation.spending.stopped.find((each) => each.turn === turn);
  return stopped ? `budget/${stopped.why}` : null;
}

/** The budget in such a reason, or null. */
export const budgetIn = (why: string): BudgetStop | null =>
  why.startsWith('budget/') ? (why.slice('budget/'.length) as BudgetStop) : null;

/** Sets the timer for the moment at which there is money again. A turn's own budget begins with /retry. */
export function waitForBudget(state: State, why: BudgetStop, ctx: Context): State {
  if (why === 'turn' || why === 'any-turn') return state;
  const { refused } = state.conversation.spending;
  const again = why === 'deployment' && refused !== null ? refused.again : 0;
  const dueAt = again > ctx.now ? again : nextPeriodAt(state, why, ctx);
  return withTimer(withoutTimer(state, 'budget'), { kind: 'budget', ref: '', dueAt, attempts: 0 });
}

/** The next local midnight; for a budget of a month, that of the next month. */
function nextPeriodAt(state: State, why: BudgetStop, { now, policy }: Context): number {
  const zone = why === 'deployment' ? (policy.defaultZone ?? 'UTC') : budgetZoneOf(state, policy);
  const [year = 1970, month = 1, day = 1] = dateOf(now, zone).split('-').map(Number);
  const next = why === 'month' ? Date.UTC(year, month, 1) : Date.UTC(year, month - 1, day + 1);
  return Math.max(beginOf(new Date(next).toISOString().slice(0, 10), zone), now + 1);
}
