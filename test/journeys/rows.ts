import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Spending } from '../../src/money/spending.ts';
import type { Step } from '../../src/protocol/index.ts';
import { openObjectFiles } from '../relay/object-files.ts';

// Reads the SQLite files of a relay that runs or ran, as an operator with the disk would. Read only. `objects` is the
// folder of these files.

type Row = Record<string, unknown>;

/** Whose rows a file has; asked once, because it never changes. */
const owners = new Map<string, string>();

/** The rows of `query` in the object of this person. */
function rowsOf(objects: string, person: string, query: string): Row[] {
  for (const { name, database } of openObjectFiles(objects)) {
    const path = join(objects, name);
    const owner = owners.get(path);
    if (owner !== undefined && owner !== person) continue;
    const owned = database.prepare(`SELECT 1 FROM sqlite_master WHERE name = 'conversation'`).get();
    const address = owned && database.prepare('SELECT address FROM conversation').get()?.address;
    if (typeof address === 'string') owners.set(path, address);
    if (address === person) return database.prepare(query).all() as Row[];
  }
  return [];
}

/** Every message that the relay took from the person, in the relay's order. */
export const messagesOf = (objects: string, person: string): { text: string; state: string }[] =>
  rowsOf(objects, person, 'SELECT text, state FROM messages ORDER BY seq') as { text: string; state: string }[];

/** Unfinished work in the person's conversation: nothing more is sent when this is empty. */
export const unfinished = (objects: string, person: string): string[] =>
  rowsOf(
    objects,
    person,
    `SELECT 'turn ' || id AS what FROM turns WHERE state = 'open'
     UNION ALL SELECT 'attempt ' || n FROM attempts WHERE ended_at IS NULL
     UNION ALL SELECT 'message ' || state FROM messages WHERE state <> 'consumed'
     UNION ALL SELECT 'reply ' || state FROM replies WHERE state NOT IN ('accepted', 'sent', 'delivered', 'read')
     UNION ALL SELECT 'timer ' || kind FROM timers WHERE kind <> 'archive'`,
  ).map(({ what }) => String(what));

/** The person's machine, as the relay knows it. */
export const machineOf = (objects: string, person: string): { name: string; step: string } | undefined =>
  rowsOf(objects, person, 'SELECT name, step FROM machine')[0] as { name: string; step: string } | undefined;

/** All turns so far. */
export const turnsOf = (objects: string, person: string): string[] =>
  rowsOf(objects, person, 'SELECT id FROM turns').map(({ id }) => String(id));

/** The number of conversations with an alarm. */
export function alarms(objects: string): number {
  const [file] = openObjectFiles(objects).filter(({ name }) =>
    name.endsWith(join('roost-Conversation', 'metadata.sqlite')),
  );
  if (file === undefined) throw new Error('the relay has no conversations on disk');
  return file.database.prepare('SELECT 1 FROM _cf_ALARM').all().length;
}

/** The part of the person's machine that is not backed up yet. */
export const uncopied = (objects: string, person: string): number =>
  rowsOf(objects, person, `SELECT 1 FROM timers WHERE kind = 'archive'`).length;

/** How many messages and replies of the person's conversation there are. */
export const rowsLeft = (objects: string, person: string): number =>
  rowsOf(objects, person, 'SELECT 1 FROM messages UNION ALL SELECT 1 FROM replies').length;

/** What the person has spent. */
export const spendingOf = (objects: string, person: string): Spending =>
  JSON.parse(String(rowsOf(objects, person, 'SELECT spending FROM conversation')[0]?.spending)) as Spending;

/** What the person's attempts did, as the relay keeps it. */
export const stepsOf = (objects: string, person: string): Step[][] =>
  rowsOf(objects, person, 'SELECT steps FROM steps ORDER BY attempt').map(
    ({ steps }) => (JSON.parse(gunzipSync(steps as Uint8Array).toString()) as { steps: Step[] }).steps,
  );
