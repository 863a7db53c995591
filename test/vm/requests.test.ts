import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gate, later, use } from '../../simulator/model/script.ts';
import type { Answer, ScheduleRequest } from '../../src/protocol/index.ts';
import { ended, MachineClient, message, newAttempt, results, sessionOf } from './machine-harness.ts';
import { client, key, machine, model, useMachine, warm } from './one-machine.ts';
import { answer, asked, type OwnMachine, ownMachine, toolResults, untilAsked } from './own-machine.ts';

// The requests to the person and the product, with the real agent: its questions, its tools for schedules, a lost
// session's background. Asked once, answered once, over restarts. When nobody answers: tool-permissions.test.ts.

useMachine();

const words = (text: string): Answer => ({ kind: 'text', text });
const done = (text: string, ok = true): Answer => ({ kind: 'done', ok, text });
const schedule = (name: string, input: Record<string, unknown> = {}) => use(`mcp__roost__schedule_${name}`, input);
const offered = () => model.requests.at(-1)?.request.tools?.map(({ name }) => name) ?? [];
const question = use('mcp__roost__ask_person', { question: 'Which colour?', options: ['red', 'blue'] });

test('a question goes out, the answer comes back into the same turn; the first answer counts', async () => {
  const attempt = newAttempt();
  model.reply(question, 'Painted it blue');
  await warm.put(attempt, { messages: [message('paint it')] });
  const { id, events: before } = await untilAsked(warm, attempt);
  expect(asked(before)[0]?.request).toEqual({ kind: 'ask', question: 'Which colour?', options: ['red', 'blue'] });
  expect((await answer(warm, attempt, 'nobody-asked', words('x'))).status).toBe(404);
  expect((await answer(warm, attempt, id, words('blue'))).status).toBe(202);
  expect((await answer(warm, attempt, id, words('red'))).status).toBe(202);
  const events = await warm.follow(attempt);
  expect(results(events)).toMatchObject([{ text: 'Painted it blue' }]);
  expect(asked(events)).toHaveLength(1);
  expect(toolResults(model).at(-1)).toContain('blue');
  expect((await answer(warm, attempt, id, words('late'))).status).toBe(202);
  expect((await answer(warm, newAttempt(), id, words('x'))).status).toBe(404);
  const other = new MachineClient(() => machine, key);
  expect((await answer(other, attempt, id, words('x'))).status).toBe(404);
});

test('messages, proposals and what is to be remembered', async () => {
  const attempt = newAttempt();
  model.reply(
    use('mcp__roost__send_message', { text: 'Half way' }),
    use('mcp__roost__propose_deep', { reason: 'This takes hours' }),
    use('mcp__roost__remember', { fact: 'Likes\nshort answers' }),
    'Done',
  );
  await warm.put(attempt, { messages: [message('go')] });
  const replies: Answer[] = [
    { kind: 'done', ok: false, text: 'The person cannot be reached today.' },
    { kind: 'decision', decision: 'deny', reason: 'Not today' },
  ];
  const seen: unknown[] = [];
  for await (const { event } of warm.events(attempt)) {
    if (event.type !== 'request') continue;
    seen.push(event.request);
    await answer(warm, attempt, event.request_id, replies[seen.length - 1] as Answer);
  }
  expect(seen).toEqual([
    { kind: 'send_message', text: 'Half way' },
    { kind: 'propose_deep', reason: 'This takes hours' },
  ]);
  expect(toolResults(model).slice(-3)).toEqual([
    expect.stringContaining('cannot be reached'),
    expect.stringContaining('No. Not today'),
    expect.stringContaining('Remembered'),
  ]);
  const memory = join(machine.dataDir, 'conversations', warm.conversation, 'claude', 'CLAUDE.md');
  expect(readFileSync(memory, 'utf8')).toBe('- Likes short answers\n');
});

test('an agent that waits for an answer does not count as silent', async () => {
  const attempt = newAttempt();
  model.reply(question, 'Painted it blue');
  const limits = { turn_ms: 90_000, silence_ms: 1500, start_ms: 60_000 };
  await warm.put(attempt, { messages: [message('paint it')], limits });
  const { id } = await untilAsked(warm, attempt);
  await setTimeout(2200);
  expect((await answer(warm, attempt, id, words('blue'))).status).toBe(202);
  expect(results(await warm.follow(attempt))).toMatchObject([{ text: 'Painted it blue' }]);
});

test('an agent on a separate machine asks for no consent', async () => {
  const notes = join(machine.dataDir, 'conversations', warm.conversation, 'projects', 'main', 'notes.md');
  const remove = use('Bash', { command: 'rm notes.md && touch removed', description: 'Remove the notes' });
  model.reply(use('Bash', { command: 'true' }), use('Write', { file_path: notes, content: 'milk' }), remove, 'Gone');
  const events = await warm.run(newAttempt(), { messages: [message('remove the notes')] });
  expect(asked(events)).toEqual([]);
  expect([existsSync(notes), existsSync(join(notes, '../removed'))]).toEqual([false, true]);
  for (const name of ['AskUserQuestion', 'EnterPlanMode', 'ExitPlanMode']) expect(offered()).not.toContain(name);
});

