import { readConfig } from '../config/config.ts';
import type { Led } from '../conversation/state/address.ts';
import type { Became, GivenRun, RunReport } from '../conversation/state/schedule-rows.ts';
import type { PersonEntry } from '../conversation/state/wishes.ts';
import { type ConversationStub, getConversation } from './namespaces.ts';
import type { PageContent } from './page-content.ts';
import type { Standing } from './permission.ts';
import type { Admission, Arrival, DeliveryReport, Notice, Opening, Took } from './received-calls.ts';
import { RepositoryObject } from './repository-object.ts';
import type { Marks } from './stores/forgotten-store.ts';
import { readSignpost, removeSignpost, type Signpost, writeSignpost } from './stores/signpost-store.ts';

// The object that an address names: a person's home, which is the conversation itself; a signpost to a home; or unset,
// with nothing stored. A signpost keeps no text: it passes each call on before it returns. A home never becomes a
// signpost, and only a home points addresses to itself, so a signpost never leads to another one.

export class AddressObject extends RepositoryObject {
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
   * Takes the signpost away if it leads to this home. Safe to repeat. `marks`: the person was deleted, and late repeats
   * of what they texted from here begin nothing.
   */
  unpoint(home: string, marks?: Marks): void {
    if (this.#leadsTo()?.home !== home) return;
    this.#turn(null);
    if (marks) this.calls.tombstone().keep(marks);
  }

  override async accept(address: string, arrival: Arrival, opening?: Opening): Promise<Took> {
    const home = this.#home();
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
    return this.#home()?.status(said) ?? super.status(said);
  }

  override async notify(notice: Notice): Promise<void> {
    return this.#home()?.notify(notice) ?? super.notify(notice);
  }

  override async takeRun(given: GivenRun): Promise<Became> {
    return this.#home()?.takeRun(given) ?? super.takeRun(given);
  }

  override async runReported(report: RunReport): Promise<void> {
    return this.#home()?.runReported(report) ?? super.runReported(report);
  }

  override async page(id: string): Promise<PageContent | null> {
    return this.#home()?.page(id) ?? super.page(id);
  }

  override async standing(): Promise<Standing> {
    return this.#home()?.standing() ?? super.standing();
  }

  #leadsTo(): Signpost | null {
    if (this.#signpost === undefined) this.#signpost = readSignpost(this.ctx.storage);
    return this.#signpost;
  }

  #turn(to: Signpost | null): void {
    if (to === null) removeSignpost(this.ctx.storage);
    else writeSignpost(this.ctx.storage, to);
    this.#signpost = to;
  }

  /** The home that this signpost leads to; null for any other object. */
  #home(): ConversationStub | null {
    const signpost = this.#leadsTo();
    if (signpost === null) return null;
    const read = readConfig(this.env);
    return getConversation(this.env, read.ok ? read.config : {}, signpost.home);
  }
}
