import type { BudgetPeriod } from '../../input/budget-command.ts';
import { type Budgets, type Choice, UNLIMITED } from '../../money/budget.ts';
import { sendNotice } from '../outbox/replies.ts';
import { spendingNow } from '../spending/limits.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { State } from '../state/state.ts';
import { goOnWithBudget } from './budget-stop.ts';

// A budget changes. What the one before stopped goes on if there is money now.

/** `micros` null: no limit · `usual`: as configured. */
export type BudgetChange = { micros: number | null | 'usual'; per: BudgetPeriod };

/** The most for a turn of anybody, if the change is for more. */
export function findExceeded({ micros, per }: BudgetChange, { policy }: Pick<Context, 'policy'>): number | null {
  const most = policy.limits?.anyTurn ?? null;
  return per === 'turn' && micros !== 'usual' && most !== null && (micros ?? UNLIMITED) > most ? most : null;
}

/** `day`: today's date of the person. */
export function withLimit<C extends Choice>(choice: C, { micros, per }: BudgetChange, day: string): C {
  const limit = micros === 'usual' ? null : (micros ?? UNLIMITED);
  if (per === 'today') return { ...choice, today: limit === null ? null : { day, micros: limit } };
  // A day's own budget would hide the new one until tomorrow.
  const today = per === 'day' ? null : choice.today;
  return { ...choice, today, person: { ...choice.person, [per]: limit } };
}

/** An admin changes what is allowed. What the person wanted to spend less gives way. */
export function withAllowed(budgets: Budgets, change: BudgetChange, day: string): Budgets {
  const { own, ...allowed } = withLimit(budgets, change, day);
  return own === undefined ? allowed : { ...allowed, own: withLimit(own, { ...change, micros: 'usual' }, day) };
}

export function changeBudgets(state: State, budgets: Budgets, text: string, ctx: Context): Decision {
  const spending = spendingNow(state, ctx);
  // The warning is about the budget before.
  const conversation = { ...state.conversation, budgets, spending: { ...spending, warned: [], warning: null } };
  const told = sendNotice({ ...state, conversation }, text, ctx);
  return andThen(noEffects(told), (next) => goOnWithBudget(next, ctx, state));
}
