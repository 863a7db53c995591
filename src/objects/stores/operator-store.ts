import { select, Table } from './row-store.ts';

// All SQL about who is logged in to the operator's page. Every query uses an index and has a bound.

/** `usedAt`: null until it has logged somebody in. */
export type LoginLink = { id: string; person: string; expiresAt: number; usedAt: number | null };

/** `person`: the id of a home, or what stands for the operator's token. `browser`: its family and system. */
export type OperatorSession = {
  id: string;
  person: string;
  name: string | null;
  browser: string;
  madeAt: number;
  seenAt: number;
  expiresAt: number;
};

const links = new Table<LoginLink>('login_links', ['id'], {});
const sessions = new Table<OperatorSession>('operator_sessions', ['id'], {});

const CLEANED = 100;

export class OperatorStore {
  readonly #sql: SqlStorage;

  constructor({ sql }: DurableObjectStorage) {
    this.#sql = sql;
  }

  link(id: string): LoginLink | null {
    return links.select(this.#sql, 'SELECT * FROM login_links WHERE id = ?', id)[0] ?? null;
  }

  /** The person's newest link; older ones no longer count. */
  putLink(link: LoginLink): void {
    if (this.link(link.id) === null) this.removeLinks(link.person);
    links.upsert(this.#sql, link);
  }

  removeLinks(person: string): void {
    this.#sql.exec('DELETE FROM login_links WHERE person = ?', person);
  }

  session(id: string): OperatorSession | null {
    return sessions.select(this.#sql, 'SELECT * FROM operator_sessions WHERE id = ?', id)[0] ?? null;
  }

  putSession(session: OperatorSession): void {
    sessions.upsert(this.#sql, session);
  }

  removeSession(id: string): void {
    this.#sql.exec('DELETE FROM operator_sessions WHERE id = ?', id);
  }

  removeSessions(person: string): number {
    return select(this.#sql, 'DELETE FROM operator_sessions WHERE person = ? RETURNING id', person).length;
  }

  /** Of one person, oldest first. */
  sessionsOf(person: string): OperatorSession[] {
    const query = 'SELECT * FROM operator_sessions WHERE person = ? ORDER BY id';
    return sessions.select(this.#sql, query, person);
  }

  /** Sessions that aren't over, the one that lasts longest first. */
  live(now: number, limit: number): OperatorSession[] {
    const query = 'SELECT * FROM operator_sessions WHERE expires_at > ? ORDER BY expires_at DESC LIMIT ?';
    return sessions.select(this.#sql, query, now, limit);
  }

  /** Deletes some of the sessions that are over. */
  clean(now: number): void {
    const over = `SELECT id FROM operator_sessions WHERE expires_at <= ? ORDER BY expires_at LIMIT ${CLEANED}`;
    this.#sql.exec(`DELETE FROM operator_sessions WHERE id IN (${over})`, now);
  }
}
