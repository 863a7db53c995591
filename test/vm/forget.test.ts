import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test, vi } from 'vitest';
import { gate, later, use } from '../../simulator/model/script.ts';
import { CONVERSATION_TABLES, Journal } from '../../vm/src/journal/journal.ts';
import { ended, MachineClient, message, newAttempt, newDataDir, removeDataDir, sessionOf } from './machine-harness.ts';
import { client, key, machine, model, useMachine } from './one-machine.ts';

// What a machine deletes of one conversation when its person wants to be forgotten, with the real Claude Code.

useMachine();

const folderOf = (of: MachineClient): string => join(machine.dataDir, 'conversations', of.conversation);
/** Files of the machine with these words, the database and its log included. */
const filesWith = (words: string): string[] =>
  spawnSync('grep', ['-rlaF', words, machine.dataDir], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);

test('files, sessions and rows are gone, a running turn ends, and another conversation keeps all of its own', async () => {
  const other = new MachineClient(() => machine, key);
  model.reply('Kept');
  await other.run(newAttempt(), { messages: [message('my word is heliotrope')] });
  model.reply(use('Write', { file_path: 'plan.txt', content: 'chartreuse plans' }), 'Written: chartreuse');
  const attempt = newAttempt();
  const events = await client.run(attempt, { messages: [message('my word is chartreuse')] });
  const session = sessionOf(events);
  expect(filesWith('chartreuse').length).toBeGreaterThan(1);

  const held = gate();
  const asked = model.requests.length;
  model.reply(later(held.opened, 'never'));
  const running = newAttempt();
  await client.call('PUT', `/attempts/${running}`, await client.asked({ messages: [message('chartreuse again')] }));
  await vi.waitFor(() => expect(model.requests.length).toBeGreaterThan(asked), { timeout: 20_000 });

  expect((await client.call('DELETE', '/conversation')).status).toBe(204);
  expect(existsSync(folderOf(client))).toBe(false);
  expect(filesWith('chartreuse')).toEqual([]);
  for (const [method, path] of [
    ['GET', `/attempts/${attempt}/events`],
    ['GET', `/attempts/${running}/events`],
    ['GET', `/sessions/${session}?after=0`],
  ] as const)
    expect(await (await client.call(method, path)).text(), path).toMatch(/unknown_(attempt|session)/);
  expect(filesWith('heliotrope').length).toBeGreaterThan(0);
  // Again it changes nothing, and the conversation can begin anew.
  expect((await client.call('DELETE', '/conversation')).status).toBe(204);
  held.open();
  model.reply('Hello');
  expect(ended(await client.run(newAttempt(), { messages: [message('hello')] }))).toMatchObject({ outcome: 'done' });
});

test('no table of the journal is left out', () => {
  const dataDir = newDataDir();
  new Journal(dataDir, 0).close();
  const db = new DatabaseSync(join(dataDir, 'journal.db'));
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'journal'").all();
  db.close();
  removeDataDir(dataDir);
  expect(
    tables
      .map(({ name }) => name)
      .filter((name) => !String(name).startsWith('sqlite'))
      .sort(),
  ).toEqual([...CONVERSATION_TABLES].sort());
});
