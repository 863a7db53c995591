import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { describe, expect, test } from 'vitest';
import { gate, later, use } from '../../simulator/model/script.ts';
import { client, dataDir, edge, key, machine, model, start, stop, useMachines } from './killed-machine.ts';
import {
  agentPids,
  ended,
  message,
  newAttempt,
  removeDataDir,
  results,
  sessionOf,
  spawnMachine,
  within,
} from './machine-harness.ts';

// The agent server ends, in order or killed, and the next one on the same folder continues.

useMachines();

const folder = (): string => join(dataDir, 'conversations', client.conversation);

describe('after a restart', () => {
  test('the session is remembered and so is the journal', async () => {
    model.reply('Noted', 'You like figs');
    const first = await client.run(newAttempt(), { messages: [message('I like figs')] });
    const { journal } = machine;
    await stop();
    await start();
    expect(machine.journal).toBe(journal);
    const more = await client.run(newAttempt(), {
      session_id: sessionOf(first),
      messages: [message('what do I like?')],
    });
    expect(results(more).map((result) => result.text)).toEqual(['You like figs']);
    expect(model.lastTexts()).toEqual(['I like figs', 'what do I like?']);
    // The agent's running total continues after a resume; the first turn's share must not be counted again.
    const [before, after] = [first, more].map((events) => results(events)[0]?.cost_usd ?? 0);
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThan((before ?? 0) * 1.5);
    expect(sessionOf(first)).toBe(more.find((event) => event.type === 'session')?.session_id ?? sessionOf(first));
  });

  test('a session whose file has lost its end comes back from the journal', async () => {
    model.reply('Noted', 'You like figs');
    const session_id = sessionOf(await client.run(newAttempt(), { messages: [message('I like figs')] }));
    await stop();
    const sessions = join(folder(), 'claude/projects');
    const names = readdirSync(sessions, { recursive: true, encoding: 'utf8' });
    const file = join(sessions, names.find((name) => name.endsWith(`${session_id}.jsonl`)) ?? '');
    truncateSync(file, readFileSync(file, 'utf8').lastIndexOf('"assistant"'));
    await start();
    const more = await client.run(newAttempt(), { session_id, messages: [message('what do I like?')] });
    expect(results(more).map((result) => result.text)).toEqual(['You like figs']);
    expect(model.lastTexts()).toEqual(['I like figs', 'what do I like?']);
    expect(JSON.stringify(model.requests.at(-1)?.request.messages)).toContain('Noted');
  });
});

