import { furtherAddressesOf, stateOfAddress } from '../conversation/access/addresses.ts';
import { entryOf, refusalOfChange } from '../conversation/access/change.ts';
import { planMove } from '../conversation/access/sender-move.ts';
import { SEND_TIMEOUT_MS } from '../conversation/policy/outbox.ts';
import { readyCopy } from '../conversation/privacy/export.ts';
import { accessOf } from '../conversation/state/access.ts';
import type { AddressState, BoundHow } from '../conversation/state/address.ts';
import { isHandingOver, passesTo } from '../conversation/state/merging.ts';
import { addressesOfPerson, isOfPerson } from '../conversation/state/person.ts';
import type { MovePlan, SenderMove } from '../conversation/state/sender-move.ts';
import { roleOf } from '../conversation/state/standing.ts';
import type { Changed, Changer, PersonEntry } from '../conversation/state/wishes.ts';
import type { HostEvent } from '../git/host-event.ts';
import type { AccessChange } from '../input/access-command.ts';
import { mayUse } from '../input/roles.ts';
import { reasonOf } from '../log.ts';
import type { AccountAnswer, AccountForm, AccountPage } from './account-page.ts';
import { ConnectDesk } from './connect-desk.ts';
import { connectionsOf } from './connections.ts';
import { Conversation } from './conversation.ts';
import { type ConversationDetail, detailOf } from './conversation-detail.ts';
import { type DiffContent, diffContentOf } from './diff-content.ts';
import { exportKeyOf } from './export-collect.ts';
import { carryOut, type Operated, type OperatorWish } from './operate.ts';
import type { Admission, Arrival, Opening, ShutReport, Took } from './received-calls.ts';
import { readDetail, readSessionFacts, type SessionFacts } from './stores/detail-store.ts';
import { noteHeard, wasHeard } from './stores/pull-request-store.ts';
import { readTimeline } from './stores/timeline-store.ts';
import type { Timeline, TimelineAsk } from './timeline.ts';

// A person's home: the conversation, and the calls about who the person is and what they may do here.

const IS_MERGING = 'the conversation is being merged into another one';

export class PersonObject extends Conversation {
  /** The person's accounts at git hosts. */
  protected readonly connections = connectionsOf(this.calls);
  readonly #desk = new ConnectDesk(this.calls);

