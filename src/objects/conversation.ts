import { DurableObject } from 'cloudflare:workers';
import { monotonicFactory } from 'ulid';
import { showTyping } from '../channels/twilio/send.ts';
import { toParts } from '../channels/twilio/text.ts';
import { reasonOf, report } from '../events.ts';
import { decide } from '../turns/decide.ts';
import type { Context, Decision, Event, Log } from '../turns/event.ts';
import { nextAlarm, wantsAttach, wantsSend } from '../turns/lanes.ts';
import { SEND_TIMEOUT_MS } from '../turns/policy.ts';
import type { Message, ReplyState, State } from '../turns/state.ts';
import { attachLane } from './attach-lane.ts';
import { ConversationStore, type NewMessage } from './conversation-store.ts';
import { migrateConversation } from './migrations.ts';
import { sendLane } from './send-lane.ts';
import { type Settings, settingsOf, startBody } from './settings.ts';

// One person's conversation. Owns its rows, its alarm and the two lanes; decides nothing itself: load → decide → commit →
// perform. What survives a restart is in the rows; the lanes are started again by the next alarm from rows alone.

type Lane = 'attach' | 'send';
const LOG_DELAY_MS = 20;
export type Status = { reply: string; attempt: number; sid: string; status: ReplyState; errorCode: number | null };

