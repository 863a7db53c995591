import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { beforeEach, describe, expect, test } from 'vitest';
import { gate, later, refuse, stall, use } from '../../simulator/model/script.ts';
import type { EventBody } from '../../src/protocol/index.ts';
import { client, dataDir, model, restarted, standsAt, useMachines, warm } from './killed-machine.ts';
import {
  agentPids,
  ended,
  loseJournal,
  type MachineClient,
  message,
  newAttempt,
  results,
  signalAgents,
} from './machine-harness.ts';

// The agent server is killed with several texts in play: each reaches the model once and is answered once, and the
// agent hears which tools were cut. Most tests share a session, so what the model sees counts from the test's own texts.

const LOOP = { command: 'while true; do sleep 1; done' };

let turn: string;

useMachines();
beforeEach(() => {
  turn = ulid();
});

type Sent = { uuid: string; text: string };
/** Begins the turn, and waits for a tool's start. */
async function tooling(n: number, messages: Sent[]): Promise<void> {
  const put = await warm.put(newAttempt(turn, n), { continues: n > 1, messages });
  expect(put.status).toBe(201);
  await warm.follow(newAttempt(turn, n), 'tool_started');
}
const steer = (n: number, { uuid, text }: Sent, as: MachineClient = warm): Promise<Response> =>
  as.call('POST', `/attempts/${newAttempt(turn, n)}/messages/${uuid}`, { text });
const resume = (n: number, messages: Sent[]): Promise<EventBody[]> =>
  warm.run(newAttempt(turn, n), { continues: true, messages });
const listed = (events: readonly EventBody[]): string[] => results(events).flatMap((r) => r.user_message_uuids);
const uuids = (messages: readonly Sent[]): string[] => messages.map(({ uuid }) => uuid);
const textsOf = (messages: readonly Sent[]): string[] => messages.map(({ text }) => text);
/** Those of the messages' texts that the model saw, as often as it saw them. */
const seen = (messages: readonly Sent[]): string[] =>
  model.lastTexts().filter((text) => textsOf(messages).includes(text));
/** The tools that the agent was told to check, in the newest request: behind `text`, or anywhere. */
const toldToCheck = (text?: string): string => {
  const all = JSON.stringify(model.requests.at(-1)?.request.messages);
  const told = text === undefined ? all : all.slice(all.lastIndexOf(text));
  return told.match(/check before you repeat them: ([^.]*)\./g)?.at(-1) ?? '';
};

