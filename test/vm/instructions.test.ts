import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
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
import { client, edge, key, machine, model, useMachine, warm } from './one-machine.ts';
import { toolResults } from './own-machine.ts';

// Instructions of a person and a project work with the real agent: the model's requests contain them.

useMachine();

const SERVER = resolve(import.meta.dirname, '../fixtures/mcp-server.mjs');
const folderOf = (of: MachineClient): string => join(machine.dataDir, 'conversations', of.conversation);
const project = (): string => join(folderOf(warm), 'projects/main');

const text = (content: string | object): string => (typeof content === 'string' ? content : JSON.stringify(content));
function put(of: MachineClient, files: Record<string, string | object>): void {
  for (const [path, content] of Object.entries(files)) {
    const whole = join(folderOf(of), path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, text(content));
  }
}
const say = (words: string, fields: Partial<StartAttempt> = {}, to: MachineClient = warm): Promise<EventBody[]> =>
  to.run(newAttempt(), { ...fields, messages: [message(words)] });
const act = (action: 'command' | 'mcp', words: string, to: MachineClient = warm): Promise<EventBody[]> =>
  to.run(newAttempt(), { messages: [{ ...message(words), action }] });
/** How often a request contains it: the newest, or an earlier one by this distance. */
const shown = (words: string, back = 1): number =>
  JSON.stringify(model.requests.at(-back)?.request ?? '').split(words).length - 1;

// Claude Code reads the files when it starts, so the tests share a project that has everything, and one process.
describe('in a project that has everything', () => {
  const hook = (command: string) => [{ matcher: '', hooks: [{ type: 'command', command }] }];
  beforeEach(() => {
    if (existsSync(project())) return;
    put(warm, {
      'claude/CLAUDE.md': 'The person keeps bees.',
      'claude/settings.json': { hooks: { UserPromptSubmit: hook('echo the bees are out') } },
      'projects/main/CLAUDE.md': 'This project uses tabs.',
      'projects/main/sub/CLAUDE.md': 'Careful in this folder.',
      'projects/main/sub/a.txt': 'hello',
      'projects/main/.claude/settings.json': { hooks: { PostToolUse: hook('cat >> hook.log') } },
      'projects/main/.claude/skills/greet/SKILL.md':
        '---\nname: greet\ndescription: greets in the house style\n---\nSay ahoy.',
      'projects/main/.claude/commands/shout.md': '---\ndescription: shouts\n---\nShout it: $ARGUMENTS, please.',
      'projects/main/.claude/agents/beekeeper.md':
        '---\nname: beekeeper\ndescription: knows bees\n---\nYou keep bees for others.',
      'projects/main/.mcp.json': {
        mcpServers: {
          scales: { command: process.execPath, args: [SERVER] },
          broken: { command: join(project(), 'no-such-program') },
        },
      },
    });
  });

  test('the memory files of the person, of the project, of a folder in it: each once, where it applies', async () => {
    model.reply(use('Read', { file_path: join(project(), 'sub/a.txt') }), 'Read');
    await say('read it');
    expect([shown('keeps bees', 2), shown('uses tabs', 2), shown('Careful in', 2)]).toEqual([1, 1, 0]);
    expect([shown('keeps bees'), shown('uses tabs'), shown('Careful in')]).toEqual([1, 1, 1]);
  });

  test('a skill is offered, taken by the agent, and called by the person', async () => {
    model.reply(use('Skill', { skill: 'greet' }), 'Ahoy');
    await say('greet me');
    expect([shown('greets in the house style', 2), shown('Say ahoy.', 2), shown('Say ahoy.')]).toEqual([1, 0, 1]);
    model.reply('Ahoy again');
    expect(results(await act('command', '/greet'))[0]?.text).toBe('Ahoy again');
    expect(shown('Say ahoy.')).toBe(2);
  });

  test('a command of the project is called with its words', async () => {
    model.reply('AHOY');
    expect(results(await act('command', '/shout ahoy there'))[0]?.text).toBe('AHOY');
    expect(shown('Shout it: ahoy there, please.')).toBe(1);
    // Not as words of the person.
    model.reply('Hm');
    await say('/shout at them');
    expect([shown('Shout it: at them'), shown('/shout at them')]).toEqual([0, 1]);
  });

  test('hooks of the person and of the project run', async () => {
    const before = shown('the bees are out');
    model.reply(use('Bash', { command: 'echo buzz' }), 'Done');
    await say('work');
    expect(shown('the bees are out')).toBe(before + 1);
    expect(readFileSync(join(project(), 'hook.log'), 'utf8')).toContain('echo buzz');
  });

  test('a sub-agent of the project works under its own words, and the turn waits for it', async () => {
    const asked = { description: 'ask', prompt: 'how are they?', subagent_type: 'beekeeper', run_in_background: false };
    model.reply(use('Agent', asked), 'They hum', 'They are well');
    const events = await say('how are my bees?');
    expect([shown('You keep bees for others.', 2), shown('how are they?', 2)]).toEqual([1, 1]);
    expect([shown('You keep bees for others.'), shown('They hum')]).toEqual([0, 1]);
    expect(results(events).map(({ text: words }) => words)).toEqual(['They are well']);
    expect(ended(events)).toMatchObject({ outcome: 'done' });
  });

  test('a server of tools is started, used, and listed with those that fail', async () => {
    const before = model.requests.length;
    const listed = results(await act('mcp', '.'))[0]?.text ?? '';
    expect(listed).toContain('- scales · connected · 1 tool\n');
    expect(listed).toMatch(/- broken · failed: \S/);
    expect(results(await act('mcp', '.', client))[0]?.text).toContain('has no MCP servers');
    expect(model.requests).toHaveLength(before);
    model.reply(
      use('ToolSearch', { query: 'select:mcp__scales__weigh' }),
      use('mcp__scales__weigh', { thing: 'a bee' }),
      'Five grams',
    );
    await say('how heavy is a bee?');
    expect(shown('a bee: 5 grams')).toBe(1);
  });
});

