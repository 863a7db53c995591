import { isExternalAddress } from '../addresses.ts';
import { capabilitiesOf, sendersOf } from '../channels/registry.ts';
import { adminListsOf } from '../config/access.ts';
import { type Config, mayServeMore } from '../config/config.ts';
import { maskAddress } from '../conversation/access/change.ts';
import {
  CODE_TRIES,
  CODE_WAIT_MS,
  INVITE_FOR_MS,
  PAIRING_FOR_MS,
  PAIRINGS_MAX,
  REFUSED_FOR_MS,
  WRONG_CODES_A_DAY,
} from '../conversation/policy/access.ts';
import type { AddressState } from '../conversation/state/address.ts';
import { bringsRights } from '../conversation/state/standing.ts';
import type { Actor, PersonEntry, Said } from '../conversation/state/wishes.ts';
import { newCode, printCode, readJoin } from '../input/access-code.ts';
import type { Wish } from '../input/access-command.ts';
import { hasRight, isAtLeast, type Role } from '../input/roles.ts';
import { sealWords } from '../links/sealed-words.ts';
import { report } from '../log.ts';
import { texts } from '../texts/index.ts';
import { DAY } from '../units.ts';
import { type AdminNotice, findAdmins, tellAdmins } from './admin-notices.ts';
import type { ConversationStub } from './namespaces.ts';
import { alerts, type Raised } from './operator-alerts.ts';
import type { OurChats } from './our-chats.ts';
import { type Admission, type Arrival, withoutSecrets } from './received-calls.ts';
import type { AccessStore, AuditEntry, Pairing, Person } from './stores/access-store.ts';

// The directory's part in letting strangers in: by a code, an admin's yes or an invitation. Rows are written before
// calls, and every call can be repeated.

const said = texts.access;

/** A stranger's text. */
export type Knock = { from: string; name: string | null; arrival: Arrival };

export type AccessDeskDeps = {
  storage: DurableObjectStorage;
  config: () => Config | null;
  id: () => string;
  home: (id: string) => ConversationStub;
  /** The object that an address leads to, and the address under which it is known. */
  find: (address: string) => Promise<{ address: string; object: ConversationStub }>;
  /** Sends a stranger a text; best effort. */
  send: (to: string, from: string, text: string) => Promise<void>;
  background: (work: Promise<unknown>) => void;
  raise: (raised: Raised) => void;
  arm: () => void;
};

/** The parts of the access desk that the other desks use. */
export type Desk = {
  store: AccessStore;
  chats: OurChats;
  index: (entry: PersonEntry) => void;
  record: (entry: AuditEntry, op?: string | null) => void;
  /** By a number of /users, or a phone number. */
  people: (who: string) => Promise<Person[]>;
};

export class StrangerDesk {
  readonly #deps: AccessDeskDeps;
  readonly #store: AccessStore;
  readonly #desk: Desk;

  constructor(deps: AccessDeskDeps, desk: Desk) {
    this.#deps = deps;
    this.#store = desk.store;
    this.#desk = desk;
  }

  /** Deletes what these addresses asked. */
  forget(addresses: readonly string[], config: Config): void {
    for (const address of addresses) {
      const who = this.#seal('who', address, config);
      this.#store.removePairings(who);
      this.#store.closeInvites(who);
    }
  }

