import type { DatabaseSync } from 'node:sqlite';

// Which sessions left commands running in the background, so that their agent hears of it when these were ended: by
// a machine that slept or was restarted, or because nobody came back. Owns all SQL about them. Survives SIGKILL.

export class BackgroundCommandTable {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Whether the conversation's agent, which rests, has commands in the background. On a full disk it stays as it was. */
  note(conversation: string, session: string | null, areRunning: boolean): void {
    if (this.#session(conversation) === (areRunning ? session : null)) return;
    try {
      this.#db.prepare('DELETE FROM left_commands WHERE conversation = ?').run(conversation);
      if (!areRunning || session === null) return;
      this.#db.prepare('INSERT INTO left_commands (conversation, session) VALUES (?, ?)').run(conversation, session);
    } catch {
      // Worse than an agent that has to find out by itself would be a turn that cannot end.
    }
  }

  /** Asked when a new process is about to go on with the session: none of them has outlived the process before. */
  had(conversation: string, session: string | null): boolean {
    return session !== null && this.#session(conversation) === session;
  }

  #session(conversation: string): string | null {
    const row = this.#db.prepare('SELECT session FROM left_commands WHERE conversation = ?').get(conversation);
    return row ? String(row.session) : null;
  }
}
