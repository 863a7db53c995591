import { type OpenRequest, type Spending, spentIn, sumOf } from './spending.ts';

// Decides whether a request to the model may go on. A request passes while what is settled and what is set aside for
// the answers under way are below each budget. So spending never exceeds a budget by more than the answers that were
// under way when the last request passed: four of one turn at most.

/** Micro-dollars; null: no limit. */
export type Limits = { turn: number | null; day: number | null; month: number | null };
export const PERIODS = ['turn', 'day', 'month'] as const satisfies (keyof Limits)[];
export type Period = (typeof PERIODS)[number];
/** A person's own choice of no limit, where `null` is as configured. */
export const UNLIMITED = Number.MAX_SAFE_INTEGER;
export const NO_LIMITS: Limits = { turn: null, day: null, month: null };
/** What people have who have nothing of their own. `anyTurn`: the most for a turn of anybody, whatever is allowed. */
export type Usual = Limits & { anyTurn?: number | null };

/** `today`: replaces the person's limit of that one day. */
export type Choice = { person: Limits; today: { day: string; micros: number } | null };
export const NO_CHOICE: Choice = { person: NO_LIMITS, today: null };

/** `today`: replaces the project's limit of that one day. */
export type ProjectLimits = Limits & { today?: Choice['today'] | undefined };
/** What an admin allowed. `own`: what the person wants to spend at most, which they may change up to what is allowed. */
export type Budgets = Choice & { projects: Readonly<Record<string, ProjectLimits>>; own?: Choice | undefined };
export const NO_BUDGETS: Budgets = { ...NO_CHOICE, projects: {} };

/** One budget and what was spent of it. */
export type Line = {
  of: 'person' | 'project' | 'deployment';
  per: Period;
  spent: number;
  reserved: number;
  limit: number;
};

/** What the person may spend. */
export const allowedOf = ({ person, today }: Choice, usual: Usual, day: string): Limits => ({
  turn: lesser(person.turn ?? usual.turn, usual.anyTurn ?? null),
  day: today?.day === day ? today.micros : (person.day ?? usual.day),
  month: person.month ?? usual.month,
});

/** What is allowed, or less where the person wants to spend less. */
export function limitsOf(budgets: Budgets, usual: Usual, day: string): Limits {
  const allowed = allowedOf(budgets, usual, day);
  const own = allowedOf(budgets.own ?? NO_CHOICE, NO_LIMITS, day);
  return {
    turn: lesser(allowed.turn, own.turn),
    day: lesser(allowed.day, own.day),
    month: lesser(allowed.month, own.month),
  };
}

const lesser = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

/** What may be spent in the project, inside the person's own budgets. */
export function limitsOfProject({ projects }: Budgets, project: string, day: string): Limits {
  const { today, ...limits } = (Object.hasOwn(projects, project) ? projects[project] : undefined) ?? {
    ...NO_LIMITS,
    today: null,
  };
  return today?.day === day ? { ...limits, day: today.micros } : limits;
}

/** The budgets that a turn in the project has. `turn` null: no turn yet. */
export function linesOf(
  spending: Spending,
  budgets: Budgets,
  usual: Usual,
  { turn, project }: { turn: string | null; project: string },
): Line[] {
  const person = limitsOf(budgets, usual, spending.day);
  const own = limitsOfProject(budgets, project, spending.day);
  const isEverybodys = person.turn !== null && person.turn === usual.anyTurn;
  const ofProject = spending.projects[project] ?? { day: 0, month: 0 };
  const ofTurn = spentIn(spending, turn) ?? 0;
  const reserved = {
    turn: reservedOf(spending, (request) => request.turn === turn),
    project: reservedOf(spending, (request) => request.project === project),
    all: reservedOf(spending, () => true),
  };
  const line = (of: Line['of'], per: Period, spent: number, set: number, limit: number | null): Line[] =>
    limit === null || limit === UNLIMITED ? [] : [{ of, per, spent, reserved: set, limit }];
  return [
    ...line(isEverybodys ? 'deployment' : 'person', 'turn', ofTurn, reserved.turn, person.turn),
    ...line('person', 'day', sumOf(spending.today), reserved.all, person.day),
    ...line('person', 'month', sumOf(spending.thisMonth), reserved.all, person.month),
    ...line('project', 'turn', ofTurn, reserved.turn, own.turn),
    ...line('project', 'day', ofProject.day, reserved.project, own.day),
    ...line('project', 'month', ofProject.month, reserved.project, own.month),
  ];
}

const reservedOf = ({ open }: Spending, isMeant: (request: OpenRequest) => boolean): number =>
  open.filter(isMeant).reduce((sum, { reserve }) => sum + reserve, 0);

/** The budget that is used up, or null. The longest period comes first: it says best when to go on. */
export const findUsedUp = (lines: readonly Line[]): Line | null =>
  lines.findLast(({ spent, limit }) => spent >= limit) ?? null;

/** Open requests of one turn. More wait. */
export const OPEN_REQUESTS_MAX = 4;

/** pass: it may go on · wait: until an answer under way is settled. */
export type Verdict = 'pass' | 'wait' | { usedUp: Line };

export function admit(lines: readonly Line[], openOfTurn: number): Verdict {
  const usedUp = findUsedUp(lines);
  if (usedUp) return { usedUp };
  const isFull = openOfTurn >= OPEN_REQUESTS_MAX;
  return isFull || lines.some(({ spent, reserved, limit }) => spent + reserved >= limit) ? 'wait' : 'pass';
}

const WARNED_PARTS = [4, 5] as const;

/** The budgets of a day or month of which four fifths are spent, and that aren't used up. */
export const findNearlyUsedUp = (lines: readonly Line[]): Line[] =>
  lines.filter(
    ({ per, spent, limit }) => per !== 'turn' && spent < limit && spent * WARNED_PARTS[1] >= limit * WARNED_PARTS[0],
  );
