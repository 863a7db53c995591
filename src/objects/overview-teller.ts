import { countFigures } from '../conversation/overview/count-figures.ts';
import { type Tellable, type Told, waitToTell } from '../conversation/overview/due.ts';
import { lastingOf, type Summary, summaryOf } from '../conversation/overview/summary.ts';
import type { Wait } from '../conversation/state/figures.ts';
import { findOpenTurn, type State } from '../conversation/state/state.ts';
import { reasonOf } from '../log.ts';
import { dateOf } from '../recurrence/zones.ts';
import type { LaneContext } from './lanes/lane-context.ts';
import { type Measures, measuresOf } from './measures.ts';
import { listPlans } from './stores/schedule-store.ts';

// Tells the overview about this conversation, after the fact. What was told is in memory alone: after a restart it is
// told again, and a telling that was lost is made up for by the next.

/** The waits of the open turn, as far as this object saw them. */
type Waiting = { turn: string; since: number | null; waits: Partial<Record<Wait, number>> };

export class OverviewTeller {
  readonly #deps: LaneContext;
  readonly #sql: SqlStorage;
  readonly #measures: Measures | null;
  #last: Told | null = null;
  #timer: { id: ReturnType<typeof setTimeout>; isLive: boolean } | null = null;
  #waiting: Waiting | null = null;
  /** Schedules have changed since they were told. */
  #changed = 0;
  #hasFailed = false;

  constructor(deps: LaneContext, { id, storage }: DurableObjectState, env: Env) {
    this.#deps = deps;
    this.#sql = storage.sql;
    this.#measures = measuresOf(env, id.toString());
  }

  /** Sees each commit, and returns the state after it with what is counted. */
  count(before: State, after: State): State {
    const { now, toRealTime, services } = this.#deps;
    this.#measures?.observe(before, after, now());
    if (after.schedules.some((schedule) => !before.schedules.includes(schedule))) this.#changed += 1;
    this.#observe(before, after, now());
    const day = dateOf(toRealTime(now()), services().policy.defaultZone ?? 'UTC');
    return countFigures(before, after, { day, waits: this.#waiting?.waits ?? {} });
  }

  /** Tells the overview if something has changed, now or a few seconds later. */
  tell(): void {
    if (!this.#deps.isHome()) return;
    const next = this.#tellable();
    const wait = next && waitToTell(this.#last, next, Date.now());
    if (next === null || wait === null) return;
    if (wait === 0) {
      this.#deps.background(this.#send(next));
      return;
    }
    // Work that began or ended meanwhile waits anew.
    if (this.#timer !== null && this.#timer.isLive !== next.isLive) clearTimeout(this.#timer.id);
    else if (this.#timer !== null) return;
    this.#timer = { id: setTimeout(() => this.#tellChanged(), wait), isLive: next.isLive };
  }

  #tellChanged(): void {
    this.#timer = null;
    const next = this.#deps.isHome() ? this.#tellable() : null;
    if (next !== null && next.whole !== this.#last?.whole) this.#deps.background(this.#send(next));
  }

  /** Null while there is nothing to tell, or nobody to tell it to. */
  #tellable(): (Tellable & { summary: Summary }) | null {
    const state = this.#deps.load();
    if (state.conversation.forgetting !== null) return null;
    const services = this.#deps.services();
    if (services.overview === null) return null;
    const now = this.#deps.now();
    const summary = summaryOf(state, { ...services, now, ahead: now - this.#deps.toRealTime(now) });
    const { live, queue, attention, plans } = summary;
    const urgent = JSON.stringify([lastingOf(summary), live, queue, attention, plans, this.#changed]);
    return { summary, urgent, whole: JSON.stringify([summary, this.#changed]), isLive: live !== null };
  }

  async #send({ summary, ...told }: Tellable & { summary: Summary }): Promise<void> {
    const { overview } = this.#deps.services();
    const isChanged = this.#changed > 0;
    this.#last = { ...told, at: Date.now() };
    this.#changed = 0;
    try {
      const isKnown = await overview?.tell(summary);
      if (isKnown === false || isChanged) await overview?.tellPlans(summary.plans, listPlans(this.#sql));
      this.#hasFailed = false;
    } catch (error) {
      this.#last = { ...this.#last, urgent: '', whole: '' };
      if (isChanged) this.#changed += 1;
      if (!this.#hasFailed) this.#deps.report({ level: 'warn', event: 'overview-not-told', reason: reasonOf(error) });
      this.#hasFailed = true;
    }
  }

  #observe(before: State, after: State, now: number): void {
    const turn = findOpenTurn(after) ?? findOpenTurn(before);
    if (turn === null) return;
    if (this.#waiting?.turn !== turn.id) this.#waiting = { turn: turn.id, since: sinceOf(turn.id, after), waits: {} };
    const { since, waits } = this.#waiting;
    if (since === null) return;
    const { typingAt } = after.conversation;
    const runs = after.attempts.some((attempt) => attempt.turn === turn.id && attempt.state !== 'requested');
    const speaks = after.replies.some((reply) => reply.turn === turn.id && reply.kind !== 'notice');
    if (typingAt >= since) waits.typing ??= typingAt - since;
    if (runs) waits.agent ??= now - since;
    if (speaks) waits.words ??= now - since;
  }
}

/** When the first text of the turn came; null where nobody waited for it, or it was tried before. */
function sinceOf(turn: string, { messages, turns }: State): number | null {
  const texts = messages.filter((message) => message.turn === turn);
  const isOwn = turns.some(({ id, run }) => id === turn && run !== null);
  const isFresh = texts.length > 0 && texts.every(({ tried, action }) => !tried && action === null);
  return isOwn || !isFresh ? null : Math.min(...texts.map(({ receivedAt }) => receivedAt));
}
