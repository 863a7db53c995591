import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { SessionKey, SessionStore, SessionStoreEntry } from '@anthropic-ai/claude-agent-sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Journal } from '../../vm/src/journal/journal.ts';
import { SessionTable } from '../../vm/src/journal/session-table.ts';

// The copies of a conversation's sessions put back what a loss of power takes from a file that its owner has not synced.

let root: string;
let journal: Journal;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'roost-sessions-'));
  journal = new Journal(root, 0);
});
afterEach(() => {
  journal.close();
  rmSync(root, { recursive: true, force: true });
});

/** A session of two lines, in the agent's file and as given to the store. */
function makeSession(): { store: SessionStore; key: SessionKey; entries: SessionStoreEntry[]; file: string } {
  const config = join(root, 'conversation/claude');
  const key = { projectKey: 'key', sessionId: randomUUID() };
  const entries = ['user', 'assistant'].map((type) => ({ uuid: randomUUID(), type, message: { role: type } }));
  const file = join(config, 'projects/key', `${key.sessionId}.jsonl`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''));
  return { store: new SessionTable(journal.db).storeFor('c', config), key, entries, file };
}

test.each<[string, (file: string) => void]>([
  ['is lost', (file) => rmSync(file)],
  ['is empty', (file) => truncateSync(file)],
  ['has lost its end', (file) => truncateSync(file, readFileSync(file, 'utf8').lastIndexOf('"assistant"'))],
  ['has lost its last line', (file) => truncateSync(file, readFileSync(file, 'utf8').indexOf('\n') + 1)],
  ['has lost the end of its last line', (file) => truncateSync(file, statSync(file).size - 1)],
])('a session whose file %s is put back whole before the agent reads it', async (_, damage) => {
  const { store, key, entries, file } = makeSession();
  const whole = readFileSync(file, 'utf8');
  await store.append(key, entries);
  damage(file);
  expect(await store.load(key)).toBeNull();
  expect(readFileSync(file, 'utf8')).toBe(whole);
});

test.each<[string, (entries: SessionStoreEntry[]) => SessionStoreEntry[]]>([
  ['that goes on after its copy', (entries) => entries.slice(0, 1)],
  [
    'of other lines than its copy',
    (entries) => [...entries, ...entries].map((entry) => ({ ...entry, uuid: randomUUID() })),
  ],
])('a file %s is left as it is', async (_, copied) => {
  const { store, key, entries, file } = makeSession();
  const whole = readFileSync(file, 'utf8');
  await store.append(key, copied(entries));
  expect(await store.load(key)).toBeNull();
  expect(readFileSync(file, 'utf8')).toBe(whole);
});
