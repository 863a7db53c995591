import type { BudgetPeriod } from '../input/budget-command.ts';
import { type AmountProblem, MICROS_A_DOLLAR } from '../input/dollars.ts';
import type { Line } from '../money/budget.ts';
import { SPENT_ON, type Spending, spentIn, sumOf } from '../money/spending.ts';
import { dateOf } from '../recurrence/zones.ts';
import { formatCount } from './phrasing.ts';

// What things cost and may cost, in words.

/** `$1.40`; less than a cent is `<$0.01`. */
export function formatDollars(micros: number): string {
  if (micros > 0 && micros < MICROS_A_DOLLAR / 100) return '<$0.01';
  return `$${(micros / MICROS_A_DOLLAR).toFixed(2)}`;
}

const PER = { turn: 'this task', day: 'today', month: 'this month' } as const;
const EACH: Record<BudgetPeriod, string> = { turn: 'one task', day: 'a day', month: 'a month', today: 'today' };
const WORDS: Record<BudgetPeriod, string> = { turn: 'a turn', day: 'a day', month: 'a month', today: 'today' };
const ON = { model: 'model', carrier: 'messages', machine: 'machine' } as const;

const nameOf = ({ of, per }: Pick<Line, 'of' | 'per'>, label: string): string =>
  of === 'project' ? `${label}’s budget for ${PER[per]}` : `your budget for ${PER[per]}`;

/** `$1.40 (model $1.20, messages $0.20)`. */
function formatSum(amounts: Spending['today']): string {
  const parts = SPENT_ON.filter((on) => amounts[on] > 0).map((on) => `${ON[on]} ${formatDollars(amounts[on])}`);
  return `${formatDollars(sumOf(amounts))}${parts.length > 1 ? ` (${parts.join(', ')})` : ''}`;
}

const UNCLEAR: Record<AmountProblem | 'period', string> = {
  zero: 'A budget of nothing would stop everything at once. /stop stops what I’m doing; /budget 0.01 a day is the smallest budget.',
  negative: 'A budget can’t be negative. Text it like /budget 10 today.',
  large: 'That’s more than $100,000. Text a smaller budget, or /budget off a month for none.',
  unclear: 'I didn’t understand the amount. Text it in dollars, like /budget 10 today or /budget 2.50 a day.',
  period: 'For how long? Text it like /budget 10 today, /budget 20 a day, /budget 100 a month or /budget 5 a turn.',
};

const cutAnswers = (count: number): string =>
  count === 1
    ? 'One answer of the model was cut off before it said what it used; its cost is an estimate.'
    : `${count} answers of the model were cut off before they said what they used; their costs are estimates.`;

