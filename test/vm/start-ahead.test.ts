import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { later } from '../../simulator/model/script.ts';
import { EXPECT_JOURNAL_HEADER } from '../../src/protocol/index.ts';
import { agentPids, message, newAttempt, results, sessionOf } from './machine-harness.ts';
import { client, edge, machine, model, useMachine } from './one-machine.ts';

// `POST /agent` starts Claude Code ahead of the attempt that takes it.

useMachine();

const startAhead = async (fields: Record<string, unknown> = {}, headers = {}): Promise<[number, unknown]> => {
  const response = await client.call('POST', '/agent', { project: 'main', session_id: null, ...fields }, headers);
  return [response.status, await response.json()];
};
const agents = (): number[] => agentPids(join(machine.dataDir, 'conversations', client.conversation));
const started = (): Promise<number[]> =>
  vi.waitFor(() => {
    const pids = agents();
    if (pids.length === 0) throw new Error('no agent has started');
    return pids;
  }, 20_000);
const answer = async (fields: { session_id?: string; model?: string } = {}) => {
  const events = await client.run(newAttempt(), { messages: [message('hello')], ...fields });
  expect(results(events).map(({ text }) => text)).toEqual(['Hello.']);
  return events;
};

/** A folder that is brought back may replace what the agent has read, so its agent is ended. */
async function endAgent(): Promise<void> {
  const snapshot = await (await client.call('GET', '/projects/main/snapshot')).arrayBuffer();
  expect((await client.send('PUT', '/projects/main/snapshot', snapshot, {})).status).toBe(200);
  expect(agents()).toEqual([]);
}

test('the attempt takes the agent that was started ahead, in a new session and in one that goes on', async () => {
  model.reply('Hello.');
  const asked = edge.tokens.length;
  expect(await startAhead()).toEqual([202, { starts: true }]);
  expect(await startAhead()).toEqual([202, { starts: false }]);
  const ahead = await started();
  expect(edge.tokens).toHaveLength(asked);
  const session_id = sessionOf(await answer());
  expect(agents()).toEqual(ahead);

  // A process that is warm already is not started again.
  expect(await startAhead({ session_id })).toEqual([202, { starts: false }]);
  await endAgent();
  expect(await startAhead({ session_id })).toEqual([202, { starts: true }]);
  const again = await started();
  model.reply('Hello.');
  await answer({ session_id });
  expect(agents()).toEqual(again);
  expect(model.lastTexts()).toEqual(['hello', 'hello']);
});

test('an attempt with another model gets an agent of its own', async () => {
  model.reply('Hello.');
  expect(await startAhead({ model: 'claude-haiku-4-5' })).toEqual([202, { starts: true }]);
  const ahead = await started();
  await answer({ model: 'claude-sonnet-4-5' });
  expect(agents()).toHaveLength(1);
  expect(agents()).not.toEqual(ahead);
});

test('nothing is started where it could do harm, and what was started is ended when the folder is replaced', async () => {
  const nothing = [202, { starts: false }];
  expect(await startAhead({ session_id: '7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b10' })).toEqual(nothing);
  expect((await startAhead({}, { [EXPECT_JOURNAL_HEADER]: '01KAJ5S0000000000000000000' }))[0]).toBe(409);
  expect((await startAhead({ project: '../main' }))[0]).toBe(400);
  expect((await fetch(`${machine.url}/agent`, { method: 'POST', body: '{}' })).status).toBe(401);

  const project = join(machine.dataDir, 'conversations', client.conversation, 'projects/main');
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'setup.sh'), 'true\n');
  expect(await startAhead()).toEqual(nothing);
  rmSync(join(project, 'setup.sh'));

  const answered = Promise.withResolvers<string>();
  model.reply(later(answered.promise, 'Hello.'));
  const attempt = newAttempt();
  await client.put(attempt, { messages: [message('hello')] });
  expect(await startAhead()).toEqual(nothing);
  answered.resolve('');
  await client.follow(attempt);
  // A warm agent is there, so a second one is not started.
  expect(await startAhead()).toEqual(nothing);
  await endAgent();
});
