import { findUsedUp, type Line, linesOf, NO_LIMITS, UNLIMITED } from '../../money/budget.ts';
import { type BudgetStop, onDay, type Spending } from '../../money/spending.ts';
import { dateOf } from '../../recurrence/zones.ts';
import type { Policy } from '../policy/policy.ts';
import type { Context } from '../state/events.ts';
import { zoneOf } from '../state/person-clock.ts';
import type { State } from '../state/state.ts';

// The person's spending and budgets as they are now, on the day of their zone.

/** After this time a turn may ask again whether everybody's budget was raised. */
const ASK_AGAIN_MS = 10 * 60_000;

type Now = Pick<Context, 'now' | 'policy'>;

/** The zone of the person's budget days. */
export const budgetZoneOf = (state: State, policy: Policy): string => zoneOf(state, policy) ?? 'UTC';

export const spendingNow = (state: State, { now, policy }: Now): Spending =>
  onDay(state.conversation.spending, dateOf(now, budgetZoneOf(state, policy)));

export const withSpending = (state: State, spending: Spending): State =>
  spending === state.conversation.spending ? state : { ...state, conversation: { ...state.conversation, spending } };

/** The budgets of a turn in the project; `turn` null: of a turn that hasn't begun. */
export const linesNow = (state: State, of: { turn: string | null; project: string }, ctx: Now): Line[] =>
  linesOf(spendingNow(state, ctx), state.conversation.budgets, ctx.policy.limits ?? NO_LIMITS, of);

/** Which budget keeps a turn in the project from beginning, or the turn with this id from going on; or null. */
export function findBudgetStop(state: State, project: string, ctx: Now, turn: string | null = null): BudgetStop | null {
  const line = findUsedUp(linesNow(state, { turn, project }, ctx));
  if (line !== null) return stopOf(line);
  const { refused } = state.conversation.spending;
  const isOut = refused !== null && ctx.now < refused.again && ctx.now - refused.at < ASK_AGAIN_MS;
  return isOut ? 'deployment' : null;
}

/** What one turn in the project may cost. */
export const turnLimitOf = (state: State, project: string, ctx: Now): number =>
  linesNow(state, { turn: null, project }, ctx)
    .filter(({ per }) => per === 'turn')
    .reduce((least, { limit }) => Math.min(least, limit), UNLIMITED);

export function stopOf({ of, per }: Line): BudgetStop {
  if (of === 'deployment') return 'any-turn';
  return of === 'project' && per !== 'turn' ? 'project' : per;
}
