import { MICROS_A_DOLLAR } from '../input/dollars.ts';
import type { Line } from '../money/budget.ts';
import { type Spending, sumOf } from '../money/spending.ts';

// What things cost and may cost, in words.

/** `$1.40`; less than a cent is `<$0.01`. */
export function formatDollars(micros: number): string {
  if (micros > 0 && micros < MICROS_A_DOLLAR / 100) return '<$0.01';
  return `$${(micros / MICROS_A_DOLLAR).toFixed(2)}`;
}

const PER = { turn: 'this task', day: 'today', month: 'this month' } as const;

const nameOf = ({ of, per }: Pick<Line, 'of' | 'per'>, label: string): string =>
  of === 'project' ? `${label}’s budget for ${PER[per]}` : `your budget for ${PER[per]}`;

export const spendingTexts = {
  /** `turn` null: nothing is known of the answer's own cost. */
  ofAnswer: (spending: Spending, turn: string | null): string => {
    const own = turn !== null && spending.turn?.id === turn ? `${formatDollars(spending.turn.micros)} · ` : '';
    return `${own}${formatDollars(sumOf(spending.today))} today`;
  },
  nearlyUsedUp: (line: Line, label: string): string =>
    `${formatDollars(line.spent)} of ${formatDollars(line.limit)} is spent: ${nameOf(line, label)}. /budget shows it.`,
  again: (count: number): string =>
    count === 1
      ? 'There’s budget again, so I’m going on.'
      : `There’s budget again, so I’m going on with ${count} messages.`,
  runSkipped: (id: number, isLast: boolean): string =>
    `Schedule ${id} didn’t run: the budget is used up (/budget). ${isLast ? `/run ${id} runs it when there’s budget again.` : 'Schedules run at their next time when there’s budget again.'}`,
} as const;
