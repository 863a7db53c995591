import { describe, expect, test } from 'vitest';
import { gate, later, stall, use } from '../../simulator/model/script.ts';
import { InterruptReceipt } from '../../src/protocol/index.ts';
import { ended, message, newAttempt, results, sessionOf } from './machine-harness.ts';
import { client, model, useMachine } from './one-machine.ts';

// What happens to a running turn: texts that arrive while it runs, and stopping it.

useMachine();

const steer = (attempt: string, { uuid, text }: { uuid: string; text: string }): Promise<Response> =>
  client.call('POST', `/attempts/${attempt}/messages/${uuid}`, { text });
const interrupt = async (attempt: string): Promise<string[]> =>
  InterruptReceipt.parse(await (await client.call('POST', `/attempts/${attempt}/interrupt`)).json()).dropped;

describe('steer', () => {
  test('a text that arrives while a tool runs is folded in: one result lists both', async () => {
    const attempt = newAttempt();
    const [first, second] = [message('list'), message('and the hidden ones')];
    model.reply(use('Bash', { command: 'sleep 1; echo listed' }), 'Both done');
    await client.put(attempt, { messages: [first] });
    await client.follow(attempt, 'tool_started');
    const answer = await steer(attempt, second);
    expect(answer.status).toBe(202);
    expect((await steer(attempt, second)).status).toBe(202);
    const events = await client.follow(attempt);
    expect(results(events)).toMatchObject([{ text: 'Both done', user_message_uuids: [first.uuid, second.uuid] }]);
    expect(model.lastTexts()).toEqual(['list', 'and the hidden ones']);
    expect((await steer(attempt, message('too late'))).status).toBe(409);
    expect((await steer(attempt, second)).status).toBe(202);
  });

  test('a text that arrives during the last sentence gets a second result in the same attempt', async () => {
    const attempt = newAttempt();
    const [first, second] = [message('tell me'), message('one more thing')];
    const last = gate();
    const asked = model.requests.length;
    model.reply(stall('The first answer', last.opened), 'The second answer');
    await client.put(attempt, { messages: [first] });
    await model.arrived(asked + 1);
    expect((await steer(attempt, second)).status).toBe(202);
    last.open();
    const events = await client.follow(attempt);
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
    await client.put(attempt, { messages: [message('wait')] });
    await client.follow(attempt, 'tool_started');
    const began = Date.now();
    expect(await interrupt(attempt)).toEqual([]);
    const events = await client.follow(attempt);
    expect(ended(events)).toMatchObject({ outcome: 'stopped' });
    expect(results(events)).toEqual([]);
    expect(Date.now() - began).toBeLessThan(3000);
    expect(await interrupt(attempt)).toEqual([]);
    model.reply('Here again');
    const more = await client.run(newAttempt(), { session_id: sessionOf(events), messages: [message('still there?')] });
    expect(results(more).map((result) => result.text)).toEqual(['Here again']);
    expect(model.lastTexts()).toEqual(['wait', 'still there?']);
  });

  test('what was still queued is dropped and never runs', async () => {
    const attempt = newAttempt();
    const queued = message('and then this');
    model.reply(use('Bash', { command: 'while true; do sleep 1; done' }));
    await client.put(attempt, { messages: [message('wait')] });
    await client.follow(attempt, 'tool_started');
    await steer(attempt, queued);
    expect(await interrupt(attempt)).toEqual([queued.uuid]);
    const events = await client.follow(attempt);
    expect(ended(events)).toMatchObject({ outcome: 'stopped' });
    expect(await interrupt(attempt)).toEqual([queued.uuid]);
    model.reply('Next');
    const more = await client.run(newAttempt(), {
      session_id: sessionOf(events),
      messages: [message('something else')],
    });
    expect(results(more).map((result) => result.text)).toEqual(['Next']);
    expect(model.lastTexts()).not.toContain('and then this');
  });

  test('a dropped message that is sent again with its uuid is answered', async () => {
    const attempt = newAttempt();
    const queued = message('later please');
    model.reply(use('Bash', { command: 'while true; do sleep 1; done' }));
    await client.put(attempt, { messages: [message('wait')] });
    await client.follow(attempt, 'tool_started');
    await steer(attempt, queued);
    await interrupt(attempt);
    const events = await client.follow(attempt);
    model.reply('Now it is time');
    const more = await client.run(newAttempt(), { session_id: sessionOf(events), messages: [queued] });
    expect(results(more)).toMatchObject([{ text: 'Now it is time', user_message_uuids: [queued.uuid] }]);
  });

  test('an attempt is stopped before its agent is up', async () => {
    const attempt = newAttempt();
    const first = message('never mind');
    await client.put(attempt, { messages: [first] });
    expect(await interrupt(attempt)).toEqual([first.uuid]);
    expect(ended(await client.follow(attempt))).toMatchObject({ outcome: 'stopped' });
  });

  test('the model is left waiting', async () => {
    const attempt = newAttempt();
    const never = gate();
    const asked = model.requests.length;
    model.reply(later(never.opened, 'too late'));
    await client.put(attempt, { messages: [message('think')] });
    await model.arrived(asked + 1);
    await interrupt(attempt);
    expect(ended(await client.follow(attempt))).toMatchObject({ outcome: 'stopped' });
    never.open();
  });
});

describe('bounds', () => {
  test('silence ends the attempt as interrupted, with everything it started', async () => {
    const attempt = newAttempt();
    const never = gate();
    model.reply(later(never.opened, 'too late'));
    const events = await client.run(attempt, {
      messages: [message('think')],
      limits: { turn_ms: 60_000, silence_ms: 2500 },
    });
    expect(ended(events)).toEqual({
      type: 'ended',
      outcome: 'interrupted',
      reason: 'the agent gave no sign of life for 3 s',
    });
    never.open();
  });

  test('the wall clock ends the attempt, however busy', async () => {
    const attempt = newAttempt();
    model.reply(use('Bash', { command: 'while true; do sleep 1; done', timeout: 100_000 }));
    const events = await client.run(attempt, {
      messages: [message('work')],
      limits: { turn_ms: 3000, silence_ms: 60_000 },
    });
    expect(ended(events)).toMatchObject({ outcome: 'interrupted', reason: 'the attempt reached its limit of 3 s' });
  });
});
