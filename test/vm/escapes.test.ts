import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer as createSocket, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, type TestContext, test } from 'vitest';
import { type ScriptedReply, use } from '../../simulator/model/script.ts';
import type { Request } from '../../src/protocol/index.ts';
import { makeCommandEnvironment } from '../../vm/src/workspace/environment.ts';
import { prepareProject } from '../../vm/src/workspace/project-folder.ts';
import { workspaceOf } from '../../vm/src/workspace/workspace.ts';
import { PROJECT, type Scene, SECRET, type Way, WORDS, ways, waysOfOther } from './escape-ways.ts';
import { message, newAttempt } from './machine-harness.ts';
import { answer, type OwnMachine, ownMachine } from './own-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';

// Out of the sandbox, over two processes and two projects, with the real agent: every way works without confinement and
// fails in the sandbox, although the person says yes to every request for consent.

let root: string;
let own: OwnMachine;
let servers: Server[];
let loopback: string;
let scene: Scene;
let shared: string;
const MACHINE_ENV = 'ESCAPE_TEST_SECRET';

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'roost-escapes-'));
  for (const folder of ['out', 'home/.ssh']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'home/.ssh/id'), SECRET);
  const temporary = join('/tmp', `claude-${process.getuid?.()}`);
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  shared = mkdtempSync(join(temporary, 'escapes-'));
  writeFileSync(join(shared, 'secret'), SECRET);
  const http = createHttpServer((_, response) => response.end(SECRET));
  const socket = createSocket((connection) => connection.end(SECRET));
  servers = [http, socket];
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  loopback = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  await new Promise<void>((resolve) => socket.listen(join(root, 'socket'), resolve));
});
afterEach(async () => {
  await own.end();
  for (const server of servers) server.close();
  for (const folder of [root, shared]) rmSync(folder, { recursive: true, force: true });
});

const project = (name: string): string => join(own.dataDir, 'conversations', own.client.conversation, 'projects', name);

async function begin({ PATH, ...env }: Record<string, string>): Promise<void> {
  const asks = { PRIVATE_PATHS: join(root, 'home'), ANSWER_WAIT_MS: '20000', [MACHINE_ENV]: SECRET };
  own = await ownMachine({ ...asks, ...env, PATH: `${join(root, 'bin')}:${PATH}` }, join(root, 'data'));
  scene = {
    out: join(root, 'out'),
    secret: join(root, 'home/.ssh/id'),
    shared,
    dataDir: own.dataDir,
    other: project('other'),
    loopback,
    socket: join(root, 'socket'),
    server: own.pid(),
  };
  for (const [path, content] of Object.entries(PROJECT)) {
    mkdirSync(dirname(join(project('main'), path)), { recursive: true });
    writeFileSync(join(project('main'), path), content);
  }
}

/** A turn with these tool calls; the person answers the questions. */
async function turn(name: string, uses: ScriptedReply[], agree: (request: Request) => boolean): Promise<Request[]> {
  const asked: Request[] = [];
  own.script.reply(...uses, 'Done');
  const attempt = newAttempt();
  await own.client.put(attempt, { messages: [message('work')], project: name });
  for await (const { event } of own.client.events(attempt)) {
    if (event.type !== 'request') continue;
    asked.push(event.request);
    const decision = agree(event.request) ? 'allow' : 'deny';
    await answer(own.client, attempt, event.request_id, { kind: 'decision', decision, reason: '' });
  }
  return asked;
}

const bash = (command: string) => use('Bash', { command });
const all = (table: Record<string, Way>, when: keyof Way): string =>
  Object.values(table)
    .flatMap((way) => (way[when] ? [`( ${way[when]} ) </dev/null`] : []))
    .join('\n');

type Agree = (request: Request) => boolean;

/** Plants everything in one process of the agent, and starts the server again. */
async function plantByAgent(agree: Agree): Promise<Request[]> {
  const asked = await turn('main', [bash(`git init -q\n${all(ways(scene), 'plant')}`)], agree);
  asked.push(...(await turn('other', [bash(all(waysOfOther(scene), 'plant'))], agree)));
  exposeFolder();
  await own.restart();
  scene.server = own.pid();
  return asked;
}

/** Plants everything as unconfined commands of the agent would. */
function plantByHand(): void {
  const workspace = workspaceOf(own.dataDir, own.client.conversation);
  const env = makeCommandEnvironment(process.env, workspace);
  for (const [name, table] of Object.entries({ main: ways(scene), other: waysOfOther(scene) })) {
    const cwd = prepareProject(workspace, name);
    spawnSync('bash', ['-c', `git init -q\n${all(table, 'plant')}`], { cwd, env });
  }
  exposeFolder();
}

/** From now on the project owns a folder of the server's PATH. */
const exposeFolder = (): void => symlinkSync(join(project('main'), 'bin'), join(root, 'bin'));

/** Triggers what was planted, in another process; returns the names of the ways that led out. */
async function escaped(agree: Agree): Promise<{ names: string[]; asked: Request[] }> {
  const asked: Request[] = [];
  const run = async (name: string, uses: ScriptedReply[]) => {
    asked.push(...(await turn(name, uses, agree)));
  };
  const drafts = join(project('main'), 'drafts/swapped');
  const nested = join(project('other'), 'nested/n');
  await run('other', [
    use('Skill', { skill: 'tidy' }),
    use('Read', { file_path: nested }),
    bash(all(waysOfOther(scene), 'trigger')),
  ]);
  await run('main', [
    bash(all(ways(scene), 'trigger')),
    use('Write', { file_path: drafts, content: 'x' }),
    ...['planted', 'typed'].map((skill) => use('Skill', { skill })),
    use('Agent', { description: 'tidy', prompt: 'tidy up', subagent_type: 'planted', run_in_background: false }),
    bash('true'),
    'Tidied',
  ]);
  const got = join(project('main'), 'got');
  const read = (path: string): string => readFileSync(path, 'utf8');
  const inProject = readdirSync(got, { withFileTypes: true }).flatMap(({ name }) =>
    read(join(got, name)).includes(SECRET) ? [name] : [],
  );
  const told = JSON.stringify(own.script.requests.map(({ request }) => request));
  const outside = [
    ...readdirSync(scene.out),
    ...readdirSync(shared).filter((name) => name !== 'secret'),
    ...['.vscode', '.idea'].flatMap((folder) => readdirSync(join(project('main'), folder))),
    ...(told.includes(WORDS) ? ['style'] : []),
  ];
  return { names: [...outside, ...inProject].toSorted(), asked };
}

const every = (): string[] => [ways(scene), waysOfOther(scene)].flatMap((table) => Object.keys(table)).toSorted();

test('where nothing confines it, every way leads out', async () => {
  await begin({ APPROVALS: 'auto', PATH: process.env.PATH ?? '' });
  plantByHand();
  const { names } = await escaped(() => false);
  expect(names).toEqual(every());
});

test('in the sandbox none does', async (context: TestContext) => {
  const tools = await sandboxPath();
  if ('missing' in tools) return context.skip(tools.missing);
  await begin({ APPROVALS: 'ask', SANDBOX: 'required', PATH: tools.path });
  const consent = await plantByAgent(() => true);
  const { names, asked } = await escaped(() => true);
  expect(names).toEqual([]);
  // The project's own programs were started, with consent to the content of each.
  const consented = [...consent, ...asked].filter(
    (request) => request.kind === 'approve' && request.tool === 'Programs',
  );
  expect(consented.length).toBeGreaterThan(1);
  for (const name of ['formatted', 'served']) expect(existsSync(join(project('main'), name))).toBe(true);
});
