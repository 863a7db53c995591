import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import type { EventBody, StartAttempt } from '../../src/protocol/index.ts';
import {
  agentPids,
  ended,
  MachineClient,
  message,
  newAttempt,
  removeDataDir,
  results,
  sessionOf,
  startMachine,
} from './machine-harness.ts';
import { client, edge, key, machine, model, useMachine } from './one-machine.ts';

// Instructions of a person and a project work with the real agent: the model's requests contain them.

useMachine();

const SERVER = resolve(import.meta.dirname, '../fixtures/mcp-server.mjs');
const folder = (): string => join(machine.dataDir, 'conversations', client.conversation);
const project = (): string => join(folder(), 'projects/main');

function put(path: string, content: string | object): void {
  const whole = join(folder(), path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, typeof content === 'string' ? content : JSON.stringify(content));
}
const say = (text: string, fields: Partial<StartAttempt> = {}): Promise<EventBody[]> =>
  client.run(newAttempt(), { ...fields, messages: [message(text)] });
const act = (action: 'command' | 'mcp', text: string, fields: Partial<StartAttempt> = {}): Promise<EventBody[]> =>
  client.run(newAttempt(), { ...fields, messages: [{ ...message(text), action }] });
/** How often a request contains it: the newest, or an earlier one by this distance. */
const shown = (words: string, back = 1): number =>
  JSON.stringify(model.requests.at(-back)?.request).split(words).length - 1;

describe('the memory file', () => {
  test('of the person, of the project, of a folder in it: each once, where it applies', async () => {
    put('claude/CLAUDE.md', 'The person keeps bees.');
    put('projects/main/CLAUDE.md', 'This project uses tabs.');
    put('projects/main/sub/CLAUDE.md', 'Careful in this folder.');
    put('projects/main/sub/a.txt', 'hello');
    put('projects/garden/CLAUDE.md', 'This is the garden.');
    model.reply(use('Read', { file_path: join(project(), 'sub/a.txt') }), 'Read');
    await say('read it');
    expect([shown('keeps bees', 2), shown('uses tabs', 2), shown('Careful in', 2)]).toEqual([1, 1, 0]);
    expect([shown('keeps bees'), shown('uses tabs'), shown('Careful in')]).toEqual([1, 1, 1]);
    model.reply('Here');
    await say('where are we?', { project: 'garden' });
    expect([shown('keeps bees'), shown('uses tabs'), shown('the garden')]).toEqual([1, 0, 1]);
  });

  test('a skill is offered, taken by the agent, and called by the person', async () => {
    put(
      'projects/main/.claude/skills/greet/SKILL.md',
      '---\nname: greet\ndescription: greets in the house style\n---\nSay ahoy.',
    );
    model.reply(use('Skill', { skill: 'greet' }), 'Ahoy');
    const session_id = sessionOf(await say('greet me'));
    expect([shown('greets in the house style', 2), shown('Say ahoy.', 2), shown('Say ahoy.')]).toEqual([1, 0, 1]);
    model.reply('Ahoy again');
    expect(results(await act('command', '/greet', { session_id }))[0]?.text).toBe('Ahoy again');
    expect(shown('Say ahoy.')).toBe(2);
  });

  test('a command of the project is called with its words', async () => {
    put('projects/main/.claude/commands/shout.md', '---\ndescription: shouts\n---\nShout it: $ARGUMENTS, please.');
    model.reply('AHOY');
    expect(results(await act('command', '/shout ahoy there'))[0]?.text).toBe('AHOY');
    expect(shown('Shout it: ahoy there, please.')).toBe(1);
    // Not as words of the person.
    model.reply('Hm');
    await say('/shout ahoy there');
    expect([shown('Shout it'), shown('/shout ahoy there')]).toEqual([0, 1]);
  });

  test('hooks of the person and of the project run', async () => {
    const hook = (command: string) => [{ matcher: '', hooks: [{ type: 'command', command }] }];
    put('claude/settings.json', { hooks: { UserPromptSubmit: hook('echo the bees are out') } });
    put('projects/main/.claude/settings.json', { hooks: { PostToolUse: hook('cat >> hook.log') } });
    model.reply(use('Bash', { command: 'echo buzz' }), 'Done');
    await say('work');
    expect(shown('the bees are out')).toBe(1);
    expect(readFileSync(join(project(), 'hook.log'), 'utf8')).toContain('echo buzz');
  });

  test('a sub-agent of the project works under its own words, and the turn waits for it', async () => {
    put(
      'projects/main/.claude/agents/beekeeper.md',
      '---\nname: beekeeper\ndescription: knows bees\n---\nYou keep bees for others.',
    );
    const asked = { description: 'ask', prompt: 'how are they?', subagent_type: 'beekeeper', run_in_background: false };
    model.reply(use('Agent', asked), 'They hum', 'They are well');
    const events = await say('how are my bees?');
    expect([shown('You keep bees for others.', 2), shown('how are they?', 2)]).toEqual([1, 1]);
    expect([shown('You keep bees for others.'), shown('They hum')]).toEqual([0, 1]);
    expect(results(events).map(({ text }) => text)).toEqual(['They are well']);
    expect(ended(events)).toMatchObject({ outcome: 'done' });
  });

  test('a server of tools is started, used, and listed with those that fail', async () => {
    const broken = { command: join(project(), 'no-such-program') };
    put('projects/main/.mcp.json', { mcpServers: { scales: { command: process.execPath, args: [SERVER] }, broken } });
    const listed = results(await act('mcp', '.'))[0]?.text ?? '';
    expect(listed).toContain('- scales · connected · 1 tool\n');
    expect(listed).toMatch(/- broken · failed: \S/);
    expect(model.requests.at(-1)?.request.messages ?? []).not.toContain('scales');
    model.reply(
      use('ToolSearch', { query: 'select:mcp__scales__weigh' }),
      use('mcp__scales__weigh', { thing: 'a bee' }),
      'Five grams',
    );
    await say('how heavy is a bee?');
    expect(shown('a bee: 5 grams')).toBe(1);
    expect(results(await act('mcp', '.', { project: 'empty' }))[0]?.text).toContain('has no MCP servers');
  });
});

