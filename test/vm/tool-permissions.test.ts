import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import type { Answer } from '../../src/protocol/index.ts';
import { isAllowedWithoutAsking, makePermissionCheck } from '../../vm/src/consent/tool-permissions.ts';
import { message, newAttempt, results } from './machine-harness.ts';
import { answer, asked, type OwnMachine, ownMachine, toolResults, untilAsked } from './own-machine.ts';

// Consent on a person's computer, with the real agent and no sandbox: tools that run unasked, tools that wait for the
// person, and what happens without an answer or after a restart.

const ASKS = { APPROVALS: 'ask', SANDBOX: 'off' };
const allow: Answer = { kind: 'decision', decision: 'allow', reason: '' };
const remove = use('Bash', { command: 'rm notes.md', description: 'Remove the notes' });
const make = use('Bash', { command: 'true' });

describe('an agent that asks', () => {
  let own: OwnMachine;
  beforeAll(async () => {
    own = await ownMachine(ASKS);
  });
  afterAll(() => own.end());
  const project = (...path: string[]): string =>
    join(own.dataDir, 'conversations', own.warm.conversation, 'projects', 'main', ...path);
  const write = () => use('Write', { file_path: project('notes.md'), content: 'milk' });

  test('reads, waits and works on its own files without asking', async () => {
    own.script.reply(
      write(),
      use('Edit', { file_path: project('notes.md'), old_string: 'milk', new_string: 'bread' }),
      use('Read', { file_path: project('notes.md') }),
      use('Bash', { command: 'ls; date' }),
      use('Bash', { command: 'waited=0; until [ $waited -ge 1 ]; do sleep 1; waited=$((waited + 1)); done' }),
      'All done',
    );
    const events = await own.warm.run(newAttempt(), { messages: [message('work')] });
    expect(asked(events)).toEqual([]);
    expect(results(events)).toMatchObject([{ text: 'All done' }]);
    expect(readFileSync(project('notes.md'), 'utf8')).toBe('bread');
    expect(toolResults(own.script).join()).not.toMatch(/denied|requires approval|blocked/i);
    const tools = own.script.requests.at(-1)?.request.tools?.map(({ name }) => name) ?? [];
    expect(tools).toContain('mcp__roost__ask_person');
    for (const name of ['AskUserQuestion', 'EnterPlanMode', 'ExitPlanMode']) expect(tools).not.toContain(name);
  });

  test('asks before it removes something: allowed it does, denied it is told why', async () => {
    own.script.reply(write(), remove, remove, 'Gone');
    const attempt = newAttempt();
    await own.warm.put(attempt, { messages: [message('remove the notes')] });
    const { id, events } = await untilAsked(own.warm, attempt);
    expect(asked(events)[0]?.request).toEqual({
      kind: 'approve',
      tool: 'Bash',
      summary: 'run: rm notes.md',
      rule: 'Bash(rm notes.md)',
      does: 'run',
      shown: 'rm notes.md',
      always: false,
    });
    await answer(own.warm, attempt, id, { kind: 'decision', decision: 'deny', reason: 'I still need them' });
    let second = '';
    for await (const { event } of own.warm.events(attempt)) {
      if (event.type !== 'request' || event.request_id === id) continue;
      second = event.request_id;
      expect(existsSync(project('notes.md'))).toBe(true);
      await answer(own.warm, attempt, second, allow);
    }
    expect(toolResults(own.script).at(-2)).toContain('I still need them');
    expect(existsSync(project('notes.md'))).toBe(false);
  });

  test('answers a question on the side while it waits for consent, and does it when that comes', async () => {
    const attempt = newAttempt();
    own.script.reply(write(), remove);
    await own.warm.put(attempt, { messages: [message('remove the notes')] });
    const { id } = await untilAsked(own.warm, attempt);
    own.script.reply('It removes notes.md.');
    const why = message('what does that do?');
    const path = `/attempts/${attempt}/messages/${why.uuid}`;
    expect((await own.warm.call('POST', path, { text: why.text, action: 'aside' })).status).toBe(202);
    const sofar = await own.warm.follow(attempt, 'aside');
    expect(sofar.at(-1)).toMatchObject({ type: 'aside', text: 'It removes notes.md.' });
    expect(JSON.stringify(own.script.requests.at(-1)?.request.messages)).toContain('rm notes.md');
    expect(existsSync(project('notes.md'))).toBe(true);
    own.script.reply('Gone');
    await answer(own.warm, attempt, id, allow);
    expect(results(await own.warm.follow(attempt))).toMatchObject([{ text: 'Gone' }]);
    expect(existsSync(project('notes.md'))).toBe(false);
  });

  test('killed while it asks: asked again once, and allowed it does it', async () => {
    const [turn, text] = [ulid(), message('remove the notes')];
    own.script.reply(write(), remove);
    await own.warm.put(newAttempt(turn, 1), { messages: [text] });
    const first = await untilAsked(own.warm, newAttempt(turn, 1));
    await own.restart();
    await own.warm.follow(newAttempt(turn, 1));
    expect(existsSync(project('notes.md'))).toBe(true);
    own.script.reply(remove, 'Gone');
    await own.warm.put(newAttempt(turn, 2), { messages: [text], continues: true });
    const second = await untilAsked(own.warm, newAttempt(turn, 2));
    expect(asked(second.events)[0]?.request).toEqual(asked(first.events)[0]?.request);
    await answer(own.warm, newAttempt(turn, 2), second.id, allow);
    expect(results(await own.warm.follow(newAttempt(turn, 2)))).toMatchObject([{ text: 'Gone' }]);
    expect(existsSync(project('notes.md'))).toBe(false);
  });
});

