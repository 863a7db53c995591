import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { MachineFile } from '../../../src/protocol/index.ts';

// Which files a conversation received and which it offers to the relay. Owns all SQL about files; their content is on
// disk (transfer/file-store.ts). Everything here survives SIGKILL.

/** The project and path at which the agent got a file. */
export type GivenPath = { project: string; path: string };
type Row = Record<string, SQLOutputValue>;

export class FileTable {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  received(conversation: string, id: string): { file: MachineFile; given: GivenPath | null } | null {
    const row = this.#db
      .prepare('SELECT * FROM received_files WHERE conversation = ? AND id = ?')
      .get(conversation, id);
    if (!row) return null;
    const given = row.path === null ? null : { project: String(row.project), path: String(row.path) };
    return { file: fileOf(row), given };
  }

  addReceived(conversation: string, { id, name, type, size }: MachineFile, now: number): void {
    this.#db
      .prepare(
        'INSERT OR IGNORE INTO received_files (conversation, id, name, type, size, received_at) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(conversation, id, name, type, size, now);
  }

  noteGiven(conversation: string, id: string, { project, path }: GivenPath): void {
    this.#db
      .prepare('UPDATE received_files SET project = ?, path = ? WHERE conversation = ? AND id = ?')
      .run(project, path, conversation, id);
  }

  /** Deletes files received before `time` and returns them. */
  dropReceived(time: number): { conversation: string; id: string }[] {
    return this.#db
      .prepare('DELETE FROM received_files WHERE received_at < ? RETURNING conversation, id')
      .all(time)
      .map(nameOf);
  }

  offered(conversation: string, id: string): MachineFile | null {
    const row = this.#db
      .prepare('SELECT * FROM offered_files WHERE conversation = ? AND id = ? LIMIT 1')
      .get(conversation, id);
    return row ? fileOf(row) : null;
  }

  addOffered(conversation: string, attempt: string, { id, name, type, size }: MachineFile): void {
    this.#db
      .prepare(
        'INSERT OR REPLACE INTO offered_files (conversation, id, attempt, name, type, size) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(conversation, id, attempt, name, type, size);
  }

  /** Deletes the offers of forgotten attempts and returns the files that no attempt offers any more. */
  dropOffered(): { conversation: string; id: string }[] {
    return this.#db
      .prepare(
        `DELETE FROM offered_files WHERE (conversation, attempt) NOT IN (SELECT conversation, attempt FROM attempts)
         RETURNING conversation, id`,
      )
      .all()
      .map(nameOf)
      .filter(({ conversation, id }) => this.offered(conversation, id) === null);
  }
}

const nameOf = (row: Row): { conversation: string; id: string } => ({
  conversation: String(row.conversation),
  id: String(row.id),
});

const fileOf = (row: Row): MachineFile => ({
  id: String(row.id),
  name: String(row.name),
  type: String(row.type),
  size: Number(row.size),
});
