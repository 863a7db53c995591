import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

// The SQLite files of a relay's objects, for reading. They stay open: SQLite recovers the log of a killed relay when
// the first connection opens a file, and a relay that opens it in this moment gets SQLITE_BUSY. With a connection that
// outlives the relay there is nothing to recover.

type Opened = { database: DatabaseSync; inode: number };

const READ_WITHIN_MS = 2000;
const opened = new Map<string, Opened>();

/** Every file below `folder`, by its path within the folder. */
export function openObjectFiles(folder: string): { name: string; database: DatabaseSync }[] {
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  return names
    .filter((name) => name.endsWith('.sqlite'))
    .flatMap((name) => {
      const database = openFile(join(folder, name));
      return database === null ? [] : [{ name, database }];
    });
}

/** Null while the relay still creates the file: only a finished one has a log. */
function openFile(path: string): DatabaseSync | null {
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  const known = opened.get(path);
  if (known && known.inode === inode) return known.database;
  known?.database.close();
  opened.delete(path);
  if (inode === undefined || !existsSync(`${path}-wal`)) return null;
  const database = new DatabaseSync(path, { readOnly: true, timeout: READ_WITHIN_MS });
  opened.set(path, { database, inode });
  return database;
}

/** When the relay has ended for good. */
export function closeObjectFiles(folder: string): void {
  for (const [path, { database }] of opened) {
    if (!path.startsWith(join(folder, '/'))) continue;
    database.close();
    opened.delete(path);
  }
}