test('nobody answers: it is not done', async () => {
  const own = await ownMachine({ ...ASKS, ANSWER_WAIT_MS: '500' });
  const project = join(own.dataDir, 'conversations', own.client.conversation, 'projects', 'main');
  own.script.reply(use('Write', { file_path: join(project, 'notes.md'), content: 'milk' }), remove, 'I left them');
  const events = await own.client.run(newAttempt(), { messages: [message('remove the notes')] });
  expect(events.map(({ type }) => type)).toContain('request_over');
  expect(toolResults(own.script).at(-1)).toContain('Nobody approved this in time');
  expect(existsSync(join(project, 'notes.md'))).toBe(true);
  await own.end();
});

test('an agent on a separate machine asks nobody', async () => {
  const own = await ownMachine();
  const project = join(own.dataDir, 'conversations', own.client.conversation, 'projects', 'main');
  own.script.reply(make, use('Write', { file_path: join(project, 'notes.md'), content: 'milk' }), remove, 'Gone');
  const events = await own.client.run(newAttempt(), { messages: [message('remove the notes')] });
  expect(asked(events)).toEqual([]);
  expect(existsSync(join(project, 'notes.md'))).toBe(false);
  const tools = own.script.requests.at(-1)?.request.tools?.map(({ name }) => name) ?? [];
  for (const name of ['AskUserQuestion', 'EnterPlanMode', 'ExitPlanMode']) expect(tools).not.toContain(name);
  await own.end();
});

test('the name in a web address is looked up only after the yes, and refused then where it leads inward', async () => {
  const steps: string[] = [];
  const decide = async (url: string, decision: 'allow' | 'deny') => {
    const ask = async (): Promise<Answer> => {
      steps.push('asked');
      return { kind: 'decision', decision, reason: '' };
    };
    const resolve = async (name: string): Promise<{ address: string }[]> => {
      steps.push(name);
      return [{ address: '10.0.0.1' }];
    };
    const signal = new AbortController().signal;
    const may = makePermissionCheck(true, () => ({ ask, offer: async () => ({ refused: '' }) }), resolve);
    return (await may('WebFetch', { url, prompt: 'x' }, { signal, toolUseID: 'a', requestId: 'a' }))?.behavior;
  };
  expect([await decide('https://a-secret.example/', 'deny'), steps]).toEqual(['deny', ['asked']]);
  steps.length = 0;
  expect([await decide('https://a-secret.example/', 'allow'), steps]).toEqual(['deny', ['asked', 'a-secret.example']]);
  steps.length = 0;
  expect([await decide('http://127.0.0.1/', 'allow'), steps]).toEqual(['deny', []]);
});

describe('which uses are asked about', () => {
  const bash = (command: string, isSandboxed: boolean): boolean =>
    isAllowedWithoutAsking({ tool: 'Bash', input: { command }, isOurs: false }, isSandboxed);

  test('in a sandbox commands run, but for what is final', () => {
    expect(['npm test', 'curl example.com', 'cat form.txt', 'echo firm', 'git pull'].map((c) => bash(c, true))).toEqual(
      Array(5).fill(true),
    );
    const final = [
      'rm x',
      'ls; rm -rf x',
      'a && (rm x)',
      'git push',
      'cd x && git push -f',
      'find . -delete',
      'git reset --hard',
    ];
    expect(final.map((c) => bash(c, true))).toEqual(Array(7).fill(false));
  });

  test('without one only waiting goes by itself', () => {
    const wait = 'n=0; until [ $n -ge 60 ]; do sleep 1; n=$((n + 1)); done';
    expect([bash(wait, false), bash(`${wait}; rm x`, false), bash(wait.replace('sleep', 'rm'), false)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(bash('npm test', false)).toBe(false);
  });

  test('writing files that other programs run needs consent, and so do unknown tools', () => {
    const edit = { tool: 'Write', input: { file_path: '.mcp.json' }, isOurs: false };
    expect(isAllowedWithoutAsking(edit, true)).toBe(true);
    expect(isAllowedWithoutAsking({ ...edit, reason: 'sensitive' }, true)).toBe(false);
    expect(isAllowedWithoutAsking({ tool: 'mcp__shop__buy', input: {}, isOurs: false }, true)).toBe(false);
    expect(isAllowedWithoutAsking({ tool: 'mcp__roost__ask_person', input: {}, isOurs: true }, false)).toBe(true);
  });
});
