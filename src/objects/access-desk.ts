import { addressesOfNumber } from '../channels/registry.ts';
import { type Config, mayServeMore } from '../config/config.ts';
import { AUDIT_LISTED } from '../conversation/policy/operator.ts';
import type { Actor, Changed, PersonEntry, Said } from '../conversation/state/wishes.ts';
import type { AccessChange, Wish } from '../input/access-command.ts';
import { isAtLeast } from '../input/roles.ts';
import { texts } from '../texts/index.ts';
import { findAdmins, tellAdmins } from './admin-notices.ts';
import { LinkDesk } from './link-desk.ts';
import { OperatorDesk } from './operator-desk.ts';
import { OurChats } from './our-chats.ts';
import { AccessStore, type AuditEntry, type AuditRow, type Pairing, type Person } from './stores/access-store.ts';
import { type AccessDeskDeps, type Desk, type Knock, StrangerDesk } from './stranger-desk.ts';

// The directory's desk for access: answers what admins want, lists people, passes changes to their homes, and keeps the
// audit. Every call can be repeated: an interrupted one is asked again by the home of the admin.

const said = texts.access;
const LISTED = 15;
const OWNERS_READ = 20;
const PEOPLE_READ = 100;
const DETAIL_CHARS = 200;
const HOME_ID = /^[0-9a-f]{64}$/;

/** A stranger who asks to be let in. `n`: as in /pair. */
export type Stranger = Pick<Pairing, 'n' | 'name' | 'masked' | 'expiresAt'>;

export class AccessDesk {
  readonly #deps: AccessDeskDeps;
  readonly #store: AccessStore;
  readonly #strangers: StrangerDesk;
  #ownerChange: Promise<unknown> = Promise.resolve();
  readonly operators: OperatorDesk;
  readonly links: LinkDesk;

  constructor(deps: AccessDeskDeps) {
    this.#deps = deps;
    this.#store = new AccessStore(deps.storage);
    const desk: Desk = {
      store: this.#store,
      chats: new OurChats(),
      index: (entry) => this.index(entry),
      record: (entry, op) => this.record(entry, op),
      people: (who) => this.#people(who),
    };
    this.operators = new OperatorDesk(deps, desk);
    this.links = new LinkDesk(deps, desk);
    this.#strangers = new StrangerDesk(deps, desk);
  }

  /** Updates the index. Durable when it returns. */
  index(entry: PersonEntry): void {
    this.#store.putPerson(entry, Date.now());
  }

  /** Appends to the audit, once for each `op`. An entry under the name of another one is kept as well. */
  record(given: AuditEntry, op: string | null = null): void {
    const entry = { ...given, detail: given.detail.slice(0, DETAIL_CHARS) };
    const known = op === null ? null : this.#store.entry(op);
    const id = op === null || (known !== null && !isSameEntry(known, entry)) ? this.#deps.id() : op;
    this.#store.record({ ...entry, id, at: Date.now() });
  }

  /** Deletes a person at their own wish; of that, only the audit tells. Repeating changes nothing. */
  forget(id: string, addresses: readonly string[], op: string): void {
    const config = this.#deps.config();
    if (!config) throw new Error('the configuration is invalid');
    this.#store.removePerson(id);
    this.operators.forget(id);
    this.#strangers.forget(addresses, config);
    this.links.forget(id);
    this.links.forgetAsked(addresses, config);
    this.record({ actor: id, action: 'forgot everything', subject: id, detail: '' }, op);
  }

  /** A home went into another one. Only the audit tells of it. Repeating changes nothing. */
  merge(from: string, into: string, op: string): void {
    this.#store.removePerson(from);
    this.operators.forget(from);
    this.links.useUp(from, op);
    this.record({ actor: into, action: 'merged', subject: into, detail: from }, op);
  }

  audit(before: string | null): AuditRow[] {
    return this.#store.entries(AUDIT_LISTED, before);
  }

  /** Strangers who wait for an answer, each once. */
  strangers(): Stranger[] {
    const open = this.#store.openPairings(Date.now(), PEOPLE_READ);
    const first = open.filter(({ who }, n) => open.findIndex((other) => other.who === who) === n);
    return first.map(({ n, name, masked, expiresAt }) => ({ n, name, masked, expiresAt }));
  }

  people(after: number, limit = PEOPLE_READ): Person[] {
    return this.#store.persons(after, limit);
  }

  nextDueAt(): number | null {
    return this.#store.nextExpiry();
  }

  /** Forgets the texts and addresses of strangers whose hour is over. */
  expire(now: number): void {
    this.#store.expirePairings(now);
  }

  /** A stranger has texted. Any answer leaves later; most strangers get none. */
  knock(knock: Knock): Promise<void> {
    return this.#strangers.knock(knock);
  }

  /** Answers an admin's wish. `op`: names the wish, so that a repeat does nothing twice. */
  async wish(wish: Wish, actor: Actor, op: string | null): Promise<Said> {
    const config = this.#deps.config();
    if (!config) return { text: said.noAnswer };
    if (wish.op === 'ask-budget') return this.#askBudget(wish, actor, op, config);
    if (wish.op === 'note-budget') return this.#noteBudget(wish.change, actor, op);
    if (wish.op === 'link') return this.links.answer(wish, actor, config);
    if (!isAtLeast(actor.role, 'admin')) return { text: said.onlyAdmins };
    const letsIn = wish.op === 'invite' || (wish.op === 'pair' && wish.yes && wish.as === undefined);
    if (letsIn && !mayServeMore(config)) return { text: said.machineForOne };
    switch (wish.op) {
      case 'users':
        return this.#list(wish.after);
      case 'invite':
        return this.#strangers.invite(wish, actor, op, config);
      case 'pair':
        return this.#strangers.decide(wish, actor, op, config);
      case 'operator':
        return this.operators.answer(actor.id, wish.ends);
      case 'change':
        return this.#change(wish, actor, op);
    }
  }

