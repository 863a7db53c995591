import { Table } from './row-store.ts';

// The SQL of the directory about codes of /link: one for each home at a time.

/**
 * open: nobody has texted the code · asked: an address was asked whether it is the person's · taken: it said yes · used:
 * it is the person's · over: it said no, or the code came to nothing. `asked`: that address, sealed. `code`: sealed.
 */
export type Link = {
  home: string;
  id: string;
  code: string;
  state: 'open' | 'asked' | 'taken' | 'used' | 'over';
  asked: string | null;
  expiresAt: number;
};

const links = new Table<Link>('links', ['home'], {});
const CLEANED = 100;

export class LinkStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  put(link: Link): void {
    links.upsert(this.#sql, link);
  }

  byCode(code: string): Link | null {
    return links.select(this.#sql, 'SELECT * FROM links WHERE code = ?', code)[0] ?? null;
  }

  /** The newest that this address was asked about and that isn't settled, or null. */
  askedOf(who: string): Link | null {
    const query = `SELECT * FROM links WHERE asked = ? AND state IN ('asked', 'taken') ORDER BY expires_at DESC LIMIT 1`;
    return links.select(this.#sql, query, who)[0] ?? null;
  }

  /** `text`: the sealed id of a text that no object stores. */
  noteAnswered(text: string, at: number): void {
    this.#sql.exec('INSERT OR IGNORE INTO answered_link_texts (text, at) VALUES (?, ?)', text, at);
  }

  isAnswered(text: string): boolean {
    return this.#sql.exec('SELECT 1 FROM answered_link_texts WHERE text = ?', text).toArray().length > 0;
  }

  /** The home went into another one. If its code began that, a repeat of the yes finds the code used. */
  useUp(home: string, id: string): void {
    this.#sql.exec('DELETE FROM links WHERE home = ? AND id <> ?', home, id);
    this.#sql.exec(`UPDATE links SET state = 'used' WHERE home = ?`, home);
  }

  /** The person is forgotten, or the address. */
  removeOf(home: string): void {
    this.#sql.exec('DELETE FROM links WHERE home = ?', home);
  }

  removeAsked(who: string): void {
    this.#sql.exec('DELETE FROM links WHERE asked = ?', who);
  }

  /** Deletes some of the codes that expired, and of the texts that were answered, before this time. */
  clean(before: number): void {
    this.#sql.exec(
      `DELETE FROM links WHERE home IN (SELECT home FROM links WHERE expires_at < ? LIMIT ${CLEANED})`,
      before,
    );
    this.#sql.exec(
      `DELETE FROM answered_link_texts
       WHERE text IN (SELECT text FROM answered_link_texts WHERE at < ? LIMIT ${CLEANED})`,
      before,
    );
  }
}
