import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gate, later, use } from '../../simulator/model/script.ts';
import type { Answer } from '../../src/protocol/index.ts';
import { ended, MachineClient, message, newAttempt, results, sessionOf } from './machine-harness.ts';
import { key, machine, model, useMachine, warm } from './one-machine.ts';
import { answer, asked, type OwnMachine, ownMachine, toolResults, untilAsked } from './own-machine.ts';

// The agent's requests to the person and the product through its tools, with the real agent: asked once, answered once,
// over restarts, and never waited for too long.

useMachine();

const words = (text: string): Answer => ({ kind: 'text', text });
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
  const limits = { turn_ms: 90_000, silence_ms: 2500, start_ms: 60_000 };
  await warm.put(attempt, { messages: [message('paint it')], limits });
  const { id } = await untilAsked(warm, attempt);
  await setTimeout(3500);
  expect((await answer(warm, attempt, id, words('blue'))).status).toBe(202);
  expect(results(await warm.follow(attempt))).toMatchObject([{ text: 'Painted it blue' }]);
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

describe('with a machine of its own', () => {
  let own: OwnMachine;
  beforeAll(async () => {
    own = await ownMachine();
  });
  afterAll(() => own.end());

  test('nobody answers in time: the agent is told to finish, a late answer is refused', async () => {
    const { script, client: to, end } = await ownMachine({ ANSWER_WAIT_MS: '500' });
    const attempt = newAttempt();
    script.reply(question, 'I will wait for your answer');
    await to.put(attempt, { messages: [message('paint it')] });
    const events = await to.follow(attempt);
    const id = asked(events)[0]?.request_id ?? '';
    expect(events).toContainEqual({ type: 'request_over', request_id: id });
    expect(toolResults(script)).toEqual([expect.stringContaining('the answer will start a new one')]);
    expect(results(events)).toMatchObject([{ text: 'I will wait for your answer' }]);
    expect((await answer(to, attempt, id, words('blue'))).status).toBe(409);
    await end();
  });

  test('killed while it waits: the next attempt asks again, in the same words, and gets the answer', async () => {
    const { script, restart } = own;
    const to = own.another();
    const [turn, text] = [ulid(), message('paint it')];
    script.reply(question);
    await to.put(newAttempt(turn, 1), { messages: [text] });
    const first = await untilAsked(to, newAttempt(turn, 1));
    await restart();
    const cut = await to.follow(newAttempt(turn, 1));
    expect(ended(cut)).toMatchObject({ outcome: 'interrupted' });
    expect(cut.filter((event) => event.type === 'request_over')).toEqual([]);
    expect((await answer(to, newAttempt(turn, 1), first.id, words('red'))).status).toBe(409);

    script.reply(question, 'Painted it blue');
    const session_id = sessionOf(cut);
    await to.put(newAttempt(turn, 2), { messages: [text], session_id, continues: true });
    const second = await untilAsked(to, newAttempt(turn, 2));
    expect(asked(second.events)[0]?.request).toEqual(asked(first.events)[0]?.request);
    expect((await answer(to, newAttempt(turn, 2), second.id, words('blue'))).status).toBe(202);
    expect(results(await to.follow(newAttempt(turn, 2)))).toMatchObject([{ text: 'Painted it blue' }]);
  });

  test('killed after the answer came: asked again in that turn, it is answered at once and nobody is asked', async () => {
    const { script, restart } = own;
    const to = own.another();
    const [turn, text] = [ulid(), message('paint it')];
    const never = gate();
    const before = script.requests.length;
    script.reply(question, later(never.opened, 'never'));
    await to.put(newAttempt(turn, 1), { messages: [text] });
    const { id } = await untilAsked(to, newAttempt(turn, 1));
    expect((await answer(to, newAttempt(turn, 1), id, words('blue'))).status).toBe(202);
    await script.arrived(before + 2);
    await restart();
    const session_id = sessionOf(await to.follow(newAttempt(turn, 1)));
    never.open();

    script.reply(question, 'Painted it blue');
    const events = await to.run(newAttempt(turn, 2), { messages: [text], session_id, continues: true });
    expect(asked(events)).toEqual([]);
    expect(toolResults(script).at(-1)).toContain('blue');
    expect(results(events)).toMatchObject([{ text: 'Painted it blue' }]);

    // Another turn asks again.
    script.reply(question, 'Painted it green');
    const other = newAttempt();
    await to.put(other, { messages: [message('and the door')], session_id });
    const again = await untilAsked(to, other);
    expect((await answer(to, other, again.id, words('green'))).status).toBe(202);
    expect(results(await to.follow(other))).toMatchObject([{ text: 'Painted it green' }]);
  });
});