describe('how the agent is', () => {
  test('name, tone and deep work reach a session that is going on, and change with the next text', async () => {
    model.reply('1', '2', '3', '4');
    const session_id = sessionOf(await say('one', { assistant: { name: 'Bee', tone: 'dry\nand short' } }));
    expect([shown('calls you Bee'), shown('dry and short'), shown('set time aside')]).toEqual([1, 1, 0]);
    await say('two', { session_id, assistant: { name: 'Wasp' } });
    expect([shown('calls you Bee'), shown('calls you Wasp'), shown('dry and short')]).toEqual([0, 1, 0]);
    await say('three', { session_id, deep: true });
    expect([shown('calls you'), shown('set time aside')]).toEqual([0, 1]);
    await say('four', { session_id });
    expect([shown('set time aside'), shown('"one"'), shown('four')]).toEqual([0, 1, 1]);
  });

  test('another model: the session goes on with it; the same one keeps its process', async () => {
    model.reply('1', '2', '3');
    const session_id = sessionOf(await say('one', { model: 'claude-sonnet-4-5' }));
    const warm = agentPids(folder());
    await say('two', { session_id, model: 'claude-sonnet-4-5' });
    expect(agentPids(folder())).toEqual(warm);
    await say('three', { session_id, model: 'claude-haiku-4-5' });
    expect(model.requests.slice(-3).map(({ request }) => request.model)).toEqual([
      'claude-sonnet-4-5',
      'claude-sonnet-4-5',
      'claude-haiku-4-5',
    ]);
    expect(model.lastTexts()).toEqual(['one', 'two', 'three']);
  });

  test('another project ends the process of the one before; each session stays where it began', async () => {
    model.reply('1', '2', use('Bash', { command: 'pwd' }), '3');
    const session_id = sessionOf(await say('one'));
    const warm = agentPids(folder());
    await say('two', { project: 'garden' });
    const other = agentPids(folder());
    expect(warm).toHaveLength(1);
    expect(other).toHaveLength(1);
    expect(other).not.toEqual(warm);
    await say('three', { session_id });
    expect(shown(join(folder(), 'projects/garden'))).toBe(0);
    expect(shown(`${project()}\\"`) + shown(`${project()}"`)).toBeGreaterThan(0);
    expect(model.lastTexts()).toEqual(['one', 'three']);
  });
});

test('auto-memory and agent teams are the operator’s to switch', async () => {
  const features = (): { memory: boolean; teams: boolean } => {
    const { system, messages, tools } = model.requests.at(-1)?.request ?? {};
    return {
      memory: /claude\/projects\/[^"]*\/memory/.test(JSON.stringify([system, messages])),
      teams: JSON.stringify(tools).includes('team_name'),
    };
  };
  model.reply('Hello', 'Hello');
  await say('hello');
  expect(features()).toEqual({ memory: true, teams: false });
  const other = await startMachine({ key, relayUrl: edge.url, env: { AUTO_MEMORY: 'off', AGENT_TEAMS: 'on' } });
  try {
    await new MachineClient(() => other, key).run(newAttempt(), { messages: [message('hello')] });
  } finally {
    await other.stop();
    removeDataDir(other.dataDir);
  }
  expect(features()).toEqual({ memory: false, teams: true });
});
