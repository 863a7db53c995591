import { findBudgetStop, linesNow, spendingNow, stopOf } from '../conversation/spending/limits.ts';
import { attemptId, findOpenAttempt, findOpenTurn, type State } from '../conversation/state/state.ts';
import { admit } from '../money/budget.ts';
import { costOf, costOfCut, reserveOf, type Usage } from '../money/cost.ts';
import { LEASE_IDLE_MS } from '../money/lease.ts';
import { type ModelTrouble, meanOf, reserveIn } from '../money/spending.ts';
import type { GivenBack } from './deployment-budget.ts';
import type { LaneContext } from './lanes/lane-context.ts';
import type { Standing } from './permission.ts';
import { UsedCount } from './used-count.ts';

// The model requests of this conversation's running attempt. Each one is asked about before it leaves and reported when
// its answer is over, so that a person who lost access, or whose budget is used up, is out with the next request. Rows
// keep the money that is set aside; how many requests and bytes an attempt has had is in memory, because a running
// attempt keeps its object in memory.

/**
 * The limits of one attempt. Claude Code runs 20 subagents at once; at a request every 2 seconds they make 600 a minute
 * and 144,000 in the longest turn. A subagent's request has 40 KB at first, and up to 1 MB with a full context.
 */
const MODEL_REQUESTS_MAX = 150_000;
const MODEL_REQUESTS_A_MINUTE = 1000;
const MODEL_BYTES_MAX = 96 * 2 ** 30;
const MODEL_BYTES_A_MINUTE = 2 ** 30;
/** A request waits this long for another one's answer, then the agent asks again. */
export const WAIT_FOR_ANSWER_MS = 120_000;
/** Far more than Claude Code has subagents. */
const WAITING_MAX = 200;

/** `bytes`: of the body, null when unknown. `counts`: the request costs something; counting tokens doesn't. */
export type ModelRequest = { id: string; attempt: string; model: string; bytes: number | null; counts: boolean };
export type ModelRefusal = 'ended' | 'removed' | 'used-up' | 'budget' | 'too-many';

/**
 * `usage` null: nothing of an answer was seen. `isCut`: it is what was seen of an answer that broke off. `isFree`: the
 * model didn't answer. `bytes`: of the request's body.
 */
export type ModelAnswer = {
  id: string;
  attempt: string;
  model: string;
  usage: Usage | null;
  isCut?: boolean;
  isFree: boolean;
  /** Why the model refused, if it did. */
  trouble?: ModelTrouble | null;
  bytes: number;
};

type Parts = Pick<LaneContext, 'load' | 'apply' | 'services' | 'now'>;

export class ModelRequests {
  readonly #parts: Parts;
  readonly #standing: () => Standing;
  readonly #used = new UsedCount();
  #waiting: (() => void)[] = [];

  constructor(parts: Parts, standing: () => Standing) {
    this.#parts = parts;
    this.#standing = standing;
  }

