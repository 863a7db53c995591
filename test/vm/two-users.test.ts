import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import { ended, type MachineClient, message, newAttempt, newDataDir, results } from './machine-harness.ts';
import { answer, type OwnMachine, ownMachine, toolResults } from './own-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';
import { AGENT, layEntrypoint, oneUserBecause, SERVER } from './two-users.ts';

// A machine on which server and agent are two users. Needs root.

const missing = oneUserBecause;

let command: [string, string];
let removeEntrypoint = (): void => {};
let own: OwnMachine;
let to: MachineClient;
const env: Record<string, string> = { FLY_IMAGE_REF: 'image:1' };

const at = (...path: string[]): string => join(own.dataDir, 'conversations', to.conversation, ...path);
const project = (...path: string[]): string => at('projects/main', ...path);
const ownerOf = (path: string): [uid: number, mode: string] => {
  const { uid, mode } = lstatSync(path);
  return [uid, (mode & 0o777).toString(8)];
};
/** The output of `commands`, run by the agent one after another. */
async function run(...commands: string[]): Promise<string[]> {
  own.script.reply(...commands.map((text) => use('Bash', { command: text })), 'Done');
  const events = await to.run(newAttempt(), { messages: [message('work')] });
  expect(results(events)).toMatchObject([{ text: 'Done' }]);
  return toolResults(own.script).slice(-commands.length);
}
const pidsOf = (uid: number): number[] =>
  readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return new RegExp(`^Uid:\\t${uid}\\t`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch {
        return false;
      }
    });

const sleepers = (seconds: number): number[] =>
  pidsOf(AGENT).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`sleep\x00${seconds}`);
    } catch {
      return false;
    }
  });

beforeAll(() => {
  if (missing) return;
  ({ command, remove: removeEntrypoint } = layEntrypoint());
});
afterAll(() => removeEntrypoint());

/** A volume that was one user's, with a conversation `c`; making it two users' was cut off. */
function layEarlierVolume(dataDir: string, outside: string): void {
  const conversation = join(dataDir, 'conversations/c');
  for (const path of ['home/.local/bin', 'claude', 'projects/main/sub', 'inbox', 'outbox', 'setup'])
    mkdirSync(join(conversation, path), { recursive: true });
  for (const path of ['projects/main/sub/a', 'inbox/file', 'setup/main.json'])
    writeFileSync(join(conversation, path), 'x');
  for (const path of ['', ...readdirSync(dataDir, { recursive: true }).map(String)])
    lchownSync(join(dataDir, path), AGENT, AGENT);
  writeFileSync(join(outside, 'file'), 'x');
  const links = { incoming: outside, staging: outside, 'conversations/c/outbox/planted': join(outside, 'file') };
  for (const [path, target] of Object.entries({ ...links, 'conversations/c/projects/main/link': '/etc/passwd' })) {
    symlinkSync(target, join(dataDir, path));
    lchownSync(join(dataDir, path), AGENT, AGENT);
  }
  // Cut off: some of it is the server's by now, some was never the agent's.
  chownSync(join(conversation, 'setup'), SERVER, SERVER);
  for (const path of ['projects', 'projects/main/sub']) chownSync(join(conversation, path), 0, 0);
  chmodSync(join(conversation, 'inbox/file'), 0o666);
}