export class Conversation extends DurableObject<Env> {
  readonly #store: ConversationStore;
  readonly #ulid = monotonicFactory();
  readonly #lanes = new Set<Lane>();
  #known: Settings | undefined;
  /** When the platform's alarm is set to fire; null for none. */
  #alarmAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new ConversationStore(ctx.storage);
    // Migrates and loads; due work is the alarm's.
    ctx.blockConcurrencyWhile(async () => {
      migrateConversation(ctx.storage);
      this.#alarmAt = await ctx.storage.getAlarm();
    });
  }

  /** Takes a message durably: when this returns, it and its wake-up are committed. A known id changes nothing. */
  accept(address: string, message: NewMessage): void {
    const decision = this.#transact(() => {
      if (!this.#store.exists()) this.#store.open(address, message.to);
      const added = this.#store.addMessage(message);
      return added && this.#commit({ type: 'message', message: added });
    });
    this.#perform(decision);
  }

  /** A status callback of the carrier. False when the reply is not of this conversation. */
  status(update: Status): boolean {
    if (!this.#store.exists()) return false;
    const { replies } = this.#apply({ type: 'status', ...update });
    return replies.some((reply) => reply.id === update.reply);
  }

  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    if (!this.#store.exists()) return;
    try {
      for (const timer of this.#store.dueTimers(Date.now())) this.#attempt({ type: 'timer', timer });
      this.#attempt({ type: 'heartbeat' });
    } finally {
      this.#arm(this.#store.load({}), Date.now());
    }
  }

  /** Read when first needed: a broken configuration must not keep the object from waking, only from working. */
  get #settings(): Settings {
    this.#known ??= settingsOf(this.env, this.ctx.id.toString());
    return this.#known;
  }

  /** One timer never stops another: its failure is noted and it stays due for the next alarm. */
  #attempt(event: Event): void {
    try {
      this.#apply(event);
    } catch (error) {
      report(
        { level: 'error', event: 'timer-failed', type: event.type, reason: reasonOf(error) },
        this.ctx.id.toString(),
      );
    }
  }

  #apply(...events: Event[]): State {
    const decision = this.#transact(() => this.#commit(...events));
    this.#perform(decision);
    return decision.state;
  }

  #transact<T>(work: () => T): T {
    const alarmBefore = this.#alarmAt;
    try {
      return this.#store.transaction(work);
    } catch (error) {
      // The alarm was rolled back with the rows.
      this.#alarmAt = alarmBefore;
      throw error;
    }
  }

  /** Inside a transaction: decides, writes the rows that changed, and sets the alarm with them. */
  #commit(...events: Event[]): Decision {
    const before = this.#store.load(needOf(events));
    const nothing: Decision = { state: before, effects: [], log: [] };
    const decision = events.reduce((so, event) => {
      const next = decide(so.state, event, this.#context(), this.#settings.policy);
      return { state: next.state, effects: [...so.effects, ...next.effects], log: [...so.log, ...next.log] };
    }, nothing);
    this.#store.save(before, decision.state);
    this.#arm(decision.state, Date.now());
    return decision;
  }

  #context(): Context {
    const now = Date.now();
    return { now, id: () => this.#ulid(now), parts: toParts };
  }

  /** After the commit: the lanes the new state wants, what the decision asks for, and the lines it writes. */
  #perform(decision: Decision | null): void {
    this.#keepLanes(decision?.state ?? this.#store.load({}));
    for (const effect of decision?.effects ?? []) {
      this.ctx.waitUntil(showTyping(this.#settings.twilio, effect.messageId, SEND_TIMEOUT_MS));
    }
    const lines = decision?.log ?? [];
    if (lines.length > 0) this.ctx.waitUntil(this.#reportLater(lines));
  }

  /** After the requests of the same moment have left: writing a line takes longer than all else that happens then. */
  async #reportLater(lines: readonly Log[]): Promise<void> {
    await scheduler.wait(LOG_DELAY_MS);
    for (const line of lines) report(line, this.ctx.id.toString());
  }

  #keepLanes(state: State): void {
    if (wantsAttach(state, Date.now())) this.#startLane('attach');
    if (wantsSend(state, Date.now())) this.#startLane('send');
  }

  /**
   * Each lane has one holder, noted before it runs: it commits before it first waits, and that commit looks at the lanes.
   * When it ends well, what came up meanwhile is looked at; when it breaks, the next alarm starts it again.
   */
  #startLane(lane: Lane): void {
    if (this.#lanes.has(lane)) return;
    this.#lanes.add(lane);
    this.ctx.waitUntil(this.#runLane(lane));
  }

  async #runLane(lane: Lane): Promise<void> {
    try {
      await (lane === 'attach' ? this.#attach() : this.#send());
      this.#lanes.delete(lane);
      this.#keepLanes(this.#store.load({}));
    } catch (error) {
      this.#lanes.delete(lane);
      report({ level: 'error', event: 'lane-broke', lane, reason: reasonOf(error) }, this.ctx.id.toString());
    }
  }

  #attach(): Promise<void> {
    return attachLane({
      now: Date.now,
      load: () => this.#store.load({}),
      apply: (...events) => this.#apply(...events),
      access: () => this.#settings.machineAccess(Date.now()),
      modelToken: () => this.#settings.modelToken(Date.now()),
      background: (work) => this.ctx.waitUntil(work),
      startBody: (state, token) => startBody(state, token, this.#settings),
    });
  }

  #send(): Promise<void> {
    return sendLane({
      now: Date.now,
      load: () => this.#store.load({}),
      apply: (...events) => this.#apply(...events),
      account: this.#settings.twilio,
      isBound: (sid) => this.#store.hasSid(sid),
    });
  }

  /**
   * Sets the alarm no later than wanted. One that is set earlier is left to fire (an alarm that is only pushed forward
   * keeps nothing alive); with nothing to wait for there is none.
   */
  #arm(state: State, now: number): void {
    const wanted = nextAlarm(state, now);
    if (wanted === null) {
      if (this.#alarmAt !== null) this.ctx.waitUntil(this.ctx.storage.deleteAlarm());
      this.#alarmAt = null;
    } else if (this.#alarmAt === null || wanted < this.#alarmAt) {
      this.ctx.waitUntil(this.ctx.storage.setAlarm(wanted));
      this.#alarmAt = wanted;
    }
  }
}

/** What events name that is not in the hot part of the state. */
function needOf(events: readonly Event[]): { reply?: string; message?: Message } {
  return Object.assign(
    {},
    ...events.map((event) => {
      if (event.type === 'message') return { message: event.message };
      return 'reply' in event ? { reply: event.reply } : {};
    }),
  );
}
