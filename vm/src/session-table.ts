import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { SessionKey, SessionStore, SessionStoreEntry } from '@anthropic-ai/claude-agent-sdk';
import { inTransaction } from './journal.ts';

// The copy of each conversation's transcripts in the machine's database, and putting a lost transcript back from it.
// While the agent's own file is there it is the truth: it is written first, and resuming from it keeps the agent in its
// usual configuration folder. Owns all SQL about sessions.

export class SessionTable {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The store the agent's SDK writes to, for one conversation whose agent configuration is in `configDir`. */
  storeFor(conversation: string, configDir: string): SessionStore {
    return {
      append: async (key, entries) => this.#append(conversation, key, entries),
      load: async (key) => {
        // Null makes the agent resume from its own file; what the file lacks is put there first.
        if (!transcriptPath(configDir, key.sessionId)) this.#restore(conversation, configDir, key);
        return null;
      },
      listSubkeys: async () => [],
    };
  }

  /** Takes over lines that a crash kept from being copied. Lines without an id are the agent's own bookkeeping. */
  catchUp(conversation: string, configDir: string, session: string): void {
    const path = transcriptPath(configDir, session);
    if (!path) return;
    const projectKey = dirname(path).split('/').at(-1) ?? '';
    const lines = readFileSync(path, 'utf8').split('\n').flatMap(parseLine);
    const identified = lines.filter((entry) => entry.uuid !== undefined);
    this.#append(conversation, { projectKey, sessionId: session }, identified);
  }

  #append(conversation: string, key: SessionKey, entries: readonly SessionStoreEntry[]): void {
    const insert = this.#db.prepare(
      `INSERT OR IGNORE INTO session_entries (conversation, project_key, session, subpath, uuid, entry)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    inTransaction(this.#db, () => {
      for (const entry of entries) {
        const subpath = key.subpath ?? '';
        insert.run(conversation, key.projectKey, key.sessionId, subpath, entry.uuid ?? null, JSON.stringify(entry));
      }
    });
  }

  #restore(conversation: string, configDir: string, key: SessionKey): void {
    const rows = this.#db
      .prepare(
        `SELECT project_key, subpath, entry FROM session_entries
         WHERE conversation = ? AND session = ? ORDER BY subpath, position`,
      )
      .all(conversation, key.sessionId);
    const files = new Map<string, string[]>();
    for (const row of rows) {
      const folder = join(configDir, 'projects', String(row.project_key));
      const name = row.subpath === '' ? key.sessionId : join(key.sessionId, String(row.subpath));
      const path = join(folder, `${name}.jsonl`);
      files.set(path, [...(files.get(path) ?? []), String(row.entry)]);
    }
    for (const [path, lines] of files) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${lines.join('\n')}\n`);
    }
  }
}

/** Where the agent keeps the transcript of `session`, or null. */
export function transcriptPath(configDir: string, session: string): string | null {
  const projects = join(configDir, 'projects');
  if (!existsSync(projects)) return null;
  const path = readdirSync(projects)
    .map((project) => join(projects, project, `${session}.jsonl`))
    .find((candidate) => existsSync(candidate));
  return path ?? null;
}

function parseLine(line: string): SessionStoreEntry[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line) as SessionStoreEntry];
  } catch {
    return [];
  }
}