  override async accept(address: string, arrival: Arrival, opening?: Opening): Promise<Took> {
    const before = this.#signature();
    const took = await super.accept(address, arrival, opening);
    // The first text of a day, and a change of access, bring the index of people up to date.
    if (this.#signature() !== before) this.#index();
    return took;
  }

  /** Lets this person in, and takes the texts that asked. Safe to repeat. */
  async admit({ address, sender, ...as }: Admission, asked: readonly Arrival[]): Promise<PersonEntry> {
    this.begin(address, sender);
    this.calls.apply({ type: 'admitted', ...as });
    for (const arrival of asked) await this.accept(address, arrival);
    return this.#entry();
  }

  /**
   * The person shut our sender out, or let it in again. Safe to repeat. An object without a conversation stores
   * nothing.
   */
  async hearShut(said: ShutReport): Promise<void> {
    if (this.isHome()) this.calls.apply({ type: 'shut', ...said, at: said.at + this.offset() });
  }

  /** Changes this person's access for an admin, if they may. Throws while the person goes to another home. */
  changeAccess(change: AccessChange, by: Changer): Changed {
    if (passesTo(this.calls.load()) !== null) throw new Error(IS_MERGING);
    const isRepeat = by.op != null && accessOf(this.calls.load()).op === by.op;
    if (isRepeat) return { outcome: 'same', person: this.#entry() };
    const refusal = refusalOfChange(this.calls.load(), change, by, this.calls.services());
    if (refusal) return { outcome: refusal, person: this.#entry() };
    const before = this.calls.load();
    const after = this.calls.apply({ type: 'access', change, op: by.op ?? null });
    const isSame = after.conversation.access === before.conversation.access && after.addresses === before.addresses;
    if (!isSame) this.#showMenus();
    return { outcome: isSame ? 'same' : 'changed', person: this.#entry() };
  }

  /** The person as the index has them; null when nobody has written yet. */
  async entry(): Promise<PersonEntry | null> {
    return this.isHome() ? this.#entry() : null;
  }

  /** A page of the time line; null when nobody has written yet, or no longer. */
  async timeline(ask: TimelineAsk): Promise<Timeline | null> {
    return this.isHome() ? readTimeline(this.ctx.storage.sql, ask, this.calls.now()) : null;
  }

  /** How the conversation stands; null when nobody has written yet, or no longer. */
  async detail(shows: boolean): Promise<ConversationDetail | null> {
    if (!this.isHome()) return null;
    const { services, load, now } = this.calls;
    const of = { ...services(), now: now() };
    return detailOf(load(), readDetail(this.ctx.storage.sql, shows), this.ctx.id.toString(), shows, of);
  }

  /** Facts about a session and its backup; null when nobody has written yet, or no longer. */
  async sessionFacts(session: string): Promise<SessionFacts | null> {
    if (!this.isHome() || this.calls.load().conversation.forgetting !== null) return null;
    return readSessionFacts(this.ctx.storage.sql, session);
  }

  /** Does what an operator wants, once for each `op`. */
  async operate(wish: OperatorWish, op: string): Promise<Operated> {
    if (!this.#isServing()) return 'gone';
    return carryOut(wish, op, { sql: this.ctx.storage.sql, calls: this.calls, resend: (id) => this.resend(id) });
  }

  /**
   * Says how a move to another of our senders would affect this person; null when nobody has written yet, or no longer.
   * Throws while the home's rows go over to another one: afterwards the person is at that home.
   */
  async planMove(move: SenderMove): Promise<(MovePlan & { masked: string }) | null> {
    if (!this.#isServing()) return null;
    this.#mustNotBeHandingOver();
    const { services, load, now } = this.calls;
    return { ...planMove(load(), move, { ...services(), now: now() }), masked: this.#entry().masked };
  }

  /** The bytes of the copy that this link takes; null if it takes none, or no longer. */
  async findExport(link: string): Promise<number | null> {
    if ((await this.standing()) !== 'served') return null;
    const { exporting } = this.calls.load().conversation;
    return exporting?.link?.id === link ? exporting.size : null;
  }

  /** The key of that copy in the bucket. The link is used up when this returns. */
  async takeExport(link: string): Promise<string | null> {
    const size = await this.findExport(link);
    const { exporting } = size === null ? { exporting: null } : this.calls.load().conversation;
    if (exporting === null) return null;
    this.calls.apply({ type: 'export-taken', link });
    return exportKeyOf(this.ctx.id.toString(), exporting.id);
  }

  /** Takes a webhook of a git host, once for each `digest`. False when it was known, or nobody may hear of it. */
  async hearHost(said: HostEvent, digest: string): Promise<boolean> {
    if ((await this.standing()) !== 'served') return false;
    return this.hearHostOnce(said, digest);
  }

  protected hearHostOnce(said: HostEvent, digest: string): boolean {
    const { sql } = this.ctx.storage;
    if (wasHeard(sql, digest)) return false;
    this.calls.apply({ type: 'host-said', said, digest });
    // Nothing else runs between the change and this row.
    noteHeard(sql, digest, this.calls.now());
    return true;
  }

  /** A diff for its page; null when it is no longer kept, or its person is out. */
  async diff(id: string): Promise<DiffContent | null> {
    if ((await this.standing()) !== 'served') return null;
    return diffContentOf({ sql: this.ctx.storage.sql, calls: this.calls }, id);
  }

  /** The key of the copy of everything in the bucket; null if there is none now. No link is used up. */
  async copyKey(): Promise<string | null> {
    const ready = this.isHome() ? readyCopy(this.calls.load(), this.calls.now()) : null;
    return ready === null ? null : exportKeyOf(this.ctx.id.toString(), ready.id);
  }

  /** The page of this link, where the person connects an account; null when it is used up. */
  async accountPage(link: string): Promise<AccountPage | null> {
    return (await this.#mayConnect()) ? this.#desk.page(link) : null;
  }

  /** Its button. */
  async pressAccount(link: string, form: AccountForm): Promise<AccountAnswer | null> {
    return (await this.#mayConnect()) ? this.#desk.press(link, form) : null;
  }

  /** The person comes back from GitHub. */
  async accountReturn(link: string, code: string): Promise<AccountAnswer | null> {
    return (await this.#mayConnect()) ? this.#desk.comeBack(link, code) : null;
  }

  /** Binds an address to this person, or unlocks it. Null: no conversation. Throws while it is merged. */
  async bind(address: string, how: BoundHow): Promise<AddressState | null> {
    if (!this.isHome()) return null;
    this.#mustNotBeHandingOver();
    await this.applyAndLead({ type: 'bind', address, how });
    return stateOfAddress(this.calls.load(), address);
  }

  /**
   * Makes the address of this text the person's own: it has texted their code, and said yes. Safe to repeat. Null: no
   * conversation, or not for long. merging: nothing has changed.
   */
  async link(arrival: Arrival): Promise<AddressState | 'merging' | null> {
    if (!this.#isServing()) return null;
    if (isHandingOver(this.calls.load())) return 'merging';
    const { from } = arrival;
    if (!isOfPerson(this.calls.load(), from)) {
      // An object that leads here before the home knows its address leads nowhere: then all of it is repeated.
      const led = await this.calls.services().lead(from, this.calls.now());
      if (led !== 'pointed') return 'claimed';
    }
    this.takeLinked(arrival);
    return isOfPerson(this.calls.load(), from) ? 'bound' : null;
  }

  /** Takes a further address from this person. False when it isn't one. Throws while the conversation is merged. */
  async unbind(address: string): Promise<boolean> {
    if (!this.isHome() || !furtherAddressesOf(this.calls.load()).includes(address)) return false;
    this.#mustNotBeHandingOver();
    await this.calls.services().letGo(address, this.calls.tombstone().marks());
    this.calls.apply({ type: 'unbind', address });
    return true;
  }

  /**
   * Removes the machine of a person who may no longer write, and gives its slot back. False if the person is served or
   * the machine is at work.
   */
  async releaseMachine(): Promise<boolean> {
    if ((await this.standing()) === 'served') return false;
    const { machine } = this.isHome() ? this.calls.apply({ type: 'machine-release' }) : { machine: null };
    if (machine !== null && machine.step !== 'claim') return false;
    if (machine !== null) await this.calls.services().provider.release(machine);
    return true;
  }

  #mustNotBeHandingOver(): void {
    if (isHandingOver(this.calls.load())) throw new Error(IS_MERGING);
  }

  /** False if the person was forgotten, or is at another home. */
  #isServing(): boolean {
    if (!this.isHome()) return false;
    const { forgetting, merging } = this.calls.load().conversation;
    return forgetting === null && !(merging?.role === 'goes' && merging.step === 'leave');
  }

  /** As for /github in the chat. */
  async #mayConnect(): Promise<boolean> {
    const isServed = (await this.standing()) === 'served';
    return isServed && mayUse(roleOf(this.calls.load(), this.calls.services()), 'github');
  }

  /** The person's entry in the index, and the day of their last text. */
  #signature(): string | null {
    return this.isHome() ? JSON.stringify([accessOf(this.calls.load()).day, this.#entry()]) : null;
  }

  #entry(): PersonEntry {
    return entryOf(this.calls.load(), this.ctx.id.toString(), this.calls.services());
  }

  /** Their role's commands in the menus of their chats. */
  #showMenus(): void {
    const state = this.calls.load();
    const services = this.calls.services();
    const role = roleOf(state, services);
    for (const address of addressesOfPerson(state)) {
      const shown = services.carrierOf(address).showMenu?.(address, role, SEND_TIMEOUT_MS);
      if (shown !== undefined) this.calls.background(shown);
    }
  }

  #index(): void {
    this.#showMenus();
    const work = this.calls.services().index(this.#entry());
    this.calls.background(
      work.catch((error: unknown) =>
        this.calls.report({ level: 'warn', event: 'not-indexed', reason: reasonOf(error) }),
      ),
    );
  }
}
