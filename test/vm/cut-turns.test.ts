import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { beforeEach, describe, expect, test } from 'vitest';
import { gate, later, refuse, stall, use } from '../../simulator/model/script.ts';
import type { EventBody } from '../../src/protocol/index.ts';
import { client, dataDir, machine, model, restarted, start, stop, useMachines } from './killed-machine.ts';
import {
  agentPids,
  ended,
  loseJournal,
  message,
  newAttempt,
  results,
  STANDING,
  sessionOf,
  stands,
  within,
} from './machine-harness.ts';

// The agent server is killed with several texts in play: each reaches the model once and is answered once, and the
// agent hears which tools were cut.

const LOOP = { command: 'while true; do sleep 1; done' };

let turn: string;

useMachines();
beforeEach(() => {
  turn = ulid();
});

type Sent = { uuid: string; text: string };
const steer = (n: number, { uuid, text }: Sent): Promise<Response> =>
  client.call('POST', `/attempts/${newAttempt(turn, n)}/messages/${uuid}`, { text });
const resume = (n: number, session_id: string, messages: Sent[]): Promise<EventBody[]> =>
  client.run(newAttempt(turn, n), { continues: true, session_id, messages });
const listed = (events: readonly EventBody[]): string[] => results(events).flatMap((r) => r.user_message_uuids);
const uuids = (messages: readonly Sent[]): string[] => messages.map(({ uuid }) => uuid);
const toldToCheck = (): string => {
  const request = model.requests.at(-1)?.request;
  return (
    JSON.stringify(request?.messages)
      .match(/check before you repeat them: ([^.]*)\./g)
      ?.at(-1) ?? ''
  );
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
    await client.put(newAttempt(turn, 1), { messages: [first] });
    await model.arrived(1);
    for (const next of more) await steer(1, next);
    last.open();
    await model.arrived(2);
    const begun = await client.follow(newAttempt(turn, 1), 'result');
    await restarted();
    never.open();
    // One answer for all; if the agent begins before it has read the last of them, another one for the rest.
    model.reply('The second answer', 'Its rest', 'And the last', 'Too much');
    const session = sessionOf(begun);
    const events = await resume(2, session, more);
    expect(results(events)[0]?.text).toBe('The second answer');
    expect(listed(events).toSorted()).toEqual(uuids(more).toSorted());
    await client.run(newAttempt(), { session_id: session, messages: [message('and now?')] });
    expect(model.lastTexts().join('\n').split('\n')).toEqual([
      'tell me',
      'also one',
      'also two',
      'in two lines',
      'also three',
      'and now?',
    ]);
  });

  test('several asked together and two folded in: one answer lists all, the model reads each once', async () => {
    const messages = [message('one'), message('two'), message('three'), message('four'), message('five')];
    const never = gate();
    model.reply(use('Bash', { command: 'sleep 1' }), later(never.opened, 'never said'));
    await client.put(newAttempt(turn, 1), { messages: messages.slice(0, 3) });
    const begun = await client.follow(newAttempt(turn, 1), 'tool_started');
    for (const next of messages.slice(3)) await steer(1, next);
    await model.arrived(2);
    await restarted();
    never.open();
    model.reply('All read', 'Too much');
    const events = await resume(2, sessionOf(begun), messages);
    expect(results(events).map((result) => result.text)).toEqual(['All read']);
    expect(listed(events).toSorted()).toEqual(uuids(messages).toSorted());
    expect(model.lastTexts().filter((text) => messages.some((m) => m.text === text))).toEqual(
      messages.map((m) => m.text),
    );
  });

  test('two queued behind a tool and one that comes with the next attempt: each is answered, each is read once', async () => {
    const messages = [message('work'), message('queued one'), message('queued two'), message('came later')];
    model.reply(use('Bash', LOOP));
    await client.put(newAttempt(turn, 1), { messages: messages.slice(0, 1) });
    const begun = await client.follow(newAttempt(turn, 1), 'tool_started');
    for (const next of messages.slice(1, 3)) await steer(1, next);
    await restarted();
    model.reply('Carried on', 'And the rest', 'Too much');
    const events = await resume(2, sessionOf(begun), messages);
    expect(listed(events).toSorted()).toEqual(uuids(messages).toSorted());
    const seen = model.lastTexts().join('\n');
    for (const { text } of messages) expect(seen.split(text)).toHaveLength(2);
  });

  test('cut again while the model failed: the agent takes it for finished, and is asked to carry on', async () => {
    const messages = [message('work'), message('folded in')];
    const never = gate();
    model.reply(use('Bash', { command: 'sleep 1' }), later(never.opened, 'never said'));
    await client.put(newAttempt(turn, 1), { messages: messages.slice(0, 1) });
    const begun = await client.follow(newAttempt(turn, 1), 'tool_started');
    await steer(1, messages[1] as Sent);
    await model.arrived(2);
    await restarted();
    model.reply(refuse(500, 'api_error', 'Internal server error'), later(never.opened, 'never said'));
    await client.put(newAttempt(turn, 2), { continues: true, session_id: sessionOf(begun), messages });
    await model.arrived(4);
    await restarted();
    never.open();
    model.reply('Finished', 'Too much');
    const events = await resume(3, sessionOf(begun), messages);
    expect(results(events)).toMatchObject([{ text: 'Finished' }]);
    expect(listed(events).toSorted()).toEqual(uuids(messages).toSorted());
    expect(model.lastTexts().filter((text) => messages.some((m) => m.text === text))).toEqual(['work', 'folded in']);
  });

  test('a text given to an agent that is not up yet: the next attempt answers both', async () => {
    const messages = [message('hello'), message('and this')];
    const [first, second] = messages as [Sent, Sent];
    await client.put(newAttempt(turn, 1), { messages: [first] });
    expect((await steer(1, first)).status).toBe(202);
    expect((await steer(1, second)).status).toBe(202);
    await restarted();
    expect((await steer(1, second)).status).toBe(202);
    expect((await steer(1, message('unknown to it'))).status).toBe(409);
    model.reply('Hello to both');
    const events = await client.run(newAttempt(turn, 2), { continues: true, messages });
    expect(results(events)).toMatchObject([{ text: 'Hello to both', user_message_uuids: uuids(messages) }]);
    expect(model.lastTexts()).toEqual(['hello', 'and this']);
  });
});

