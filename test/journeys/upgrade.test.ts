import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CONVERSATION } from '../../migrations/scripts.ts';
import { openObjectFiles } from '../relay/object-files.ts';
import { unfinished } from './rows.ts';
import { type Stack, startStack } from './stack.ts';

// A conversation of the release before there were addresses: its file has that release's tables and rows. The relay is
// started on it, and its person goes on, by number and without one.

const OURS = 'whatsapp:+15555550100';
const NUMBER = 'whatsapp:+15555550161';
const ID = 'whatsapp:US.13491208655302741961';
const NEWEST_BEFORE = '0011_bounded_reads';

let stack: Stack;
beforeAll(async () => {
  stack = await startStack();
});
afterAll(() => stack?.stop());

async function ask(from: string, body: string): Promise<string> {
  const before = stack.sentTo(from).length;
  stack.carrier.receive({ from, to: OURS, body, ...(from === ID ? {} : { externalId: ID }) });
  return stack.until(() => stack.sentTo(from)[before], `an answer to “${body}”`);
}

const isOurs = (name: string): boolean => !/^(?:_cf|sqlite)/.test(name);
const tablesOf = (db: DatabaseSync): string[] =>
  db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .map(({ name }) => String(name))
    .filter(isOurs);

/** Rewrites the file with the tables and columns of the release before. */
function takeBack(path: string): void {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  const kept = new Map(tablesOf(db).map((table) => [table, db.prepare(`SELECT * FROM "${table}"`).all()]));
  for (const table of kept.keys()) db.exec(`DROP TABLE "${table}"`);
  const scripts = CONVERSATION.filter(({ name }) => name <= NEWEST_BEFORE);
  db.exec('CREATE TABLE _migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL)');
  for (const { name, sql } of scripts) {
    db.exec(sql);
    db.prepare('INSERT INTO _migrations VALUES (?, 0)').run(name);
  }
  for (const table of tablesOf(db).filter((name) => name !== '_migrations')) {
    const columns = db.prepare(`PRAGMA table_info("${table}")`).all();
    const names = columns.map(({ name }) => `"${name}"`).join(', ');
    const insert = db.prepare(`INSERT INTO "${table}" (${names}) VALUES (${columns.map(() => '?').join(', ')})`);
    for (const row of kept.get(table) ?? [])
      insert.run(...columns.map(({ name }) => row[String(name)] as SQLInputValue));
  }
  db.close();
}

test('a conversation of the release before goes on where it was', async () => {
  const settled = (): Promise<void> =>
    vi.waitFor(() => expect(unfinished(stack.relay.objects, NUMBER)).toEqual([]), { timeout: 60_000, interval: 50 });
  stack.text(NUMBER, 'my name is Robin');
  await stack.until(() => stack.sentTo(NUMBER).length > 0, 'the first answer');
  await settled();
  await stack.relay.kill();
  const [file] = openObjectFiles(stack.relay.objects).filter(({ database }) =>
    database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'conversation'").get(),
  );
  const path = join(stack.relay.objects, file?.name ?? '');
  takeBack(path);
  const old = new DatabaseSync(path, { readOnly: true });
  expect(tablesOf(old)).not.toContain('addresses');
  old.close();
  await stack.relay.start();
  expect(await ask(NUMBER, 'what is my name?')).toBe('Your name is Robin.');
  await settled();
  expect(await ask(ID, 'what is my name?')).toBe('Your name is Robin.');
});
