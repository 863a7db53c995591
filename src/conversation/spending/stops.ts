import type { BudgetStop, Spending } from '../../money/spending.ts';
import { beginOf, dateOf } from '../../recurrence/zones.ts';
import type { GaveUp } from '../../texts/given-up.ts';
import type { Context } from '../state/events.ts';
import { findTimer, type State, withoutTimer, withTimer } from '../state/state.ts';
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

/** True if a budget ended the turn, or its gateway refused a request for that. */
export const isStopped = ({ conversation }: State, turn: string): boolean =>
  conversation.spending.stopped.some((each) => each.turn === turn);

/** The turn has money again. */
export const withoutStop = (spending: Spending, turn: string): Spending =>
  spending.stopped.some((each) => each.turn === turn)
    ? { ...spending, stopped: spending.stopped.filter((each) => each.turn !== turn) }
    : spending;

/** A turn's own budget has no new day: its words go on with /retry, or when that budget is raised. */
export const isOfTurn = (why: BudgetStop): boolean => why === 'turn' || why === 'any-turn';

/** The reason for which a turn is given up. */
export const gaveUpFor = (why: BudgetStop): GaveUp => `budget/${why}`;

/** The budget in such a reason, or null. */
export const budgetIn = (why: string): BudgetStop | null =>
  why.startsWith('budget/') ? (why.slice('budget/'.length) as BudgetStop) : null;

/** Sets the timer for the moment at which there is money again. */
export function waitForBudget(state: State, why: BudgetStop, ctx: Context): State {
  if (isOfTurn(why)) return state;
  const { refused } = state.conversation.spending;
  const again = why === 'deployment' && refused !== null ? refused.again : 0;
  const dueAt = again > ctx.now ? again : nextPeriodAt(state, why, ctx);
  return withBudgetTimer(state, dueAt);
}

const withBudgetTimer = (state: State, dueAt: number): State =>
  withTimer(withoutTimer(state, 'budget'), { kind: 'budget', ref: '', dueAt, attempts: 0 });

/** The person is let in again: what a budget ended meanwhile goes on at once, if there is money. */
export const lookForBudget = (state: State, { now }: Context): State =>
  state.conversation.spending.stopped.length === 0 ? state : withBudgetTimer(state, now);

/** The person's day may be over sooner in another zone. A timer that comes too soon is set again. */
export function keepBudgetTimer(before: State, state: State, ctx: Context): State {
  const timer = findTimer(state, 'budget');
  if (!timer || budgetZoneOf(before, ctx.policy) === budgetZoneOf(state, ctx.policy)) return state;
  if (state.conversation.spending.stopped.every(({ why }) => why === 'deployment')) return state;
  return withBudgetTimer(state, Math.min(timer.dueAt, nextPeriodAt(state, 'day', ctx)));
}

/** The next local midnight; for a budget of a month, that of the next month. */
function nextPeriodAt(state: State, why: BudgetStop, { now, policy }: Context): number {
  const zone = why === 'deployment' ? (policy.defaultZone ?? 'UTC') : budgetZoneOf(state, policy);
  const [year = 1970, month = 1, day = 1] = dateOf(now, zone).split('-').map(Number);
  const next = why === 'month' ? Date.UTC(year, month, 1) : Date.UTC(year, month - 1, day + 1);
  return Math.max(beginOf(new Date(next).toISOString().slice(0, 10), zone), now + 1);
}
