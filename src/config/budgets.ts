import { readDollars } from '../input/dollars.ts';
import type { Usual } from '../money/budget.ts';
import type { DeploymentLimits } from '../money/lease.ts';
import type { Config } from './config.ts';

// The configured budgets, in micro-dollars.

const microsOf = (value: string): number | null => {
  const micros = readDollars(value);
  return typeof micros === 'number' ? micros : null;
};

/** The default budgets of a person, and the most for a turn of anybody. */
export const limitsOfPerson = (config: Config): Usual => ({
  anyTurn: microsOf(config.TURN_BUDGET_USD),
  turn: microsOf(config.PERSON_TURN_BUDGET_USD),
  day: microsOf(config.PERSON_DAILY_BUDGET_USD),
  month: microsOf(config.PERSON_MONTHLY_BUDGET_USD),
});

/** What everybody together may spend. */
export const limitsOfDeployment = (config: Config): DeploymentLimits => ({
  day: microsOf(config.DAILY_BUDGET_USD),
  month: microsOf(config.MONTHLY_BUDGET_USD),
});

/** The same with the zone of its days; null with a broken configuration. */
export const budgetSettingsOf = (config: Config | null): { limits: DeploymentLimits; zone: string } | null =>
  config && { limits: limitsOfDeployment(config), zone: config.DEFAULT_TIMEZONE ?? 'UTC' };