  /** Whether the request may leave. Waits while others of the turn are under way and no more may. */
  async begin(request: ModelRequest): Promise<'open' | ModelRefusal> {
    const until = this.#parts.now() + WAIT_FOR_ANSWER_MS;
    for (;;) {
      const verdict = this.ask(request);
      if (verdict !== 'wait' && verdict !== 'lease') return verdict;
      if (verdict === 'lease') {
        const refusal = await this.#lease(request);
        if (refusal === null) continue;
        if (refusal !== 'wait') return refusal;
      }
      if (!(await this.#nextAnswer(until - this.#parts.now()))) return 'too-many';
    }
  }

  /** The answer is over. A repeat changes nothing. */
  end({ id, attempt, model, usage, isCut = false, isFree, bytes, trouble = null }: ModelAnswer): void {
    this.#used.add(attempt, this.#parts.now(), { bytes });
    if (this.#standing() === 'nobody') return;
    const { load, apply, services } = this.#parts;
    const { spending } = load().conversation;
    const costsNothing = isFree || services().policy.isFree === true;
    const whole = isFree || isCut ? null : usage;
    const isEstimate = !costsNothing && whole === null;
    const reserve = reserveIn(spending, id);
    const micros = costsNothing ? 0 : whole === null ? costOfCut(model, usage, reserve) : costOf(model, whole);
    apply({ type: 'model-answered', report: { id, micros, output: whole?.output ?? null, isEstimate }, trouble });
    for (const go of this.#waiting.splice(0)) go();
  }

  /** Gives back what is left of everybody's budget here. */
  recall(): GivenBack {
    if (this.#standing() === 'nobody') return { total: 0, reserved: 0 };
    const { total, lease } = this.#parts.load().conversation.spending;
    if (lease !== null) this.#parts.apply({ type: 'model-leased', until: null });
    return { total, reserved: this.#reserved() };
  }

  #reserved(): number {
    return this.#parts.load().conversation.spending.open.reduce((sum, { reserve }) => sum + reserve, 0);
  }

  /** Null: there is money. A directory that doesn't answer lets nothing through; the agent asks again. */
  async #lease({ attempt }: ModelRequest): Promise<null | 'wait' | ModelRefusal> {
    const { load, apply, services } = this.#parts;
    const reserved = this.#reserved();
    const answer = await services()
      .lease({ total: load().conversation.spending.total, reserved, wants: true })
      .catch(() => null);
    if (answer === null) return 'too-many';
    if ('until' in answer) {
      apply({ type: 'model-leased', until: answer.until ?? Number.MAX_SAFE_INTEGER });
      return null;
    }
    if (reserved > 0) return 'wait';
    const [turn = ''] = attempt.split('.');
    apply({ type: 'model-stopped', turn, why: 'deployment', again: answer.again });
    return 'budget';
  }

  /** The verdict now. wait: for an answer under way · lease: for a part of everybody's budget. */
  ask(request: ModelRequest): 'open' | 'wait' | 'lease' | ModelRefusal {
    const standing = this.#standing();
    if (standing === 'nobody') return 'ended';
    const state = this.#parts.load();
    const [turn, attempt] = [findOpenTurn(state), findOpenAttempt(state)];
    if (!turn || !attempt || attemptId(attempt) !== request.attempt) return 'ended';
    if (standing !== 'served') return 'removed';
    const refusal = this.#refusalByCount(request.attempt);
    if (refusal) return refusal;
    const verdict = request.counts ? this.#byMoney(state, turn, request) : 'open';
    if (verdict === 'open') this.#used.add(request.attempt, this.#parts.now(), { requests: 1 });
    return verdict;
  }

  #byMoney(state: State, { id: turn, project }: { id: string; project: string }, request: ModelRequest) {
    const { now, services, apply } = this.#parts;
    const ctx = { now: now(), policy: services().policy };
    const spending = spendingNow(state, ctx);
    const openOfTurn = spending.open.filter((each) => each.turn === turn).length;
    const verdict = admit(linesNow(state, { turn, project }, ctx), openOfTurn);
    if (verdict === 'wait') return 'wait';
    if (verdict !== 'pass') {
      apply({ type: 'model-stopped', turn, why: findBudgetStop(state, project, ctx) ?? stopOf(verdict.usedUp) });
      return 'budget';
    }
    const isLent = spending.lease !== null && ctx.now - spending.lease.at < LEASE_IDLE_MS;
    const until = isLent ? (spending.lease?.until ?? 0) : 0;
    if (ctx.policy.isPooled && spending.total + this.#reserved() >= until) return 'lease';
    const { id, model, bytes } = request;
    const reserve = ctx.policy.isFree ? 0 : reserveOf(model, bytes, meanOf(spending, model));
    apply({ type: 'model-asked', request: { id, turn, project, model, reserve, at: ctx.now } });
    return 'open';
  }

  #refusalByCount(attempt: string): 'used-up' | 'too-many' | null {
    this.#used.add(attempt, this.#parts.now());
    const { total, minute } = this.#used;
    if (total.requests >= MODEL_REQUESTS_MAX || total.bytes >= MODEL_BYTES_MAX) return 'used-up';
    return minute.requests >= MODEL_REQUESTS_A_MINUTE || minute.bytes >= MODEL_BYTES_A_MINUTE ? 'too-many' : null;
  }

  /** False when no answer ended in time. */
  #nextAnswer(ms: number): Promise<boolean> {
    if (ms <= 0 || this.#waiting.length >= WAITING_MAX) return Promise.resolve(false);
    return new Promise((resolve) => {
      const go = (): void => {
        clearTimeout(late);
        resolve(true);
      };
      const late = setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== go);
        resolve(false);
      }, ms);
      this.#waiting.push(go);
    });
  }
}