export const spendingTexts = {
  /** `turn` null: nothing is known of the answer's own cost. */
  ofAnswer: (spending: Spending, turn: string | null): string => {
    const own = spentIn(spending, turn);
    return `${own === null ? '' : `${formatDollars(own)} · `}${formatDollars(sumOf(spending.today))} today`;
  },
  nearlyUsedUp: (line: Line, label: string): string =>
    `${formatDollars(line.spent)} of ${formatDollars(line.limit)} is spent: ${nameOf(line, label)}. /budget shows it.`,
  again: (count: number): string =>
    count === 1
      ? 'There’s budget again, so I’m going on.'
      : `There’s budget again, so I’m going on with ${count} messages.`,
  runSkipped: (id: number, why: 'budget' | 'model', isLast: boolean): string =>
    why === 'budget'
      ? `Schedule ${id} didn’t run: the budget is used up (/budget). ${isLast ? `/run ${id} runs it when there’s budget again.` : 'Schedules run at their next time when there’s budget again.'}`
      : `Schedule ${id} didn’t run: the AI model isn’t available. ${isLast ? `/run ${id} runs it once it is.` : 'Schedules run at their next time once it is.'}`,
  shows: (on: boolean): string =>
    on ? 'From now on each answer says what it cost.' : 'Answers no longer say what they cost.',
  costUse: 'Text /cost to see what was spent, and /cost on or /cost off for a line below each answer.',
  /** `labelOf`: a project's name by its id. */
  report: (spending: Spending, labelOf: (project: string) => string, zone: string): string => {
    const projects = Object.entries(spending.projects)
      .filter(([, { month }]) => month > 0)
      .sort(([, a], [, b]) => b.month - a.month)
      .slice(0, SHOWN);
    const byProject = projects.map(([id, { month }]) => `${labelOf(id)} ${formatDollars(month)}`);
    const dearest = spending.dearest.map(
      ({ project, at, micros }) => `${formatDollars(micros)} on ${dateOf(at, zone)} in ${labelOf(project)}`,
    );
    return [
      `Today: ${formatSum(spending.today)}`,
      `This month: ${formatSum(spending.thisMonth)}`,
      ...(byProject.length > 0 ? [`By project this month: ${byProject.join(', ')}`] : []),
      ...(dearest.length > 0 ? [`Dearest tasks this month: ${dearest.join('; ')}`] : []),
      ...(spending.estimates > 0 ? [cutAnswers(spending.estimates)] : []),
      'Messages and the machine are estimates. /budget shows what may be spent.',
    ].join('\n');
  },
  budgets: (lines: readonly Line[], label: string, mayRaise: boolean): string =>
    [
      ...(lines.length === 0 ? ['There’s no budget here: nothing limits what’s spent.'] : []),
      ...lines.map(
        (line) =>
          `${line.of === 'project' ? `${label}, ` : ''}${EACH[line.per]}: ${formatDollars(line.spent)} of ${formatDollars(line.limit)}${line.of === 'deployment' ? ' (for everybody here)' : ''}`,
      ),
      mayRaise
        ? 'To change it: /budget 10 today, /budget 20 a day, /budget 5 a turn, /budget off a month; “in shop” at the end for a project.'
        : 'You can lower it, or give a project its own: /budget 5 a day, /budget 2 a day in shop. An admin can raise it.',
    ].join('\n'),
  unclear: (why: AmountProblem | 'period'): string => UNCLEAR[why],
  noProject: (name: string): string =>
    `There’s no project “${name.slice(0, 60)}”. /project lists them; then text it like /budget 5 a day in shop.`,
  askAdmin: (per: BudgetPeriod): string =>
    `Only an admin can raise your budget for ${EACH[per]}. Text the amount you need, like /budget 20 today, and I’ll ask them.`,
  /** `micros`: the most for a turn of anybody. */
  anyTurn: (micros: number): string =>
    `One task may cost ${formatDollars(micros)} here, whoever asks. Only the person who runs this number can change that, with TURN_BUDGET_USD.`,
  onlyOwn: 'Only admins can change other people’s budgets.',
  adminsAsked: 'I’ve asked the admins. You’ll hear from me when one answers; until then your budget stays as it is.',
  alreadyAsked: 'I’ve asked the admins for that already. You’ll hear from me when one answers.',
  /** `most`: a day. */
  askedEnough: (most: number): string =>
    `I’ve asked the admins ${formatCount(most, 'time')} today. Ask one of them yourself, or text it again tomorrow.`,
  noAdmin: 'There’s no admin here whom I could ask. The person who runs this number can raise your budget.',
  /** As /budget reads them. */
  words: (micros: number, per: BudgetPeriod): string => `${micros / MICROS_A_DOLLAR} ${WORDS[per]}`,
  somebodyAsks: (name: string | null, masked: string, micros: number, per: BudgetPeriod): string =>
    `${name ?? 'Somebody'} (${masked}) asks for a budget of ${formatDollars(micros)} for ${EACH[per]}. Allow it?`,
  /** `n`: of the person in /users. */
  answersToAsk: (micros: number, per: BudgetPeriod, n: number): { title: string; says: string }[] => [
    { title: 'Yes', says: `/budget ${spendingTexts.words(micros, per)} for ${n}` },
    { title: 'No', says: `/budget no for ${n}` },
  ],
  byAdmin: 'An admin changed your budget.',
  usualAgain: 'It’s as for everybody again.',
  adminSaidNo: 'An admin said no to a larger budget. /budget shows yours.',
  /** `label`: the project, or null for the person's own budget. */
  set: (per: BudgetPeriod, micros: number | null, label: string | null): string => {
    const whose = label === null ? 'Your' : `${label}’s`;
    const what = per === 'today' ? 'budget for today' : `budget for ${EACH[per]}`;
    return micros === null ? `${whose} ${what} has no limit now.` : `${whose} ${what} is ${formatDollars(micros)} now.`;
  },
} as const;

/** Projects in a report. */
const SHOWN = 10;
