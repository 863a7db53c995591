import type { DatabaseSync } from 'node:sqlite';
import type { SessionKey, SessionStore, SessionStoreEntry } from '@anthropic-ai/claude-agent-sdk/core';
import type { SessionLine } from '../../../src/protocol/index.ts';
import { Folder, isMissing } from '../files/folder.ts';
import { makeAgentsFolder } from '../workspace/conversation-folders.ts';
import { runInTransaction } from './database.ts';

// Copies of each conversation's transcripts in the machine's database, and the restore of a lost transcript from its
// copy. An intact file of the agent's own is the truth: it is written first, and resuming from it keeps the agent in
// its usual configuration folder. Owns all SQL about sessions.

export class SessionTable {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The session store for the SDK, for one conversation with its agent configuration in `configDir`. */
  storeFor(conversation: string, configDir: string): SessionStore {
    return {
      append: async (key, entries) => this.#append(conversation, key, entries),
      load: async (key) => {
        // Null makes the agent resume from its own file, so missing lines are restored there first.
        const own = readTranscript(configDir, key.sessionId);
        if (!own || this.#lacksEnd(conversation, key.sessionId, own.text)) this.#restore(conversation, configDir, key);
        return null;
      },
      listSubkeys: async () => [],
    };
  }

  /** The session's own lines as text: from the agent's file, or from the copy if this machine doesn't have the file. */
  transcript(conversation: string, configDir: string, session: string): string {
    const own = this.catchUp(conversation, configDir, session);
    if (own) return own.text;
    const query = `SELECT entry FROM session_entries WHERE conversation = ? AND session = ? AND subpath = '' ORDER BY position`;
    return this.#db
      .prepare(query)
      .all(conversation, session)
      .map((row) => `${row.entry}\n`)
      .join('');
  }

  /** The newest position of a session; 0 if it has no lines. */
  newest(conversation: string, session: string): number {
    const query = 'SELECT max(position) AS newest FROM session_entries WHERE conversation = ? AND session = ?';
    return Number(this.#db.prepare(query).get(conversation, session)?.newest ?? 0);
  }

  /** The lines after a position, in order, up to `bytes`; at least one if there are any. */
  linesAfter(
    conversation: string,
    session: string,
    after: number,
    bytes: number,
  ): { lines: string[]; position: number } {
    const rows = this.#db
      .prepare(
        `SELECT position, project_key, subpath, entry FROM session_entries
         WHERE conversation = ? AND session = ? AND position > ? ORDER BY position`,
      )
      .iterate(conversation, session, after);
    const lines: string[] = [];
    let position = after;
    let left = bytes;
    for (const row of rows) {
      // The entry is JSON already.
      const { entry, ...place } = row;
      const line = `${JSON.stringify(place).slice(0, -1)},"entry":${entry}}\n`;
      left -= Buffer.byteLength(line);
      if (left < 0 && lines.length > 0) break;
      lines.push(line);
      position = Number(row.position);
    }
    return { lines, position };
  }

  /**
   * Imports a session from a backup; a session this machine knows stays as it is. The lines keep their order, and no
   * position becomes smaller, so that later backups continue after the earlier ones.
   */
  takeIn(conversation: string, session: string, lines: readonly SessionLine[]): number {
    const known = this.newest(conversation, session);
    if (known > 0 || lines.length === 0) return known;
    const insert = this.#db.prepare(
      `INSERT OR IGNORE INTO session_entries (position, conversation, project_key, session, subpath, uuid, entry)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    );
    runInTransaction(this.#db, () => {
      let last = Number(this.#db.prepare('SELECT max(position) AS newest FROM session_entries').get()?.newest ?? 0);
      for (const { position, project_key: key, subpath, entry } of lines) {
        last = Math.max(last + 1, position);
        insert.run(last, conversation, key, session, subpath, entry.uuid ?? null, JSON.stringify(entry));
      }
    });
    return this.newest(conversation, session);
  }

  /** Copies lines that a crash left uncopied. Lines without an id are the agent's own bookkeeping. */
  catchUp(conversation: string, configDir: string, session: string): { text: string } | null {
    const own = readTranscript(configDir, session);
    if (!own) return null;
    const lines = own.text.split('\n').flatMap(parseLine);
    const identified = lines.filter((entry) => entry.uuid !== undefined);
    this.#append(conversation, { projectKey: own.projectKey, sessionId: session }, identified);
    return own;
  }

  #append(conversation: string, key: SessionKey, entries: readonly SessionStoreEntry[]): void {
    const insert = this.#db.prepare(
      `INSERT OR IGNORE INTO session_entries (conversation, project_key, session, subpath, uuid, entry)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    runInTransaction(this.#db, () => {
      for (const entry of entries) {
        const subpath = key.subpath ?? '';
        insert.run(conversation, key.projectKey, key.sessionId, subpath, entry.uuid ?? null, JSON.stringify(entry));
      }
    });
  }

  /** Whether the file lacks the copy's end: the agent doesn't sync its file, so a loss of power may cut it. */
  #lacksEnd(conversation: string, session: string, text: string): boolean {
    const lines = text.split('\n').flatMap(parseLine);
    const own = lines.flatMap(({ uuid }) => uuid ?? []);
    const query = `SELECT uuid FROM session_entries
      WHERE conversation = ? AND session = ? AND subpath = '' AND uuid IS NOT NULL ORDER BY position`;
    const copied = this.#db.prepare(query).all(conversation, session);
    const isBeginning = own.every((uuid, n) => copied[n]?.uuid === uuid);
    return isBeginning && (copied.length > own.length || !text.endsWith('\n'));
  }

  #restore(conversation: string, configDir: string, key: SessionKey): void {
    const rows = this.#db
      .prepare(
        `SELECT subpath, entry FROM session_entries
         WHERE conversation = ? AND session = ? ORDER BY subpath, position`,
      )
      .all(conversation, key.sessionId);
    const files = new Map<string, string[]>();
    for (const row of rows) {
      const name = row.subpath === '' ? key.sessionId : `${key.sessionId}/${row.subpath}`;
      const lines = files.get(name) ?? [];
      lines.push(String(row.entry));
      files.set(name, lines);
    }
    // The agent looks for the session in this machine's folder. On the old machine the project may have been elsewhere.
    using config = makeAgentsFolder(configDir);
    using projects = config.make('projects');
    using folder = projects.make(key.projectKey);
    for (const [name, lines] of files) writeBelow(folder, `${name}.jsonl`.split('/'), `${lines.join('\n')}\n`);
  }
}

function writeBelow(folder: Folder, [name = '', ...rest]: string[], content: string): void {
  if (rest.length === 0) {
    folder.replace(name, content);
    return;
  }
  using inner = folder.make(name);
  writeBelow(inner, rest, content);
}

/** The agent's own transcript of `session`, or null. */
export function readTranscript(configDir: string, session: string): { projectKey: string; text: string } | null {
  try {
    using config = Folder.open(configDir);
    using projects = config.enter('projects');
    for (const projectKey of projects.names()) {
      if (!projects.stat(projectKey)?.isDirectory()) continue;
      using folder = projects.enter(projectKey);
      const text = folder.read(`${session}.jsonl`)?.toString('utf8');
      if (text !== undefined) return { projectKey, text };
    }
    return null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function parseLine(line: string): SessionStoreEntry[] {
  if (line === '') return [];
  try {
    return [JSON.parse(line) as SessionStoreEntry];
  } catch {
    return [];
  }
}
