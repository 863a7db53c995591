import { readdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { describe, expect, test } from 'vitest';
import { gate, later, use } from '../../simulator/model/script.ts';
import { dataDir, edge, key, machine, model, restarted, start, stop, useMachines, warm } from './killed-machine.ts';
import {
  agentPids,
  ended,
  message,
  newAttempt,
  removeDataDir,
  results,
  spawnMachine,
  within,
} from './machine-harness.ts';

// The agent server ends, in order or killed, and the next one on the same folder continues. The tests share a session;
// cut-turns.test.ts has the turns that were cut.

useMachines();

describe('after a restart', () => {
  test('the session is remembered and so is the journal; an answer from before is not asked for again', async () => {
    model.reply('Noted', 'You like figs');
    const [turn, figs] = [ulid(), message('I like figs')];
    const first = await warm.run(newAttempt(turn, 1), { messages: [figs] });
    const { journal } = machine;
    await restarted();
    expect(machine.journal).toBe(journal);
    const again = await warm.run(newAttempt(turn, 2), { continues: true, messages: [figs] });
    expect(results(again)).toMatchObject([{ text: 'Noted', user_message_uuids: [figs.uuid] }]);
    expect(ended(again)).toMatchObject({ outcome: 'done' });
    expect(model.requests).toHaveLength(1);
    const { session_id } = await warm.asked({ messages: [] });
    const more = await warm.run(newAttempt(), { messages: [message('what do I like?')] });
    expect(results(more).map((result) => result.text)).toEqual(['You like figs']);
    expect(model.lastTexts().slice(-2)).toEqual(['I like figs', 'what do I like?']);
    // The agent's running total continues after a resume; the first turn's share must not be counted again.
    const [before, after] = [first, more].map((events) => results(events)[0]?.cost_usd ?? 0);
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThan((before ?? 0) * 1.5);
    expect((await warm.asked({ messages: [] })).session_id).toBe(session_id);
  });

  test('a session whose file has lost its end comes back from the journal', async () => {
    model.reply('Noted well', 'You like dates');
    await warm.run(newAttempt(), { messages: [message('I like dates')] });
    const { session_id } = await warm.asked({ messages: [] });
    await stop();
    const sessions = join(dataDir, 'conversations', warm.conversation, 'claude/projects');
    const names = readdirSync(sessions, { recursive: true, encoding: 'utf8' });
    const file = join(sessions, names.find((name) => name.endsWith(`${session_id}.jsonl`)) ?? '');
    truncateSync(file, readFileSync(file, 'utf8').lastIndexOf('"assistant"'));
    const more = await warm.run(newAttempt(), { messages: [message('what else do I like?')] });
    expect(results(more).map((result) => result.text)).toEqual(['You like dates']);
    expect(model.lastTexts().slice(-2)).toEqual(['I like dates', 'what else do I like?']);
    expect(JSON.stringify(model.requests.at(-1)?.request.messages)).toContain('Noted well');
  });

  test('an answer that took in a steered text is told for both, and the model is not asked again', async () => {
    const turn = ulid();
    const [first, second] = [message('list'), message('and the hidden ones')];
    model.reply(use('Bash', { command: 'sleep 1; echo listed' }), 'Both done');
    await warm.put(newAttempt(turn, 1), { messages: [first] });
    await warm.follow(newAttempt(turn, 1), 'tool_started');
    await warm.call('POST', `/attempts/${newAttempt(turn, 1)}/messages/${second.uuid}`, { text: second.text });
    const begun = await warm.follow(newAttempt(turn, 1));
    expect(results(begun)).toMatchObject([{ user_message_uuids: [first.uuid, second.uuid] }]);
    await restarted();
    const events = await warm.run(newAttempt(turn, 2), { continues: true, messages: [first, second] });
    expect(results(events)).toMatchObject([{ text: 'Both done', user_message_uuids: [first.uuid, second.uuid] }]);
    expect(model.requests).toHaveLength(2);
  });
});

test('a text that was answered is pushed once more by mistake: the answer is found again', async () => {
  const first = message('hello');
  model.reply('Hello to you');
  await warm.run(newAttempt(), { messages: [first] });
  const events = await warm.run(newAttempt(), { messages: [first] });
  expect(results(events)).toMatchObject([{ text: 'Hello to you', user_message_uuids: [first.uuid] }]);
  expect(model.requests).toHaveLength(1);
});

describe('told to stop', () => {
  test('a running attempt is finished first', async () => {
    const attempt = newAttempt();
    const answer = gate();
    model.reply(later(answer.opened, 'Finished in time'));
    await warm.put(attempt, { messages: [message('work')] });
    await model.arrived(1);
    const following = warm.follow(attempt);
    const stopped = stop('SIGTERM');
    const refused = await until(async () => {
      const response = await warm.put(newAttempt(), { messages: [message('more')] });
      return response.status === 503 ? response : null;
    });
    expect(await refused.json()).toMatchObject({ error: { code: 'shutting_down' } });
    answer.open();
    expect(results(await following).map((result) => result.text)).toEqual(['Finished in time']);
    expect(await stopped).toEqual({ code: 0, signal: null });
  });

  test('a turn that does not finish in time is interrupted and can be continued', async () => {
    await stop();
    await start({ SHUTDOWN_GRACE_MS: '300' });
    const turn = ulid();
    const first = message('work slowly');
    model.reply(use('Bash', { command: 'while true; do sleep 1; done' }));
    await warm.put(newAttempt(turn, 1), { messages: [first] });
    const following = warm.follow(newAttempt(turn, 1));
    await warm.follow(newAttempt(turn, 1), 'tool_started');
    expect(await stop('SIGTERM')).toEqual({ code: 0, signal: null });
    expect(ended(await following)).toMatchObject({
      outcome: 'interrupted',
      reason: 'the machine was stopped',
      cause: 'restarted',
    });
    await expect.poll(() => agentPids(dataDir)).toEqual([]);
    await start();
    model.reply('Carried on');
    const events = await warm.run(newAttempt(turn, 2), { continues: true, messages: [first] });
    expect(results(events)).toMatchObject([{ text: 'Carried on', user_message_uuids: [first.uuid] }]);
    expect(model.lastTexts().filter((text) => text === first.text)).toHaveLength(1);
  });
});

test('a second agent server on the same folder refuses with a plain sentence', async () => {
  await warm.call('GET', '/healthz');
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
