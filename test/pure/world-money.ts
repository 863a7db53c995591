import type { Policy } from '../../src/conversation/policy/policy.ts';
import type { Event } from '../../src/conversation/state/events.ts';
import type { State } from '../../src/conversation/state/state.ts';
import { limitsOf, NO_LIMITS, OPEN_REQUESTS_MAX } from '../../src/money/budget.ts';
import { NO_USAGE } from '../../src/money/cost.ts';
import { type Spending, spentIn, sumOf } from '../../src/money/spending.ts';
import { ModelRequests } from '../../src/objects/model-requests.ts';
import type { Coverage } from './world-coverage.ts';

// The model gateway in the closed world: the real gate of a conversation's requests, and answers that come, break off,
// are refused, are never told or are told again. The rules of money hold whatever happens meanwhile.

const MODEL = 'claude-opus-5';
const MICROS_A_TOKEN = 25;
/** Micro-dollars: some answers use a turn's or a day's up. */
export const LIMITS = { turn: 300_000, day: 500_000, month: 5_000_000 };

export const ANSWER_ENDS = ['whole', 'cut', 'unseen', 'refused', 'never told', 'told again'] as const;
export type AnswerEnd = (typeof ANSWER_ENDS)[number];
type Request = { id: string; attempt: string };

export class Gateway {
  readonly #gate: () => ModelRequests;
  readonly #rules: MoneyRules;
  #requests = 0;
  #underWay: Request[] = [];
  /** Reported, or nobody will. */
  #over: (Request & { end: AnswerEnd; output: number })[] = [];

  constructor(gate: () => ModelRequests, rules: MoneyRules) {
    this.#gate = gate;
    this.#rules = rules;
  }

  /** False: the agent is told that its budget is used up. */
  ask(attempt: string): boolean {
    const request = { id: `q${++this.#requests}`, attempt };
    const verdict = this.#gate().ask({ ...request, model: MODEL, bytes: 4000, counts: true });
    if (verdict === 'open') this.#underWay.push(request);
    return verdict !== 'budget';
  }

  /** An answer under way ends, or one that is over is told again. */
  end(index: number, end: AnswerEnd, output: number): void {
    if (end === 'told again') {
      const told = this.#over[index % Math.max(1, this.#over.length)];
      // What was never told comes late.
      if (told) this.#tell({ ...told, end: told.end === 'never told' ? 'whole' : told.end });
      return;
    }
    const request = this.#underWay[index % Math.max(1, this.#underWay.length)];
    if (!request) return;
    this.#underWay = this.#underWay.filter((each) => each !== request);
    const over = { ...request, end, output };
    this.#over.push(over);
    if (end !== 'never told') this.#tell(over);
  }

  #tell({ id, attempt, end, output }: Request & { end: AnswerEnd; output: number }): void {
    this.#rules.tells(id, end, output);
    const usage = end === 'whole' || end === 'cut' ? { ...NO_USAGE, output } : null;
    const ended = { isCut: end !== 'whole', isFree: end === 'refused' };
    this.#gate().end({ id, attempt, model: MODEL, usage, ...ended, bytes: 4000 });
  }
}

/** The object's gate; its memory goes with the object. */
export const newGate = (
  world: { now: number; rows: { load: () => State }; apply: (event: Event) => State },
  policy: Policy,
): ModelRequests =>
  new ModelRequests(
    {
      load: () => world.rows.load(),
      apply: (event) => world.apply(event),
      services: () => ({ policy }) as never,
      now: () => world.now,
    },
    () => 'served',
  );

/** When the last request passed. `untold`: the answers that count at an estimate, and how much. */
type Passed = {
  day: string;
  turn: string;
  underWay: string[];
  untold: [id: string, counted: number][];
  limits: ReturnType<typeof limitsOf>;
};

