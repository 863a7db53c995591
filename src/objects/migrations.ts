import first from '../../migrations/conversation/0001_first_text.sql';

// Applies what is missing, in order, in one transaction. Append-only: names already applied are never run again.

const CONVERSATION: readonly (readonly [name: string, sql: string])[] = [['0001_first_text', first]];

/** Brings a conversation's database to the newest schema. Throws when a file fails; then nothing has changed. */
export function migrateConversation(storage: DurableObjectStorage): void {
  storage.transactionSync(() => {
    const { sql } = storage;
    sql.exec('CREATE TABLE IF NOT EXISTS _migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL)');
    const applied = new Set(
      sql
        .exec<{ name: string }>('SELECT name FROM _migrations')
        .toArray()
        .map((row) => row.name),
    );
    for (const [name, text] of CONVERSATION) {
      if (applied.has(name)) continue;
      sql.exec(text);
      sql.exec('INSERT INTO _migrations (name, applied_at) VALUES (?, ?)', name, Date.now());
    }
  });
}
