import type { DatabaseSync } from 'node:sqlite';
import type { Part } from './agent/programs.ts';

// The person's decisions about the programs of each project, each for exactly one content. Owns all SQL about them.

const KEPT = 20;
/** A no is not for ever, and silence is a no. */
const DENIED_MS = 24 * 60 * 60_000;

export type Decision = 'allow' | 'deny';
type Scope = { conversation: string; project: string };

export class ProgramTable {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Null: the person has to be asked. */
  decision({ conversation, project }: Scope, digest: string, now: number): Decision | null {
    const row = this.#db
      .prepare('SELECT decision, decided_at FROM programs WHERE conversation = ? AND project = ? AND digest = ?')
      .get(conversation, project, digest);
    if (!row) return null;
    if (row.decision === 'allow') return 'allow';
    return now - Number(row.decided_at) < DENIED_MS ? 'deny' : null;
  }

  /** The newest content that was allowed. */
  allowedBefore({ conversation, project }: Scope): Part[] | null {
    const row = this.#db
      .prepare(
        `SELECT content FROM programs WHERE conversation = ? AND project = ? AND decision = 'allow'
           ORDER BY decided_at DESC LIMIT 1`,
      )
      .get(conversation, project);
    return row ? (JSON.parse(String(row.content)) as Part[]) : null;
  }

  decide({ conversation, project }: Scope, digest: string, parts: readonly Part[], decision: Decision, now: number) {
    this.#db
      .prepare('INSERT OR REPLACE INTO programs VALUES (?, ?, ?, ?, ?, ?)')
      .run(conversation, project, digest, JSON.stringify(parts), decision, now);
    this.#db
      .prepare(
        `DELETE FROM programs WHERE conversation = ? AND project = ? AND digest NOT IN
           (SELECT digest FROM programs WHERE conversation = ? AND project = ? ORDER BY decided_at DESC LIMIT ?)`,
      )
      .run(conversation, project, conversation, project, KEPT);
  }
}
