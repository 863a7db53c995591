import type { DatabaseSync } from 'node:sqlite';
import { Answer, type Request } from '../../../src/protocol/index.ts';

// The agent's requests in each attempt, with their answers. Owns all SQL about requests; the journal deletes them
// together with their attempt. Everything here survives SIGKILL.

export type RequestRecord = { answer: Answer | null; isOver: boolean };

export class RequestTable {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  find(conversation: string, attempt: string, id: string): RequestRecord | null {
    const row = this.#db
      .prepare('SELECT answer, is_over FROM requests WHERE conversation = ? AND attempt = ? AND id = ?')
      .get(conversation, attempt, id);
    if (!row) return null;
    return {
      answer: row.answer === null ? null : Answer.parse(JSON.parse(String(row.answer))),
      isOver: row.is_over === 1,
    };
  }

  add(conversation: string, attempt: string, id: string, request: Request): void {
    this.#db
      .prepare('INSERT INTO requests (conversation, attempt, id, body) VALUES (?, ?, ?, ?)')
      .run(conversation, attempt, id, JSON.stringify(request));
  }

  /** The first answer counts. */
  answer(conversation: string, attempt: string, id: string, answer: Answer): void {
    this.#db
      .prepare(
        'UPDATE requests SET answer = ? WHERE conversation = ? AND attempt = ? AND id = ? AND answer IS NULL AND is_over = 0',
      )
      .run(JSON.stringify(answer), conversation, attempt, id);
  }

  close(conversation: string, attempt: string, id: string): void {
    this.#db
      .prepare('UPDATE requests SET is_over = 1 WHERE conversation = ? AND attempt = ? AND id = ?')
      .run(conversation, attempt, id);
  }

  /** The answer to the same request in an earlier attempt of the turn, if that answer settled it. */
  answeredBefore(conversation: string, attempt: string, request: Request): Answer | null {
    const turn = attempt.split('.')[0] ?? '';
    const rows = this.#db
      .prepare(
        `SELECT answer FROM requests WHERE conversation = ? AND attempt >= ? AND attempt < ? AND attempt <> ?
           AND body = ? AND answer IS NOT NULL`,
      )
      .all(conversation, `${turn}.`, `${turn}/`, attempt, JSON.stringify(request));
    return rows.map((row) => Answer.parse(JSON.parse(String(row.answer)))).findLast(settles) ?? null;
  }
}

/** Silence and a failure settle nothing: a second try may get an answer. */
const settles = (answer: Answer): boolean => answer.kind !== 'none' && !(answer.kind === 'done' && !answer.ok);
