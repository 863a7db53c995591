import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Reply } from '../../simulator/model/reply.ts';
import { use } from '../../simulator/model/script.ts';
import { probeSandbox } from '../../vm/src/process/sandbox.ts';
import { type Exit, message, newAttempt, newKey, results, spawnMachine, within } from './machine-harness.ts';
import { answer, asked, type OwnMachine, ownMachine, toolResults } from './own-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';

// What an agent on a person's computer cannot read when its model tells it to try in every way. The real agent, with a
// sandbox and without; the first is skipped on a system without one.

const SECRET = 'the-secret-of-the-person';
const tools = await sandboxPath();
let root: string;
let own: OwnMachine;

/** A machine for the tests of a block, on a computer with the person's own files. */
function useComputer(env: Record<string, string>): void {
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'roost-person-'));
    mkdirSync(join(root, 'home/.ssh'), { recursive: true });
    mkdirSync(join(root, 'roost/.roost/machine/conversations/other/projects/main'), { recursive: true });
    for (const place of ['home/.ssh/id', 'home/notes', 'roost/.dev.vars', 'roost/.roost/relay.env'])
      writeFileSync(join(root, place), `${SECRET}\n`);
    writeFileSync(join(root, 'roost/.roost/machine/conversations/other/projects/main/diary'), SECRET);
    const places = ['home', 'roost/.dev.vars', 'roost/.roost', 'absent'];
    const asks = { APPROVALS: 'ask', PRIVATE_PATHS: places.map((place) => join(root, place)).join(':') };
    own = await ownMachine({ ...asks, ...env }, join(root, 'roost/.roost/machine'));
  });
  afterAll(async () => {
    await own.end();
    rmSync(root, { recursive: true, force: true });
  });
}
const project = (...path: string[]): string =>
  join(own.dataDir, 'conversations', own.warm.conversation, 'projects', 'main', ...path);
const places = () => [
  join(root, 'home/.ssh/id'),
  join(root, 'home/notes'),
  join(root, 'roost/.dev.vars'),
  join(root, 'roost/.roost/relay.env'),
  join(own.dataDir, 'journal.db'),
  join(own.dataDir, 'conversations/other/projects/main/diary'),
];
/** Everything the model was ever told. */
const told = (): string => JSON.stringify(own.script.requests.map(({ request }) => request));

function laid(): void {
  mkdirSync(project(), { recursive: true });
  symlinkSync(join(root, 'roost/.dev.vars'), project('innocent.txt'));
  symlinkSync(join(root, 'home'), project('folder'));
}
/** All calls in one reply. */
const together = (calls: [name: string, input: Record<string, unknown>][]): Reply => ({
  kind: 'message',
  blocks: calls.map(([name, input]) => ({ type: 'tool_use', name, input })),
});
const byFileTools = (): [string, Record<string, unknown>][] => [
  ...places().map((path): [string, { file_path: string }] => ['Read', { file_path: path }]),
  ['Read', { file_path: project('innocent.txt') }],
  ['Read', { file_path: project('folder/notes') }],
  ['Read', { file_path: `${project()}/../../../../../../.dev.vars` }],
  ['Grep', { pattern: 'secret', path: root, output_mode: 'content' }],
  ['Grep', { pattern: 'secret', path: project('folder'), output_mode: 'content' }],
  ['Glob', { pattern: '**/*', path: join(root, 'home') }],
];
const byCommands = (commands: string[]): [string, Record<string, unknown>][] =>
  commands.map((command) => ['Bash', { command }]);

