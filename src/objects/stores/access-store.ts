import { encodeTime, TIME_LEN } from 'ulid';
import type { PersonEntry } from '../../conversation/state/wishes.ts';
import type { Role } from '../../input/roles.ts';
import { select, Table } from './row-store.ts';

// All SQL of the directory about people: their index, requests to be let in, invitations, wrong codes, and the audit.
// Every query uses an index and has a bound.

export type Person = PersonEntry & { n: number; updatedAt: number };

/** A request of a stranger to be let in. `who`: the sealed address. `address`, `arrival`: null once it is settled. */
export type Pairing = {
  id: string;
  n: number;
  code: string;
  who: string;
  providerId: string;
  state: 'open' | 'yes' | 'no' | 'over';
  address: string | null;
  sender: string;
  name: string | null;
  masked: string;
  /** The text that asked, as JSON. */
  arrival: string | null;
  expiresAt: number;
  decidedBy: string | null;
  decidedAt: number | null;
};

/** `code`: sealed. `budget`: dollars a day, in millionths. */
export type Invite = {
  code: string;
  role: Role;
  budget: number | null;
  madeBy: string;
  madeAt: number;
  expiresAt: number;
  usedBy: string | null;
  usedAt: number | null;
};

/** `actor`: a person's id, `operator` or `config`. */
export type AuditEntry = { actor: string; action: string; subject: string; detail: string };
export type AuditRow = AuditEntry & { id: string; at: number };

const persons = new Table<Person>('persons', ['id'], {});
const pairings = new Table<Pairing>('pairings', ['id'], {});
const invites = new Table<Invite>('invites', ['code'], {});
const audit = new Table<AuditRow>('audit', ['id'], {});

const CLEANED = 100;