describe('texts', () => {
  test('three that waited together and were being answered: the model reads each once', async () => {
    const messages = [
      message('tell me'),
      message('also one'),
      message('also two\nin two lines'),
      message('also three'),
    ];
    const [first, ...more] = messages as [Sent, Sent, Sent, Sent];
    const [last, never] = [gate(), gate()];
    model.reply(stall('The first answer', last.opened), later(never.opened, 'never said'));
    await warm.put(newAttempt(turn, 1), { messages: [first] });
    await model.arrived(1);
    for (const next of more) await steer(1, next);
    last.open();
    await model.arrived(2);
    await warm.follow(newAttempt(turn, 1), 'result');
    await restarted();
    never.open();
    // One answer for all; if the agent begins before it has read the last of them, another one for the rest.
    model.reply('The second answer', 'Its rest', 'And the last', 'Too much');
    const events = await resume(2, more);
    expect(results(events)[0]?.text).toBe('The second answer');
    expect(listed(events).toSorted()).toEqual(uuids(more).toSorted());
    await warm.run(newAttempt(), { messages: [message('and now?')] });
    const lines = ['tell me', 'also one', 'also two', 'in two lines', 'also three', 'and now?'];
    const read = model.lastTexts().join('\n').split('\n');
    expect(read.filter((line) => lines.includes(line))).toEqual(lines);
  });

  test('two queued behind a tool and one that comes with the next attempt: each is answered, each is read once', async () => {
    const messages = [
      message('cut down the tree'),
      message('queued one'),
      message('queued two'),
      message('came later'),
    ];
    const [first] = messages as [Sent];
    model.reply(use('Bash', LOOP));
    await tooling(1, [first]);
    for (const next of messages.slice(1, 3)) await steer(1, next);
    await expect.poll(() => agentPids(dataDir).length).toBeGreaterThan(1);
    await restarted();
    await expect.poll(() => agentPids(dataDir)).toEqual([]);
    expect(ended(await warm.follow(newAttempt(turn, 1)))).toEqual({
      type: 'ended',
      outcome: 'interrupted',
      reason: 'the agent server was restarted',
      cause: 'restarted',
    });
    model.reply('Carried on', 'And the rest', 'Too much');
    const events = await resume(2, messages);
    expect(ended(events)).toMatchObject({ outcome: 'done' });
    expect(listed(events).toSorted()).toEqual(uuids(messages).toSorted());
    const all = model.lastTexts().join('\n');
    for (const { text } of messages) expect(all.split(text)).toHaveLength(2);
    expect(toldToCheck(first.text)).toMatch(/Bash/);
  });

  test('cut again while the model failed: the agent takes it for finished, and is asked to carry on', async () => {
    const messages = [message('one'), message('two'), message('three'), message('folded in'), message('folded too')];
    const never = gate();
    model.reply(use('Bash', { command: 'sleep 1' }), later(never.opened, 'never said'));
    await tooling(1, messages.slice(0, 3));
    for (const next of messages.slice(3)) await steer(1, next);
    await model.arrived(2);
    expect(seen(messages)).toEqual(textsOf(messages));
    await restarted();
    model.reply(refuse(500, 'api_error', 'Internal server error'), later(never.opened, 'never said'));
    await warm.put(newAttempt(turn, 2), { continues: true, messages });
    await model.arrived(3);
    expect(seen(messages)).toEqual(textsOf(messages));
    await model.arrived(4);
    await restarted();
    never.open();
    model.reply('Finished', 'Too much');
    const events = await resume(3, messages);
    expect(results(events).map(({ text }) => text)).toEqual(['Finished']);
    expect(listed(events).toSorted()).toEqual(uuids(messages).toSorted());
    expect(seen(messages)).toEqual(textsOf(messages));
  });

  test('a text given to an agent that is not up yet: the next attempt answers both', async () => {
    const messages = [message('hello'), message('and this')];
    const [first, second] = messages as [Sent, Sent];
    await client.put(newAttempt(turn, 1), { messages: [first] });
    expect((await steer(1, first, client)).status).toBe(202);
    expect((await steer(1, second, client)).status).toBe(202);
    await restarted();
    expect(model.requests).toHaveLength(0);
    expect(ended(await client.follow(newAttempt(turn, 1)))).toMatchObject({ outcome: 'interrupted' });
    expect((await steer(1, second, client)).status).toBe(202);
    expect((await steer(1, message('unknown to it'), client)).status).toBe(409);
    model.reply('Hello to both');
    const events = await client.run(newAttempt(turn, 2), { continues: true, messages });
    expect(results(events)).toMatchObject([{ text: 'Hello to both', user_message_uuids: uuids(messages) }]);
    expect(model.lastTexts()).toEqual(['hello', 'and this']);
  });
});

