import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import type { Action, EventBody } from '../../src/protocol/index.ts';
import { ended, type MachineClient, message, newAttempt, results, sessionOf } from './machine-harness.ts';
import { client, machine, model, useMachine, warm } from './one-machine.ts';

// A person's requests to the machine besides texts for the agent: /undo, /mcp, /memory, slash commands.

useMachine();

const inProject = (path: string): string =>
  join(machine.dataDir, 'conversations', warm.conversation, 'projects/main', path);

const say = (text: string): Promise<EventBody[]> => warm.run(newAttempt(), { messages: [message(text)] });

/** Requests the action and returns its events; checks that it ends well with one result. */
async function act(
  action: Action,
  text: string,
  { uuid = randomUUID(), as = warm }: { uuid?: string; as?: MachineClient } = {},
): Promise<EventBody[]> {
  const events = await as.run(newAttempt(), { messages: [{ uuid, text, action }] });
  expect(ended(events)).toMatchObject({ outcome: 'done' });
  expect(results(events)).toMatchObject([{ is_error: false, user_message_uuids: [uuid] }]);
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['started', 'result', 'ending', 'ended']));
  return events;
}
const told = (events: EventBody[]): string => results(events)[0]?.text ?? '';
const tellsOf = (fact: string): number => JSON.stringify(model.requests.at(-1)?.request).split(fact).length - 1;

describe('/undo', () => {
  test('the last message and what it did to files is gone; the next text goes on from before it', async () => {
    model.reply('Noted');
    await say('I like figs');
    writeFileSync(inProject('list.txt'), 'milk\n');
    model.reply(
      use('Read', { file_path: inProject('list.txt') }),
      use('Edit', { file_path: inProject('list.txt'), old_string: 'milk', new_string: 'nuts' }),
      use('Write', { file_path: inProject('extra.txt'), content: 'more' }),
      use('Bash', { command: 'echo x > by-command.txt' }),
      'Changed',
    );
    const wrong = message('I like nuts');
    await warm.run(newAttempt(), { messages: [wrong] });
    expect(readFileSync(inProject('list.txt'), 'utf8')).toBe('nuts\n');

    const asked = model.requests.length;
    const events = await act('undo', wrong.uuid);
    expect(told(events)).toContain('Undone: “I like nuts”');
    expect(told(events)).toContain('Restored 1 file: list.txt. Removed 1 file: extra.txt.');
    expect(told(events)).toContain('Changes made by commands can’t be undone');
    expect(model.requests.length).toBe(asked);
    expect(readFileSync(inProject('list.txt'), 'utf8')).toBe('milk\n');
    expect(existsSync(inProject('extra.txt'))).toBe(false);
    expect(existsSync(inProject('by-command.txt'))).toBe(true);

    model.reply('Figs');
    const more = await say('what do I like?');
    expect(model.lastTexts().slice(-2)).toEqual(['I like figs', 'what do I like?']);
    expect(results(more).map(({ text }) => text)).toEqual(['Figs']);
    // And once more, with a process that has to read all of it from the transcript, and the new memory.
    await act('memory', 'figs are fruit');
    model.reply('Still figs');
    await say('and now?');
    expect(model.lastTexts().slice(-3)).toEqual(['I like figs', 'what do I like?', 'and now?']);
    expect(tellsOf('figs are fruit')).toBe(1);
  });

  test('one prompt further back each time, with all its texts and those steered into it, whichever is named; a repeated request undoes nothing more', async () => {
    model.reply('Noted', 'All read');
    await say('before');
    const burst = [message('alpha'), message('beta'), message('gamma')];
    await warm.run(newAttempt(), { messages: burst });
    const [work, steered] = [message('work'), message('quickly')];
    const attempt = newAttempt();
    model.reply(use('Bash', { command: 'sleep 2' }), 'Done');
    await warm.put(attempt, { messages: [work] });
    await warm.follow(attempt, 'tool_started');
    await warm.call('POST', `/attempts/${attempt}/messages/${steered.uuid}`, { text: steered.text });
    expect(results(await warm.follow(attempt))[0]?.user_message_uuids).toEqual([work.uuid, steered.uuid]);

    const wish = randomUUID();
    expect(told(await act('undo', steered.uuid, { uuid: wish }))).toContain('“work”');
    const again = { continues: true, messages: [{ uuid: wish, text: steered.uuid, action: 'undo' as const }] };
    expect(told(await warm.run(newAttempt(), again))).toContain('Undone');
    expect(told(await act('undo', work.uuid))).toContain('nothing was undone');
    expect(told(await act('undo', burst[1]!.uuid))).toBe('Undone: “alpha beta gamma”.');
    model.reply('Fine');
    await say('after');
    expect(model.lastTexts().slice(-2)).toEqual(['before', 'after']);
  });

  test('the first message of a session: the next text begins a new one', async () => {
    model.reply('Hello');
    const first = message('text one');
    const session_id = sessionOf(await client.run(newAttempt(), { messages: [first] }));
    const wish = { ...message(first.uuid), action: 'undo' as const };
    const fresh = sessionOf(await client.run(newAttempt(), { session_id, messages: [wish] }));
    expect(fresh).not.toBe(session_id);
    model.reply('Hello again');
    const events = await client.run(newAttempt(), { session_id: fresh, messages: [message('text two')] });
    expect(events.map(({ type }) => type)).not.toContain('session_lost');
    expect(model.lastTexts()).toEqual(['text two']);
  });

  test('without a session, or of a message of another one, it says so', async () => {
    expect(told(await act('undo', randomUUID(), { as: client }))).toContain('nothing was undone');
  });
});

describe('/memory', () => {
  test('the memory is listed, and reaches a new session in another project', async () => {
    const memory = async (text: string): Promise<string> => told(await act('memory', text, { as: client }));
    expect(await memory('.')).toContain('I don’t remember anything yet');
    expect(await memory('I am allergic to\n# nuts')).toBe('I’ll remember: I am allergic to # nuts');
    await memory('I am allergic to # nuts');
    expect(await memory('.')).toBe('- I am allergic to # nuts');
    expect(await memory('x'.repeat(501))).toContain('too long');
    model.reply('Yes');
    await client.run(newAttempt(), { project: 'garden', messages: [message('what may I eat?')] });
    expect(tellsOf('allergic to # nuts')).toBe(1);
  });
});

describe('slash commands', () => {
  test('/context is answered without the model, /compact is told as done; words that look like one are only words', async () => {
    model.reply('Hello');
    await say('/context is a command I heard of @nothing');
    expect(model.lastTexts().at(-1)).toBe('/context is a command I heard of @nothing');
    const asked = model.requests.length;
    const [result] = results(await act('command', '/context'));
    expect(result?.text).toContain('Context Usage');
    expect(result?.summary).toMatch(
      /^\d+% full \([\d.]+k of [\d.]+[kM] tokens\)\. Biggest: (?:[a-z ]+ [\d.]+k(?:, |\. )){3}\/compact makes room\.$/,
    );
    expect(model.requests.length).toBe(asked);
    // One that says nothing is told as done.
    model.reply('<summary>They said hello.</summary>');
    expect(told(await act('command', '/compact'))).toBe('Done: /compact');
  });
});