/** What is settled is the sum of the answers, and no budget is exceeded by more than the answers under way. */
export class MoneyRules {
  readonly #broken: (what: string) => never;
  readonly #policy: Policy;
  readonly #coverage: Coverage;
  readonly #reserves = new Map<string, number>();
  /** As settled when an attempt ended, or an answer was cut. */
  readonly #estimates = new Map<string, number>();
  /** Of the answers that told what they used. */
  readonly #costs = new Map<string, number>();
  #passed: Passed | null = null;

  constructor(broken: (what: string) => never, policy: Policy, coverage: Coverage) {
    this.#broken = broken;
    this.#coverage = coverage;
    this.#policy = policy;
  }

  /** By what the model did, not by what the gate makes of it. */
  tells(id: string, end: AnswerEnd, output: number): void {
    const reserve = this.#reserves.get(id) ?? 0;
    const seen = output * MICROS_A_TOKEN;
    const costs = { whole: seen, cut: Math.max(reserve, seen), refused: 0 };
    this.#costs.set(id, end in costs ? costs[end as keyof typeof costs] : reserve);
  }

  step(before: State, event: Event, { conversation }: State): void {
    const { spending, budgets } = conversation;
    this.#covered(before.conversation.spending, event, spending);
    if (event.type === 'model-asked') {
      const { id, turn, reserve } = event.request;
      this.#reserves.set(id, reserve);
      const underWay = spending.open.map((each) => each.id);
      const limits = limitsOf(budgets, this.#policy.limits ?? NO_LIMITS, spending.day);
      // Left under way by attempts that ended: counted at an estimate until they are told.
      const untold = [...this.#estimates].filter(([each]) => !this.#costs.has(each));
      this.#passed = { day: spending.day, turn, underWay, untold, limits };
      const ofTurn = spending.open.filter((each) => each.turn === turn);
      if (ofTurn.length > OPEN_REQUESTS_MAX) this.#broken('too many answers of a turn are under way');
    }
    const open = new Set(spending.open.map((each) => each.id));
    const settled = [...this.#reserves.keys()].filter((id) => !open.has(id));
    const sum = settled.reduce((total, id) => total + this.#costOf(id), 0);
    if (spending.total !== sum) this.#broken(`${spending.total} is settled, and the answers cost ${sum}`);
    if (this.#passed === null) return;
    const { day, turn, underWay, untold, limits } = this.#passed;
    const over = underWay.filter((id) => !open.has(id));
    const isExceeded = (spent: number, limit: number | null, costOf: (id: string) => number): boolean =>
      limit !== null && spent - over.reduce((total, id) => total + costOf(id), 0) >= limit;
    const isToday = spending.day === day;
    const toldSince = untold.reduce((total, [id, counted]) => total + Math.max(0, this.#costOf(id) - counted), 0);
    if (isToday && isExceeded(sumOf(spending.today) - toldSince, limits.day, (id) => this.#costOf(id)))
      this.#broken('the day’s bound is exceeded');
    // A turn keeps the estimates with which its attempts ended.
    const costInTurn = (id: string): number => this.#estimates.get(id) ?? this.#costOf(id);
    if (isExceeded(spentIn(spending, turn) ?? 0, limits.turn, costInTurn)) this.#broken('the turn’s bound is exceeded');
  }

  #covered(before: Spending, event: Event, after: Spending): void {
    if (event.type === 'model-asked') this.#coverage.changed('answer', 'none', 'open', event);
    if (event.type === 'model-stopped') this.#coverage.changed('budget', 'left', event.why, event);
    for (const { id, isEstimate, micros } of after.settled) {
      const was = before.settled.find((each) => each.id === id);
      const from = was ? (was.isEstimate ? 'estimate' : 'settled') : 'open';
      const to = isEstimate ? 'estimate' : 'settled';
      if (from === 'open' && isEstimate) this.#estimates.set(id, micros);
      if (from !== to) this.#coverage.changed('answer', from, to, event);
    }
  }

  atRest({ conversation }: State): void {
    if (conversation.spending.open.length > 0) this.#broken('money is set aside for ever');
  }

  #costOf(id: string): number {
    return this.#costs.get(id) ?? this.#reserves.get(id) ?? 0;
  }
}
