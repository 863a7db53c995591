import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gate, later, stall, use } from '../../simulator/model/script.ts';
import { AttemptView, type EventBody, InterruptReceipt } from '../../src/protocol/index.ts';
import { agentPids, ended, type MachineClient, message, newAttempt, results, signalAgents } from './machine-harness.ts';
import { client, machine, model, useMachine, warm } from './one-machine.ts';

// A running turn: texts that arrive during it, and stopping it.

useMachine();

const steer = (attempt: string, { uuid, text }: { uuid: string; text: string }): Promise<Response> =>
  warm.call('POST', `/attempts/${attempt}/messages/${uuid}`, { text });
const interrupt = async (attempt: string, as: MachineClient = warm): Promise<string[]> =>
  InterruptReceipt.parse(await (await as.call('POST', `/attempts/${attempt}/interrupt`)).json()).dropped;

describe('steer', () => {
  test('a text that arrives while a tool runs is folded in: one result lists both', async () => {
    const attempt = newAttempt();
    const [first, second] = [message('list'), message('and the hidden ones')];
    model.reply(use('Bash', { command: 'while [ ! -e go ]; do sleep 0.1; done; echo listed' }), 'Both done');
    await warm.put(attempt, { messages: [first] });
    await warm.follow(attempt, 'tool_started');
    const answer = await steer(attempt, second);
    expect(answer.status).toBe(202);
    expect((await steer(attempt, second)).status).toBe(202);
    writeFileSync(join(machine.dataDir, 'conversations', warm.conversation, 'projects/main/go'), '');
    const events = await warm.follow(attempt);
    expect(results(events)).toMatchObject([{ text: 'Both done', user_message_uuids: [first.uuid, second.uuid] }]);
    expect(model.lastTexts().slice(-2)).toEqual(['list', 'and the hidden ones']);
    expect((await steer(attempt, message('too late'))).status).toBe(409);
    expect((await steer(attempt, second)).status).toBe(202);
  });

  test('a text that arrives during the last sentence gets a second result in the same attempt', async () => {
    const attempt = newAttempt();
    const [first, second] = [message('tell me'), message('one more thing')];
    const last = gate();
    const asked = model.requests.length;
    model.reply(stall('The first answer', last.opened), 'The second answer');
    await warm.put(attempt, { messages: [first] });
    await model.arrived(asked + 1);
    expect((await steer(attempt, second)).status).toBe(202);
    last.open();
    const events = await warm.follow(attempt);
    expect(results(events)).toMatchObject([
      { text: 'The first answer', user_message_uuids: [first.uuid] },
      { text: 'The second answer', user_message_uuids: [second.uuid] },
    ]);
    expect(events.filter((event) => event.type === 'ended')).toHaveLength(1);
  });
});

