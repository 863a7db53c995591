import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import type { Action, EventBody } from '../../src/protocol/index.ts';
import { ended, message, newAttempt, results, sessionOf } from './machine-harness.ts';
import { client, machine, model, useMachine } from './one-machine.ts';

// A person's requests to the machine besides texts for the agent: /undo, /mcp, /memory, slash commands.

useMachine();

const folder = (): string => join(machine.dataDir, 'conversations', client.conversation);
const project = (): string => join(folder(), 'projects/main');
const inProject = (path: string): string => join(project(), path);

const say = (session_id: string | null, ...texts: string[]): Promise<EventBody[]> =>
  client.run(newAttempt(), { session_id, messages: texts.map((text) => message(text)) });

/** Requests the action and returns its events; checks that it ends well with one result. */
async function act(session_id: string | null, action: Action, text: string, uuid = randomUUID()): Promise<EventBody[]> {
  const events = await client.run(newAttempt(), { session_id, messages: [{ uuid, text, action }] });
  expect(ended(events)).toMatchObject({ outcome: 'done' });
  expect(results(events)).toMatchObject([{ is_error: false, user_message_uuids: [uuid] }]);
  expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['started', 'result', 'ending', 'ended']));
  return events;
}
const told = (events: EventBody[]): string => results(events)[0]?.text ?? '';

describe('/undo', () => {
  test('the last message and what it did to files is gone; the next text goes on from before it', async () => {
    model.reply('Noted');
    const session = sessionOf(await say(null, 'I like figs'));
    writeFileSync(inProject('list.txt'), 'milk\n');
    model.reply(
      use('Read', { file_path: inProject('list.txt') }),
      use('Edit', { file_path: inProject('list.txt'), old_string: 'milk', new_string: 'nuts' }),
      use('Write', { file_path: inProject('extra.txt'), content: 'more' }),
      use('Bash', { command: 'echo x > by-command.txt' }),
      'Changed',
    );
    const wrong = message('I like nuts');
    await client.run(newAttempt(), { session_id: session, messages: [wrong] });
    expect(readFileSync(inProject('list.txt'), 'utf8')).toBe('nuts\n');

    const asked = model.requests.length;
    const events = await act(session, 'undo', wrong.uuid);
    expect(told(events)).toContain('Undone: “I like nuts”');
    expect(told(events)).toMatch(/Restored 2 files: (list.txt, extra.txt|extra.txt, list.txt)/);
    expect(told(events)).toContain('Changes made by commands can’t be undone');
    expect(model.requests.length).toBe(asked);
    expect(readFileSync(inProject('list.txt'), 'utf8')).toBe('milk\n');
    expect(existsSync(inProject('extra.txt'))).toBe(false);
    expect(existsSync(inProject('by-command.txt'))).toBe(true);

    model.reply('Figs');
    const more = await say(session, 'what do I like?');
    expect(model.lastTexts()).toEqual(['I like figs', 'what do I like?']);
    expect(results(more).map(({ text }) => text)).toEqual(['Figs']);
    // And once more, with a process that has to read all of it from the transcript.
    await act(session, 'memory', 'figs are fruit');
    model.reply('Still figs');
    await say(session, 'and now?');
    expect(model.lastTexts()).toEqual(['I like figs', 'what do I like?', 'and now?']);
  });

  test('one message further back each time; a repeated request undoes nothing more', async () => {
    model.reply('one', 'two', 'three');
    const [first, second, third] = [message('text one'), message('text two'), message('text three')];
    const session = sessionOf(await client.run(newAttempt(), { messages: [first] }));
    await client.run(newAttempt(), { session_id: session, messages: [second] });
    await client.run(newAttempt(), { session_id: session, messages: [third] });
    const wish = randomUUID();
    expect(told(await act(session, 'undo', third.uuid, wish))).toContain('“text three”');
    const again = {
      continues: true,
      session_id: session,
      messages: [{ uuid: wish, text: third.uuid, action: 'undo' as const }],
    };
    expect(told(await client.run(newAttempt(), again))).toContain('Undone');
    expect(told(await act(session, 'undo', third.uuid))).toContain('nothing was undone');
    expect(told(await act(session, 'undo', second.uuid))).toContain('“text two”');
    model.reply('four');
    await say(session, 'text four');
    expect(model.lastTexts()).toEqual(['text one', 'text four']);
  });

  test('the first message of a session: the next text begins a new one', async () => {
    model.reply('Hello');
    const first = message('text one');
    const session = sessionOf(await client.run(newAttempt(), { messages: [first] }));
    const fresh = sessionOf(await act(session, 'undo', first.uuid));
    expect(fresh).not.toBe(session);
    model.reply('Hello again');
    const events = await say(fresh, 'text two');
    expect(events.map(({ type }) => type)).not.toContain('session_lost');
    expect(model.lastTexts()).toEqual(['text two']);
  });

  test('texts of one prompt go together, whichever of them is named; so does one that was steered into the turn', async () => {
    model.reply('Noted', 'All read');
    const session = sessionOf(await say(null, 'before'));
    const burst = [message('alpha'), message('beta'), message('gamma')];
    await client.run(newAttempt(), { session_id: session, messages: burst });
    expect(told(await act(session, 'undo', burst[1]!.uuid))).toBe('Undone: “alpha beta gamma”.');

    const [work, steered] = [message('work'), message('quickly')];
    const attempt = newAttempt();
    model.reply(use('Bash', { command: 'sleep 2' }), 'Done');
    await client.put(attempt, { session_id: session, messages: [work] });
    await client.follow(attempt, 'tool_started');
    await client.call('POST', `/attempts/${attempt}/messages/${steered.uuid}`, { text: steered.text });
    expect(results(await client.follow(attempt))[0]?.user_message_uuids).toEqual([work.uuid, steered.uuid]);
    expect(told(await act(session, 'undo', steered.uuid))).toContain('“work”');
    model.reply('Fine');
    await say(session, 'after');
    expect(model.lastTexts()).toEqual(['before', 'after']);
  });

  test('without a session, or of a message of another one, it says so', async () => {
    expect(told(await act(null, 'undo', randomUUID()))).toContain('nothing was undone');
  });
});

