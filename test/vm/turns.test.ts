import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { say, use } from '../../simulator/model/script.ts';
import { agentPids, ended, message, newAttempt, results } from './machine-harness.ts';
import { client, machine, model, useMachine, warm } from './one-machine.ts';

// Turns from start to end with the real Claude Code: answers, memory, tools, and what the agent can see.

useMachine();

describe('a turn', () => {
  test('a first text is answered; the second, warm, remembers it', async () => {
    model.reply('Hello to you', 'You said hello');
    const first = message('hello');
    const events = await warm.run(newAttempt(), { messages: [first] });
    expect(results(events)).toEqual([
      {
        type: 'result',
        text: 'Hello to you',
        is_error: false,
        user_message_uuids: [first.uuid],
        cost_usd: expect.any(Number),
      },
    ]);
    expect(events.map((event) => event.type)).toEqual(['started', 'session', 'result', 'usage', 'ending', 'ended']);
    expect(ended(events)).toEqual({ type: 'ended', outcome: 'done', reason: 'every message answered' });

    const place = join(machine.dataDir, 'conversations', warm.conversation);
    const pids = agentPids(place);
    expect(pids).toHaveLength(1);
    const more = await warm.run(newAttempt(), { messages: [message('what did I say?')] });
    expect(results(more).map((result) => result.text)).toEqual(['You said hello']);
    expect(agentPids(place)).toEqual(pids);
    expect(model.lastTexts()).toEqual(['hello', 'what did I say?']);
  });

  test('several texts of one attempt are one prompt with one answer', async () => {
    model.reply('Both read');
    const messages = [message('one'), message('two'), message('three')];
    const events = await warm.run(newAttempt(), { messages });
    expect(results(events)).toMatchObject([{ text: 'Both read', user_message_uuids: messages.map((m) => m.uuid) }]);
    expect(model.lastTexts().slice(-3)).toEqual(['one', 'two', 'three']);
  });

  test('text before a tool is progress, tools are reported, and the environment holds no key and no token', async () => {
    model.reply({
      kind: 'message',
      blocks: [
        { type: 'text', text: 'Let me look.' },
        { type: 'tool_use', name: 'Bash', input: { command: 'env; pwd; git rev-parse --show-toplevel' } },
      ],
    });
    model.reply('Looked');
    const events = await warm.run(newAttempt(), { messages: [message('look around')] });
    expect(events.map((event) => event.type).filter((type) => type !== 'session')).toEqual([
      'started',
      'progress',
      'tool_started',
      'tool_ended',
      'result',
      'usage',
      'ending',
      'steps',
      'ended',
    ]);
    const shown = JSON.stringify(model.requests.at(-1)?.request.messages);
    const project = join(machine.dataDir, 'conversations', warm.conversation, 'projects/main');
    expect(shown).toContain(project);
    // The project is its own repository, whatever surrounds it: git names the same folder.
    expect(shown.split(project).length).toBeGreaterThan(2);
    expect(existsSync(join(project, '.git'))).toBe(true);
    expect(shown).toContain('ANTHROPIC_API_KEY=held-by-the-relay');
    expect(shown).not.toContain('eyJ');
    expect(shown).not.toContain('key-of-the-edge');
    for (const name of ['RELAY_URL', 'RELAY_PUBLIC_KEYS', 'DATA_DIR', 'MACHINE_AUDIENCE'])
      expect(shown).not.toContain(`${name}=`);
  });

  test('a task in the background belongs to the turn: its outcome is a second answer', async () => {
    model.reply(use('Bash', { command: 'sleep 2; echo built', run_in_background: true }), 'Building', 'It is built');
    const build = message('build it');
    const events = await warm.run(newAttempt(), { messages: [build] });
    expect(results(events)).toMatchObject([
      { text: 'Building', user_message_uuids: [build.uuid] },
      { text: 'It is built' },
    ]);
    expect(ended(events)).toMatchObject({ outcome: 'done' });
  });

  test('a sub-agent belongs to the turn, and its steps are not told as the turn’s own', async () => {
    const look = {
      description: 'look',
      prompt: 'look around',
      subagent_type: 'general-purpose',
      run_in_background: true,
    };
    model.reply(use('Agent', look));
    model.reply('Sent someone', 'Nothing there', 'They found nothing');
    const events = await warm.run(newAttempt(), { messages: [message('send someone')] });
    expect(results(events).at(-1)?.text).toBe('They found nothing');
    expect(ended(events)).toMatchObject({ outcome: 'done' });
  });

  test('the log names no text and no token', async () => {
    model.reply(say('a secret answer'));
    await warm.run(newAttempt(), { messages: [message('a secret question')] });
    expect(model.lastTexts().at(-1)).toBe('a secret question');
    expect(machine.output.join('\n')).not.toMatch(/secret (answer|question)|eyJ/);
  });

  test('projects are folders of their own', async () => {
    model.reply(use('Bash', { command: 'echo kept > note.txt' }), 'Noted');
    await warm.run(newAttempt(), { project: 'garden', session_id: null, messages: [message('note it')] });
    const folder = join(machine.dataDir, 'conversations', warm.conversation, 'projects');
    expect(existsSync(join(folder, 'garden/note.txt'))).toBe(true);
  });
});

test('an attempt that can’t begin ends with a reason that doesn’t name the project', async () => {
  const projects = join(machine.dataDir, 'conversations', client.conversation, 'projects');
  mkdirSync(projects, { recursive: true });
  writeFileSync(join(projects, 'quillfeather'), 'a file in its place');
  const events = await client.run(newAttempt(), { messages: [message('hello')], project: 'quillfeather' });
  expect(ended(events)).toMatchObject({ outcome: 'interrupted', reason: 'the attempt could not go on (ENOTDIR)' });
});