describe('stop', () => {
  test('a running tool is stopped and the process stays for the next turn', async () => {
    const attempt = newAttempt();
    model.reply(use('Bash', { command: 'while true; do sleep 1; done' }));
    await warm.put(attempt, { messages: [message('wait')] });
    await warm.follow(attempt, 'tool_started');
    const folder = join(machine.dataDir, 'conversations', warm.conversation);
    const before = agentPids(folder);
    expect(await interrupt(attempt)).toEqual([]);
    const events = await warm.follow(attempt);
    expect(ended(events)).toMatchObject({ outcome: 'stopped' });
    expect(results(events)).toEqual([]);
    expect(agentPids(folder).some((pid) => before.includes(pid))).toBe(true);
    expect(await interrupt(attempt)).toEqual([]);
    model.reply('Here again');
    const more = await warm.run(newAttempt(), { messages: [message('still there?')] });
    expect(results(more).map((result) => result.text)).toEqual(['Here again']);
    expect(model.lastTexts().slice(-2)).toEqual(['wait', 'still there?']);
  });

  test('queued texts are dropped and never run; sent again with its uuid, one is answered', async () => {
    const attempt = newAttempt();
    const queued = message('and then this');
    model.reply(use('Bash', { command: 'while true; do sleep 1; done' }));
    await warm.put(attempt, { messages: [message('wait')] });
    await warm.follow(attempt, 'tool_started');
    await steer(attempt, queued);
    expect(await interrupt(attempt)).toEqual([queued.uuid]);
    const events = await warm.follow(attempt);
    expect(ended(events)).toMatchObject({ outcome: 'stopped' });
    expect(await interrupt(attempt)).toEqual([queued.uuid]);
    model.reply('Next', 'Now it is time');
    const more = await warm.run(newAttempt(), { messages: [message('something else')] });
    expect(results(more).map((result) => result.text)).toEqual(['Next']);
    expect(model.lastTexts()).not.toContain('and then this');
    const again = await warm.run(newAttempt(), { messages: [queued] });
    expect(results(again)).toMatchObject([{ text: 'Now it is time', user_message_uuids: [queued.uuid] }]);
  });

  test('an attempt is stopped before its agent is up', async () => {
    const attempt = newAttempt();
    const first = message('never mind');
    await client.put(attempt, { messages: [first] });
    expect(await interrupt(attempt, client)).toEqual([first.uuid]);
    expect(ended(await client.follow(attempt))).toMatchObject({ outcome: 'stopped' });
  });

  test('the model is left waiting', async () => {
    const attempt = newAttempt();
    const never = gate();
    const asked = model.requests.length;
    model.reply(later(never.opened, 'too late'));
    await warm.put(attempt, { messages: [message('think')] });
    await model.arrived(asked + 1);
    await interrupt(attempt);
    expect(ended(await warm.follow(attempt))).toMatchObject({ outcome: 'stopped' });
    never.open();
  });
});

describe('a stop', () => {
  test('delivers the words that were written', async () => {
    const attempt = newAttempt();
    const never = gate();
    const reached = gate();
    const what = {
      kind: 'wait' as const,
      get until(): Promise<void> {
        reached.open();
        return never.opened;
      },
    };
    const blocks = [{ type: 'text' as const, text: 'Half of a sentence that goes on and on' }];
    model.reply(use('Bash', { command: 'true' }), { kind: 'message', blocks, break: { afterEvents: 4, what } });
    await warm.put(attempt, { messages: [message('tell me')] });
    await reached.opened;
    // The words are on the wire; nothing reports when the agent has read them.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await interrupt(attempt);
    const events = await warm.follow(attempt);
    never.open();
    expect(events.slice(-4)).toMatchObject([
      { type: 'progress', text: 'Half' },
      { type: 'ending' },
      { type: 'steps', steps: [{ name: 'Bash', outcome: 'ok' }] },
      { type: 'ended', outcome: 'stopped', reason: 'stopped on request' },
    ]);
    expect(results(events)).toEqual([]);
  });

  test('of an attempt that has not come yet: when it comes it has ended, and never runs', async () => {
    const attempt = newAttempt();
    const asked = model.requests.length;
    expect(await interrupt(attempt)).toEqual([]);
    expect(await interrupt(attempt)).toEqual([]);
    const late = await warm.put(attempt, { messages: [message('too late')] });
    expect([late.status, AttemptView.parse(await late.json())]).toMatchObject([200, { state: 'ended', last_seq: 2 }]);
    expect(await warm.follow(attempt)).toEqual([
      { type: 'ending' },
      { type: 'ended', outcome: 'stopped', reason: 'stopped before it began' },
    ]);
    expect((await steer(attempt, message('and this'))).status).toBe(409);
    expect((await warm.call('DELETE', `/attempts/${attempt}`)).status).toBe(204);
    model.reply('Here');
    expect(results(await warm.run(newAttempt(), { messages: [message('hello')] }))).toMatchObject([{ text: 'Here' }]);
    expect(model.requests).toHaveLength(asked + 1);
  });

  test('of an agent that hangs ends within its bound, and the next attempt is taken at once', async () => {
    const attempt = newAttempt();
    const place = join(machine.dataDir, 'conversations', warm.conversation);
    model.reply(use('Bash', { command: 'while true; do sleep 1; done' }));
    await warm.put(attempt, { messages: [message('wait')] });
    await warm.follow(attempt, 'tool_started');
    const queued = message('and then this');
    await steer(attempt, queued);
    // Nothing reports when the agent has queued it.
    await new Promise((resolve) => setTimeout(resolve, 300));
    signalAgents(place, 'SIGSTOP');
    const began = Date.now();
    const dropped = interrupt(attempt);
    const next = { messages: [message('still there?')] };
    expect((await warm.put(newAttempt(), next)).status).toBe(409);
    expect(await dropped).toEqual([queued.uuid]);
    expect(Date.now() - began).toBeLessThan(6000);
    expect(ended(await warm.follow(attempt))).toMatchObject({ outcome: 'stopped' });
    expect(Date.now() - began).toBeLessThan(10_000);
    await expect.poll(() => agentPids(place)).toEqual([]);
    model.reply('Here again');
    expect(results(await warm.run(newAttempt(), next))).toMatchObject([{ text: 'Here again' }]);
  });
});