describe.skipIf(missing)(`two users${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let outside: string;
  beforeAll(async () => {
    outside = mkdtempSync(join(tmpdir(), 'roost-outside-'));
    const dataDir = newDataDir();
    layEarlierVolume(dataDir, outside);
    own = await ownMachine(env, dataDir, { command });
  });
  afterAll(async () => {
    await own.end();
    rmSync(outside, { recursive: true });
  });
  beforeEach(() => {
    to = own.another();
  });

  test('a volume that was one user’s is made two users’, also when that was cut off', () => {
    const conversation = join(own.dataDir, 'conversations/c');
    const owners = [
      '',
      'home',
      'projects',
      'projects/main',
      'projects/main/sub',
      'projects/main/sub/a',
      'projects/main/link',
    ];
    expect(Object.fromEntries(owners.map((path) => [path, ownerOf(join(conversation, path))[0]]))).toEqual({
      ...Object.fromEntries(owners.map((path) => [path, AGENT])),
      '': SERVER,
    });
    for (const path of ['inbox', 'inbox/file', 'setup/main.json', 'outbox'])
      expect([path, ...ownerOf(join(conversation, path))]).toEqual([path, SERVER, /\w\/\w/.test(path) ? '600' : '700']);
    expect(ownerOf(join(own.dataDir, 'journal.db'))).toEqual([SERVER, '600']);
    expect(readdirSync(join(conversation, 'outbox'))).toEqual([]);
    expect([ownerOf(outside)[0], ownerOf(join(outside, 'file'))[0], ownerOf('/etc/passwd')[0]]).toEqual([0, 0, 0]);
    expect(lstatSync(join(own.dataDir, 'incoming')).isDirectory()).toBe(true);
  });

  test('the agent has no right of the server’s, and reads nothing that is the server’s', async () => {
    to = own.warm;
    const [server] = pidsOf(SERVER);
    const secret = join(own.dataDir, 'conversations', to.conversation, 'inbox');
    const [who, seen, path] = await run(
      'grep -E "^(Uid|CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs)" /proc/self/status',
      [
        `ls ${own.dataDir}`,
        `cat ${own.dataDir}/journal.db`,
        `cat ${own.dataDir}/journal.db-wal`,
        `cat /proc/${server}/environ`,
        `ls /proc/${server}/fd`,
        `cat /proc/${server}/mem`,
        `kill -9 ${server}`,
        `ln ${own.dataDir}/journal.db mine`,
        `ls ${own.dataDir}/incoming`,
        `mkdir ${secret}`,
        `mv ../../projects ../../moved`,
      ]
        .map((line) => `(${line}) >/dev/null 2>&1 && echo "CAN: ${line}"`)
        .join('; '),
      'echo $PATH; echo $HOME; touch ~/.profile && mkdir -p ~/.local/bin && echo wrote',
    );
    expect(who).toContain(`Uid:\\t${AGENT}\\t${AGENT}\\t${AGENT}\\t${AGENT}`);
    expect(who?.match(/0000000000000000/g)).toHaveLength(4);
    expect(who).toContain('NoNewPrivs:\\t1');
    expect(seen).not.toContain('CAN');
    expect(path).toContain(`${at('home/.local/bin')}\\n${at('home')}\\nwrote`);
    const status = readFileSync(`/proc/${server}/status`, 'utf8');
    expect(status).toContain(`Uid:\t${SERVER}\t${SERVER}\t${SERVER}\t${SERVER}`);
    const environ = readFileSync(`/proc/${server}/environ`, 'utf8').split('\0');
    expect(environ).toContain('HOME=/nonexistent');
    expect(environ.find((name) => name.startsWith('PATH='))).not.toContain(own.dataDir);
  });

  test('the agent’s private files are copied, and restored files belong to it', async () => {
    to = own.warm;
    await run('umask 077; mkdir -p closed; echo private > closed/note; echo hook > setup-me');
    const copy = await to.call('GET', '/projects/main/snapshot');
    expect(copy.status).toBe(200);
    const archive = Buffer.from(await copy.arrayBuffer());
    expect(archive.includes('private')).toBe(true);
    to = own.another();
    const put = await to.send('PUT', '/projects/main/snapshot', archive, { 'content-type': 'application/x-tar' });
    expect(await put.json()).toEqual({ restored: true });
    for (const path of ['', 'closed', 'closed/note', 'setup-me', '.git'])
      expect([path, ownerOf(project(path))[0]]).toEqual([path, AGENT]);
    await to.run(newAttempt(), { messages: [{ ...message('likes tea'), action: 'memory' }] });
    expect(ownerOf(at('claude/CLAUDE.md'))[0]).toBe(AGENT);
    const id = 'a'.repeat(64);
    expect((await to.send('PUT', `/files/${id}`, 'hello', { 'roost-file-name': 'a.txt' })).status).toBe(201);
    const works = 'cat closed/note && echo more >> closed/note && git status --short && echo fine';
    own.script.reply(use('Bash', { command: works }), 'Thanks');
    await to.run(newAttempt(), { messages: [{ ...message('look'), files: [id] }] });
    expect(toolResults(own.script).at(-1)).toMatch(/private.*fine/);
    expect(ownerOf(project('inbox'))[0]).toBe(AGENT);
    expect(ownerOf(project('inbox/a.txt'))[0]).toBe(AGENT);
    expect([ownerOf(at()), ownerOf(at('inbox'))]).toEqual([
      [SERVER, '711'],
      [SERVER, '700'],
    ]);
  });

  test('a file of somebody else that is linked into the project is not read for it', async () => {
    to = own.warm;
    await run('true');
    const foreign = join(own.dataDir, 'foreign');
    writeFileSync(foreign, 'not the agent’s', { mode: 0o600 });
    chownSync(foreign, SERVER, SERVER);
    linkSync(foreign, project('linked'));
    const asked = { ...message('linked'), action: 'send_file' as const };
    expect(results(await to.run(newAttempt(), { messages: [asked] }))).toMatchObject([
      { text: expect.stringContaining('can’t be read') },
    ]);
    const copy = await to.call('GET', '/projects/main/snapshot');
    expect((await copy.text()).includes('not the agent’s')).toBe(false);
  });

  test('setup.sh is the agent’s, and what it leaves behind is ended with it', async () => {
    to = own.warm;
    mkdirSync(project(), { recursive: true });
    writeFileSync(project('setup.sh'), 'id -u > who; env -i setsid sleep 701 & true');
    for (const path of ['setup.sh', '', '..']) chownSync(project(path), AGENT, AGENT);
    await run('true');
    expect([readFileSync(project('who'), 'utf8'), ownerOf(project('who'))[0]]).toEqual([`${AGENT}\n`, AGENT]);
    expect(sleepers(701)).toEqual([]);
  });

  test('nothing the agent started outlives the server, whatever it made of its environment and session; its memory is counted', async () => {
    to = own.warm;
    own.script.reply(use('Bash', { command: 'env -i setsid sleep 700 & sleep 600' }));
    const attempt = newAttempt();
    await to.put(attempt, { messages: [message('work')] });
    await expect.poll(() => sleepers(700), { timeout: 30_000 }).toHaveLength(1);
    env.AGENT_MEMORY_MAX_MB = '20';
    await own.restart();
    delete env.AGENT_MEMORY_MAX_MB;
    expect(sleepers(700)).toEqual([]);
    expect(ended(await to.follow(attempt))).toMatchObject({ outcome: 'interrupted' });
    own.script.reply(use('Bash', { command: 'n=0; until [ $n -ge 60 ]; do sleep 1; n=$((n + 1)); done' }));
    const events = await to.run(newAttempt(), { messages: [message('work')] });
    expect(ended(events)).toMatchObject({ outcome: 'failed', cause: 'memory' });
  });

  test('an agent that asks is confined as well, and its hooks reach what its commands reach', async (context: TestContext) => {
    const tools = await sandboxPath();
    if ('missing' in tools) return context.skip(tools.missing);
    Object.assign(env, { APPROVALS: 'ask', SANDBOX: 'required', PATH: tools.path });
    await own.restart();
    mkdirSync(project('.claude'), { recursive: true });
    const hooks = {
      PostToolUse: [{ hooks: [{ type: 'command', command: 'ls -l /tmp/network-door > door; id -u >> door' }] }],
    };
    writeFileSync(project('.claude/settings.json'), JSON.stringify({ hooks }));
    for (const path of ['..', '', '.claude', '.claude/settings.json']) chownSync(project(path), AGENT, AGENT);
    const command = `id -u; cat ${own.dataDir}/journal.db > /dev/null; echo fine > made; cat made`;
    own.script.reply(use('Bash', { command }), 'Done');
    const attempt = newAttempt();
    await to.put(attempt, { messages: [message('work')] });
    for await (const { event } of to.events(attempt))
      if (event.type === 'request')
        await answer(to, attempt, event.request_id, { kind: 'decision', decision: 'allow', reason: '' });
    expect(ended(await to.follow(attempt))).toMatchObject({ outcome: 'done' });
    const inside = toolResults(own.script).at(-1);
    expect(inside).toMatch(/Permission denied|No such file/);
    expect(inside).toContain('fine');
    expect(ownerOf(project('made'))[0]).toBe(AGENT);
    expect(readFileSync(project('door'), 'utf8')).toMatch(new RegExp(`^s.*\\n${AGENT}\\n$`));
    for (const name of ['APPROVALS', 'SANDBOX', 'PATH']) delete env[name];
  });
});
