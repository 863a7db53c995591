import { type AmountProblem, readDollars } from './dollars.ts';

// Reads what follows /budget.

export type BudgetPeriod = 'turn' | 'day' | 'month' | 'today';

/** `micros` null: no limit · `usual`: as configured. `project`: its name as typed, or null for the person. */
export type BudgetWish =
  | { kind: 'show' }
  | { kind: 'set'; micros: number | null | 'usual'; per: BudgetPeriod; project: string | null }
  | { kind: 'unclear'; why: AmountProblem | 'period' };

const PERIODS: Readonly<Record<string, BudgetPeriod>> = {
  today: 'today',
  'for today': 'today',
  day: 'day',
  daily: 'day',
  month: 'month',
  monthly: 'month',
  'this month': 'month',
  turn: 'turn',
  task: 'turn',
};

/** `10 today`, `$5 a day in shop`, `off a month`, `usual a day`. */
export function readBudget(rest: string): BudgetWish {
  const words = rest.trim().slice(0, 200);
  if (words === '' || /^show$/i.test(words)) return { kind: 'show' };
  const [, plain = words, project = null] = /^(.*?)\s+in\s+(?:project\s+)?(\S.*)$/is.exec(words) ?? [];
  const [, typed = '', period = ''] = /^(\$?\s?\S+(?:\s+(?:usd|dollars?))?)(?:\s+(.*))?$/is.exec(plain.trim()) ?? [];
  const amount = typed.toLowerCase();
  const micros = amount === 'off' ? null : amount === 'usual' || amount === 'default' ? 'usual' : readDollars(amount);
  if (typeof micros === 'string' && micros !== 'usual') return { kind: 'unclear', why: micros };
  const named = period
    .toLowerCase()
    .replace(/^(?:a|an|per|each|every)\s+/, '')
    .replace(/[.!]+$/, '')
    .trim();
  const per = Object.hasOwn(PERIODS, named) ? PERIODS[named] : undefined;
  return per === undefined ? { kind: 'unclear', why: 'period' } : { kind: 'set', micros, per, project };
}
