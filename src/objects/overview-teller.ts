import { countFigures } from '../conversation/overview/count-figures.ts';
import { type Tellable, type Told, waitToTell } from '../conversation/overview/due.ts';
import { lastingOf, type Summary, summaryOf } from '../conversation/overview/summary.ts';
import type { Wait } from '../conversation/state/figures.ts';
import { leftBy } from '../conversation/state/merging.ts';
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
  /** How often schedules have changed, and how often they had when they were told. */
  #changes = 0;
  #changesTold = 0;
  #hasFailed = false;

  constructor(deps: LaneContext, { id, storage }: DurableObjectState, env: Env) {
    this.#deps = deps;
    this.#sql = storage.sql;
    this.#measures = measuresOf(env, id.toString());
  }

  /** Sees each commit, and returns the state after it with what is counted. A fault here keeps no commit back. */
  count(before: State, after: State): State {
    const { now, toRealTime, services } = this.#deps;
    try {
      this.#measures?.observe(before, after, now());
      if (after.schedules.some((schedule) => !before.schedules.includes(schedule))) this.#changes += 1;
      this.#observe(before, after, now());
      const day = dateOf(toRealTime(now()), services().policy.defaultZone ?? 'UTC');
      return countFigures(before, after, { day, waits: this.#waiting?.waits ?? {} });
    } catch (error) {
      this.#fail(error);
      return after;
    }
  }

  /** Tells the overview if something has changed, now or a few seconds later. Never throws. */
  tell(): void {
    try {
      const next = this.#tellable();
      const wait = next && waitToTell(this.#last, next, Date.now());
      if (next === null || wait === null) return;
      if (wait === 0) this.#deps.background(this.#send(next));
      else this.#wait(wait, next.isLive);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Work that began or ended meanwhile waits anew. */
  #wait(ms: number, isLive: boolean): void {
    if (this.#timer !== null && this.#timer.isLive === isLive) return;
    if (this.#timer !== null) clearTimeout(this.#timer.id);
    this.#timer = { id: setTimeout(() => this.#tellLater(), ms), isLive };
  }

  #tellLater(): void {
    this.#timer = null;
    try {
      const next = this.#tellable();
      if (next !== null && next.whole !== this.#last?.whole) this.#deps.background(this.#send(next));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Null while there is nothing to tell, or nobody to tell it to. */
  #tellable(): (Tellable & { summary: Summary }) | null {
    const { isHome, load, services, now, toRealTime } = this.#deps;
    if (!isHome() || services().overview === null) return null;
    const state = load();
    if (state.conversation.forgetting !== null || leftBy(state) !== null) return null;
    const summary = summaryOf(state, { ...services(), now: now(), ahead: now() - toRealTime(now()) });
    const { live, queue, attention, plans } = summary;
    const urgent = JSON.stringify([lastingOf(summary), live, queue, attention, plans, this.#changes]);
    return { summary, urgent, whole: JSON.stringify([summary, this.#changes]), isLive: live !== null };
  }

  async #send({ summary, ...told }: Tellable & { summary: Summary }): Promise<void> {
    const changes = this.#changes;
    this.#last = { ...told, at: Date.now() };
    try {
      const { overview } = this.#deps.services();
      const isKnown = await overview?.tell(summary);
      if (isKnown === false || changes !== this.#changesTold)
        await overview?.tellPlans(summary.plans, listPlans(this.#sql));
      this.#changesTold = changes;
      this.#hasFailed = false;
    } catch (error) {
      this.#last = { ...this.#last, urgent: '', whole: '' };
      this.#fail(error);
    }
  }

  /** Until a telling succeeds again, one line is enough. */
  #fail(error: unknown): void {
    if (!this.#hasFailed) this.#deps.report({ level: 'warn', event: 'overview-not-told', reason: reasonOf(error) });
    this.#hasFailed = true;
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
