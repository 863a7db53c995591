import { DurableObject } from 'cloudflare:workers';
import { monotonicFactory } from 'ulid';
import { findNextAlarm } from '../conversation/alarm.ts';
import { decideAll } from '../conversation/decide.ts';
import { topicOf } from '../conversation/inbound/topic.ts';
import { type Upgrade, upgradeOf } from '../conversation/machine/upgrade.ts';
import { outageOf } from '../conversation/outbox/carrier-outage.ts';
import { headOf } from '../conversation/outbox/replies.ts';
import { readsOf } from '../conversation/preload.ts';
import { outcomeOfGiven } from '../conversation/schedules/received-runs.ts';
import type { Context, Decision, Event } from '../conversation/state/events.ts';
import type { Became, GivenRun, RunReport } from '../conversation/state/schedule-rows.ts';
import { isChanged, type State } from '../conversation/state/state.ts';
import { type Log, report, reportLater } from '../log.ts';
import { contextOf } from './decision-context.ts';
import type { GivenBack } from './deployment-budget.ts';
import { DueTimers } from './due-timers.ts';
import { perform } from './effects.ts';
import type { LaneContext } from './lanes/lane-context.ts';
import { RunningLanes } from './lanes/running-lanes.ts';
import { mergeRowsOf } from './merge-rows.ts';
import { hasTables, migrateConversation } from './migrations.ts';
import { type ModelAnswer, type ModelRefusal, type ModelRequest, ModelRequests } from './model-requests.ts';
import { ObjectAlarm } from './object-alarm.ts';
import { OverviewTeller } from './overview-teller.ts';
import { type PageContent, pageContentOf } from './page-content.ts';
import { expandAddresses } from './peer-calls.ts';
import { Permission, type Standing } from './permission.ts';
import {
  type Arrival,
  arrivalEventOf,
  type DeliveryReport,
  lockedEventOf,
  type Notice,
  type Opening,
  statusEventOf,
  type Took,
  withOfferedChoice,
} from './received-calls.ts';
import { type Services, servicesOf } from './services.ts';
import { ConversationStore, type TroubledReply } from './stores/conversation-store.ts';
import { ExportStore } from './stores/export-store.ts';
import { listCarrierMessages } from './stores/forgotten-store.ts';
import { GitStore } from './stores/git-store.ts';
import { type ConversationHealth, readConversationHealth } from './stores/health-store.ts';
import { Tombstone } from './tombstone.ts';

// One person's conversation. Owns its rows, its alarm and its lanes; decides nothing itself: load → decide → commit →
// perform. The rows survive a restart, and the next alarm starts the lanes again from the rows alone. There are two
// clocks: rows, due times, windows and decisions use conversation time (#now); the platform's alarm, tokens, links and
// the carrier's dates use real time (Date.now). Conversation time is `offset` ahead, which is 0 except in local runs.