const missing = 'missing' in tools ? tools.missing : null;
describe.skipIf(missing)(`in a sandbox${missing ? ` (skipped: ${missing})` : ''}`, () => {
  useComputer({ PATH: 'missing' in tools ? '' : tools.path, SANDBOX: 'required' });

  test('neither by file tools nor by commands', async () => {
    laid();
    const commands = [
      ...places().map((path) => `cat ${path}`),
      'cat innocent.txt folder/notes',
      `cd ${root}; cat roost/.dev.vars home/notes`,
      `grep -rs secret ${root} /proc/*/environ; find ${root} -type f`,
      `cp ${root}/roost/.dev.vars copied; ln ${root}/roost/.dev.vars linked; cat copied linked`,
      `f=$(echo ${root}/roost/.dev.vars); cat "$f"; node -e "console.log(require('fs').readFileSync('$f','utf8'))"`,
      `mv ${root}/home/notes moved; cat moved`,
    ];
    const calls = [
      ...byFileTools(),
      ...byCommands([commands.map((command) => `(${command})`).join('; ')]),
      ['Bash', { command: `cat ${root}/roost/.dev.vars`, dangerouslyDisableSandbox: true }] as const,
      ...byCommands([`echo done > made; cat made; echo no > ${root}/written; echo no > .mcp.json`]),
    ].map(([name, input]): [string, Record<string, unknown>] => [name, input]);
    own.script.reply(together(calls), 'Nothing found');
    const events = await own.warm.run(newAttempt(), { messages: [message('read it all')] });
    expect(results(events)).toMatchObject([{ text: 'Nothing found' }]);
    expect(toolResults(own.script)).toHaveLength(calls.length);
    expect(told().includes(SECRET)).toBe(false);
    expect(asked(events)).toEqual([]);
    expect(readFileSync(project('made'), 'utf8')).toBe('done\n');
    expect(existsSync(join(root, 'written'))).toBe(false);
    expect(existsSync(project('.mcp.json'))).toBe(false);
    expect(readFileSync(join(root, 'home/notes'), 'utf8')).toContain(SECRET);
  });

  test('a command reaches the network when the person says so', async () => {
    own.script.reply(use('Bash', { command: 'curl -sS -m 20 http://nowhere.invalid/' }), 'Tried');
    const attempt = newAttempt();
    await own.warm.put(attempt, { messages: [message('fetch it')] });
    for await (const { event } of own.warm.events(attempt)) {
      if (event.type !== 'request') continue;
      expect(event.request).toMatchObject({ kind: 'approve', does: 'reach', shown: 'nowhere.invalid:80' });
      await answer(own.warm, attempt, event.request_id, { kind: 'decision', decision: 'deny', reason: '' });
    }
    expect(asked(await own.warm.follow(attempt))).toHaveLength(1);
    expect(toolResults(own.script).at(-1)).toMatch(/denied|blocked/i);
  });
});

describe('without one', () => {
  useComputer({ SANDBOX: 'off', ANSWER_WAIT_MS: '300' });

  test('file tools are kept away, commands that name such a place are asked about', async () => {
    laid();
    const commands = [...places().map((path) => `cat ${path}`), 'cat innocent.txt', 'cat folder/notes', 'node -e 1'];
    own.script.reply(together([...byFileTools(), ...byCommands(commands)]), 'Nothing found');
    const events = await own.warm.run(newAttempt(), { messages: [message('read it all')] });
    expect(results(events)).toMatchObject([{ text: 'Nothing found' }]);
    expect(told().includes(SECRET)).toBe(false);
    expect(asked(events).map(({ request }) => request.kind)).toEqual(commands.map(() => 'approve'));
  });
});

test('a machine that must confine its agent does not start where it cannot', async () => {
  const none = mkdtempSync(join(tmpdir(), 'roost-no-tools-'));
  expect(await probeSandbox({ PATH: none })).toMatchObject({ works: false });
  const env = { APPROVALS: 'ask', SANDBOX: 'required', PATH: none };
  const { exited, output, dataDir } = spawnMachine({ key: await newKey(), relayUrl: 'http://127.0.0.1:9', env });
  expect(await within(60_000, exited, 'its end')).toEqual({ code: 1, signal: null } satisfies Exit);
  expect(output.join()).toMatch(/no sandbox works here/);
  for (const folder of [dataDir, none]) rmSync(folder, { recursive: true });
});
