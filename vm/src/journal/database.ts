import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { PACKAGE_FOLDER } from '../package-folder.ts';

// The machine's database: opens it, migrates it, and runs transactions.

const MIGRATIONS = join(PACKAGE_FOLDER, 'migrations');

/** Commits all of `work` or nothing. */
export function runInTransaction(db: DatabaseSync, work: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    // On a full disk SQLite rolls back by itself; a second rollback would hide the cause.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Compiles each statement once: a turn runs some of them dozens of times. No SQL here is made from data. */
class Database extends DatabaseSync {
  readonly #compiled = new Map<string, StatementSync>();

  override prepare(sql: string): StatementSync {
    const compiled = this.#compiled.get(sql) ?? super.prepare(sql);
    this.#compiled.set(sql, compiled);
    return compiled;
  }
}

/** Opens the database at `path` and locks it against every other process until this one ends. */
export function openExclusively(path: string, dataDir: string): DatabaseSync {
  // SQLite's files beside it get the same mode.
  closeSync(openSync(path, 'a', 0o600));
  const db = new Database(path, { timeout: 2000 });
  try {
    // Exclusive locking before the first access: the kernel releases the lock however this process dies.
    db.exec('PRAGMA locking_mode = EXCLUSIVE');
    db.exec('PRAGMA journal_mode = WAL');
    db.exec('PRAGMA synchronous = FULL');
    db.exec('BEGIN IMMEDIATE; COMMIT');
    return db;
  } catch (error) {
    db.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) {
      throw new Error(`Another agent server is already using ${dataDir}. Stop it, or choose another DATA_DIR.`);
    }
    throw error;
  }
}

export function migrate(db: DatabaseSync): void {
  const done = Number(db.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  const files = readdirSync(MIGRATIONS)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  for (const [index, name] of files.entries()) {
    if (index < done) continue;
    db.exec(`BEGIN; ${readFileSync(join(MIGRATIONS, name), 'utf8')}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}
