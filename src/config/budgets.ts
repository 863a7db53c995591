import { readDollars } from '../input/dollars.ts';
import type { Limits } from '../money/budget.ts';
import type { Config } from './config.ts';

// The configured budgets, in micro-dollars.

const microsOf = (value: string): number | null => {
  const micros = readDollars(value);
  return typeof micros === 'number' ? micros : null;
};

/** What a person may spend who has no budget of their own. */
export const limitsOfPerson = (config: Config): Limits => ({
  turn: microsOf(config.PERSON_TURN_BUDGET_USD),
  day: microsOf(config.PERSON_DAILY_BUDGET_USD),
  month: microsOf(config.PERSON_MONTHLY_BUDGET_USD),
});