describe('tools', () => {
  test('cut twice: both are told; one that could be checked in between is not told again', async () => {
    const first = message('work');
    model.reply(use('Bash', LOOP));
    await client.put(newAttempt(turn, 1), { messages: [first] });
    const begun = await client.follow(newAttempt(turn, 1), 'tool_started');
    const session_id = sessionOf(begun);
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
    await client.put(newAttempt(turn, 2), { continues: true, session_id, messages: [first] });
    await client.follow(newAttempt(turn, 2), 'tool_started');
    await model.arrived(3);
    await restarted();
    model.reply(use('Bash', { command: 'echo checked' }), use('Write', { file_path: '/dev/null', content: '' }));
    const never = gate();
    model.reply(later(never.opened, 'never said'));
    await client.put(newAttempt(turn, 3), { continues: true, session_id, messages: [first] });
    await model.arrived(4);
    expect(toldToCheck()).toBe('check before you repeat them: Bash, Agent.');
    await model.arrived(6);
    await restarted();
    never.open();
    const asked = model.requests.length;
    model.reply(use('Bash', LOOP));
    await client.put(newAttempt(turn, 4), { continues: true, session_id, messages: [first] });
    await client.follow(newAttempt(turn, 4), 'tool_started');
    expect(model.requests).toHaveLength(asked + 1);
    await restarted();
    model.reply('Done');
    const events = await resume(5, session_id, [first]);
    expect(toldToCheck()).toBe('check before you repeat them: Bash.');
    expect(results(events)).toMatchObject([{ text: 'Done', user_message_uuids: [first.uuid] }]);
  });

  const AGENT = { description: 'count', prompt: 'Count.', subagent_type: 'general-purpose', run_in_background: false };
  const effects = (): string[] => (existsSync(counter()) ? readFileSync(counter(), 'utf8').trim().split('\n') : []);
  const counter = (): string => join(dataDir, `counter-${turn}`);
  const counting = (): ReturnType<typeof use> => use('Bash', { command: `echo did >> ${counter()}; sleep 100` });

  test.each(['the journal', 'the session'])(
    'a sub-agent, in a later turn, and %s is lost: the agent is told before it does it again',
    async (lost) => {
      model.reply('Hello');
      const session_id = sessionOf(await client.run(newAttempt(), { messages: [message('hello')] }));
      const first = message('work');
      model.reply(use('Agent', AGENT), counting());
      await client.put(newAttempt(turn, 1), { session_id, messages: [first] });
      await client.follow(newAttempt(turn, 1), 'tool_started');
      await expect.poll(effects, { timeout: 30_000 }).toEqual(['did']);
      await restarted(() => {
        if (lost === 'the journal') loseJournal(dataDir);
      });
      const asked = model.requests.length;
      model.reply('Done', 'Too much');
      const known = lost === 'the session' ? null : session_id;
      const events = await client.run(newAttempt(turn, 2), { continues: true, session_id: known, messages: [first] });
      expect(toldToCheck()).toBe('check before you repeat them: Agent.');
      expect(results(events).map(({ text }) => text)).toEqual(['Done']);
      expect(listed(events)).toContain(first.uuid);
      expect(model.requests).toHaveLength(asked + 1);
      expect(model.lastTexts().filter((text) => text === 'work')).toHaveLength(1);
    },
  );

  test('a server that is killed before it has journalled a tool: the tool never begins', async () => {
    await stop();
    await start({ main: STANDING, env: { STANDS_AT: 'tool 1' } });
    model.reply(counting());
    const asked = client.put(newAttempt(turn, 1), { messages: [message('work')] }).catch(() => null);
    await within(60_000, stands(machine), 'the agent server to stand still');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await restarted();
    await asked;
    expect(effects()).toEqual([]);
  });

  test('tasks in the background that went with it: the agent is told, and says nothing empty', async () => {
    const first = message('go');
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
    await client.put(newAttempt(turn, 1), { messages: [first] });
    const begun = await client.follow(newAttempt(turn, 1), 'session');
    await model.arrived(3);
    // The two in the background, and the cut one.
    const tools = client.events(newAttempt(turn, 1));
    for (let n = 0; n < 3; ) if ((await tools.next()).value?.event.type === 'tool_started') n += 1;
    await restarted();
    model.reply('Went on', 'Too much');
    const events = await resume(2, sessionOf(begun), [first]);
    expect(results(events)).toMatchObject([{ text: 'Went on', user_message_uuids: [first.uuid] }]);
    const told = JSON.stringify(model.requests.at(-1)?.request.messages);
    expect(told.split('finish before the previous session ended').length).toBeGreaterThan(2);
    // In the same request: the notices alone do not start it before it is told.
    expect(toldToCheck()).toMatch(/Bash/);
  });
});

test('a stop is not undone by a crash: the attempt has ended stopped', async () => {
  model.reply(use('Bash', LOOP));
  await client.put(newAttempt(turn, 1), { messages: [message('work')] });
  await client.follow(newAttempt(turn, 1), 'tool_started');
  // Agents that do not answer prevent the stop from finishing.
  for (const pid of agentPids(dataDir)) process.kill(pid, 'SIGSTOP');
  const asked = client.call('POST', `/attempts/${newAttempt(turn, 1)}/interrupt`).catch(() => null);
  await refused(() => steer(1, message('late')));
  await restarted();
  await asked;
  expect(ended(await client.follow(newAttempt(turn, 1)))).toMatchObject({ outcome: 'stopped' });
});

/** Waits until the attempt accepts no more texts. */
async function refused(call: () => Promise<Response>): Promise<void> {
  for (const end = Date.now() + 4000; Date.now() < end; ) if ((await call()).status === 409) return;
  throw new Error('it was never refused');
}
