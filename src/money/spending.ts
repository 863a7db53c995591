import type { Mean } from './cost.ts';
import { withAnswerOf } from './cost.ts';

// What a person has spent, and the requests to the model whose answers are under way. Money is whole micro-dollars.
// Counted once: a request is settled by its id, and a repeat changes nothing.

export const SPENT_ON = ['model', 'carrier', 'machine'] as const;
export type SpentOn = (typeof SPENT_ON)[number];
type Amounts = Readonly<Record<SpentOn, number>>;

/** A request whose answer is under way. `reserve`: set aside for it. */
export type OpenRequest = {
  id: string;
  turn: string;
  project: string;
  model: string;
  reserve: number;
  at: number;
};

/** `isEstimate`: settled at its reserve, because its usage never came; a later report corrects it. */
type Settled = { id: string; micros: number; project: string; isEstimate: boolean };

/** `day`, `month`: of the person's zone, `2026-11-23` and `2026-11`; they never go back. */
export type Spending = {
  day: string;
  month: string;
  today: Amounts;
  thisMonth: Amounts;
  /** The turns that spent last, the newest at the end. */
  turns: readonly { id: string; micros: number }[];
  /** The active projects of the month. */
  projects: Readonly<Record<string, { day: number; month: number }>>;
  open: readonly OpenRequest[];
  /** The newest ones. */
  settled: readonly Settled[];
  /** The answers of the month that are counted at an estimate, because their usage never came. */
  estimates: number;
  /** The usual output of each model. */
  means: Readonly<Record<string, Mean>>;
  /** The budgets of whose first four fifths the person was told: `person/day`. */
  warned: readonly string[];
  /** The dearest turns of the month, the dearest first. */
  dearest: readonly { turn: string; project: string; at: number; micros: number }[];
  /** The warning that goes below the next answer. */
  warning: string | null;
  /** The newest turns that a budget ended, and which. They go on when there is money again. */
  stopped: readonly { turn: string; why: BudgetStop }[];
  /** Everything ever spent. */
  total: number;
  /** The part of everybody's budget that is lent here: the total up to which may be spent, and since when. */
  lease: { until: number; at: number } | null;
  /** The budget of everybody was used up at `at`, and begins anew at `again`. */
  refused: { at: number; again: number } | null;
  /** Why the model's API refused the newest request; null: it answered. */
  trouble: { kind: ModelTrouble; at: number } | null;
};

/**
 * The budget that ended a turn: of one turn, a turn of anybody, the person's day or month, the project, or all people
 * together.
 */
export const BUDGET_STOPS = ['turn', 'any-turn', 'day', 'month', 'project', 'deployment'] as const;
export type BudgetStop = (typeof BUDGET_STOPS)[number];

/**
 * key: the API refuses the deployment's key · billing: its credit or spend limit is used up · rate: too many requests ·
 * overloaded: it is overloaded, or doesn't answer.
 */
export const MODEL_TROUBLES = ['key', 'billing', 'rate', 'overloaded'] as const;
export type ModelTrouble = (typeof MODEL_TROUBLES)[number];

const NOTHING: Amounts = { model: 0, carrier: 0, machine: 0 };

export const NO_SPENDING: Spending = {
  day: '',
  month: '',
  today: NOTHING,
  thisMonth: NOTHING,
  turns: [],
  projects: {},
  open: [],
  settled: [],
  estimates: 0,
  means: {},
  warned: [],
  dearest: [],
  warning: null,
  stopped: [],
  total: 0,
  lease: null,
  refused: null,
  trouble: null,
};

/** A repeated report comes within minutes, and no more requests than this are settled meanwhile. */
const SETTLED_KEPT = 32;
/** Far more than turns run at once. */
const TURNS_KEPT = 8;
/** Projects beyond this count for the person alone. */
const PROJECTS_KEPT = 100;
const MODELS_KEPT = 12;
const DEAREST_KEPT = 3;
const MEAN_NAME_MAX = 80;

export const sumOf = (amounts: Amounts): number => amounts.model + amounts.carrier + amounts.machine;

/** The spending on a date of the person's zone (YYYY-MM-DD). A date before the last one changes nothing. */
export function onDay(spending: Spending, date: string): Spending {
  if (date <= spending.day) return spending;
  const month = date.slice(0, 7);
  const isSameMonth = month === spending.month;
  const projects = isSameMonth
    ? Object.fromEntries(Object.entries(spending.projects).map(([id, spent]) => [id, { ...spent, day: 0 }]))
    : {};
  return {
    ...spending,
    day: date,
    month,
    today: NOTHING,
    thisMonth: isSameMonth ? spending.thisMonth : NOTHING,
    projects,
    warned: isSameMonth ? spending.warned.filter((key) => key.endsWith('/month')) : [],
    dearest: isSameMonth ? spending.dearest : [],
    estimates: isSameMonth ? spending.estimates : 0,
    warning: null,
  };
}

/** Counts an amount. `turn` null: it belongs to none. */
export function spend(
  spending: Spending,
  { on, micros, project, turn }: { on: SpentOn; micros: number; project: string | null; turn: string | null },
): Spending {
  if (micros === 0) return spending;
  const more = (amounts: Amounts): Amounts => ({ ...amounts, [on]: amounts[on] + micros });
  return {
    ...spending,
    today: more(spending.today),
    thisMonth: more(spending.thisMonth),
    turns: turn === null ? spending.turns : withTurn(spending, turn, micros),
    projects: project === null ? spending.projects : withProject(spending.projects, project, micros),
    total: spending.total + micros,
  };
}