describe('bounds', () => {
  test('an agent that does not come up is cut, however long silence may last', async () => {
    const attempt = newAttempt();
    const place = join(machine.dataDir, 'conversations', client.conversation);
    await client.put(attempt, {
      messages: [message('hello')],
      limits: { turn_ms: 60_000, silence_ms: 60_000, start_ms: 1500 },
    });
    for (const end = Date.now() + 5000; agentPids(place).length === 0 && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 10));
    signalAgents(place, 'SIGSTOP');
    expect(ended(await client.follow(attempt))).toMatchObject({
      outcome: 'interrupted',
      reason: 'the agent did not start within 2 s',
    });
    await expect.poll(() => agentPids(place)).toEqual([]);
  });

  test('a tool that declared its time may use it; one that did not has the silence', async () => {
    const limits = { turn_ms: 60_000, silence_ms: 2500 };
    model.reply(use('Bash', { command: 'sleep 5; echo waited', timeout: 20_000 }), 'It took a while');
    const declared = await warm.run(newAttempt(), { messages: [message('wait')], limits });
    expect(results(declared)).toMatchObject([{ text: 'It took a while' }]);
    model.reply(use('Bash', { command: 'while true; do sleep 1; done' }));
    const asked = { messages: [message('wait again')], limits };
    expect(ended(await warm.run(newAttempt(), asked))).toEqual({
      type: 'ended',
      outcome: 'interrupted',
      reason: 'the agent showed no activity for 3 s',
    });
  });

  test('the wall clock ends the attempt, however busy, and delivers the words that were written', async () => {
    model.reply('Ready');
    await warm.run(newAttempt(), { messages: [message('hello')] });
    const never = gate();
    const asked = model.requests.length;
    let events: EventBody[] = [];
    let replies = 0;
    // On a busy computer an agent may have said nothing when its time is over: then it gets more time.
    for (let turn_ms = 1500; turn_ms < 100_000 && !events.some(({ type }) => type === 'progress'); turn_ms *= 4) {
      if (model.requests.length - asked === replies) {
        model.reply(stall('Half of a sentence that goes on and on', never.opened));
        replies += 1;
      }
      events = await warm.run(newAttempt(), {
        messages: [message('tell me')],
        limits: { turn_ms, silence_ms: 100_000 },
      });
    }
    never.open();
    expect(events.slice(-3)).toEqual([
      { type: 'progress', text: 'Half' },
      { type: 'ending' },
      {
        type: 'ended',
        outcome: 'interrupted',
        cause: 'time',
        reason: expect.stringMatching(/^the attempt reached its limit of \d+ s$/),
      },
    ]);
  });
});