  /** A stranger has texted. Any answer leaves later; most strangers get none. */
  async knock(knock: Knock): Promise<void> {
    const config = this.#deps.config();
    if (!config) return;
    const mayServe = mayServeMore(config);
    const code = readJoin(knock.arrival.text);
    if (code !== null && mayServe) return this.#join(knock, code, config);
    const isSilent = config.PAIRING === 'on' && (!mayServe || (await this.#pair(knock, config)) === 'silent');
    // The person may be on the list.
    const isHidden = capabilitiesOf(knock.from).identity === 'number' && isExternalAddress(knock.from);
    if (isSilent && isHidden) this.#deps.raise(alerts.senderUnknown(knock.from));
  }

  /** silent: the stranger gets no answer, now or before. */
  async #pair({ from, name, arrival }: Knock, config: Config): Promise<'asked' | 'silent'> {
    const now = Date.now();
    const who = this.#seal('who', from, config);
    this.#store.expirePairings(now);
    const may = this.#mayAsk(who, arrival.providerId, now, config);
    if (may !== 'new') return may;
    const admins = await findAdmins(this.#deps, this.#store, config);
    if (admins.length === 0) {
      report({ level: 'warn', event: 'stranger-without-admin' });
      return 'silent';
    }
    const code = newCode(randomByte);
    const made = this.#deps.storage.transactionSync(() => {
      this.#store.clean(now - REFUSED_FOR_MS);
      // Another text may have come meanwhile.
      if (this.#mayAsk(who, arrival.providerId, now, config) !== 'new') return null;
      const isFirst = !this.#store.pairingsOf(who, PAIRINGS_MAX).some((p) => p.state === 'open');
      const pairing = this.#store.addPairing({
        id: this.#deps.id(),
        code: this.#seal('code', code, config),
        who,
        providerId: arrival.providerId,
        state: 'open',
        address: from,
        sender: arrival.to,
        name,
        masked: maskAddress(from, capabilitiesOf),
        arrival: JSON.stringify(withoutSecrets(arrival)),
        expiresAt: now + PAIRING_FOR_MS,
        decidedBy: null,
        decidedAt: null,
      });
      return { pairing, isFirst };
    });
    if (!made) return 'asked';
    this.#deps.arm();
    if (made.isFirst) this.#deps.background(tellAdmins(admins, askAbout(made.pairing)));
    this.#deps.background(this.#deps.send(from, arrival.to, said.yourCode(printCode(code))));
    return 'asked';
  }

  /** new: within the bounds of this address and of the day, and not after a no · asked: the address has its codes. */
  #mayAsk(who: string, providerId: string, now: number, { PAIRING_DAILY }: Config): 'new' | 'asked' | 'silent' {
    const before = this.#store.pairingsOf(who, PAIRINGS_MAX + 1);
    const isRefused = before.some((p) => p.state === 'no' && now - (p.decidedAt ?? 0) < REFUSED_FOR_MS);
    const open = before.filter((p) => p.state === 'open').length;
    const given = this.#store.pairingsSince(now - (now % DAY), PAIRING_DAILY);
    if (open >= PAIRINGS_MAX || this.#store.knowsText(providerId)) return 'asked';
    return isRefused || given >= PAIRING_DAILY ? 'silent' : 'new';
  }

  /** An admin's yes or no to a stranger. */
  async decide(
    { request, code, yes, as }: Extract<Wish, { op: 'pair' }>,
    actor: Actor,
    op: string | null,
    config: Config,
  ): Promise<Said> {
    // Asked before the request is read: meanwhile somebody else may answer it.
    const person = as === undefined ? null : await this.#person(as);
    const now = Date.now();
    this.#store.expirePairings(now);
    const waits = this.#waitsForCodes(actor.id, now);
    if (code !== null && waits) return { text: said.codesWait };
    const found =
      code === null
        ? this.#store.pairingByNumber(request ?? 0)
        : this.#store.pairingByCode(this.#seal('code', code, config));
    if (!found) {
      if (code !== null) this.#store.countWrongCode(actor.id, now - CODE_WAIT_MS, now);
      return { text: code === null ? said.noRequest(request ?? 0) : said.unknownCode };
    }
    const { state, masked, name } = found;
    if (state === 'over') return { text: said.codeExpired };
    if (state !== 'open' && (found.decidedBy !== actor.id || (state === 'yes') !== yes))
      return { text: said.alreadyDecided(state === 'yes') };
    if (state !== 'open' && as !== undefined && found.address === null) return { text: said.alreadyDecided(true) };
    const open = this.#store.pairingsOf(found.who, PAIRINGS_MAX + 1).filter((p) => p.address !== null);
    const asked = open.flatMap(textOf);
    const refusal = as === undefined ? null : refusalOfBinding(as, person, actor, asked, adminListsOf(config));
    if (refusal !== null) return { text: refusal };
    for (const p of open)
      this.#store.putPairing({ ...p, state: yes ? 'yes' : 'no', decidedBy: actor.id, decidedAt: p.decidedAt ?? now });
    const { address } = found;
    let subject = person?.id ?? found.who.slice(0, 16);
    let became: AddressState | null = 'bound';
    if (person !== null && address !== null) became = await this.#bind(address, masked, person, actor, op, asked);
    else if (address !== null) {
      if (yes) subject = await this.#letIn(address, found.sender, { role: 'member', name, budget: null }, asked);
      else this.#deps.background(this.#deps.send(address, found.sender, said.refused));
    }
    for (const p of this.#store.pairingsOf(found.who, PAIRINGS_MAX + 1))
      if (p.address !== null) this.#store.putPairing({ ...p, address: null, arrival: null });
    if (person !== null) {
      if (became === null || became === 'claimed') return { text: said.isElses };
      this.#desk.record({ actor: actor.id, action: 'bound an address', subject, detail: masked }, op);
      return { text: said.isFurther(person.name, masked) };
    }
    const action = yes ? 'let in' : 'refused';
    // Somebody who presses twice has decided once.
    if (address !== null) this.#desk.record({ actor: actor.id, action, subject, detail: `${masked}, by pairing` }, op);
    return { text: yes ? said.isIn(name, masked) : said.staysOut(name, masked) };
  }

  /** As their home knows them. */
  async #person(who: string): Promise<PersonEntry | null> {
    const [listed] = await this.#desk.people(who);
    return listed ? this.#deps.home(listed.id).entry() : null;
  }

  /** Makes the address a further one of the person, tells them, and gives their home the texts that asked. */
  async #bind(
    address: string,
    masked: string,
    { id }: PersonEntry,
    actor: Actor,
    op: string | null,
    asked: readonly Arrival[],
  ): Promise<AddressState | null> {
    const home = this.#deps.home(id);
    const became = await home.bind(address, 'admin');
    if (became === null || became === 'claimed') return became;
    if (id !== actor.id)
      await home.notify({ address: '', sender: '', id: op ?? this.#deps.id(), text: said.addressAdded(masked) });
    for (const arrival of asked) await home.accept(address, arrival, { opens: false });
    return became;
  }

  /** Opens the home, and gives it the texts that asked. */
  async #letIn(
    address: string,
    sender: string,
    as: Pick<Admission, 'role' | 'name' | 'budget'>,
    asked: readonly Arrival[],
  ): Promise<string> {
    const known = await this.#deps.find(address);
    const entry = await known.object.admit({ address: known.address, sender, ...as }, asked);
    this.#desk.index(entry);
    return entry.id;
  }

  /** A code that lets somebody in. */
  async invite(
    { role, budget }: Extract<Wish, { op: 'invite' }>,
    actor: Actor,
    op: string | null,
    config: Config,
  ): Promise<Said> {
    if (!mayInvite(actor.role, role)) return { text: said.refusals['needs-owner'] };
    const code = newCode(randomByte);
    const now = Date.now();
    this.#store.clean(now - REFUSED_FOR_MS);
    const micros = budget === null ? null : Math.round(budget * 1_000_000);
    this.#store.putInvite({
      code: this.#seal('code', code, config),
      role,
      budget: micros,
      madeBy: actor.id,
      madeAt: now,
      expiresAt: now + INVITE_FOR_MS,
      usedBy: null,
      usedAt: null,
    });
    const detail = budget === null ? role : `${role}, $${budget} a day`;
    this.#desk.record({ actor: actor.id, action: 'invited', subject: 'somebody', detail }, op);
    const sender = sendersOf(config)[0] ?? '';
    const ours = await this.#desk.chats.find(config, sender, `JOIN ${printCode(code)}`);
    return { text: said.invitation(printCode(code), role, ours) };
  }

  /** A stranger has texted a code. */
  async #join({ from, name, arrival }: Knock, code: string, config: Config): Promise<void> {
    const now = Date.now();
    const who = this.#seal('who', from, config);
    const tell = (text: string): void => this.#deps.background(this.#deps.send(from, arrival.to, text));
    if (this.#waitsForCodes(who, now)) return;
    const sealed = this.#seal('code', code, config);
    const madeBy = this.#store.invite(sealed)?.madeBy;
    const maker = madeBy === undefined ? null : await this.#deps.home(madeBy).entry();
    // Read after the call: meanwhile somebody else may have used the code.
    const invite = this.#store.invite(sealed);
    if (!invite) {
      const isForAdmin = this.#store.pairingByCode(sealed) !== null;
      return this.#refuse(who, isForAdmin ? said.adminEnters : said.unknownCode, tell);
    }
    if (invite.usedBy !== null && invite.usedBy !== who) return this.#refuse(who, said.codeUsed, tell);
    const isValid = maker?.standing === 'in' && mayInvite(maker.role, invite.role) && now < invite.expiresAt;
    if (!isValid) return this.#refuse(who, said.codeExpired, tell);
    this.#store.putInvite({ ...invite, usedBy: who, usedAt: now });
    const subject = await this.#letIn(from, arrival.to, { role: invite.role, name, budget: invite.budget }, [arrival]);
    const detail = `${maskAddress(from, capabilitiesOf)}, by invitation, as ${invite.role}`;
    this.#desk.record({ actor: invite.madeBy, action: 'let in', subject, detail });
  }

  /** Answers a code that lets nobody in. Above the bounds of the address and of the day it says nothing. */
  #refuse(who: string, text: string, tell: (text: string) => void): void {
    const now = Date.now();
    this.#store.clean(now - REFUSED_FOR_MS);
    const count = this.#store.countWrongCode(who, now - CODE_WAIT_MS, now);
    if (this.#store.wrongCodes(EVERYBODY, now - DAY) >= WRONG_CODES_A_DAY) return;
    this.#store.countWrongCode(EVERYBODY, now - DAY, now);
    tell(count >= CODE_TRIES ? said.codesWait : text);
  }

  #waitsForCodes(who: string, now: number): boolean {
    return this.#store.wrongCodes(who, now - CODE_WAIT_MS) >= CODE_TRIES;
  }

  #seal(label: 'code' | 'who', words: string, config: Config): string {
    return sealWords(label, config.MACHINE_SIGNING_KEY, words);
  }
}