describe('the tools for schedules', () => {
  /** Runs the attempt and answers all questions, in order. */
  async function answered(answers: Answer[]): Promise<unknown[]> {
    const attempt = newAttempt();
    await warm.put(attempt, { messages: [message('go')] });
    const seen: unknown[] = [];
    for await (const { event } of warm.events(attempt)) {
      if (event.type !== 'request') continue;
      seen.push(event.request);
      await answer(warm, attempt, event.request_id, answers[seen.length - 1] ?? done('', false));
    }
    return seen;
  }

  test('each tool passes its wish on and returns the relay’s words', async () => {
    const options = { isolated: true, queue: true, check: 'git fetch && test -n "$(git log HEAD..@{u})"' };
    const wishes: ScheduleRequest[] = [
      { op: 'create', does: 'agent', when: '0 9 * * 1-5', text: 'standup', ...options, except_holidays: 'DE-BE' },
      { op: 'create', does: 'remind', when: 'in 20 minutes', text: 'bread', zone: 'Europe/Berlin' },
      { op: 'list' },
      { op: 'update', id: 2, when: 'every friday 5pm' },
      { op: 'pause', id: 2, until: '7 Jan' },
      { op: 'resume', id: 2 },
      { op: 'run_now', id: 2 },
      { op: 'cancel', id: 2 },
    ];
    model.reply(...wishes.map(({ op, ...input }) => schedule(op, input)), 'All set');
    const told = wishes.map(({ op }, n) => done(`words about ${op}`, n !== 4));
    expect(await answered(told)).toEqual(wishes.map((wish) => ({ kind: 'schedule', wish })));
    expect(toolResults(model).slice(-wishes.length)).toEqual(
      wishes.map(({ op }) => expect.stringContaining(`words about ${op}`)),
    );
  });

  test('malformed input is refused before anybody is asked', async () => {
    model.reply(
      schedule('create', { does: 'agent', when: 'daily', text: 'x', check: 'true\nrm -rf .' }),
      schedule('create', { does: 'agent', when: 'daily', text: 'x', check: 'echo \u202Eharmless' }),
      schedule('pause', { id: 0 }),
      'I could not',
    );
    expect(await answered([])).toEqual([]);
    const [first, second, third] = toolResults(model).slice(-3);
    expect(first).toContain('must be one line');
    expect(second).toContain('must be one line');
    expect(third).not.toContain('must be one line');
  });

  test('the agent is offered these tools, and none that sleeps with its machine', async () => {
    model.reply('Hello');
    await warm.run(newAttempt(), { messages: [message('hello')] });
    const ours = ['create', 'list', 'update', 'pause', 'resume', 'cancel', 'run_now'];
    expect(offered()).toEqual(expect.arrayContaining(ours.map((name) => `mcp__roost__schedule_${name}`)));
    // Some tools are only named until the model asks for them, so the whole request is searched.
    const whole = JSON.stringify(model.requests.at(-1)?.request);
    expect(whole).toContain('ToolSearch');
    expect(whole.match(/CronCreate|CronDelete|CronList|ScheduleWakeup|\/loop\b/g)).toBeNull();
    expect(whole).toContain('create a schedule with schedule_create');
  });
});

test('an agent that is stopped while it asks no longer waits', async () => {
  const attempt = newAttempt();
  model.reply(question);
  await warm.put(attempt, { messages: [message('paint it')] });
  const { id } = await untilAsked(warm, attempt);
  await warm.call('POST', `/attempts/${attempt}/interrupt`);
  const events = await warm.follow(attempt);
  expect(events).toContainEqual({ type: 'request_over', request_id: id });
  expect(ended(events)).toMatchObject({ outcome: 'stopped' });
  expect((await answer(warm, attempt, id, words('blue'))).status).toBe(409);
});