describe('tools', () => {
  test('cut twice: both are told; one that could be checked in between is not told again', async () => {
    const first = message('mend the fence');
    model.reply(use('Bash', LOOP));
    await tooling(1, [first]);
    await restarted();
    model.reply(
      use('Agent', {
        description: 'look',
        prompt: 'look around',
        subagent_type: 'general-purpose',
        run_in_background: false,
      }),
    );
    model.reply(use('Bash', LOOP));
    await tooling(2, [first]);
    await model.arrived(3);
    await restarted();
    model.reply(use('Bash', { command: 'echo checked' }), use('Write', { file_path: '/dev/null', content: '' }));
    const never = gate();
    model.reply(later(never.opened, 'never said'));
    await warm.put(newAttempt(turn, 3), { continues: true, messages: [first] });
    await model.arrived(4);
    expect(toldToCheck(first.text)).toBe('check before you repeat them: Bash, Agent.');
    await model.arrived(6);
    await restarted();
    never.open();
    const asked = model.requests.length;
    model.reply(use('Bash', LOOP));
    await tooling(4, [first]);
    expect(model.requests).toHaveLength(asked + 1);
    await restarted();
    model.reply('Done');
    const events = await resume(5, [first]);
    expect(toldToCheck(first.text)).toBe('check before you repeat them: Bash.');
    expect(results(events)).toMatchObject([{ text: 'Done', user_message_uuids: [first.uuid] }]);
  });

  const AGENT = { description: 'count', prompt: 'Count.', subagent_type: 'general-purpose', run_in_background: false };
  const effects = (): string[] => (existsSync(counter()) ? readFileSync(counter(), 'utf8').trim().split('\n') : []);
  const counter = (): string => join(dataDir, `counter-${turn}`);
  const counting = (): ReturnType<typeof use> => use('Bash', { command: `echo did >> ${counter()}; sleep 100` });

  test.each(['the journal', 'the session'])(
    'a sub-agent, in a later turn, and %s is lost: the agent is told before it does it again',
    async (lost) => {
      model.reply('Hello', use('Agent', AGENT), counting());
      await warm.run(newAttempt(), { messages: [message('hello')] });
      const first = message(`count without ${lost}`);
      await tooling(1, [first]);
      await expect.poll(effects, { timeout: 30_000 }).toEqual(['did']);
      await restarted(() => {
        if (lost === 'the journal') loseJournal(dataDir);
      });
      const asked = model.requests.length;
      model.reply('Done', 'Too much');
      const known = lost === 'the session' ? { session_id: null } : {};
      const events = await warm.run(newAttempt(turn, 2), { continues: true, messages: [first], ...known });
      // In a new session the agent is told before it reads the text.
      expect(toldToCheck(lost === 'the session' ? undefined : first.text)).toBe('check before you repeat them: Agent.');
      expect(results(events).map(({ text }) => text)).toEqual(['Done']);
      expect(listed(events)).toContain(first.uuid);
      expect(model.requests).toHaveLength(asked + 1);
      expect(seen([first])).toHaveLength(1);
    },
  );

  test('a server that is killed before it has journalled a tool: the tool never begins', async () => {
    model.reply('Hello', counting());
    await warm.run(newAttempt(), { messages: [message('hello')] });
    await standsAt('tool 1', () => warm.put(newAttempt(turn, 1), { messages: [message('count')] }));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await restarted();
    expect(effects()).toEqual([]);
  });

  test('tasks in the background that went with it: the agent is told, and says nothing empty', async () => {
    const first = message('go for a walk');
    const agent = { description: 'look', prompt: 'look around', subagent_type: 'general-purpose' };
    model.reply(
      use(
        'Agent',
        { ...agent, run_in_background: true },
        {
          type: 'tool_use',
          name: 'Bash',
          input: { command: 'sleep 100', run_in_background: true },
        },
      ),
    );
    model.reply(use('Bash', LOOP), use('Bash', LOOP));
    await warm.put(newAttempt(turn, 1), { messages: [first] });
    await model.arrived(3);
    // The two in the background, and the cut one.
    const tools = warm.events(newAttempt(turn, 1));
    for (let n = 0; n < 3; ) if ((await tools.next()).value?.event.type === 'tool_started') n += 1;
    await restarted();
    model.reply('Went on', 'Too much');
    const events = await resume(2, [first]);
    expect(results(events)).toMatchObject([{ text: 'Went on', user_message_uuids: [first.uuid] }]);
    const told = JSON.stringify(model.requests.at(-1)?.request.messages).split(first.text).at(-1);
    expect(told?.split('finish before the previous session ended').length).toBeGreaterThan(2);
    // In the same request: the notices alone do not start it before it is told.
    expect(toldToCheck(first.text)).toMatch(/Bash/);
  });
});

test('a stop is not undone by a crash: the attempt has ended stopped', async () => {
  model.reply(use('Bash', LOOP));
  await tooling(1, [message('work')]);
  // Agents that do not answer prevent the stop from finishing.
  signalAgents(dataDir, 'SIGSTOP');
  const asked = warm.call('POST', `/attempts/${newAttempt(turn, 1)}/interrupt`).catch(() => null);
  await refused(() => steer(1, message('late')));
  await restarted();
  await asked;
  expect(ended(await warm.follow(newAttempt(turn, 1)))).toMatchObject({ outcome: 'stopped' });
});

/** Waits until the attempt accepts no more texts. */
async function refused(call: () => Promise<Response>): Promise<void> {
  for (const end = Date.now() + 4000; Date.now() < end; ) if ((await call()).status === 409) return;
  throw new Error('it was never refused');
}
