import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

// Reads the SQLite files of a relay that runs or ran, as an operator with the disk would. Read only; knows where
// wrangler keeps the files of its objects.

type Row = Record<string, unknown>;

/** The rows of `query` in the object of this person. */
function rowsOf(state: string, person: string, query: string): Row[] {
  const folder = join(state, 'relay');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.sqlite'));
  for (const file of files) {
    const database = new DatabaseSync(join(folder, file), { readOnly: true });
    try {
      const owned = database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'conversation'`).get();
      if (!owned || !database.prepare('SELECT 1 FROM conversation WHERE address = ?').get(person)) continue;
      return database.prepare(query).all() as Row[];
    } finally {
      database.close();
    }
  }
  return [];
}

/** Every message that the relay took from the person, in the relay's order. */
export const messagesOf = (state: string, person: string): { text: string; state: string }[] =>
  rowsOf(state, person, 'SELECT text, state FROM messages ORDER BY seq') as { text: string; state: string }[];

/** Unfinished work in the person's conversation: nothing more is sent when this is empty. */
export const unfinished = (state: string, person: string): string[] =>
  rowsOf(
    state,
    person,
    `SELECT 'turn ' || id AS what FROM turns WHERE state = 'open'
     UNION ALL SELECT 'attempt ' || n FROM attempts WHERE ended_at IS NULL
     UNION ALL SELECT 'message ' || state FROM messages WHERE state <> 'consumed'
     UNION ALL SELECT 'reply ' || state FROM replies WHERE state NOT IN ('accepted', 'sent', 'delivered', 'read')
     UNION ALL SELECT 'timer ' || kind FROM timers WHERE kind <> 'archive'`,
  ).map(({ what }) => String(what));

/** The person's machine, as the relay knows it. */
export const machineOf = (state: string, person: string): { name: string; step: string } | undefined =>
  rowsOf(state, person, 'SELECT name, step FROM machine')[0] as { name: string; step: string } | undefined;

/** All turns so far. */
export const turnsOf = (state: string, person: string): string[] =>
  rowsOf(state, person, 'SELECT id FROM turns').map(({ id }) => String(id));

/** The number of conversations with an alarm. */
export function alarms(state: string): number {
  const folder = join(state, 'relay');
  const [file] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith(join('roost-Conversation', 'metadata.sqlite')),
  );
  if (file === undefined) throw new Error('the relay has no conversations on disk');
  const database = new DatabaseSync(join(folder, file), { readOnly: true });
  try {
    return database.prepare('SELECT 1 FROM _cf_ALARM').all().length;
  } finally {
    database.close();
  }
}

/** The part of the person's machine that is not backed up yet. */
export const uncopied = (state: string, person: string): number =>
  rowsOf(state, person, `SELECT 1 FROM timers WHERE kind = 'archive'`).length;