describe('killed', () => {
  test('before the agent had the text: the next attempt answers it once', async () => {
    const turn = ulid();
    const first = message('hello');
    await client.put(newAttempt(turn, 1), { messages: [first] });
    await stop('SIGKILL');
    expect(model.requests).toHaveLength(0);
    await start();
    expect(ended(await client.follow(newAttempt(turn, 1)))).toMatchObject({ outcome: 'interrupted' });
    model.reply('Hello to you');
    const events = await client.run(newAttempt(turn, 2), { continues: true, messages: [first] });
    expect(results(events)).toMatchObject([{ text: 'Hello to you', user_message_uuids: [first.uuid] }]);
    expect(model.lastTexts()).toEqual(['hello']);
  });

  test('in a tool, with a text queued: nothing keeps running, both are answered once', async () => {
    const turn = ulid();
    const [first, queued] = [message('work'), message('and this')];
    model.reply(use('Bash', { command: 'while true; do sleep 1; done' }));
    await client.put(newAttempt(turn, 1), { messages: [first] });
    const begun = await client.follow(newAttempt(turn, 1), 'tool_started');
    await client.call('POST', `/attempts/${newAttempt(turn, 1)}/messages/${queued.uuid}`, { text: queued.text });
    await until(async () => (agentPids(folder()).length > 1 ? true : null));
    await stop('SIGKILL');
    await start();
    expect(agentPids(dataDir)).toEqual([]);
    const cut = await client.follow(newAttempt(turn, 1));
    expect(ended(cut)).toEqual({
      type: 'ended',
      outcome: 'interrupted',
      reason: 'the agent server was restarted',
      cause: 'restarted',
    });

    model.reply(use('Bash', { command: 'sleep 1; echo finished' }), 'All done');
    const session_id = sessionOf(begun);
    const messages = [first, queued];
    const events = await client.run(newAttempt(turn, 2), { continues: true, session_id, messages });
    expect(ended(events)).toMatchObject({ outcome: 'done' });
    const listed = results(events).flatMap((result) => result.user_message_uuids);
    expect(listed.toSorted()).toEqual([first.uuid, queued.uuid].toSorted());
    expect(model.lastTexts().filter((text) => text === 'work')).toHaveLength(1);
    expect(model.lastTexts().filter((text) => text === 'and this')).toHaveLength(1);
    const told = JSON.stringify([model.requests.at(-1)?.request.system, model.requests.at(-1)?.request.messages]);
    expect(told).toContain('check before you repeat them: Bash');
  });

  test('while the model was asked: the text reaches the model once', async () => {
    const turn = ulid();
    const first = message('think');
    const never = gate();
    model.reply(later(never.opened, 'never said'));
    await client.put(newAttempt(turn, 1), { messages: [first] });
    const begun = await client.follow(newAttempt(turn, 1), 'session');
    await model.arrived(1);
    await stop('SIGKILL');
    never.open();
    await start();
    model.reply('Thought');
    const session_id = sessionOf(begun);
    const events = await client.run(newAttempt(turn, 2), { continues: true, session_id, messages: [first] });
    expect(results(events)).toMatchObject([{ text: 'Thought', user_message_uuids: [first.uuid] }]);
    expect(model.lastTexts().filter((text) => text === 'think')).toHaveLength(1);
  });

  test('after the answer: it is taken from the transcript and the model is not asked again', async () => {
    const turn = ulid();
    const first = message('hello');
    model.reply('Hello to you');
    const begun = await client.run(newAttempt(turn, 1), { messages: [first] });
    await stop('SIGKILL');
    await start();
    const session_id = sessionOf(begun);
    const events = await client.run(newAttempt(turn, 2), { continues: true, session_id, messages: [first] });
    expect(results(events)).toMatchObject([{ text: 'Hello to you', user_message_uuids: [first.uuid] }]);
    expect(ended(events)).toMatchObject({ outcome: 'done' });
    expect(model.requests).toHaveLength(1);
  });

  test('after an answer that took in a steered text: one result for both, the model is not asked again', async () => {
    const turn = ulid();
    const [first, second] = [message('list'), message('and the hidden ones')];
    model.reply(use('Bash', { command: 'sleep 1; echo listed' }), 'Both done');
    await client.put(newAttempt(turn, 1), { messages: [first] });
    await client.follow(newAttempt(turn, 1), 'tool_started');
    await client.call('POST', `/attempts/${newAttempt(turn, 1)}/messages/${second.uuid}`, { text: second.text });
    const begun = await client.follow(newAttempt(turn, 1));
    expect(results(begun)).toMatchObject([{ user_message_uuids: [first.uuid, second.uuid] }]);
    await stop('SIGKILL');
    await start();
    const asked = { continues: true, session_id: sessionOf(begun), messages: [first, second] };
    const events = await client.run(newAttempt(turn, 2), asked);
    expect(results(events)).toMatchObject([{ text: 'Both done', user_message_uuids: [first.uuid, second.uuid] }]);
    expect(model.requests).toHaveLength(2);
  });

  test('a text that was answered is pushed once more by mistake: the answer is found again', async () => {
    const first = message('hello');
    model.reply('Hello to you');
    const begun = await client.run(newAttempt(), { messages: [first] });
    const events = await client.run(newAttempt(), { session_id: sessionOf(begun), messages: [first] });
    expect(results(events)).toMatchObject([{ text: 'Hello to you', user_message_uuids: [first.uuid] }]);
    expect(model.requests).toHaveLength(1);
  });
});

