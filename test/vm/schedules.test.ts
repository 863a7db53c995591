import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gate, later, use } from '../../simulator/model/script.ts';
import type { Answer, ScheduleRequest } from '../../src/protocol/index.ts';
import { type MachineClient, message, newAttempt, results, sessionOf } from './machine-harness.ts';
import { model, useMachine, warm } from './one-machine.ts';
import { answer, asked, type OwnMachine, ownMachine, toolResults, untilAsked } from './own-machine.ts';

// The agent's tools for schedules, with the real agent: what each asks of the relay, that the relay's words come back,
// and that no tool of Claude Code's own is left that would sleep with the machine.

useMachine();

const done = (text: string, ok = true): Answer => ({ kind: 'done', ok, text });
const tool = (name: string, input: Record<string, unknown> = {}) => use(`mcp__roost__schedule_${name}`, input);
const allow: Answer = { kind: 'decision', decision: 'allow', reason: '' };
const deny: Answer = { kind: 'decision', decision: 'deny', reason: 'Not that script' };

/** Runs the attempt and answers all questions, in order. */
async function answered(to: MachineClient, answers: Answer[]): Promise<unknown[]> {
  const attempt = newAttempt();
  await to.put(attempt, { messages: [message('go')] });
  const seen: unknown[] = [];
  for await (const { event } of to.events(attempt)) {
    if (event.type !== 'request') continue;
    seen.push(event.request);
    await answer(to, attempt, event.request_id, answers[seen.length - 1] ?? done('', false));
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
  model.reply(...wishes.map(({ op, ...input }) => tool(op, input)), 'All set');
  const words = wishes.map(({ op }, n) => done(`words about ${op}`, n !== 4));
  expect(await answered(warm, words)).toEqual(wishes.map((wish) => ({ kind: 'schedule', wish })));
  expect(toolResults(model)).toEqual(wishes.map(({ op }) => expect.stringContaining(`words about ${op}`)));
});

test('malformed input is refused before anybody is asked', async () => {
  const before = toolResults(model).length;
  model.reply(
    tool('create', { does: 'agent', when: 'daily', text: 'x', check: 'true\nrm -rf .' }),
    tool('create', { does: 'agent', when: 'daily', text: 'x', check: 'echo \u202Eharmless' }),
    tool('pause', { id: 0 }),
    'I could not',
  );
  expect(await answered(warm, [])).toEqual([]);
  const [first, second, ...more] = toolResults(model).slice(before);
  expect(first).toContain('must be one line');
  expect(second).toContain('must be one line');
  expect(more).toHaveLength(1);
});

test('the agent is offered these tools, and none that sleeps with its machine', async () => {
  model.reply('Hello');
  await warm.run(newAttempt(), { messages: [message('hello')] });
  const newest = model.requests.at(-1)?.request;
  const offered = newest?.tools?.map(({ name }) => name) ?? [];
  const ours = ['create', 'list', 'update', 'pause', 'resume', 'cancel', 'run_now'];
  expect(offered).toEqual(expect.arrayContaining(ours.map((name) => `mcp__roost__schedule_${name}`)));
  // Some tools are only named until the model asks for them, so the whole request is searched.
  const whole = JSON.stringify(newest);
  expect(whole).toContain('ToolSearch');
  expect(whole.match(/CronCreate|CronDelete|CronList|ScheduleWakeup|\/loop\b/g)).toBeNull();
  expect(whole).toContain('create a schedule with schedule_create');
});

describe('on somebody’s computer', () => {
  let own: OwnMachine;
  beforeAll(async () => {
    own = await ownMachine({ APPROVALS: 'ask', SANDBOX: 'off' });
  });
  afterAll(() => own.end());

  test('a check is consented to as it is made, in the very words; denied nothing is made', async () => {
    const check = 'test  -n "$(git log -1 --since=yesterday)"';
    const wish = { op: 'create', does: 'agent', when: 'every weekday at 9am', text: 'standup', check };
    const { op: _, ...input } = wish;
    own.script.reply(
      tool('create', input),
      tool('update', { id: 1, check }),
      tool('update', { id: 1, text: 'x' }),
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
    expect(await answered(own.client, [allow, done('Made it.'), deny, done('Changed.')])).toEqual([
      consent,
      { kind: 'schedule', wish },
      consent,
      { kind: 'schedule', wish: { op: 'update', id: 1, text: 'x' } },
    ]);
    expect(toolResults(own.script)).toEqual([
      expect.stringContaining('Made it.'),
      expect.stringContaining('Not that script'),
      expect.stringContaining('Changed.'),
    ]);
  });

  test('cut and continued: what was done is not asked again, the list is always looked up anew', async () => {
    const { script, client: to } = own;
    const [turn, text] = [ulid(), message('cancel the third')];
    const [cancel, list] = [tool('cancel', { id: 3 }), tool('list')];
    const never = gate();
    const before = script.requests.length;
    script.reply(list, cancel, later(never.opened, 'never'));
    await to.put(newAttempt(turn, 1), { messages: [text] });
    let count = 0;
    for await (const { event } of to.events(newAttempt(turn, 1))) {
      if (event.type !== 'request') continue;
      count += 1;
      await answer(to, newAttempt(turn, 1), event.request_id, done(`first ${count}`));
      if (count === 2) break;
    }
    await script.arrived(before + 3);
    await own.restart();
    const session_id = sessionOf(await to.follow(newAttempt(turn, 1)));
    never.open();
    script.reply(list, cancel, 'Cancelled');
    await to.put(newAttempt(turn, 2), { messages: [text], session_id, continues: true });
    const { id, events } = await untilAsked(to, newAttempt(turn, 2));
    expect(asked(events)[0]?.request).toEqual({ kind: 'schedule', wish: { op: 'list' } });
    await answer(to, newAttempt(turn, 2), id, done('second 1'));
    expect(asked(await to.follow(newAttempt(turn, 2)))).toHaveLength(1);
    expect(toolResults(script).slice(-2)).toEqual([
      expect.stringContaining('second 1'),
      expect.stringContaining('first 2'),
    ]);
  });
});

describe('nobody answers', () => {
  let own: OwnMachine;
  beforeAll(async () => {
    own = await ownMachine({ APPROVALS: 'ask', SANDBOX: 'off', ANSWER_WAIT_MS: '300' });
  });
  afterAll(() => own.end());

  test('the agent is told to look before it tries again', async () => {
    own.script.reply(tool('cancel', { id: 1 }), tool('list'), 'I could not confirm it');
    const events = await own.client.run(newAttempt(), { messages: [message('cancel it')] });
    expect(results(events)).toMatchObject([{ text: 'I could not confirm it' }]);
    expect(events.filter(({ type }) => type === 'request_over')).toHaveLength(2);
    const [cancelled, listed] = toolResults(own.script);
    expect(cancelled).toContain('Check with schedule_list before you try again');
    expect(listed).toContain('can’t be read right now');
  });

  test('no check is made, also where a rule of the project allows the tool', async () => {
    const folder = join(own.dataDir, 'conversations', own.client.conversation, 'projects/lax/.claude');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'settings.json'), '{"permissions":{"allow":["mcp__roost__schedule_create"]}}');
    own.script.reply(tool('create', { does: 'agent', when: 'daily', text: 'x', check: 'true' }), 'No');
    const events = await own.client.run(newAttempt(), { messages: [message('go')], project: 'lax' });
    expect(asked(events)).toMatchObject([{ request: { kind: 'approve', rule: 'Check(true)' } }]);
    expect(toolResults(own.script).at(-1)).toContain('Nobody approved this in time');
  });
});
