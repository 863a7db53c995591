import { type Config, mayServeMore } from '../config/config.ts';
import { maskAddress } from '../conversation/access/change.ts';
import {
  CODE_TRIES,
  CODE_WAIT_MS,
  INVITE_FOR_MS,
  PAIRING_FOR_MS,
  PAIRINGS_MAX,
  REFUSED_FOR_MS,
} from '../conversation/policy/access.ts';
import type { Actor, PersonEntry, Said } from '../conversation/state/wishes.ts';
import { newCode, printCode, readJoin } from '../input/access-code.ts';
import type { Wish } from '../input/access-command.ts';
import { isAtLeast } from '../input/roles.ts';
import { sealWords } from '../links/sealed-words.ts';
import { reasonOf, report } from '../log.ts';
import { texts } from '../texts/index.ts';
import { DAY } from '../units.ts';
import type { ConversationStub } from './namespaces.ts';
import { operatorAddressesOf } from './operator-alerts.ts';
import type { Admission, Arrival, Notice } from './received-calls.ts';
import { AccessStore, type AuditEntry, type AuditRow, type Pairing, type Person } from './stores/access-store.ts';

// The directory's desk for access: lets strangers in by a code, an admin's yes or an invitation, lists people, passes
// an admin's changes to their homes, and keeps the audit. Rows are written before calls, and every call can be
// repeated: an interrupted one is asked again by the home of the admin.

const said = texts.access;
const LISTED = 15;
const ADMINS_TOLD = 20;
const AUDIT_LISTED = 100;
const DETAIL_CHARS = 200;

/** What a stranger texted. */
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
  arm: () => void;
};

export class AccessDesk {
  readonly #deps: AccessDeskDeps;
  readonly #store: AccessStore;

  constructor(deps: AccessDeskDeps) {
    this.#deps = deps;
    this.#store = new AccessStore(deps.storage.sql);
  }

  /** Updates the index. Durable when it returns. */
  index(entry: PersonEntry): void {
    this.#store.putPerson(entry, Date.now());
  }

  /** Appends to the audit, once for each id. */
  record(entry: AuditEntry, op: string | null = null): void {
    const id = op ?? this.#deps.id();
    this.#store.record({ ...entry, detail: entry.detail.slice(0, DETAIL_CHARS), id, at: Date.now() });
  }

  /** Deletes a person at their own wish; of that, only the audit tells. Repeating changes nothing. */
  forget(id: string, addresses: readonly string[], op: string): void {
    const config = this.#deps.config();
    if (!config) throw new Error('the configuration is invalid');
    this.#store.removePerson(id);
    for (const address of addresses) this.#store.removePairings(this.#seal('who', address, config));
    this.record({ actor: id, action: 'forgot everything', subject: id, detail: '' }, op);
  }

  audit(before: string | null): AuditRow[] {
    return this.#store.entries(AUDIT_LISTED, before);
  }

  people(after: number): Person[] {
    return this.#store.persons(after, AUDIT_LISTED);
  }

  nextDueAt(): number | null {
    return this.#store.nextExpiry();
  }

  /** Forgets the texts and addresses of strangers whose hour is over. */
  expire(now: number): void {
    this.#store.expirePairings(now);
  }

  /** A stranger has texted. What they are told leaves later, and most are told nothing. */
  async knock(knock: Knock): Promise<void> {
    const config = this.#deps.config();
    if (!config || !mayServeMore(config)) return;
    const code = readJoin(knock.arrival.text);
    if (code !== null) return this.#join(knock, code, config);
    if (config.PAIRING === 'on') await this.#pair(knock, config);
  }

  /** Answers an admin's wish. `op`: names the wish, so that a repeat does nothing twice. */
  async wish(wish: Wish, actor: Actor, op: string | null): Promise<Said> {
    const config = this.#deps.config();
    if (!config) return { text: said.noAnswer };
    if (!isAtLeast(actor.role, 'admin')) return { text: said.onlyAdmins };
    const letsIn = wish.op === 'invite' || (wish.op === 'pair' && wish.yes);
    if (letsIn && !mayServeMore(config)) return { text: said.machineForOne };
    switch (wish.op) {
      case 'users':
        return this.#list(wish.after);
      case 'invite':
        return this.#invite(wish, actor, op, config);
      case 'pair':
        return this.#decide(wish, actor, op, config);
      case 'change':
        return this.#change(wish, actor, op);
    }
  }