describe('/memory', () => {
  test('the memory reaches a continued session, a new one, and another project', async () => {
    expect(told(await act(null, 'memory', '.'))).toContain('I don’t remember anything yet');
    model.reply('Hello');
    const session = sessionOf(await say(null, 'hello'));
    expect(told(await act(session, 'memory', 'I am allergic to\n# nuts'))).toBe(
      'I’ll remember: I am allergic to # nuts',
    );
    await act(session, 'memory', 'I am allergic to # nuts');
    expect(told(await act(session, 'memory', '.'))).toBe('- I am allergic to # nuts');
    expect(told(await act(session, 'memory', 'x'.repeat(501)))).toContain('too long');
    const tellsOfNuts = (): number =>
      JSON.stringify(model.requests.at(-1)?.request).split('allergic to # nuts').length - 1;
    for (const fields of [{ session_id: session }, { session_id: null }, { project: 'garden' }]) {
      model.reply('Yes');
      await client.run(newAttempt(), { ...fields, messages: [message('what may I eat?')] });
      expect(tellsOfNuts()).toBe(1);
    }
  });
});

describe('slash commands', () => {
  test('/context is answered without the model, /compact is told as done; words that look like one are only words', async () => {
    model.reply('Hello');
    const session = sessionOf(await say(null, '/context is a command I heard of @nothing'));
    expect(model.lastTexts()).toEqual(['/context is a command I heard of @nothing']);
    const asked = model.requests.length;
    const [result] = results(await act(session, 'command', '/context'));
    expect(result?.text).toContain('Context Usage');
    expect(result?.summary).toMatch(
      /^\d+% full \([\d.]+k of [\d.]+[kM] tokens\)\. Biggest: (?:[a-z ]+ [\d.]+k(?:, |\. )){3}\/compact makes room\.$/,
    );
    expect(model.requests.length).toBe(asked);
    // One that says nothing is told as done.
    model.reply('<summary>They said hello.</summary>');
    expect(told(await act(session, 'command', '/compact'))).toBe('Done: /compact');
  });
});