describe('a lost session', () => {
  test('goes on from what the relay knows was said', async () => {
    model.reply('You like figs.');
    const attempt = newAttempt();
    const before = model.requests.length;
    await client.put(attempt, { session_id: randomUUID(), messages: [message('What do I like?')] });
    const { id, events: first } = await untilAsked(client, attempt);
    expect(asked(first)).toMatchObject([{ request: { kind: 'seed' } }]);
    const said = '[2026-11-21 09:00 UTC] Person: I like figs\n[2026-11-21 09:01 UTC] Assistant: Noted';
    expect((await answer(client, attempt, id, done(said))).status).toBe(202);
    const events = await client.follow(attempt);
    expect(events.find(({ type }) => type === 'session_lost')).toMatchObject({ seeded: true });
    expect(results(events).map(({ text }) => text)).toEqual(['You like figs.']);
    // One prompt: the earlier words, as a quotation, and the text.
    const prompt = JSON.stringify(model.requests.at(-1)?.request.messages);
    expect(prompt).toContain('> [2026-11-21 09:00 UTC] Person: I like figs');
    expect(prompt.indexOf('I like figs')).toBeLessThan(prompt.indexOf('What do I like?'));
    expect(model.requests).toHaveLength(before + 1);
  });

  test('begins without it when the relay knows nothing, which the relay is told', async () => {
    model.reply('Hello.');
    const attempt = newAttempt();
    const gone = randomUUID();
    await client.put(attempt, { session_id: gone, messages: [message('What do I like?')] });
    const { id } = await untilAsked(client, attempt);
    await answer(client, attempt, id, done('', false));
    const events = await client.follow(attempt);
    expect(events).toContainEqual({ type: 'session_lost', session_id: gone, seeded: false });
    expect(sessionOf(events)).not.toBe(gone);
    expect(results(events).map(({ text }) => text)).toEqual(['Hello.']);
  });
});

describe('killed and started again', () => {
  let own: OwnMachine;
  type Cut = { to: MachineClient; turn: string; messages: [ReturnType<typeof message>]; id: string };
  let waiting: Cut;
  let told: Cut;
  const begin = async (): Promise<Cut> => {
    const [to, turn, text] = [own.another(), ulid(), message('paint it')];
    await to.put(newAttempt(turn, 1), { messages: [text] });
    return { to, turn, messages: [text], id: (await untilAsked(to, newAttempt(turn, 1))).id };
  };
  /** Of one turn, in order. */
  const asks = [question, schedule('list'), schedule('cancel', { id: 3 })];
  const answers = [words('blue'), done('first list'), done('first cancel')];

  beforeAll(async () => {
    own = await ownMachine();
    own.script.reply(question);
    waiting = await begin();
    const never = gate();
    const before = own.script.requests.length;
    own.script.reply(...asks, later(never.opened, 'never'));
    told = await begin();
    const left = [...answers];
    for await (const { event } of told.to.events(newAttempt(told.turn, 1))) {
      if (event.type !== 'request') continue;
      expect((await answer(told.to, newAttempt(told.turn, 1), event.request_id, left.shift() as Answer)).status).toBe(
        202,
      );
      if (left.length === 0) break;
    }
    await own.script.arrived(before + 4);
    await own.restart();
    never.open();
  });
  afterAll(() => own.end());

  test('while it waits: the next attempt asks again, in the same words, and gets the answer', async () => {
    const { to, turn, messages, id } = waiting;
    const cut = await to.follow(newAttempt(turn, 1));
    expect(ended(cut)).toMatchObject({ outcome: 'interrupted' });
    expect(cut.filter((event) => event.type === 'request_over')).toEqual([]);
    expect((await answer(to, newAttempt(turn, 1), id, words('red'))).status).toBe(409);

    own.script.reply(question, 'Painted it blue');
    const session_id = sessionOf(cut);
    await to.put(newAttempt(turn, 2), { messages, session_id, continues: true });
    const second = await untilAsked(to, newAttempt(turn, 2));
    expect(asked(second.events)[0]?.request).toEqual(asked(cut)[0]?.request);
    expect((await answer(to, newAttempt(turn, 2), second.id, words('blue'))).status).toBe(202);
    expect(results(await to.follow(newAttempt(turn, 2)))).toMatchObject([{ text: 'Painted it blue' }]);
  });

  test('after the answers came: asked again in that turn, what was answered and done is answered at once; only the list is looked up anew', async () => {
    const { to, turn, messages } = told;
    const session_id = sessionOf(await to.follow(newAttempt(turn, 1)));
    own.script.reply(...asks, 'Painted it blue');
    await to.put(newAttempt(turn, 2), { messages, session_id, continues: true });
    const { id, events } = await untilAsked(to, newAttempt(turn, 2));
    expect(asked(events)[0]?.request).toEqual({ kind: 'schedule', wish: { op: 'list' } });
    await answer(to, newAttempt(turn, 2), id, done('second list'));
    const all = await to.follow(newAttempt(turn, 2));
    expect(asked(all)).toHaveLength(1);
    expect(toolResults(own.script).slice(-3)).toEqual(
      ['blue', 'second list', 'first cancel'].map((text) => expect.stringContaining(text)),
    );
    expect(results(all)).toMatchObject([{ text: 'Painted it blue' }]);

    // Another turn asks again.
    own.script.reply(question, 'Painted it green');
    const other = newAttempt();
    await to.put(other, { messages: [message('and the door')], session_id });
    const again = await untilAsked(to, other);
    expect((await answer(to, other, again.id, words('green'))).status).toBe(202);
    expect(results(await to.follow(other))).toMatchObject([{ text: 'Painted it green' }]);
  });
});
