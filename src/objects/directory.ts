import { DurableObject } from 'cloudflare:workers';
import { monotonicFactory } from 'ulid';
import type { WebhookTrouble } from '../channels/channel.ts';
import { channelOf } from '../channels/registry.ts';
import { budgetSettingsOf } from '../config/budgets.ts';
import { type Config, readConfig } from '../config/config.ts';
import type { Actor, PersonEntry, Said } from '../conversation/state/wishes.ts';
import type { Wish } from '../input/access-command.ts';
import { decideRollout, type Next, tryFirst, type Wanted } from '../machines/rollout.ts';
import { MINUTE } from '../units.ts';
import { AccessDesk, type Stranger } from './access-desk.ts';
import { AlertDesk } from './alert-desk.ts';
import { ChannelWatch, type SenderState } from './channel-watch.ts';
import { DeploymentBudget, type LeaseAnswer, type LeaseAsk } from './deployment-budget.ts';
import { type ForgetWish, forgetPerson, type MergeWish, mergePerson } from './forget-person.ts';
import { migrateDirectory } from './migrations.ts';
import { type ConversationStub, findConversation, getConversation } from './namespaces.ts';
import { alerts, type Raised } from './operator-alerts.ts';
import type { OperatorDesk } from './operator-desk.ts';
import type { OutageReport } from './outage-rounds.ts';
import { Outages } from './outages.ts';
import { type MoveAnswer, type MoveAsk, SenderMoves } from './sender-moves.ts';
import type { AuditEntry, AuditRow, Person } from './stores/access-store.ts';
import { type Alert, DirectoryStore, type Watermark } from './stores/directory-store.ts';
import { type DirectoryHealth, readDirectoryHealth } from './stores/health-store.ts';
import * as ledger from './stores/machine-ledger-store.ts';
import * as repositories from './stores/repository-store.ts';
import type { Knock } from './stranger-desk.ts';
import { sendToStranger } from './stranger-text.ts';

// Holds rare data that belongs to no conversation: alerts for operators, how far the carrier's lists were compared, and
// which conversations wait in an outage of the carrier. There is only one directory. All its state is in rows, and only
// its alarm starts calls and deliveries.

const MACHINES_LISTED = 1000;
/** The cause of the alert when a machine is refused for FLY_MAX_MACHINES. */
const NO_SLOT = 'machine-refused/limit';
/** Slots are looked for this long after such an alert; a new refusal after an hour is a new alert. */
const SLOT_WANTED_MS = 120 * MINUTE;

