import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import type { Answer } from '../../src/protocol/index.ts';
import { message, newAttempt, results } from './machine-harness.ts';
import { answer, asked, type OwnMachine, ownMachine, toolResults, untilAsked } from './own-machine.ts';

// Consent on a person's computer, with the real agent and no sandbox: tools that run unasked, tools that wait for the
// person, another conversation's files, and what happens without an answer or after a restart. Which uses need consent:
// test/agent-server/tool-permissions.test.ts.

const ASKS = { APPROVALS: 'ask', SANDBOX: 'off' };
const allow: Answer = { kind: 'decision', decision: 'allow', reason: '' };
const remove = use('Bash', { command: 'rm notes.md', description: 'Remove the notes' });
const schedule = (name: string, input: Record<string, unknown>) => use(`mcp__roost__schedule_${name}`, input);

describe('an agent that asks', () => {
  let own: OwnMachine;
  beforeAll(async () => {
    own = await ownMachine(ASKS);
  });
  afterAll(() => own.end());
  const project = (...path: string[]): string =>
    join(own.dataDir, 'conversations', own.warm.conversation, 'projects', 'main', ...path);
  const write = () => use('Write', { file_path: project('notes.md'), content: 'milk' });

  test('reads, waits and works on its own files without asking; the project’s setup.sh does not run', async () => {
    mkdirSync(project(), { recursive: true });
    writeFileSync(project('setup.sh'), 'touch set-up\n');
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
    expect(existsSync(project('set-up'))).toBe(false);
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

  test('asks about a schedule’s check in its very words; denied nothing is made', async () => {
    const check = 'test  -n "$(git log -1 --since=yesterday)"';
    const input = { does: 'agent', when: 'every weekday at 9am', text: 'standup', check };
    own.script.reply(
      schedule('create', input),
      schedule('update', { id: 1, check }),
      schedule('update', { id: 1, text: 'x' }),
      'Set',
    );
    const consent = {
      kind: 'approve',
      tool: 'Check',
      summary: `check: ${check}`,
      does: 'check',
      shown: check,
      always: false,
      rule: `Check(${check})`,
    };
    const made: Answer = { kind: 'done', ok: true, text: 'Made it.' };
    const changed: Answer = { ...made, text: 'Changed.' };
    const no: Answer = { kind: 'decision', decision: 'deny', reason: 'Not that script' };
    const answers = [allow, made, no, changed];
    const attempt = newAttempt();
    await own.warm.put(attempt, { messages: [message('go')] });
    const seen: unknown[] = [];
    for await (const { event } of own.warm.events(attempt)) {
      if (event.type !== 'request') continue;
      seen.push(event.request);
      await answer(own.warm, attempt, event.request_id, answers[seen.length - 1] as Answer);
    }
    expect(seen).toEqual([
      consent,
      { kind: 'schedule', wish: { op: 'create', ...input } },
      consent,
      { kind: 'schedule', wish: { op: 'update', id: 1, text: 'x' } },
    ]);
    expect(toolResults(own.script).slice(-3)).toEqual(
      ['Made it.', 'Not that script', 'Changed.'].map((text) => expect.stringContaining(text)),
    );
  });

  test('does not read or write in the folder of another conversation with its file tools', async () => {
    const neighbour = join(own.dataDir, 'conversations', 'neighbour', 'projects', 'main');
    mkdirSync(neighbour, { recursive: true });
    writeFileSync(join(neighbour, 'diary.txt'), 'NEIGHBOURS-SECRET');
    own.script.reply(
      use('Read', { file_path: join(neighbour, 'diary.txt') }),
      use('Read', { file_path: `${project()}/../../../neighbour/projects/main/diary.txt` }),
      use('mcp__roost__send_file', { path: '../../../neighbour/projects/main/diary.txt' }),
      use('Write', { file_path: join(neighbour, 'mine.txt'), content: 'x' }),
      'I could not',
    );
    const attempt = newAttempt();
    const before = toolResults(own.script).length;
    await own.warm.put(attempt, { messages: [message('read the diary next door')] });
    for await (const { event } of own.warm.events(attempt)) {
      if (event.type !== 'request') continue;
      // Everything that is asked about is allowed; a neighbour's files are not the person's to give.
      expect(event.request.kind).toBe('approve');
      await answer(own.warm, attempt, event.request_id, allow);
    }
    const told = toolResults(own.script).slice(before);
    expect(told).toHaveLength(4);
    expect(told.join()).not.toContain('NEIGHBOURS-SECRET');
    expect(readdirSync(neighbour)).toEqual(['diary.txt']);
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

describe('nobody answers', () => {
  let own: OwnMachine;
  beforeAll(async () => {
    own = await ownMachine({ ...ASKS, ANSWER_WAIT_MS: '300' });
    mkdirSync(project('.claude'), { recursive: true });
    writeFileSync(project('.claude/settings.json'), '{"permissions":{"allow":["mcp__roost__schedule_create"]}}');
  });
  afterAll(() => own.end());
  const project = (...path: string[]): string =>
    join(own.dataDir, 'conversations', own.warm.conversation, 'projects', 'main', ...path);
  /** A turn with these uses of tools: what was asked, what is over, and the tools' results. */
  async function turn(...uses: ReturnType<typeof use>[]) {
    own.script.reply(...uses, 'I could not');
    const attempt = newAttempt();
    const events = await own.warm.run(attempt, { messages: [message('work')] });
    expect(results(events)).toMatchObject([{ text: 'I could not' }]);
    const over = events.flatMap((event) => (event.type === 'request_over' ? [event.request_id] : []));
    expect(over).toEqual(asked(events).map(({ request_id }) => request_id));
    return { attempt, asked: asked(events), told: toolResults(own.script).slice(-uses.length) };
  }

  test('what needs consent is not done', async () => {
    const { told } = await turn(use('Write', { file_path: project('notes.md'), content: 'milk' }), remove);
    expect(told.at(-1)).toContain('Nobody approved this in time');
    expect(existsSync(project('notes.md'))).toBe(true);
  });

  test('the agent is told to finish, and a late answer is refused', async () => {
    const question = use('mcp__roost__ask_person', { question: 'Which colour?', options: ['red', 'blue'] });
    const { attempt, asked: open, told } = await turn(question);
    expect(told).toEqual([expect.stringContaining('the answer will start a new one')]);
    const late = await answer(own.warm, attempt, open[0]?.request_id ?? '', { kind: 'text', text: 'blue' });
    expect(late.status).toBe(409);
  });

  test('the agent is told to look at the schedules before it tries again', async () => {
    const { asked: open, told } = await turn(schedule('cancel', { id: 1 }), schedule('list', {}));
    expect(open).toHaveLength(2);
    expect(told[0]).toContain('Check with schedule_list before you try again');
    expect(told[1]).toContain('can’t be read right now');
  });

  test('no check is made, also where a rule of the project allows the tool', async () => {
    const input = { does: 'agent', when: 'daily', text: 'x', check: 'true' };
    const { asked: open, told } = await turn(schedule('create', input));
    expect(open).toMatchObject([{ request: { kind: 'approve', rule: 'Check(true)' } }]);
    expect(told.at(-1)).toContain('Nobody approved this in time');
  });
});