describe('told to stop', () => {
  test('a running attempt is finished first', async () => {
    const attempt = newAttempt();
    const answer = gate();
    model.reply(later(answer.opened, 'Finished in time'));
    await client.put(attempt, { messages: [message('work')] });
    await model.arrived(1);
    const following = client.follow(attempt);
    const stopped = stop('SIGTERM');
    const refused = await until(async () => {
      const response = await client.put(newAttempt(), { messages: [message('more')] });
      return response.status === 503 ? response : null;
    });
    expect(await refused.json()).toMatchObject({ error: { code: 'shutting_down' } });
    answer.open();
    expect(results(await following).map((result) => result.text)).toEqual(['Finished in time']);
    expect(await stopped).toEqual({ code: 0, signal: null });
  });

  test('a turn that does not finish in time is interrupted and can be continued', async () => {
    await stop();
    await start({ env: { SHUTDOWN_GRACE_MS: '300' } });
    const turn = ulid();
    const first = message('work');
    model.reply(use('Bash', { command: 'while true; do sleep 1; done' }));
    await client.put(newAttempt(turn, 1), { messages: [first] });
    const following = client.follow(newAttempt(turn, 1));
    const begun = await client.follow(newAttempt(turn, 1), 'tool_started');
    expect(await stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(ended(await following)).toMatchObject({
      outcome: 'interrupted',
      reason: 'the machine was stopped',
      cause: 'restarted',
    });
    expect(agentPids(dataDir)).toEqual([]);
    await start();
    model.reply('Carried on');
    const asked = { continues: true, session_id: sessionOf(begun), messages: [first] };
    const events = await client.run(newAttempt(turn, 2), asked);
    expect(results(events)).toMatchObject([{ text: 'Carried on', user_message_uuids: [first.uuid] }]);
    expect(model.lastTexts().filter((text) => text === 'work')).toHaveLength(1);
  });
});

test('nobody needs it: it ends by itself, and an open hold keeps it up', async () => {
  await stop();
  await start({ env: { IDLE_TIMEOUT_MS: '400' } });
  const hold = await client.call('GET', '/hold');
  const reader = hold.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await reader?.read())?.value).toBe(': hello\n\n');
  const early = await Promise.race([machine.exited, new Promise((resolve) => setTimeout(resolve, 1200, 'still up'))]);
  expect(early).toBe('still up');
  await reader?.cancel();
  expect(await within(30_000, machine.exited, 'the idle exit')).toEqual({ code: 0, signal: null });
});

test('a second agent server on the same folder refuses with a plain sentence', async () => {
  const second = spawnMachine({ key, relayUrl: edge.url, dataDir });
  expect(await within(60_000, second.exited, 'the second to end')).toEqual({ code: 1, signal: null });
  expect(second.output).toEqual([
    `Another agent server is already using ${dataDir}. Stop it, or choose another DATA_DIR.`,
  ]);
});

test('a bad environment names every problem at once', async () => {
  const bad = spawnMachine({ key, relayUrl: 'nowhere', env: { RELAY_PUBLIC_KEYS: '{', PORT: 'x', DATA_DIR: 'data' } });
  expect(await within(60_000, bad.exited, 'the process to end')).toEqual({ code: 1, signal: null });
  for (const name of ['PORT', 'DATA_DIR', 'RELAY_URL', 'RELAY_PUBLIC_KEYS'])
    expect(bad.output.join('\n')).toContain(name);
  removeDataDir(bad.dataDir);
});

async function until<T>(attempt: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + 10_000; Date.now() < end; ) {
    const value = await attempt();
    if (value !== null) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it never happened');
}
