import { RpcTarget } from 'cloudflare:workers';
import type { Config } from '../config/config.ts';
import {
  LINK_FOR_MS,
  LOCAL_LINK_FOR_MS,
  SEEN_EVERY_MS,
  SESSION_FOR_MS,
  SESSIONS_LISTED,
  SESSIONS_MAX,
} from '../conversation/policy/operator.ts';
import type { PersonEntry, Said } from '../conversation/state/wishes.ts';
import type { Role } from '../input/roles.ts';
import { type LoginRef, loginUrl, type SessionRef, sealSession } from '../links/operator-link.ts';
import { sealWords } from '../links/sealed-words.ts';
import { texts } from '../texts/index.ts';
import { findAdmins, mayAnswer, tellAdmins } from './admin-notices.ts';
import { type OperatorSession, OperatorStore } from './stores/operator-store.ts';
import type { AccessDeskDeps, Desk } from './stranger-desk.ts';

// The directory's desk for the operator's page: links that log in, sessions, and whether their person is still an
// admin. A person's home is asked with every request, so that whoever is out is out by the next one.

const said = texts.access;
/** The beginning of what stands for a token in place of a person's id. */
const TOKEN_MARK = '0'.repeat(32);

/** `masked`: null for the operator's token. */
type Entry = Pick<PersonEntry, 'id' | 'role' | 'name'> & { masked: string | null };

const nameOf = ({ name, masked }: Entry): string => name ?? masked ?? said.whoHasTheToken;

/** Who uses the page. `id`: as the audit names them. */
export type LoggedIn = { id: string; role: Role; name: string | null; session: string };
export type LoginOutcome = { cookie: string; expiresAt: number } | 'used' | 'unknown' | 'out';

export class OperatorDesk extends RpcTarget {
  readonly #deps: AccessDeskDeps;
  readonly #desk: Pick<Desk, 'store' | 'record'>;
  readonly #store: OperatorStore;

  constructor(deps: AccessDeskDeps, desk: Pick<Desk, 'store' | 'record'>) {
    super();
    this.#deps = deps;
    this.#desk = desk;
    this.#store = new OperatorStore(deps.storage);
  }

