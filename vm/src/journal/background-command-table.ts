import type { DatabaseSync } from 'node:sqlite';

// Which sessions left background commands running, so that the agent is told when they have ended: with a machine that
// slept or restarted, or because nobody came back. Owns all SQL about them (table left_commands). Survives SIGKILL.

export class BackgroundCommandTable {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Notes whether the conversation's idle agent has background commands. On a full disk the row stays as it was. */
  note(conversation: string, session: string | null, areRunning: boolean): void {
    if (this.#session(conversation) === (areRunning ? session : null)) return;
    try {
      this.#db.prepare('DELETE FROM left_commands WHERE conversation = ?').run(conversation);
      if (!areRunning || session === null) return;
      this.#db.prepare('INSERT INTO left_commands (conversation, session) VALUES (?, ?)').run(conversation, session);
    } catch {
      // A turn has to end even so; the agent can find out about its commands by itself.
    }
  }

  /** Whether the session had background commands. They have ended with its last process. */
  had(conversation: string, session: string | null): boolean {
    return session !== null && this.#session(conversation) === session;
  }

  #session(conversation: string): string | null {
    const row = this.#db.prepare('SELECT session FROM left_commands WHERE conversation = ?').get(conversation);
    return row ? String(row.session) : null;
  }
}