/** In place of an address: all strangers together. */
const EVERYBODY = 'everybody';

/** An invitation counts as long as whoever made it may make it. */
const mayInvite = (maker: Role, role: Role): boolean =>
  isAtLeast(maker, 'admin') && role !== 'owner' && (role !== 'admin' || maker === 'owner');

/**
 * Somebody with a person's address is that person. So only the owner adds one to the home of another admin, and an
 * address that the lists give more rights is added to no home.
 */
function refusalOfBinding(
  who: string,
  person: PersonEntry | null,
  actor: Actor,
  asked: readonly Arrival[],
  lists: ReturnType<typeof adminListsOf>,
): string | null {
  if (person === null) return said.nobody(who.startsWith('+') ? null : Number(who));
  const isSelf = person.id === actor.id;
  const mayBind = isSelf || !isAtLeast(person.role, 'admin') || hasRight(actor.role, 'make, change and block admins');
  if (!mayBind) return said.refusals['needs-owner'];
  return asked.some((arrival) => bringsRights(arrival, person.role, lists)) ? said.needsRole : null;
}

const textOf = ({ arrival }: Pairing): Arrival[] => (arrival === null ? [] : [JSON.parse(arrival) as Arrival]);

const askAbout = ({ id, n, name, masked }: Pairing): AdminNotice => ({
  id,
  text: said.somebodyAsks(name, masked, n),
  buttons: [
    { title: said.letIn, says: `/pair yes ${n}` },
    { title: said.letNotIn, says: `/pair no ${n}` },
  ],
});

const randomByte = (): number => crypto.getRandomValues(new Uint8Array(1))[0] ?? 0;