  /** The answer to an admin's /operator. */
  answer(person: string, ends: boolean): Said {
    if (ends) return { text: said.operatorOff(this.endAll(person)) };
    return { text: said.operatorLink(this.#link(person)) };
  }

  /** A link for whoever has the operator's token; null when no token is configured. */
  linkForToken(): string | null {
    const person = this.#tokenId();
    if (person === null) return null;
    return this.#link(person, this.#configured().LOCAL_MODE === '1' ? LOCAL_LINK_FOR_MS : LINK_FOR_MS);
  }

  /** As whom the link would log in now; null if it would not. Uses nothing up. */
  async whose({ link, person }: LoginRef): Promise<{ who: string } | 'out' | null> {
    const known = this.#store.link(link);
    if (known?.person !== person || known.usedAt !== null || Date.now() >= known.expiresAt) return null;
    const entry = await this.#entry(person);
    return entry === null ? 'out' : { who: nameOf(entry) };
  }

  /** Uses the link up, and begins a session. */
  async logIn({ link, person }: LoginRef, browser: string): Promise<LoginOutcome> {
    if (this.#store.link(link) === null) return 'unknown';
    const entry = await this.#entry(person);
    if (entry === null) return 'out';
    // Read after the call: meanwhile somebody else may have used the link.
    const known = this.#store.link(link);
    if (known === null || known.person !== person || Date.now() >= known.expiresAt) return 'unknown';
    if (known.usedAt !== null) return 'used';
    const now = Date.now();
    const session = { id: this.#deps.id(), person, name: entry.name, browser, madeAt: now, seenAt: now };
    const expiresAt = now + SESSION_FOR_MS;
    this.#deps.storage.transactionSync(() => {
      this.#store.clean(now);
      this.#store.putLink({ ...known, usedAt: now });
      const before = this.#store.sessionsOf(person);
      for (const old of before.slice(0, Math.max(0, before.length - SESSIONS_MAX + 1)))
        this.#store.removeSession(old.id);
      this.#store.putSession({ ...session, expiresAt });
    });
    this.#record(entry.id, 'logged in', entry.id, browser);
    this.#deps.background(this.#tellOthers(entry, session.id, browser));
    const config = this.#configured();
    return { cookie: sealSession(config.MACHINE_SIGNING_KEY, { person, session: session.id, expiresAt }), expiresAt };
  }

  /** Who a session belongs to; null when it is over or its person is no longer an admin. */
  async operator({ session, person }: SessionRef): Promise<LoggedIn | null> {
    if (this.#live(session, person) === null) return null;
    const entry = await this.#entry(person);
    if (entry === null) this.#store.removeSession(session);
    // Read after the call: meanwhile somebody may have ended the session.
    const known = entry && this.#live(session, person);
    if (!entry || !known) return null;
    const now = Date.now();
    if (now - known.seenAt >= SEEN_EVERY_MS) this.#store.putSession({ ...known, seenAt: now, name: entry.name });
    return { id: entry.id, role: entry.role, name: entry.name, session };
  }

  /** The logins that count. `person`: `operator` for whoever has the token. */
  sessions(): OperatorSession[] {
    const token = this.#tokenId();
    const live = this.#store.live(Date.now(), SESSIONS_LISTED);
    return live.map((one) => (one.person === token ? { ...one, person: 'operator' } : one));
  }

  /** Ends a session. False when there is none. */
  end(session: string, by: string): boolean {
    const known = this.#store.session(session);
    if (known === null) return false;
    this.#store.removeSession(session);
    const subject = known.person === this.#tokenId() ? 'operator' : known.person;
    this.#record(by, by === subject ? 'logged out' : 'ended a login', subject, known.browser);
    return true;
  }

  /** Ends all sessions of a person, and their links. Returns how many sessions there were. */
  endAll(person: string): number {
    this.#store.removeLinks(person);
    const ended = this.#store.removeSessions(person);
    if (ended > 0) this.#record(person, 'logged out', person, 'everywhere');
    return ended;
  }

  /** Deletes what is kept about a person. */
  forget(person: string): void {
    this.#store.removeLinks(person);
    this.#store.removeSessions(person);
  }

  #link(person: string, lasts = LINK_FOR_MS): string {
    const { PUBLIC_URL, MACHINE_SIGNING_KEY } = this.#configured();
    const link = { id: this.#deps.id(), person, expiresAt: Date.now() + lasts, usedAt: null };
    this.#store.putLink(link);
    return loginUrl(PUBLIC_URL, MACHINE_SIGNING_KEY, { person, link: link.id, expiresAt: link.expiresAt });
  }

  #live(session: string, person: string): OperatorSession | null {
    const known = this.#store.session(session);
    return known?.person === person && Date.now() < known.expiresAt ? known : null;
  }

  /** An admin who is in, or whoever has the token that is configured now; null for anybody else. */
  async #entry(person: string): Promise<Entry | null> {
    if (person === this.#tokenId()) return { id: 'operator', role: 'owner', name: null, masked: null };
    if (person.startsWith(TOKEN_MARK)) return null;
    const entry = await this.#deps.home(person).entry();
    return entry !== null && mayAnswer(entry) ? entry : null;
  }

  /** Another token is another id, so that its sessions end with it. */
  #tokenId(): string | null {
    const { OPERATOR_TOKEN, MACHINE_SIGNING_KEY } = this.#configured();
    if (OPERATOR_TOKEN === undefined) return null;
    return TOKEN_MARK + sealWords('operator', MACHINE_SIGNING_KEY, OPERATOR_TOKEN).slice(TOKEN_MARK.length);
  }

  async #tellOthers(entry: Entry, session: string, browser: string): Promise<void> {
    const others = await findAdmins(this.#deps, this.#desk.store, this.#configured(), entry.id);
    await tellAdmins(others, { id: session, text: said.somebodyLoggedIn(nameOf(entry), browser) });
  }

  #record(actor: string, action: string, subject: string, detail: string): void {
    this.#desk.record({ actor, action, subject, detail });
  }

  #configured(): Config {
    const config = this.#deps.config();
    if (!config) throw new Error('The configuration is invalid.');
    return config;
  }
}