/** What the turn has spent; null: it is not among the newest. */
export const spentIn = ({ turns }: Pick<Spending, 'turns'>, turn: string | null): number | null =>
  turns.find(({ id }) => id === turn)?.micros ?? null;

function withTurn(spending: Spending, turn: string, micros: number): Spending['turns'] {
  const others = spending.turns.filter(({ id }) => id !== turn);
  return [...others, { id: turn, micros: (spentIn(spending, turn) ?? 0) + micros }].slice(-TURNS_KEPT);
}

function withProject(projects: Spending['projects'], id: string, micros: number): Spending['projects'] {
  const known = projects[id];
  if (!known && Object.keys(projects).length >= PROJECTS_KEPT) return projects;
  const { day, month } = known ?? { day: 0, month: 0 };
  return { ...projects, [id]: { day: day + micros, month: month + micros } };
}

/** Sets money aside for a request. */
export const openRequest = (spending: Spending, request: OpenRequest): Spending => ({
  ...spending,
  open: [...spending.open.filter(({ id }) => id !== request.id), request],
});

/** `output`: tokens, or null when they are unknown. `isEstimate`: the answer was cut before its usage came. */
export type Report = { id: string; micros: number; output: number | null; isEstimate?: boolean };

/** The answer of a request is complete or cut. A repeated report, or one of an unknown request, changes nothing. */
export function settle(spending: Spending, report: Report): Spending {
  const { id, micros, output, isEstimate = false } = report;
  const request = spending.open.find((each) => each.id === id);
  if (!request) return correct(spending, report);
  const means = output === null ? spending.means : withMean(spending.means, request.model, output);
  return close({ ...spending, means }, request, micros, isEstimate);
}

/** The requests of a turn whose answers never reported are settled at their reserve. `left`: which. */
export function settleUnreported(
  spending: Spending,
  isLeft: (request: OpenRequest) => boolean,
): { spending: Spending; left: readonly OpenRequest[] } {
  const left = spending.open.filter(isLeft);
  return { spending: left.reduce((next, each) => close(next, each, each.reserve, true), spending), left };
}

function close(before: Spending, request: OpenRequest, micros: number, isEstimate: boolean): Spending {
  const { id, project, turn } = request;
  const spent = spend(before, { on: 'model', micros, project, turn });
  return {
    ...spent,
    dearest: withDearest(spent, request),
    open: before.open.filter((each) => each.id !== id),
    settled: [...before.settled, { id, micros, project, isEstimate }].slice(-SETTLED_KEPT),
    // A reserve of nothing is no estimate: the model is free.
    estimates: before.estimates + Number(isEstimate && micros > 0),
  };
}

/** `at`: of the newest request. */
function withDearest(spending: Spending, { turn: id, project, at }: OpenRequest): Spending['dearest'] {
  const { dearest } = spending;
  const now = { turn: id, project, at, micros: spentIn(spending, id) ?? 0 };
  const others = dearest.filter((each) => each.turn !== id);
  const paid = [...others, now].filter(({ micros }) => micros > 0);
  return paid.sort((a, b) => b.micros - a.micros).slice(0, DEAREST_KEPT);
}

/** A report that came after its request was settled at the reserve. */
function correct(spending: Spending, { id, micros, isEstimate = false }: Report): Spending {
  const known = spending.settled.find((each) => each.id === id && each.isEstimate);
  if (!known || (isEstimate && known.micros === micros)) return spending;
  const spent = spend(spending, { on: 'model', micros: micros - known.micros, project: known.project, turn: null });
  const settled = spending.settled.map((each) => (each === known ? { ...each, micros, isEstimate } : each));
  // A reserve of nothing was no estimate.
  const corrected = Number(!isEstimate && known.micros > 0);
  return withoutDebt({ ...spent, settled, estimates: Math.max(0, spending.estimates - corrected) });
}

/** A correction on the day after its estimate takes nothing from the new day. */
function withoutDebt(spending: Spending): Spending {
  const atLeast = (amounts: Amounts): Amounts => ({ ...amounts, model: Math.max(0, amounts.model) });
  const projects = Object.fromEntries(
    Object.entries(spending.projects).map(([id, { day, month }]) => [
      id,
      { day: Math.max(0, day), month: Math.max(0, month) },
    ]),
  );
  return { ...spending, today: atLeast(spending.today), thisMonth: atLeast(spending.thisMonth), projects };
}

function withMean(means: Spending['means'], model: string, output: number): Spending['means'] {
  const name = model.slice(0, MEAN_NAME_MAX);
  const isNew = !Object.hasOwn(means, name);
  const kept = isNew ? Object.entries(means).slice(-(MODELS_KEPT - 1)) : Object.entries(means);
  return { ...Object.fromEntries(kept), [name]: withAnswerOf(means[name], output) };
}

/** The money set aside for an open request, or that at which a request was settled. */
export const reserveIn = ({ open, settled }: Spending, id: string): number =>
  open.find((each) => each.id === id)?.reserve ?? settled.find((each) => each.id === id)?.micros ?? 0;

export const meanOf = ({ means }: Spending, model: string): Mean | undefined => {
  const name = model.slice(0, MEAN_NAME_MAX);
  return Object.hasOwn(means, name) ? means[name] : undefined;
};