test('name, tone, deep work and model change in a session that goes on, with its process; another project ends it, and the session stays where it began', async () => {
  put(client, {
    'claude/CLAUDE.md': 'The person keeps bees.',
    'projects/main/CLAUDE.md': 'This project uses tabs.',
    'projects/garden/CLAUDE.md': 'This is the garden.',
  });
  const manners = (back = 1) =>
    ['calls you Bee', 'dry and short', 'calls you Wasp', 'set time aside'].map((words) => shown(words, back));
  const modelOf = (back = 1): string | undefined => model.requests.at(-back)?.request.model;
  const pids = (): number[] => agentPids(folderOf(client));

  const asBee = { assistant: { name: 'Bee', tone: 'dry\nand short' }, model: 'claude-sonnet-4-5' };
  model.reply('1', '2', '3', use('Bash', { command: 'pwd' }), '4', '5');
  const session_id = sessionOf(await say('one', asBee, client));
  expect([modelOf(), manners()]).toEqual(['claude-sonnet-4-5', [1, 1, 0, 0]]);
  const [first, ...more] = pids();
  expect(more).toEqual([]);
  await say('two', { ...asBee, session_id }, client);
  expect([modelOf(), pids()]).toEqual(['claude-sonnet-4-5', [first]]);

  await say('three', { project: 'garden' }, client);
  expect(pids()).toHaveLength(1);
  expect(pids()).not.toContain(first);
  expect([shown('keeps bees'), shown('uses tabs'), shown('the garden')]).toEqual([1, 0, 1]);

  const asWasp = { assistant: { name: 'Wasp' }, deep: true, model: 'claude-haiku-4-5' };
  await say('four', { ...asWasp, session_id }, client);
  expect([modelOf(), manners()]).toEqual(['claude-haiku-4-5', [0, 0, 1, 1]]);
  const [main, garden] = ['main', 'garden'].map((name) => join(folderOf(client), 'projects', name));
  expect(shown(garden ?? '')).toBe(0);
  expect(toolResults(model).at(-1)).toMatch(new RegExp(`"${main}["\\\\]`));
  expect(model.lastTexts()).toEqual(['one', 'two', 'four']);

  await say('five', { session_id, model: 'claude-haiku-4-5' }, client);
  expect(manners()).toEqual([0, 0, 0, 0]);
  expect(model.lastTexts()).toEqual(['one', 'two', 'four', 'five']);
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