  #list(after: number): Said {
    const people = this.#store.persons(after, LISTED + 1);
    return { text: said.users(people.slice(0, LISTED), people.length > LISTED) };
  }

  /** A number may have a home on each channel: the change is for both. */
  async #change({ who, change }: Extract<Wish, { op: 'change' }>, actor: Actor, op: string | null): Promise<Said> {
    const found = await this.#people(who);
    if (found.length === 0) return { text: said.nobody(who.startsWith('+') ? null : Number(who)) };
    const done: string[] = [];
    const refused: string[] = [];
    for (const [n, person] of found.entries()) {
      // An entry of the audit for each.
      const { changed, text } = await this.#changeHome(person, change, actor, op, n === 0 ? op : op && `${op}-${n}`);
      (changed ? done : refused).push(text);
    }
    return { text: (done.length > 0 ? done : refused.slice(0, 1)).join('\n') };
  }

  async #changeHome(
    person: Person,
    change: AccessChange,
    actor: Actor,
    op: string | null,
    entry: string | null,
  ): Promise<{ changed: boolean; text: string }> {
    const action = change.to === 'role' ? 'role' : change.to;
    // Only the newest change is known to the home; the audit knows the others.
    const before = entry === null ? null : this.#store.entry(entry);
    const isSame =
      before?.detail === detailOf(change, before?.detail ?? '') &&
      isSameEntry(before, { actor: actor.id, action, subject: person.id, detail: before.detail });
    if (isSame) return { changed: true, text: said.changed(change, person.n, person.name, person.masked) };
    const carryOut = async (): Promise<Changed> => {
      const changed = await this.#deps
        .home(person.id)
        .changeAccess(change, { ...actor, op, isSelf: actor.id === person.id });
      this.index(changed.person);
      return changed;
    };
    const loses = change.to === 'block' || (change.to === 'role' && change.role !== 'owner');
    const changed = await (loses ? this.#keepingOwner(person.id, carryOut) : carryOut());
    if (changed === null) return { changed: false, text: said.refusals['owner-fixed'] };
    const { outcome, person: now } = changed;
    if (outcome !== 'changed' && outcome !== 'same') return { changed: false, text: said.refusals[outcome] };
    this.record({ actor: actor.id, action, subject: person.id, detail: detailOf(change, now.masked) }, entry);
    return { changed: true, text: said.changed(change, person.n, now.name, now.masked) };
  }

  /**
   * Carries out a change after which this person may be no owner, unless nobody else is one: null. One such change
   * after the other; homes say who is an owner, because the index may be old.
   */
  #keepingOwner(id: string, carryOut: () => Promise<Changed>): Promise<Changed | null> {
    const isOwner = async (of: string): Promise<boolean> => {
      const entry = await this.#deps.home(of).entry();
      return entry?.role === 'owner' && (of === id || entry.standing === 'in');
    };
    const change = this.#ownerChange.then(async () => {
      const others = this.#store.admins(OWNERS_READ).filter((p) => p.role === 'owner' && p.id !== id);
      const isLast = async (): Promise<boolean> => !(await Promise.all(others.map((p) => isOwner(p.id)))).some(Boolean);
      return (await isOwner(id)) && (await isLast()) ? null : carryOut();
    });
    this.#ownerChange = change.catch(() => undefined);
    return change;
  }

  /** Their home allowed it, as it knows their role. */
  #noteBudget(change: AccessChange, actor: Actor, op: string | null): Said {
    this.record({ actor: actor.id, action: 'budget', subject: actor.id, detail: detailOf(change, '') }, op);
    return { text: '' };
  }

  /** A person wants to spend more than they may: each admin is asked. */
  async #askBudget(
    { micros, per }: Extract<Wish, { op: 'ask-budget' }>,
    actor: Actor,
    op: string | null,
    config: Config,
  ): Promise<Said> {
    const entry = await this.#deps.home(actor.id).entry();
    const admins = await findAdmins(this.#deps, this.#store, config);
    if (!entry || admins.length === 0) return { text: texts.spending.noAdmin };
    const { n, name, masked } = this.#store.putPerson(entry, Date.now());
    const text = texts.spending.somebodyAsks(name, masked, micros, per);
    const buttons = texts.spending.answersToAsk(micros, per, n);
    this.#deps.background(tellAdmins(admins, { id: op ?? this.#deps.id(), text, buttons }));
    return { text: texts.spending.adminsAsked, asked: true };
  }

  /** By their number in the list, or by a phone number, which may have a home on each channel. */
  async #people(who: string): Promise<Person[]> {
    const listed = HOME_ID.test(who) ? this.#store.person(who) : this.#store.personByNumber(Number(who));
    if (!who.startsWith('+')) return listed ? [listed] : [];
    const found = new Map<string, Person>();
    for (const address of addressesOfNumber(who)) {
      const known = await this.#deps.find(address);
      const entry = await known.object.entry();
      if (entry) found.set(entry.id, this.#store.putPerson(entry, Date.now()));
    }
    return [...found.values()];
  }
}

const isSameEntry = (one: AuditEntry, other: AuditEntry): boolean =>
  one.actor === other.actor &&
  one.action === other.action &&
  one.subject === other.subject &&
  one.detail === other.detail;

function detailOf(change: AccessChange, masked: string): string {
  if (change.to === 'role') return change.role;
  if (change.to !== 'budget') return masked;
  return texts.spending.set(change.per, typeof change.micros === 'number' ? change.micros : null, null);
}
