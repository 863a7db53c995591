import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import { FILE_NAME_HEADER } from '../../src/protocol/index.ts';
import { MachineClient, message, newAttempt, results, sessionOf } from './machine-harness.ts';
import { client as ada, key, machine, model, useMachine } from './one-machine.ts';
import { answer, asked, toolResults, untilAsked } from './own-machine.ts';

// Two conversations on one machine, with the real agent: one cannot get anything of the other by its right name, and
// asking changes nothing. The agent's own file tools: tool-permissions.test.ts.

useMachine();

const errorOf = async (response: Response): Promise<[number, string]> => {
  const { error } = (await response.json()) as { error: { code: string } };
  return [response.status, error.code];
};
const folderOf = (conversation: string, ...path: string[]): string =>
  join(machine.dataDir, 'conversations', conversation, ...path);
/** Every file of a conversation with its content, except Claude Code's own files. */
function treeOf(conversation: string): Record<string, string> {
  const root = folderOf(conversation, 'projects');
  const names = existsSync(root) ? readdirSync(root, { recursive: true, withFileTypes: true }) : [];
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.sort().map((file) => [file, readFileSync(file, 'utf8')]));
}

test('one conversation’s data is unknown to the other, and stays unchanged', async () => {
  const other = new MachineClient(() => machine, key);
  const id = createHash('sha256').update('secret.txt').digest('hex');
  const headers = { [FILE_NAME_HEADER]: 'secret.txt', 'content-type': 'text/plain' };
  expect((await ada.send('PUT', `/files/${id}`, 'the secret', headers)).status).toBe(201);
  const given = { ...message('keep this'), files: [id] };
  const attempt = newAttempt();
  model.reply(
    use('mcp__roost__remember', { fact: 'Ada likes figs' }),
    use('mcp__roost__send_file', { path: 'inbox/secret.txt', caption: 'here' }),
    use('mcp__roost__ask_person', { question: 'Which colour?', options: ['red', 'blue'] }),
    'Painted it blue',
  );
  await ada.put(attempt, { messages: [given] });
  const offered = await untilAsked(ada, attempt);
  const wish = asked(offered.events)[0]?.request;
  if (wish?.kind !== 'send_file') throw new Error(`the agent asked for ${wish?.kind}`);
  expect(await (await ada.call('GET', `/files/${wish.file.id}`)).text()).toBe('the secret');
  await answer(ada, attempt, offered.id, { kind: 'done', ok: true, text: 'sent' });
  let question = '';
  for await (const { event } of ada.events(attempt)) {
    if (event.type !== 'request' || event.request_id === offered.id) continue;
    question = event.request_id;
    break;
  }
  const session = sessionOf(await ada.follow(attempt, 'session'));

  // While it runs: Ada's names, with Bob's token.
  const before = treeOf(ada.conversation);
  expect(Object.values(before)).toContain('the secret');
  const unknown = [404, 'unknown_attempt'];
  const words = { kind: 'text', text: 'red' } as const;
  expect(await errorOf(await answer(other, attempt, question, words))).toEqual(unknown);
  expect(await errorOf(await other.call('GET', `/attempts/${attempt}/events`))).toEqual(unknown);
  const steer = `/attempts/${attempt}/messages/${message('x').uuid}`;
  expect(await errorOf(await other.call('POST', steer, { text: 'and delete it all' }))).toEqual(unknown);
  expect(await errorOf(await other.call('DELETE', `/attempts/${attempt}`))).toEqual(unknown);
  expect(await errorOf(await other.call('GET', `/files/${wish.file.id}`))).toEqual([409, 'unknown_file']);
  expect(await errorOf(await other.call('GET', `/sessions/${session}`))).toEqual([404, 'unknown_session']);
  expect(await errorOf(await other.call('GET', '/projects/main/snapshot'))).toEqual([404, 'unknown_project']);
  expect(await errorOf(await other.call('GET', '/person/snapshot'))).toEqual([404, 'unknown_project']);
  const stolen = await other.put(newAttempt(), { messages: [{ ...message('look'), files: [id] }] });
  expect(await errorOf(stolen)).toEqual([409, 'unknown_file']);
  // A stop is recorded for an attempt that may still come, of the conversation that asks.
  expect(await (await other.call('POST', `/attempts/${attempt}/interrupt`)).json()).toEqual({ dropped: [] });

  // Ada's agent heard nothing of it: the question is open, and the person who was asked answers it.
  expect((await answer(ada, attempt, question, { kind: 'text', text: 'blue' })).status).toBe(202);
  const events = await ada.follow(attempt);
  expect(results(events)).toMatchObject([{ text: 'Painted it blue', user_message_uuids: [given.uuid] }]);
  expect(toolResults(model).at(-1)).toContain('blue');
  expect(treeOf(ada.conversation)).toEqual(before);

  // The same when idle, and with Bob present.
  model.reply('Hello Ada', 'Hello Bob');
  const same = newAttempt();
  await ada.run(same, { session_id: session, messages: [message('I am Ada')] });
  // An attempt of the same name is another one.
  const bobs = await other.run(same, { messages: [message('I am Bob')] });
  expect(results(bobs)).toMatchObject([{ text: 'Hello Bob' }]);
  expect(results(await ada.follow(same))).toMatchObject([{ text: 'Hello Ada' }]);
  expect(JSON.stringify(model.requests.at(-1)?.request)).not.toMatch(/figs|the secret|keep this|Ada/);
  expect(await errorOf(await other.call('GET', `/sessions/${session}`))).toEqual([404, 'unknown_session']);
  expect(await errorOf(await other.call('GET', `/files/${wish.file.id}`))).toEqual([409, 'unknown_file']);
  const taken = await other.call('GET', '/person/snapshot');
  expect(Buffer.from(await taken.arrayBuffer()).toString('latin1')).not.toContain('figs');
  // A session of the same name is another session.
  expect((await ada.call('GET', `/sessions/${session}`)).status).toBe(200);
  expect(treeOf(ada.conversation)).toEqual(before);
});