export class Conversation extends DurableObject<Env> {
  readonly #store: ConversationStore;
  readonly #ulid = monotonicFactory();
  readonly #laneContext: LaneContext = {
    now: () => this.#now(),
    realNow: () => Date.now(),
    toRealTime: (at) => at - this.offset(),
    load: (reads) => this.#store.load(reads),
    apply: (...events) => this.#apply(...events),
    emptyTexts: (before) => this.#transact(() => this.#store.emptyTexts(before)),
    services: () => this.#services,
    background: (work) => this.ctx.waitUntil(work),
    report: (line) => this.#report(line),
    isBound: (sid) => this.#store.bound(sid) !== null,
    exports: new ExportStore(this.ctx.storage),
    git: new GitStore(this.ctx.storage),
    carrierMessages: (cursor, limit) => listCarrierMessages(this.ctx.storage.sql, cursor, limit),
    merge: mergeRowsOf(this.ctx.storage.sql, () => this.#store),
    isHome: () => this.#store.exists(),
    tombstone: () => this.#tombstone,
  };
  readonly #lanes = new RunningLanes(this.#laneContext);
  readonly #tombstone: Tombstone;
  readonly #timers: DueTimers;
  protected readonly permission: Permission;
  readonly #modelRequests = new ModelRequests(this.#laneContext, () => this.permission.standing());
  readonly #teller = new OverviewTeller(this.#laneContext, this.ctx, this.env);
  #knownServices: Services | undefined;
  readonly #alarm: ObjectAlarm;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new ConversationStore(ctx.storage);
    this.#alarm = new ObjectAlarm(ctx);
    const [store, now] = [this.#store, (): number => this.#now()];
    const wakeAt = (at: number): void => this.#alarm.set(at - this.offset());
    this.#tombstone = new Tombstone({ storage: ctx.storage, store, now, wakeAt });
    this.#timers = new DueTimers({ ...this.#laneContext, store, now, apply: (event) => void this.#apply(event) });
    this.permission = new Permission(this.#store, (number) => this.#services.isAllowed(number));
    // Only migrates: the alarm does the work that is due. An object of which nothing is stored stays so.
    ctx.blockConcurrencyWhile(async () => {
      if (hasTables(ctx.storage)) migrateConversation(ctx.storage);
      await this.#alarm.read();
      this.#tombstone.read();
    });
  }

  /**
   * Stores a message and its wake-up durably before it returns. A known id changes nothing. A new address of the person
   * leads here by then, unless its object doesn't answer.
   */
  async accept(address: string, arrival: Arrival, { opens = true, keeps = true }: Opening = {}): Promise<Took> {
    const refusal = this.permission.refusalOf(arrival, opens, this.#now());
    if (refusal !== null && refusal !== 'locked') return { state: refusal };
    const receivedAt = arrival.receivedAt + this.offset();
    if (this.#tombstone.covers(arrival, receivedAt)) return { state: 'kept' };
    const decision = this.#transact(() => {
      this.#open(address, arrival.to);
      if (this.#store.knowsMessage(arrival.providerId)) return null;
      const arrived = withOfferedChoice({ ...arrival, receivedAt }, (sid) => this.#store.bound(sid)?.choices ?? null);
      if (refusal === 'locked') return this.#commit(lockedEventOf(arrived, keeps));
      const event = arrivalEventOf(arrived, this.#store.nextMessageSeq());
      for (const topic of topicOf(event, this.#store, () => this.#context())) this.#commit(topic);
      return this.#commit(event);
    });
    await this.#performAndLead(decision);
    return { state: refusal === 'locked' && !keeps ? 'locked' : 'kept' };
  }

  /** A delivery report from the carrier's callback or list. False when the reply belongs to another conversation. */
  status(said: DeliveryReport): boolean | Promise<boolean> {
    const event = this.#store.exists() ? statusEventOf(said, (sid) => this.#store.bound(sid)) : null;
    return event !== null && this.#apply(event).replies.some(({ id }) => id === event.reply);
  }

  /** Sends this person a message from Roost itself: durable when it returns, and once for each id. */
  notify({ address, sender, id, text, buttons }: Notice): void | Promise<void> {
    if (address === '' && !this.#store.exists()) return;
    const decision = this.#transact(() => {
      this.#open(address, sender);
      return this.#commit({ type: 'notify', id, kind: 'alert', text, ...(buttons ? { buttons } : {}) });
    });
    this.#perform(decision);
  }

  /** Stores a message of somebody else's schedule, once by run, owner and part. Returns its state. */
  takeRun(given: GivenRun): Became | Promise<Became> {
    // Nobody else's schedule brings back a person who was deleted at their wish, or lets a stranger in.
    const isOut = this.#tombstone.isAlone || this.permission.isStranger(given.address);
    if (isOut) return { state: 'skipped', note: 'access', code: null };
    const decision = this.#transact(() => {
      this.#open(given.address, given.sender);
      return this.#commit({ type: 'run-given', ...given });
    });
    this.#perform(decision);
    return outcomeOfGiven(decision.state, given);
  }

  /** Applies a recipient's report on a run of this person's schedule. */
  runReported(report: RunReport): void | Promise<void> {
    for (const r of this.#store.exists() ? expandAddresses(report) : []) this.#apply({ type: 'run-reported', ...r });
  }

  /** A long answer as the agent wrote it; null when the page no longer exists. */
  async page(id: string): Promise<PageContent | null> {
    return (await this.standing()) === 'served' ? pageContentOf(this.#store, this.#services.policy, id) : null;
  }

  /** Whether the conversation exists and its person may still write. Links stop working when they may not. */
  async standing(): Promise<Standing> {
    if (this.#store.exists() && this.#store.load().conversation.forgetting !== null) return 'known';
    return this.permission.standing();
  }

  /** Whether a request of the running attempt may go to the model. Money is set aside for it before this returns. */
  beginModelRequest(request: ModelRequest): Promise<'open' | ModelRefusal> {
    return this.#modelRequests.begin(request);
  }

  /** Counts the usage of the answer, once for each id. */
  endModelRequest(answer: ModelAnswer): void {
    this.#modelRequests.end(answer);
  }

  /** Gives the directory what is left of everybody's budget here. */
  recallLease(): GivenBack {
    return this.#modelRequests.recall();
  }

  /** Replies that wait for the person or an operator, and replies the carrier failed to deliver; newest first. */
  troubledReplies(): TroubledReply[] {
    return this.#store.exists() ? this.#store.troubled() : [];
  }

  /** The conversation's state in numbers only; null when nobody has written yet. */
  health(): ConversationHealth | null {
    if (!this.#store.exists()) return null;
    const isWanted = findNextAlarm(this.#store.load(), this.#now()) !== null;
    return readConversationHealth(this.ctx.storage.sql, { alarmAt: this.#alarm.at, ahead: this.offset(), isWanted });
  }

  /** Sends a troubled reply again for the operator. False when no troubled reply has this id. */
  resend(reply: string): boolean {
    if (!this.#store.exists() || !this.#store.isTroubled(reply)) return false;
    this.#apply({ type: 'resend', reply });
    return true;
  }

  /**
   * The directory asks this conversation to try the carrier, or says that it works again. False when nothing waits
   * here.
   */
  carrierWord(word: 'try' | 'back', sender: string): boolean {
    if (!this.#store.exists() || outageOf(this.#store.load())?.sender !== sender) return false;
    return headOf(this.#apply({ type: 'carrier-word', word, sender })) !== null;
  }

  /** Asks an idle machine to change to these settings. `first`: no machine has started with them yet. */
  upgradeMachine(settings: string, first: boolean): Upgrade {
    if (!this.#store.exists()) return 'none';
    return upgradeOf(this.#apply({ type: 'machine-upgrade', settings, first }).machine, settings);
  }

  override async alarm(): Promise<void> {
    this.#alarm.at = null;
    if (!this.#store.exists()) return this.#tombstone.outlive();
    try {
      this.#timers.run();
    } finally {
      if (this.#store.exists()) this.#arm(this.#store.load());
      this.#teller.tell();
    }
  }

  /** The rows and calls of this conversation, for the classes of calls above it. */
  protected get calls(): LaneContext {
    return this.#laneContext;
  }

  /** Commits an event. Objects of new addresses lead here by then, unless they don't answer. */
  protected async applyAndLead(event: Event): Promise<void> {
    await this.#performAndLead(this.#transact(() => this.#commit(event)));
  }

  /** Stores the yes of an address that is the person's from now on, and tells them: once for each message. */
  protected takeLinked(arrival: Arrival): void {
    const decision = this.#transact(() => {
      if (!this.#store.exists() || this.#store.knowsMessage(arrival.providerId)) return null;
      const arrived = { ...arrival, receivedAt: arrival.receivedAt + this.offset() };
      return this.#commit({ type: 'linked', message: arrivalEventOf(arrived, this.#store.nextMessageSeq()).message });
    });
    this.#perform(decision);
  }

  /** Begins the conversation, unless there is one. */
  protected begin(address: string, sender: string): void {
    this.#transact(() => this.#open(address, sender));
  }

  /** Whether this object has a conversation. */
  protected isHome(): boolean {
    return this.#store.exists();
  }

  /** How far conversation time is ahead of real time. */
  protected offset(): number {
    return 0;
  }

  readonly #now = (): number => Date.now() + this.offset();

  /** Makes the alarm fire now, because much may have become due at once. */
  protected wake(): void {
    this.#alarm.set(Date.now());
  }

  /** Created when first needed: with a broken configuration the object must still wake, although it cannot work. */
  get #services(): Services {
    this.#knownServices ??= servicesOf(this.env, this.ctx.id.toString(), () => this.#store.load().machine);
    return this.#knownServices;
  }

  /** Nothing runs between the decision and its commit, so a decision that changes nothing needs no transaction. */
  #apply(...events: Event[]): State {
    const { before, decision } = this.#decide(events);
    if (isChanged(before, decision.state)) this.#transact(() => this.#save(before, decision.state));
    this.#perform(decision);
    return decision.state;
  }

  /** Inside a transaction: begins the conversation, unless there is one. */
  #open(address: string, sender: string): void {
    if (this.#store.exists()) return;
    migrateConversation(this.ctx.storage);
    this.#store.open(address, sender, this.#now());
  }

  #transact<T>(work: () => T): T {
    const alarmBefore = this.#alarm.at;
    try {
      return this.#store.transaction(work);
    } catch (error) {
      // The platform rolled the alarm back with the rows.
      this.#alarm.at = alarmBefore;
      throw error;
    }
  }

  /** Inside a transaction: decides, writes the rows that changed, and sets the alarm with them. */
  #commit(...events: Event[]): Decision {
    const { before, decision } = this.#decide(events);
    this.#save(before, decision.state);
    return decision;
  }

  #decide(events: readonly Event[]): { before: State; decision: Decision } {
    const before = this.#store.load((hot) => readsOf(events, hot));
    return { before, decision: decideAll(before, events, () => this.#context()) };
  }

  #save(before: State, after: State): void {
    this.#store.save(before, this.#teller.count(before, after));
    // The loaded rows may have no work left while rows outside them do: the alarm covers all rows.
    this.#arm(this.#store.load());
  }

  #context(): Context {
    const now = this.#now();
    return contextOf(now, () => this.#ulid(now), this.#store, this.#services, this.offset());
  }

  /** After the commit: starts the lanes that the new state wants, performs the effects, writes the log. */
  #perform(decision: Decision | null): void {
    this.#lanes.keep(decision?.state ?? this.#store.load());
    for (const effect of decision?.effects ?? []) this.ctx.waitUntil(perform(effect, this.#laneContext));
    const lines = decision?.log ?? [];
    if (lines.length > 0) this.ctx.waitUntil(reportLater(lines, this.ctx.id.toString()));
    this.#teller.tell();
  }

  /** Performs the effects, and waits until new addresses lead here. */
  async #performAndLead(decision: Decision | null): Promise<void> {
    const all = decision?.effects ?? [];
    this.#perform(decision && { ...decision, effects: all.filter((effect) => effect.do !== 'lead') });
    const leads = all.filter((effect) => effect.do === 'lead');
    await Promise.all(leads.map((lead) => perform(lead, this.#laneContext)));
  }

  #report(line: Log): void {
    report(line, this.ctx.id.toString());
  }

  /** Without work there is no alarm. */
  #arm(state: State): void {
    const wanted = findNextAlarm(state, this.#now());
    this.#alarm.arm(wanted === null ? null : wanted - this.offset());
  }
}