export class AccessStore {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    this.#sql = storage.sql;
  }

  person(id: string): Person | null {
    return persons.select(this.#sql, 'SELECT * FROM persons WHERE id = ?', id)[0] ?? null;
  }

  personByNumber(n: number): Person | null {
    return persons.select(this.#sql, 'SELECT * FROM persons WHERE n = ?', n)[0] ?? null;
  }

  /** In the order of their numbers. */
  persons(after: number, limit: number): Person[] {
    return persons.select(this.#sql, 'SELECT * FROM persons WHERE n > ? ORDER BY n LIMIT ?', after, limit);
  }

  /** People with the role of an admin or owner, as far as the index knows. */
  admins(limit: number): Person[] {
    return persons.select(
      this.#sql,
      `SELECT * FROM persons WHERE role IN ('admin', 'owner') AND standing = 'in' ORDER BY n LIMIT ?`,
      limit,
    );
  }

  putPerson(entry: PersonEntry, updatedAt: number): Person {
    const n = this.person(entry.id)?.n ?? this.#next('persons');
    const person = { ...entry, n, updatedAt };
    persons.upsert(this.#sql, person);
    return person;
  }

  removePerson(id: string): void {
    this.#sql.exec('DELETE FROM persons WHERE id = ?', id);
  }

  addPairing(pairing: Omit<Pairing, 'n'>): Pairing {
    const row = { ...pairing, n: this.#next('pairings') };
    pairings.insert(this.#sql, row);
    return row;
  }

  putPairing(pairing: Pairing): void {
    pairings.upsert(this.#sql, pairing);
  }

  removePairings(who: string): void {
    this.#sql.exec('DELETE FROM pairings WHERE who = ?', who);
    this.#sql.exec('DELETE FROM wrong_codes WHERE who = ?', who);
  }

  knowsText(providerId: string): boolean {
    return select(this.#sql, 'SELECT 1 FROM pairings WHERE provider_id = ?', providerId).length > 0;
  }

  pairingByCode(code: string): Pairing | null {
    return pairings.select(this.#sql, 'SELECT * FROM pairings WHERE code = ?', code)[0] ?? null;
  }

  pairingByNumber(n: number): Pairing | null {
    return pairings.select(this.#sql, 'SELECT * FROM pairings WHERE n = ?', n)[0] ?? null;
  }

  /** The newest requests from this address, oldest first. */
  pairingsOf(who: string, limit: number): Pairing[] {
    const query = 'SELECT * FROM pairings WHERE who = ? ORDER BY id DESC LIMIT ?';
    return pairings.select(this.#sql, query, who, limit).reverse();
  }

  /** Requests that nobody has answered, the one that ends first at the front. */
  openPairings(now: number, limit: number): Pairing[] {
    const query = `SELECT * FROM pairings WHERE address IS NOT NULL AND expires_at > ? AND state = 'open'
       ORDER BY expires_at LIMIT ?`;
    return pairings.select(this.#sql, query, now, limit);
  }

  pairingsSince(at: number, most: number): number {
    const since = encodeTime(at, TIME_LEN);
    return select(this.#sql, 'SELECT 1 FROM pairings WHERE id >= ? LIMIT ?', since, most).length;
  }

  /** When the next request expires that still has an address. */
  nextExpiry(): number | null {
    const [row] = select<{ expiresAt: number | null }>(
      this.#sql,
      'SELECT min(expires_at) AS expires_at FROM pairings WHERE address IS NOT NULL',
    );
    return row?.expiresAt ?? null;
  }

  /** Ends requests whose hour is over, and forgets their addresses and texts. */
  expirePairings(now: number): void {
    this.#sql.exec(
      `UPDATE pairings SET state = 'over', address = NULL, arrival = NULL
       WHERE address IS NOT NULL AND expires_at <= ?`,
      now,
    );
  }

  /** Deletes some of the rows that nobody can ask about any more. */
  clean(before: number): void {
    const oldest = encodeTime(before, TIME_LEN);
    this.#sql.exec(
      `DELETE FROM pairings WHERE id IN (SELECT id FROM pairings WHERE id < ? ORDER BY id LIMIT ${CLEANED})`,
      oldest,
    );
    this.#sql.exec(
      `DELETE FROM invites WHERE code IN (SELECT code FROM invites WHERE expires_at < ? LIMIT ${CLEANED})`,
      before,
    );
    this.#sql.exec(
      `DELETE FROM wrong_codes WHERE who IN (SELECT who FROM wrong_codes WHERE since < ? LIMIT ${CLEANED})`,
      before,
    );
  }

  /** The codes that this address used let nobody in any more: its person is a stranger again. */
  closeInvites(who: string): void {
    this.#sql.exec(`UPDATE invites SET used_by = 'forgotten' WHERE used_by = ?`, who);
  }

  invite(code: string): Invite | null {
    return invites.select(this.#sql, 'SELECT * FROM invites WHERE code = ?', code)[0] ?? null;
  }

  putInvite(invite: Invite): void {
    invites.upsert(this.#sql, invite);
  }

  /** Wrong codes of this person or address since `since`. */
  wrongCodes(who: string, since: number): number {
    const query = 'SELECT count FROM wrong_codes WHERE who = ? AND since >= ?';
    return select<{ count: number }>(this.#sql, query, who, since)[0]?.count ?? 0;
  }

  countWrongCode(who: string, since: number, now: number): number {
    const count = this.wrongCodes(who, since) + 1;
    this.#sql.exec(
      `INSERT INTO wrong_codes (who, count, since) VALUES (?, ?, ?)
       ON CONFLICT (who) DO UPDATE SET count = excluded.count, since = iif(excluded.count = 1, excluded.since, since)`,
      who,
      count,
      now,
    );
    return count;
  }

  /** Appends once for each id. */
  record(row: AuditRow): void {
    this.#sql.exec(
      'INSERT OR IGNORE INTO audit (id, at, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?)',
      row.id,
      row.at,
      row.actor,
      row.action,
      row.subject,
      row.detail,
    );
  }

  entry(id: string): AuditRow | null {
    return audit.select(this.#sql, 'SELECT * FROM audit WHERE id = ?', id)[0] ?? null;
  }

  /** The newest entries before `before` (an id), newest first. */
  entries(limit: number, before: string | null): AuditRow[] {
    return audit.select(this.#sql, 'SELECT * FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?', before ?? '~', limit);
  }

  /** A number is never used twice: an old button means nobody else, also after its row is deleted. */
  #next(table: 'persons' | 'pairings'): number {
    const [row] = select<{ n: number | null }>(this.#sql, `SELECT max(n) AS n FROM ${table}`);
    const key = `last number of ${table}`;
    const n = Math.max(row?.n ?? 0, this.#storage.kv.get<number>(key) ?? 0) + 1;
    this.#storage.kv.put(key, n);
    return n;
  }
}
