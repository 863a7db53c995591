import type { DatabaseSync } from 'node:sqlite';
import { PROGRAMS_DENIED_MS, PROGRAMS_KEPT } from '../../../src/protocol/index.ts';
import { runInTransaction } from './database.ts';

// The person's decisions about each project's programs, each for exactly one content. Owns all SQL about them.

export type ProgramDecision = 'allow' | 'deny';
type Scope = { conversation: string; project: string };

export class ProgramTable {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Null: ask the person. */
  decision({ conversation, project }: Scope, digest: string, now: number): ProgramDecision | null {
    const row = this.#db
      .prepare('SELECT decision, decided_at FROM programs WHERE conversation = ? AND project = ? AND digest = ?')
      .get(conversation, project, digest);
    if (!row) return null;
    if (row.decision === 'allow') return 'allow';
    return now - Number(row.decided_at) < PROGRAMS_DENIED_MS ? 'deny' : null;
  }

  /** The newest content the person allowed. */
  allowedBefore({ conversation, project }: Scope): ProgramPart[] | null {
    const row = this.#db
      .prepare(
        `SELECT content FROM programs WHERE conversation = ? AND project = ? AND decision = 'allow' AND content <> ''
           ORDER BY decided_at DESC LIMIT 1`,
      )
      .get(conversation, project);
    return row ? (JSON.parse(String(row.content)) as ProgramPart[]) : null;
  }

  /** Keeps only the decisions that the relay lists. True: something else is allowed than before. */
  keepOnly({ conversation, project }: Scope, standing: ReadonlyMap<string, ProgramDecision>, now: number): boolean {
    const known = this.#db
      .prepare('SELECT digest, decision FROM programs WHERE conversation = ? AND project = ?')
      .all(conversation, project);
    const gone = known.filter(({ digest, decision }) => standing.get(String(digest)) !== decision);
    const allowed = new Set(known.flatMap((row) => (row.decision === 'allow' ? [String(row.digest)] : [])));
    const remove = this.#db.prepare('DELETE FROM programs WHERE conversation = ? AND project = ? AND digest = ?');
    // Without content: the decision may have been made on a machine that is gone.
    const add = this.#db.prepare(`INSERT OR IGNORE INTO programs VALUES (?, ?, ?, '', ?, ?)`);
    runInTransaction(this.#db, () => {
      for (const { digest } of gone) remove.run(conversation, project, digest ?? null);
      for (const [digest, decision] of standing) add.run(conversation, project, digest, decision, now);
    });
    const isNew = [...standing].some(([digest, decision]) => decision === 'allow' && !allowed.has(digest));
    return isNew || gone.some(({ decision }) => decision === 'allow');
  }

  decide(
    { conversation, project }: Scope,
    digest: string,
    parts: readonly ProgramPart[],
    decision: ProgramDecision,
    now: number,
  ) {
    this.#db
      .prepare('INSERT OR REPLACE INTO programs VALUES (?, ?, ?, ?, ?, ?)')
      .run(conversation, project, digest, JSON.stringify(parts), decision, now);
    this.#db
      .prepare(
        `DELETE FROM programs WHERE conversation = ? AND project = ? AND digest NOT IN
           (SELECT digest FROM programs WHERE conversation = ? AND project = ? ORDER BY decided_at DESC LIMIT ?)`,
      )
      .run(conversation, project, conversation, project, PROGRAMS_KEPT);
  }
}

export type ProgramPart = { title: string; text: string };
