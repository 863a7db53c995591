import { monotonicFactory } from 'ulid';
import { headOf } from '../conversation/outbox/replies.ts';
import { summaryOf } from '../conversation/overview/summary.ts';
import type { Cause } from '../conversation/state/alerts.ts';
import { findOpenTurn } from '../conversation/state/state.ts';
import { DAY } from '../units.ts';
import { AddressObject } from './address-object.ts';
import { contextOf } from './decision-context.ts';
import { alertTextOf } from './lanes/alert-lane.ts';
import type { Past } from './local-past.ts';
import { Replay } from './local-replay.ts';
import { migrateConversation } from './migrations.ts';
import { OverviewTeller } from './overview-teller.ts';
import { servicesOf } from './services.ts';
import { ConversationStore } from './stores/conversation-store.ts';
import { listPlans } from './stores/schedule-store.ts';

// A conversation whose clock can be moved and whose past can be replayed, for local runs and tests; no deployment has it
// in its bundle. Stores how far its clock is ahead of real time.

const OFFSET = 'clock-offset';
/** Beyond every retention time, and within the range of a date. */
const AHEAD_MAX_MS = 10 * 366 * 24 * 60 * 60 * 1000;

/** In milliseconds: forward by a duration, or to a time since 1970. */
export type ClockMove = { by_ms: number } | { to_ms: number };
/** Conversation time, and how far it is ahead of real time. */
export type ClockReading = { now: number; offset: number };
export type MoveOutcome = ClockReading | { unknown: string } | { refused: string };

export class LocalConversation extends AddressObject {
  #offset: number | null = null;

  /** Gives a new conversation a past, without reaching anything outside. False when somebody has written already. */
  async replay({ address, sender, name, admitted, scenes, change, until }: Past): Promise<boolean> {
    const store = new ConversationStore(this.ctx.storage);
    if (store.exists()) return false;
    migrateConversation(this.ctx.storage);
    const ulid = monotonicFactory();
    const services = servicesOf(this.env, this.ctx.id.toString(), () => store.load().machine);
    // The amounts of a deployment, although this run is free.
    const policy = {
      ...services.policy,
      isFree: false,
      simulated: [],
      localLinks: [],
      makesMachines: true,
      welcomes: false,
      archiveAfterMs: null,
    };
    const replay: Replay = new Replay({
      store,
      context: (now) => contextOf(now, () => ulid(now), store, { ...services, policy }, now - Date.now()),
      id: (now) => ulid(now),
      count: (before, after) => teller.count(before, after),
    });
    const teller = new OverviewTeller(
      { ...this.calls, now: () => replay.now, toRealTime: (at) => at, services: () => ({ ...services, policy }) },
      this.ctx,
      this.env,
    );
    const tell = async (): Promise<void> => {
      const telling = { ...services, now: replay.now, ahead: 0 };
      const summary = summaryOf(store.load(), telling);
      await services.overview?.tell(summary);
      await services.overview?.tellPlans(summary.plans, listPlans(this.ctx.storage.sql));
    };
    const began = scenes[0]?.at ?? until;
    store.transaction(() => store.open(address, sender, began));
    if (admitted) replay.apply({ type: 'admitted', ...admitted, name }, began);
    for (const [n, scene] of scenes.entries()) {
      const providerId = `SM${ulid(scene.at).toLowerCase().padStart(32, '0')}`;
      replay.play(scene, { providerId, uuid: crypto.randomUUID(), from: address, to: sender, name });
      // Figures of a day are told before the next one begins.
      if (dayOf(scenes[n + 1]?.at ?? until) !== dayOf(scene.at)) await tell();
    }
    replay.passTo(until);
    if (change) replay.apply({ type: 'access', change }, until);
    await tell();
    const entry = await this.entry();
    if (entry) await services.index(entry);
    for (const { cause, at } of replay.alerts)
      if (at > until - DAY) await services.tellOperator(cause, alertTextOf(cause as Cause));
    return true;
  }

  /** Null when nobody has written yet. */
  clock(): ClockReading | null {
    if (!new ConversationStore(this.ctx.storage).exists()) return null;
    const offset = this.offset();
    return { now: Date.now() + offset, offset };
  }

  /** Moves forward only; durable when it returns. The alarm fires at once and does the work that has become due. */
  moveClock(move: ClockMove): MoveOutcome {
    const clock = this.clock();
    if (!clock) return { unknown: UNKNOWN };
    const by = 'by_ms' in move ? move.by_ms : move.to_ms - clock.now;
    if (by < 0) return { refused: 'The clock can only move forward.' };
    if (clock.offset + by > AHEAD_MAX_MS) return { refused: 'The clock can move at most ten years ahead.' };
    const busy = this.#busy();
    if (busy !== null) return { refused: busy };
    this.#offset = clock.offset + by;
    this.ctx.storage.kv.put(OFFSET, this.#offset);
    this.wake();
    return { now: clock.now + by, offset: this.#offset };
  }

  protected override offset(): number {
    this.#offset ??= this.ctx.storage.kv.get<number>(OFFSET) ?? 0;
    return this.#offset;
  }

  /** Refuses while others take part in running work: their clocks stay, so every bound would end at once. */
  #busy(): string | null {
    const state = new ConversationStore(this.ctx.storage).load();
    if (findOpenTurn(state)) return 'A turn is running. Wait until it ends, or send /stop.';
    return headOf(state) ? 'A reply is being sent. Try again in a moment.' : null;
  }
}

const dayOf = (at: number): number => Math.floor(at / DAY);

export const UNKNOWN = 'Nobody has written from this address yet.';
