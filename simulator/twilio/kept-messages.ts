import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { StoredMessage } from './store.ts';

// Keeps the carrier's newest messages on disk, with their files and the phone page's notes, so that chats survive a
// restart. Owns the SQL. Without a folder it keeps nothing.

const KEPT = 2_000;

export type KeptMessages = {
  /** Oldest first. */
  messages(): StoredMessage[];
  put(message: StoredMessage): void;
  remove(sid: string): void;
  /** The phone page's notes, by the message's sid. */
  notes(): [sid: string, note: unknown][];
  note(sid: string, note: unknown): void;
  close(): void;
};

export const KEEPS_NOTHING: KeptMessages = {
  messages: () => [],
  put: () => undefined,
  remove: () => undefined,
  notes: () => [],
  note: () => undefined,
  close: () => undefined,
};

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS messages (n INTEGER PRIMARY KEY, sid TEXT UNIQUE NOT NULL, row TEXT NOT NULL, note TEXT);
  CREATE TABLE IF NOT EXISTS media (message TEXT NOT NULL REFERENCES messages (sid) ON DELETE CASCADE, sid TEXT NOT NULL,
    type TEXT NOT NULL, name TEXT, bytes BLOB NOT NULL, PRIMARY KEY (message, sid));
`;

export function openKeptMessages(folder: string): KeptMessages {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'messages.db');
  const db = openOrBegin(path, SCHEMA);
  chmodSync(path, 0o600);
  const upsert = db.prepare(
    'INSERT INTO messages (sid, row) VALUES (?, ?) ON CONFLICT (sid) DO UPDATE SET row = excluded.row',
  );
  const addMedia = db.prepare('INSERT OR IGNORE INTO media (message, sid, type, name, bytes) VALUES (?, ?, ?, ?, ?)');
  const mediaOf = db.prepare('SELECT sid, type, name, bytes FROM media WHERE message = ? ORDER BY rowid');
  const forget = db.prepare('DELETE FROM messages WHERE n <= (SELECT max(n) FROM messages) - ?');
  return {
    messages: () =>
      db
        .prepare('SELECT sid, row FROM messages ORDER BY n')
        .all()
        .map(({ sid, row }) => ({
          ...(JSON.parse(String(row)) as StoredMessage),
          media: mediaOf.all(sid as string).map((one) => ({
            sid: String(one.sid),
            contentType: String(one.type),
            fileName: one.name === null ? null : String(one.name),
            bytes: one.bytes as Uint8Array,
          })),
        })),
    put(message) {
      const { media, ...row } = message;
      db.exec('BEGIN');
      upsert.run(message.sid, JSON.stringify(row));
      for (const { sid, contentType, fileName, bytes } of media) {
        addMedia.run(message.sid, sid, contentType, fileName, bytes);
      }
      forget.run(KEPT);
      db.exec('COMMIT');
    },
    remove: (sid) => void db.prepare('DELETE FROM messages WHERE sid = ?').run(sid),
    notes: () =>
      db
        .prepare('SELECT sid, note FROM messages WHERE note IS NOT NULL')
        .all()
        .map(({ sid, note }) => [String(sid), JSON.parse(String(note))]),
    note: (sid, note) => void db.prepare('UPDATE messages SET note = ? WHERE sid = ?').run(JSON.stringify(note), sid),
    close: () => void (db.isOpen && db.close()),
  };
}

/** An unreadable file loses the old chats but never prevents the start. */
export function openOrBegin(path: string, schema: string): DatabaseSync {
  try {
    return prepared(path, schema);
  } catch {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
    return prepared(path, schema);
  }
}

function prepared(path: string, schema: string): DatabaseSync {
  const db = new DatabaseSync(path);
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;');
    db.exec(schema);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
