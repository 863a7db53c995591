import { readConfig } from '../config/config.ts';
import type { Led } from '../conversation/state/address.ts';
import { passesTo } from '../conversation/state/merging.ts';
import type { Became, GivenRun, RunReport } from '../conversation/state/schedule-rows.ts';
import type { PersonEntry } from '../conversation/state/wishes.ts';
import type { HostEvent } from '../git/host-event.ts';
import type { DiffContent } from './diff-content.ts';
import { MergeObject } from './merge-object.ts';
import { type ConversationStub, getConversation } from './namespaces.ts';
import type { PageContent } from './page-content.ts';
import type { Standing } from './permission.ts';
import type { Admission, Arrival, DeliveryReport, Notice, Opening, ShutReport, Took } from './received-calls.ts';
import type { Marks } from './stores/forgotten-store.ts';
import { readSignpost, removeSignpost, type Signpost, writeSignpost } from './stores/signpost-store.ts';

// The object that an address names: a person's home, which is the conversation itself; a signpost to a home; or unset,
// with nothing stored. A signpost keeps no text: it passes each call on before it returns. Only a home points addresses
// to itself, and a home becomes a signpost only when its person went to another home: then all that led to it is turned
// there. So a signpost leads to another one for a moment at most.

export class AddressObject extends MergeObject {
  #signpost: Signpost | null | undefined;

  /** Makes this object lead to the person's home. Safe to repeat; an older epoch changes nothing. */
  point(to: Signpost): Led {
    const known = this.#leadsTo();
    if (known === null && super.isHome()) return 'home';
    if (known !== null && known.home !== to.home) return 'other';
    if (known === null || known.epoch < to.epoch) this.#turn(to);
    return 'pointed';
  }

  /**
   * Takes the signpost away if it leads to this home. Safe to repeat. `marks`: late repeats of what the person texted
   * from here begin nothing. The release before sends none.
   */
  unpoint(home: string, marks?: Marks): void {
    if (this.#leadsTo()?.home !== home) return;
    this.#turn(null);
    // Before the next step, because it sets the alarm for a month later.
    if (marks) this.calls.tombstone().keep(marks);
    // The rest of the home that was here goes now.
    if (this.leftBy() !== null) this.calls.apply({ type: 'merge-hurried' });
  }

  /** Makes this object lead to another home, if it leads to the home `from`. Safe to repeat. */
  turnFrom(from: string, to: Signpost): void {
    if (this.#leadsTo()?.home === from) this.#turn(to);
  }

  override async accept(address: string, arrival: Arrival, opening?: Opening): Promise<Took> {
    const home = this.#home();
    // The text comes again.
    if (home === null && this.leftBy() !== null) throw new Error('what is left of an earlier conversation goes first');
    if (home === null) return super.accept(address, arrival, opening);
    const took: Took = await home.accept(address, arrival, { ...opening, opens: false });
    // The home is gone, so the address is nobody's.
    if (took.state === 'unset') this.#turn(null);
    return took;
  }

  override async admit(as: Admission, asked: readonly Arrival[]): Promise<PersonEntry> {
    return this.#home()?.admit(as, asked) ?? super.admit(as, asked);
  }

  override async entry(): Promise<PersonEntry | null> {
    return this.#home()?.entry() ?? super.entry();
  }

  override async status(said: DeliveryReport): Promise<boolean> {
    const isKnown = await (this.#home()?.status(said) ?? super.status(said));
    // Rows that are on their way to another home are there or here.
    const next = this.#next();
    return next === null ? isKnown : (await next.status(said)) || isKnown;
  }

  override async hearShut(said: ShutReport): Promise<void> {
    return (this.#home() ?? this.#next())?.hearShut(said) ?? super.hearShut(said);
  }

  override async notify(notice: Notice): Promise<void> {
    return (this.#home() ?? this.#next())?.notify(notice) ?? super.notify(notice);
  }

  override async takeRun(given: GivenRun): Promise<Became> {
    return (this.#home() ?? this.#next())?.takeRun(given) ?? super.takeRun(given);
  }

  override async runReported(report: RunReport): Promise<void> {
    return (this.#home() ?? this.#next())?.runReported(report) ?? super.runReported(report);
  }

  override async page(id: string): Promise<PageContent | null> {
    return this.#home()?.page(id) ?? super.page(id);
  }

  override async hearHost(said: HostEvent, digest: string): Promise<boolean> {
    return this.#home()?.hearHost(said, digest) ?? super.hearHost(said, digest);
  }

  override async diff(id: string): Promise<DiffContent | null> {
    return this.#home()?.diff(id) ?? super.diff(id);
  }

  override async standing(): Promise<Standing> {
    return this.#home()?.standing() ?? super.standing();
  }

  #leadsTo(): Signpost | null {
    // A home that becomes a signpost writes it itself.
    if (this.#signpost === undefined || (this.#signpost === null && !this.isHome()))
      this.#signpost = readSignpost(this.ctx.storage);
    if (this.#signpost !== null) return this.#signpost;
    const left = this.leftBy();
    return left?.leads === true ? { home: left.with, epoch: left.since } : null;
  }

  #turn(to: Signpost | null): void {
    if (to === null) removeSignpost(this.ctx.storage);
    else writeSignpost(this.ctx.storage, to);
    this.#signpost = to;
  }

  /** The home that this signpost leads to; null for any other object. */
  #home(): ConversationStub | null {
    const signpost = this.#leadsTo();
    return signpost === null ? null : this.#stub(signpost.home);
  }

  /** The home that takes this one's rows right now; null if none does. */
  #next(): ConversationStub | null {
    const next = this.isHome() && this.leftBy() === null ? passesTo(this.calls.load()) : null;
    return next === null ? null : this.#stub(next);
  }

  #stub(home: string): ConversationStub {
    const read = readConfig(this.env);
    return getConversation(this.env, read.ok ? read.config : {}, home);
  }
}