  async #pair({ from, name, arrival }: Knock, config: Config): Promise<void> {
    const now = Date.now();
    const who = this.#seal('who', from, config);
    this.#store.expirePairings(now);
    if (!this.#mayAsk(who, arrival.providerId, now, config)) return;
    const admins = await this.#admins(config);
    if (admins.length === 0) return report({ level: 'warn', event: 'stranger-without-admin' });
    const code = newCode(randomByte);
    const made = this.#deps.storage.transactionSync(() => {
      this.#store.clean(now - REFUSED_FOR_MS);
      // Another text may have come meanwhile.
      if (!this.#mayAsk(who, arrival.providerId, now, config)) return null;
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
        masked: maskAddress(from),
        arrival: JSON.stringify(arrival),
        expiresAt: now + PAIRING_FOR_MS,
        decidedBy: null,
        decidedAt: null,
      });
      return { pairing, isFirst };
    });
    if (!made) return;
    this.#deps.arm();
    if (made.isFirst) this.#deps.background(askAdmins(admins, made.pairing));
    this.#deps.background(this.#deps.send(from, arrival.to, said.yourCode(printCode(code))));
  }

  /** Within the bounds of this address and of the day, and not after a no. */
  #mayAsk(who: string, providerId: string, now: number, { PAIRING_DAILY }: Config): boolean {
    const before = this.#store.pairingsOf(who, PAIRINGS_MAX + 1);
    const isRefused = before.some((p) => p.state === 'no' && now - (p.decidedAt ?? 0) < REFUSED_FOR_MS);
    const open = before.filter((p) => p.state === 'open').length;
    const given = this.#store.pairingsSince(now - (now % DAY), PAIRING_DAILY);
    return !isRefused && open < PAIRINGS_MAX && given < PAIRING_DAILY && !this.#store.knowsText(providerId);
  }

  /** How to tell each admin: those of the configuration by their address, others by their home, which knows their role. */
  async #admins(config: Config): Promise<Tell[]> {
    const sender = config.TWILIO_SENDERS[0] ?? '';
    const listed = operatorAddressesOf(config.ADMIN_SENDERS, config.TWILIO_SENDERS).map(
      (operator): Tell =>
        async (notice) => {
          const known = await this.#deps.find(operator.address);
          await known.object.notify({ ...notice, address: known.address, sender: operator.sender });
        },
    );
    const asked = this.#store.admins(ADMINS_TOLD).map(async ({ id }) => {
      const entry = await this.#deps.home(id).entry();
      if (entry) this.index(entry);
      return entry && isAtLeast(entry.role, 'admin') && entry.standing === 'in' ? [id] : [];
    });
    // A notice has one id, so an admin who is listed and in the index gets it once.
    const others = (await Promise.all(asked)).flat().map(
      (id): Tell =>
        async (notice) =>
          this.#deps.home(id).notify({ ...notice, address: '', sender }),
    );
    return [...listed, ...others];
  }

  async #decide(
    { request, code, yes }: Extract<Wish, { op: 'pair' }>,
    actor: Actor,
    op: string | null,
    config: Config,
  ): Promise<Said> {
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
    const open = this.#store.pairingsOf(found.who, PAIRINGS_MAX + 1).filter((p) => p.address !== null);
    for (const p of open)
      this.#store.putPairing({ ...p, state: yes ? 'yes' : 'no', decidedBy: actor.id, decidedAt: p.decidedAt ?? now });
    const { address } = found;
    let subject = found.who.slice(0, 16);
    if (address !== null) {
      if (yes)
        subject = await this.#letIn(
          address,
          found.sender,
          { role: 'member', name, budget: null },
          open.flatMap(textOf),
        );
      else this.#deps.background(this.#deps.send(address, found.sender, said.refused));
      for (const p of this.#store.pairingsOf(found.who, PAIRINGS_MAX + 1))
        this.#store.putPairing({ ...p, address: null, arrival: null });
    }
    const action = yes ? 'let in' : 'refused';
    this.record({ actor: actor.id, action, subject, detail: `${masked}, by pairing` }, op);
    return { text: yes ? said.isIn(name, masked) : said.staysOut(name, masked) };
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
    this.index(entry);
    return entry.id;
  }

  #invite({ role, budget }: Extract<Wish, { op: 'invite' }>, actor: Actor, op: string | null, config: Config): Said {
    if (role === 'owner' || (role === 'admin' && actor.role !== 'owner')) return { text: said.refusals['needs-owner'] };
    const code = newCode(randomByte);
    const now = Date.now();
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
    this.record({ actor: actor.id, action: 'invited', subject: 'somebody', detail }, op);
    const ours = config.TWILIO_SENDERS[0] ?? '';
    return { text: said.invitation(printCode(code), role, ours) };
  }

  /** A stranger has texted a code. */
  async #join({ from, name, arrival }: Knock, code: string, config: Config): Promise<void> {
    const now = Date.now();
    const who = this.#seal('who', from, config);
    const tell = (text: string): void => this.#deps.background(this.#deps.send(from, arrival.to, text));
    if (this.#waitsForCodes(who, now)) return;
    const sealed = this.#seal('code', code, config);
    const invite = this.#store.invite(sealed);
    if (!invite) {
      const own = this.#store.pairingByCode(sealed);
      if (own) return tell(said.adminEnters);
      const count = this.#store.countWrongCode(who, now - CODE_WAIT_MS, now);
      return tell(count >= CODE_TRIES ? said.codesWait : said.unknownCode);
    }
    if (invite.usedBy !== null && invite.usedBy !== who) return tell(said.codeUsed);
    if (now >= invite.expiresAt) return tell(said.codeExpired);
    this.#store.putInvite({ ...invite, usedBy: who, usedAt: now });
    const subject = await this.#letIn(from, arrival.to, { role: invite.role, name, budget: invite.budget }, [arrival]);
    const detail = `${maskAddress(from)}, by invitation, as ${invite.role}`;
    this.record({ actor: invite.madeBy, action: 'let in', subject, detail });
  }

  #list(after: number): Said {
    const people = this.#store.persons(after, LISTED + 1);
    return { text: said.users(people.slice(0, LISTED), people.length > LISTED) };
  }

  async #change({ who, change }: Extract<Wish, { op: 'change' }>, actor: Actor, op: string | null): Promise<Said> {
    const person = await this.#person(who);
    if (!person) return { text: said.nobody(who.startsWith('+') ? null : Number(who)) };
    const owners = this.#store.admins(ADMINS_TOLD).filter((p) => p.role === 'owner');
    const loses = change.to === 'block' || (change.to === 'role' && change.role !== 'owner');
    if (loses && person.role === 'owner' && owners.length <= 1) return { text: said.refusals['owner-fixed'] };
    const { outcome, person: now } = await this.#deps
      .home(person.id)
      .changeAccess(change, { ...actor, isSelf: actor.id === person.id });
    this.index(now);
    if (outcome !== 'changed' && outcome !== 'same') return { text: said.refusals[outcome] };
    const action = change.to === 'role' ? 'role' : change.to;
    const detail = change.to === 'role' ? change.role : now.masked;
    this.record({ actor: actor.id, action, subject: person.id, detail }, op);
    return { text: said.changed(change, person.n, now.name, now.masked) };
  }

  /** By their number in the list, or by a phone number. */
  async #person(who: string): Promise<Person | null> {
    if (!who.startsWith('+')) return this.#store.personByNumber(Number(who));
    for (const address of [`whatsapp:${who}`, who]) {
      const known = await this.#deps.find(address);
      const entry = await known.object.entry();
      if (entry) return this.#store.putPerson(entry, Date.now());
    }
    return null;
  }

  #waitsForCodes(who: string, now: number): boolean {
    return this.#store.wrongCodes(who, now - CODE_WAIT_MS) >= CODE_TRIES;
  }

  #seal(label: 'code' | 'who', words: string, config: Config): string {
    return sealWords(label, config.MACHINE_SIGNING_KEY, words);
  }
}

const textOf = ({ arrival }: Pairing): Arrival[] => (arrival === null ? [] : [JSON.parse(arrival) as Arrival]);

type Tell = (notice: Omit<Notice, 'address' | 'sender'>) => Promise<void>;

/** Asks every admin, each in their own conversation. */
async function askAdmins(admins: readonly Tell[], { id, n, name, masked }: Pairing): Promise<void> {
  const buttons = [
    { title: said.letIn, says: `/pair yes ${n}` },
    { title: said.letNotIn, says: `/pair no ${n}` },
  ];
  const notice = { id, text: said.somebodyAsks(name, masked), buttons };
  for (const result of await Promise.allSettled(admins.map((tell) => tell(notice)))) {
    if (result.status === 'rejected')
      report({ level: 'warn', event: 'admin-not-asked', reason: reasonOf(result.reason) });
  }
}

const randomByte = (): number => crypto.getRandomValues(new Uint8Array(1))[0] ?? 0;
