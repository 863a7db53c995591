import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gate, later, use } from '../../simulator/model/script.ts';
import type { EventBody } from '../../src/protocol/index.ts';
import { readTranscript } from '../../vm/src/journal/session-table.ts';
import { ended, type MachineClient, message, newAttempt, results, sessionOf } from './machine-harness.ts';
import { client, machine, model, useMachine, warm } from './one-machine.ts';

// Side questions, with the real agent: answered from the conversation during the work, without a trace.

useMachine();

const aside = (text: string) => ({ ...message(text), action: 'aside' as const });
const ask = (attempt: string, { uuid, text }: { uuid: string; text: string }): Promise<Response> =>
  warm.call('POST', `/attempts/${attempt}/messages/${uuid}`, { text, action: 'aside' });
const asides = (events: readonly EventBody[]) => events.filter((event) => event.type === 'aside');
const lastRequest = (): string => JSON.stringify(model.requests.at(-1)?.request.messages);
const transcript = (of: MachineClient, session: string): string => {
  const config = join(machine.dataDir, 'conversations', of.conversation, 'claude');
  return readTranscript(config, session)?.text ?? '';
};

describe('beside a running turn', () => {
  test('is answered while its tool runs, and is not part of the session', async () => {
    const attempt = newAttempt();
    const build = message('build the bridge of Avignon');
    const question = aside('how long is it?');
    model.reply(use('Bash', { command: 'while [ ! -e go ]; do sleep 0.1; done' }));
    await warm.put(attempt, { messages: [build] });
    await warm.follow(attempt, 'tool_started');
    model.reply('About 100 metres.');
    expect((await ask(attempt, question)).status).toBe(202);
    expect((await ask(attempt, question)).status).toBe(202);
    const sofar = await warm.follow(attempt, 'aside');
    expect(asides(sofar)).toMatchObject([{ uuid: question.uuid, text: 'About 100 metres.' }]);
    expect(sofar.some((event) => event.type === 'tool_ended')).toBe(false);
    // The request contained the whole conversation.
    expect(lastRequest()).toContain('build the bridge of Avignon');
    expect(lastRequest()).toContain('how long is it?');
    model.reply('The bridge is built.');
    const go = join(machine.dataDir, 'conversations', warm.conversation, 'projects/main/go');
    writeFileSync(go, '');
    const events = await warm.follow(attempt);
    expect(results(events)).toMatchObject([{ text: 'The bridge is built.', user_message_uuids: [build.uuid] }]);
    expect(asides(events)).toHaveLength(1);
    expect(lastRequest()).not.toContain('how long is it?');
    const session = sessionOf(events);
    model.reply('Yes.');
    await warm.run(newAttempt(), { messages: [message('are you there?')], session_id: session });
    expect(lastRequest()).not.toContain('how long is it?');
    expect(transcript(warm, session)).not.toContain('how long is it?');
    // Its cost is reported once, with it or with the answer.
    const paid = events.flatMap((event) => (event.type === 'aside' || event.type === 'result' ? [event.cost_usd] : []));
    expect(paid.every((cost) => cost > 0)).toBe(true);
  });

  test('the attempt waits for its answer when the work is done before, and takes texts meanwhile', async () => {
    const attempt = newAttempt();
    const [held, question] = [gate(), aside('and what then?')];
    const asked = model.requests.length;
    model.reply(use('Bash', { command: 'sleep 2' }), later(held.opened, 'Then we paint it.'), 'Built.', 'Painted.');
    await warm.put(attempt, { messages: [message('build')] });
    await warm.follow(attempt, 'tool_started');
    await ask(attempt, question);
    await model.arrived(asked + 2);
    await warm.follow(attempt, 'result');
    const paint = message('paint it');
    expect((await warm.call('POST', `/attempts/${attempt}/messages/${paint.uuid}`, { text: paint.text })).status).toBe(
      202,
    );
    await model.arrived(asked + 4);
    held.open();
    const events = await warm.follow(attempt);
    expect(results(events).map(({ text }) => text)).toEqual(['Built.', 'Painted.']);
    expect(asides(events)).toMatchObject([{ text: 'Then we paint it.' }]);
    expect(ended(events)).toMatchObject({ outcome: 'done' });
  });

  test('a stop drops it with the rest', async () => {
    const attempt = newAttempt();
    const [never, question] = [gate(), aside('how long?')];
    const asked = model.requests.length;
    model.reply(use('Bash', { command: 'sleep 100' }), later(never.opened, 'too late'));
    await warm.put(attempt, { messages: [message('build')] });
    await warm.follow(attempt, 'tool_started');
    await ask(attempt, question);
    await model.arrived(asked + 2);
    const receipt = await warm.call('POST', `/attempts/${attempt}/interrupt`);
    expect(await receipt.json()).toEqual({ dropped: [question.uuid] });
    const events = await warm.follow(attempt);
    never.open();
    expect(ended(events)).toMatchObject({ outcome: 'stopped' });
    expect(asides(events)).toEqual([]);
  });

  test('nothing goes into an attempt that asks no model: nobody there could answer', async () => {
    const attempt = newAttempt();
    const servers = { ...message('.'), action: 'mcp' as const };
    await warm.put(attempt, { messages: [servers] });
    expect((await ask(attempt, aside('how long?'))).status).toBe(409);
    const events = await warm.follow(attempt);
    expect(ended(events)).toMatchObject({ outcome: 'done' });
    expect(results(events)).toMatchObject([{ user_message_uuids: [servers.uuid] }]);
  });

  test('no other action goes into a running attempt', async () => {
    const attempt = newAttempt();
    const held = gate();
    model.reply(later(held.opened, 'Done.'));
    await warm.put(attempt, { messages: [message('build')] });
    const refused = await warm.call('POST', `/attempts/${attempt}/messages/${message('').uuid}`, {
      text: '.',
      action: 'mcp',
    });
    expect(refused.status).toBe(400);
    held.open();
    await warm.follow(attempt);
  });
});