export class Directory extends DurableObject<Env> {
  readonly #store: DirectoryStore;
  readonly #ulid = monotonicFactory();
  readonly #outages: Outages;
  readonly #channels: ChannelWatch;
  readonly #budget: DeploymentBudget;
  readonly #access: AccessDesk;
  readonly #alerts: AlertDesk;
  readonly #moves: SenderMoves;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new DirectoryStore(ctx.storage);
    const shared = {
      storage: ctx.storage,
      store: this.#store,
      raise: (raised: Raised) => this.raise(raised),
      config: () => this.#config(),
      id: () => this.#ulid(Date.now()),
      home: (id: string) => this.#conversation(id),
      find: (address: string) => findConversation(this.env, this.#configured(), address),
      record: (entry: AuditEntry, op: string | null = null) => this.#access.record(entry, op),
      arm: () => this.#arm(),
    };
    this.#outages = new Outages({
      ...shared,
      call: (conversation, word, sender) => this.#conversation(conversation).carrierWord(word, sender),
    });
    this.#access = new AccessDesk({
      ...shared,
      send: (to, from, text) =>
        sendToStranger(channelOf(to).connect(this.#configured()), { to, from, text, id: this.#ulid(Date.now()) }),
      background: (work) => ctx.waitUntil(work),
    });
    this.#alerts = new AlertDesk(shared);
    this.#channels = new ChannelWatch(shared);
    this.#moves = new SenderMoves({
      ...shared,
      people: (after, limit) => this.#access.people(after, limit),
      keepCode: (...code) => this.#access.links.keep(...code),
    });
    this.#budget = new DeploymentBudget({
      ...shared,
      recall: (conversation) => this.#conversation(conversation).recallLease(),
      settings: () => budgetSettingsOf(this.#config()),
    });
    ctx.blockConcurrencyWhile(async () => migrateDirectory(ctx.storage));
  }

  /** Alerts the operator once per cause and hour; durable when it returns. */
  raise(raised: Raised): void {
    this.#alerts.raise(raised);
  }

  /** The newest alerts, newest first. */
  alerts(): Alert[] {
    return this.#alerts.newest();
  }

  /** An operator has seen to the alert. False when it is gone, or somebody had done so before. */
  acknowledge(alert: string, by: string): boolean {
    return this.#alerts.acknowledge(alert, by);
  }

  /** Tries the carrier now, after the operator fixed something. False when there is no outage. */
  tryCarrier(by: string): boolean {
    const isAny = this.#store.transaction(() => {
      const isAny = this.#outages.hurry();
      if (isAny) this.recordAudit({ actor: by, action: 'tried the channels again', subject: 'outage', detail: '' });
      return isAny;
    });
    this.#arm();
    return isAny;
  }

  /** The carrier refuses a conversation's messages, or takes them again. Durable when it returns. */
  outage(report: OutageReport): void {
    this.#outages.note(report);
    this.#arm();
  }

  /** A stranger has texted. Durable when it returns; most are told nothing. */
  knock(knock: Knock): Promise<void> {
    return this.#access.knock(knock);
  }

  /** Somebody without a conversation has texted a code of /link, or answers the question about one. */
  link(knock: Knock): Promise<'taken' | 'none'> {
    return this.#access.links.hear(knock);
  }

  /** Whether `link` has answered this text. */
  hasAnsweredLink(providerId: string): boolean {
    return this.#access.links.hasAnswered(providerId);
  }

  /** Answers what an admin wants. `op`: names the wish, so that a repeat does nothing twice; null for an operator. */
  wish(wish: Wish, actor: Actor, op: string | null): Promise<Said> {
    return this.#access.wish(wish, actor, op);
  }

  /** Updates the index of people. */
  index(entry: PersonEntry): void {
    this.#access.index(entry);
  }

  /** Notes which repositories a home's projects have: all of them. */
  bindRepositories(home: string, all: readonly string[]): void {
    this.#store.transaction(() => repositories.bind(this.ctx.storage.sql, home, all));
  }

  /** The homes with a project of a repository, by its keys. */
  homesOf(keys: readonly string[]): string[] {
    return repositories.homesOf(this.ctx.storage.sql, keys);
  }

  /** Appends to the audit, once for each `op`. */
  recordAudit(entry: AuditEntry, op: string | null = null): void {
    this.#access.record(entry, op);
  }

  /** Appends to the audit, each entry once for its `op`. */
  recordAudits(entries: readonly (AuditEntry & { op: string })[]): void {
    for (const { op, ...entry } of entries) this.#access.record(entry, op);
  }

  /** The newest entries of the audit before `before` (an id), newest first. */
  audit(before: string | null): AuditRow[] {
    return this.#access.audit(before);
  }

  /** Moves everybody to another of our senders, or says how it stands. */
  moveSender(ask: MoveAsk): Promise<MoveAnswer> {
    return this.#moves.answer(ask);
  }

  /** Strangers who wait to be let in. */
  strangers(): Stranger[] {
    return this.#access.strangers();
  }

  /** The index of people after this number. */
  people(after: number): Person[] {
    return this.#access.people(after);
  }

  /** The desk of the operator's page. */
  operators(): OperatorDesk {
    return this.#access.operators;
  }

  /** The relay's state for the operator: alerts of a day, machines, the progress of a rollout. */
  health(): DirectoryHealth {
    return readDirectoryHealth(this.ctx.storage.sql);
  }

  /** Lends a conversation a part of everybody's budget, or counts what it gives back. */
  lease(ask: LeaseAsk): Promise<LeaseAnswer> {
    return this.#budget.lease(ask);
  }

  watermark(sender: string): Watermark {
    return this.#store.watermark(sender);
  }

  /** False when another comparison has moved the watermark since `before` was read: then nothing changes. */
  advance(before: Watermark, after: Watermark): boolean {
    return this.#store.transaction(() => {
      const now = this.#store.watermark(before.sender);
      const isSame = (['reached', 'gapBelow', 'gapTop'] as const).every((field) => now[field] === before[field]);
      if (isSame) this.#store.putWatermark({ ...after, failingSince: null });
      return isSame;
    });
  }

  /** The list could not be read, or not all of its messages were accepted. */
  notCompared(sender: string): void {
    this.#channels.notCompared(sender);
  }

  /** Notes the result of a look at our sender's webhook. */
  webhookLooked(sender: string, found: WebhookTrouble | { kind: 'fine' }): void {
    this.#channels.webhookLooked(sender, found);
  }

  /** Whether texts reach these addresses of ours, and replies leave from them. */
  senderStates(senders: readonly string[]): SenderState[] {
    return this.#channels.statesOf(senders);
  }

  /** Claims a slot for a conversation's machine, once; `full` when `most` slots are taken. */
  claimMachine(conversation: string, name: string, most: number): 'taken' | 'full' {
    const { sql } = this.ctx.storage;
    return this.#store.transaction(() => ledger.claim(sql, { conversation, name, most, now: Date.now() }));
  }

  /** Gives the slot of a conversation's machine back. */
  releaseMachine(conversation: string): void {
    ledger.release(this.ctx.storage.sql, conversation);
  }

  /** True if all `most` slots are taken and somebody was refused one lately. */
  needsSlots(most: number): boolean {
    const isWanted = this.#store.alertsSince(NO_SLOT, Date.now() - SLOT_WANTED_MS).length > 0;
    return isWanted && ledger.isFull(this.ctx.storage.sql, most);
  }

  /** Records the image and settings that a machine runs. */
  recordMachine(machine: ledger.Recorded): void {
    ledger.recordStanding(this.ctx.storage.sql, machine, Date.now());
  }

  /** Deletes everything about a conversation whose person is forgotten. Its machine's place is free again. */
  forget(wish: ForgetWish): void {
    forgetPerson(this.ctx.storage, { budget: this.#budget, access: this.#access }, wish);
    this.#arm();
  }

  /** Deletes what is here about a home that went into another one. */
  merge(wish: MergeWish): void {
    mergePerson(this.ctx.storage, { budget: this.#budget, access: this.#access }, wish);
    this.#arm();
  }

  /** Machines in the order of their conversations' ids, after `after`. */
  machines(after = '', limit = MACHINES_LISTED): ledger.KnownMachine[] {
    return ledger.listMachines(this.ctx.storage.sql, limit, after);
  }

  /** A conversation has no machine to change. Its slot stays, and it is not asked again until a machine has started. */
  hasNoMachine(conversation: string, settings: string): void {
    ledger.unrecord(this.ctx.storage.sql, conversation, settings);
  }

  /** The conversations whose machines should change to the wanted settings now. */
  nextToRoll(wanted: Wanted): Pick<Next, 'ask' | 'first'> {
    const { sql } = this.ctx.storage;
    const next = this.#store.transaction(() => {
      const known = ledger.readRollout(sql);
      const fleet = ledger.readFleetState(sql, wanted.settings, MACHINES_LISTED);
      const decided = decideRollout(known, wanted, fleet, Date.now());
      if (decided.rollout && decided.rollout !== known) ledger.saveRollout(sql, decided.rollout);
      return decided;
    });
    if (next.isStuck) this.raise(alerts.rolloutStuck());
    return { ask: next.ask, first: next.first };
  }

  /** Lets the next pass retry a failed or stuck rollout for the operator. False when there is none. */
  beginRolloutAnew(by: string): boolean {
    return this.#store.transaction(() => {
      const hasBegun = ledger.beginAnew(this.ctx.storage.sql, Date.now());
      if (hasBegun) this.recordAudit({ actor: by, action: 'retried the rollout', subject: 'rollout', detail: '' });
      return hasBegun;
    });
  }

  /** Records which conversation tries the settings first. False if they are past their first try. */
  tryFirst(settings: string, conversation: string | null): boolean {
    const { sql } = this.ctx.storage;
    return this.#store.transaction(() => {
      const rollout = ledger.readRollout(sql);
      const isFirst = rollout?.settings === settings && rollout.state === 'first';
      if (isFirst) ledger.saveRollout(sql, tryFirst(rollout, conversation, Date.now()));
      return isFirst;
    });
  }

  override async alarm(): Promise<void> {
    try {
      const now = Date.now();
      this.#access.expire(now);
      const due = this.#alerts.begin(now);
      // If the object ends while it delivers, this alarm continues.
      this.#arm();
      await Promise.all([
        this.#outages.run(now),
        this.#moves.run(now),
        ...due.map((delivery) => this.#alerts.deliver(delivery)),
      ]);
    } finally {
      this.#arm();
    }
  }

  #conversation(id: string): ConversationStub {
    return getConversation(this.env, this.#config() ?? {}, id);
  }

  /** Throws when the configuration is broken. */
  #configured(): Config {
    const config = this.#config();
    if (!config) throw new Error('The configuration is invalid.');
    return config;
  }

  #config(): Config | null {
    const read = readConfig(this.env);
    return read.ok ? read.config : null;
  }

  /** No alarm when nothing waits. */
  #arm(): void {
    const desks = [this.#store, this.#outages, this.#access, this.#moves];
    const due = desks.map((desk) => desk.nextDueAt()).filter((at) => at !== null);
    const next = due.length === 0 ? null : Math.min(...due);
    this.ctx.waitUntil(next === null ? this.ctx.storage.deleteAlarm() : this.ctx.storage.setAlarm(next));
  }
}