describe('in an attempt of its own', () => {
  test('knows the session and adds nothing to it; asked again after it was cut, it is answered by another process', async () => {
    const [colour, question] = [message('my colour is teal'), aside('which colour?')];
    const sonnet = { model: 'claude-sonnet-4-5' };
    model.reply('Noted.', 'Teal.', 'Still teal.', 'Hello.');
    await warm.run(newAttempt(), { messages: [colour] });
    const session_id = warm.session;
    const before = transcript(warm, session_id);
    const turn = newAttempt().split('.')[0];
    for (const n of [1, 2]) {
      // With another model the warm process is useless.
      const other = n > 1 ? { continues: true, ...sonnet } : {};
      const events = await warm.run(newAttempt(turn, n), { messages: [question], session_id, ...other });
      expect(events.map(({ type }) => type)).toEqual(['started', 'aside', 'usage', 'ending', 'ended']);
      expect(asides(events)).toMatchObject([{ uuid: question.uuid, text: n > 1 ? 'Still teal.' : 'Teal.' }]);
      expect(asides(events)[0]?.cost_usd).toBeGreaterThan(0);
      expect(lastRequest()).toContain('my colour is teal');
    }
    expect(transcript(warm, session_id)).not.toContain('which colour');
    expect(transcript(warm, session_id)).toContain(before.trim().split('\n').at(0));
    const next = await warm.run(newAttempt(), { messages: [message('hello')], session_id, ...sonnet });
    expect(results(next)).toMatchObject([{ text: 'Hello.' }]);
    expect(lastRequest()).not.toContain('which colour');
  });

  test('before anything was said it is answered too; the next text begins a session', async () => {
    model.reply('I do not know yet.');
    const events = await client.run(newAttempt(), { messages: [aside('what is this about?')] });
    expect(asides(events)).toMatchObject([{ text: 'I do not know yet.' }]);
    expect(ended(events)).toMatchObject({ outcome: 'done' });
    model.reply('Hello.');
    const next = await client.run(newAttempt(), { messages: [message('hello')] });
    expect(results(next)).toMatchObject([{ text: 'Hello.' }]);
  });

  test('a tool the model wants for it is not run', async () => {
    model.reply(use('Bash', { command: 'touch sneaky' }));
    const asked = model.requests.length;
    const events = await warm.run(newAttempt(), { messages: [aside('what is in the folder?')] });
    expect([asides(events).length, model.requests.length - asked, asides(events)[0]?.text]).toEqual([1, 1, '']);
    expect(existsSync(join(machine.dataDir, 'conversations', warm.conversation, 'projects/main/sneaky'))).toBe(false);
  });
});
