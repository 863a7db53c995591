import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { use } from '../../simulator/model/script.ts';
import type { EventBody, StartAttempt } from '../../src/protocol/index.ts';
import { type CloneActionSetup, type CloneHost, cloneProject } from '../../vm/src/actions/clone-action.ts';
import { git } from './connect-edge.ts';
import { gitToolsPath } from './git-tools.ts';
import { ended, message, newAttempt, results, within } from './machine-harness.ts';
import { toolResults } from './own-machine.ts';
import { type RepositoryMachine, repositoryMachine } from './repository-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';

// The action that clones a project's repository, with a real git and a real server of it. A hostile repository starts
// nothing, and whatever cuts a clone, the project's folder is empty or whole.

const sandboxTools = await sandboxPath();
const noSandbox = 'missing' in sandboxTools ? sandboxTools.missing : null;
const tools = await gitToolsPath();
const noLfs = 'missing' in tools ? tools.missing : null;
const ADDRESS = 'https://github.com/ann/shop';
/** Longer than an agent takes to end. */
const AGENT_CLOSES_MS = 3000;

let own: RepositoryMachine;
afterEach(() => own.end());
const project = (...path: string[]): string =>
  join(own.dataDir, 'conversations', own.client.conversation, 'projects/main', ...path);
const leftovers = (): string[] => {
  const folder = join(own.dataDir, 'conversations', own.client.conversation, 'cloning');
  return existsSync(folder) ? readdirSync(folder) : [];
};

const cloning = async (): Promise<Partial<StartAttempt> & Pick<StartAttempt, 'messages'>> => ({
  messages: [{ ...message(ADDRESS), action: 'clone' }],
  git: await own.access(),
});
const told = (events: readonly EventBody[]): string => results(events)[0]?.text ?? '';
const run = async (): Promise<EventBody[]> => own.client.run(newAttempt(), await cloning());

test('an empty folder becomes the repository; its setup.sh runs, and the agent works in it', async () => {
  const files = { 'README.md': '# Shop\n', 'src/a.ts': 'a\n', 'setup.sh': 'echo done > set-up\n' };
  own = await repositoryMachine({}, files);
  const asked = await cloning();
  const [attempt, turn] = [newAttempt(), asked.messages[0]];
  const events = await own.client.run(attempt, asked);
  expect(told(events)).toMatch(/^Cloned github\.com\/ann\/shop: branch main, 3 files, \d/);
  expect(events.filter(({ type }) => type === 'progress')).toEqual([
    { type: 'progress', text: 'Cloning shop' },
    ...events.filter((event) => event.type === 'progress' && event.text.startsWith('Cloning shop:')),
    { type: 'progress', text: 'Setting up the project: setup.sh' },
  ]);
  expect(results(events)[0]?.user_message_uuids).toEqual([turn?.uuid]);
  expect(readFileSync(project('set-up'), 'utf8')).toBe('done\n');
  expect(git(project(), 'config', 'remote.origin.url')).toBe(`${ADDRESS}.git`);
  expect(leftovers()).toEqual([]);
  // A lost answer is told again; another clone is refused, and changes nothing.
  const again = await own.client.run(newAttempt(), { ...asked, git: await own.access() });
  expect(told(again)).toBe(told(events));
  expect(told(await run())).toMatch(/^There are files in this project already, so I haven’t cloned/);
  own.script.reply(use('Bash', { command: 'git log --format=%s && git status --short' }), 'Done');
  await own.client.run(newAttempt(), { messages: [message('look')], git: await own.access() });
  expect(JSON.parse(toolResults(own.script).at(-1) ?? '')).toBe('First\n?? set-up');
});

describe('refused in words', () => {
  test('a project with files, without a repository, or without room', async () => {
    own = await repositoryMachine();
    own.edge.answerApi(() => ({ body: { size: 2 ** 40 } }));
    expect(told(await own.client.run(newAttempt(), { ...(await cloning()), git: undefined }))).toMatch(
      /^This project has no repository/,
    );
    expect(told(await run())).toMatch(/^There isn’t room for github\.com\/ann\/shop: it needs about/);
    writeFileSync(project('notes.md'), 'mine');
    own.edge.answerApi(() => ({ body: { size: 1 } }));
    expect(told(await run())).toMatch(/^There are files in this project already/);
    expect(readdirSync(project()).sort()).toEqual(['.git', 'notes.md']);
  });

  test('what the host or the relay says, in its own words; and then it works', async () => {
    own = await repositoryMachine();
    const refuse = (status: number, text: string) =>
      own.edge.intercept((_: IncomingMessage, response: ServerResponse) => {
        response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
        return true;
      });
    refuse(403, 'GitHub refused the token; connect again: /github');
    expect(told(await run())).toBe(
      'I couldn’t clone github.com/ann/shop: GitHub refused the token; connect again: /github. Nothing is left of it. To try again, text /project clone.',
    );
    refuse(404, 'The repository is gone, or not granted.');
    expect(told(await run())).toContain('The repository is gone, or not granted. Nothing is left');
    own.edge.intercept((_, response) => Boolean(response.destroy()));
    expect(told(await run())).toMatch(/^I couldn’t clone github\.com\/ann\/shop: The relay can’t be reached/);
    expect([leftovers(), readdirSync(project())]).toEqual([[], ['.git']]);
    own.edge.intercept(null);
    expect(told(await run())).toMatch(/^Cloned/);
  });
});

describe('cut in the middle', () => {
  /** Lets the pack begin and never end. */
  const stall = (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    own.edge.intercept((request, response) => {
      if (request.method !== 'POST') return false;
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
      response.write('0008NAK\n');
      resolve();
      return true;
    });
    return promise;
  };

  test('by SIGKILL: the folder is as before, and the next attempt of the turn begins anew', async () => {
    own = await repositoryMachine({}, { 'a.txt': 'a\n' });
    const stalled = stall();
    const [first, asked] = [newAttempt(), await cloning()];
    await own.client.put(first, asked);
    await within(10_000, stalled, 'the pack');
    await own.restart();
    expect(ended(await own.client.follow(first))).toMatchObject({ outcome: 'interrupted', cause: 'restarted' });
    expect(readdirSync(project())).toEqual(['.git']);
    expect(git(project(), 'count-objects')).toBe('0 objects, 0 kilobytes');
    own.edge.intercept(null);
    const next = { ...asked, git: await own.access(), continues: true };
    expect(told(await own.client.run(newAttempt(first.split('.')[0], 2), next))).toMatch(/^Cloned/);
    expect([readFileSync(project('a.txt'), 'utf8'), leftovers()]).toEqual(['a\n', []]);
  });

  test('by /stop: it ends at once, and leaves nothing behind', async () => {
    own = await repositoryMachine();
    const stalled = stall();
    const attempt = newAttempt();
    await own.client.put(attempt, await cloning());
    await within(10_000, stalled, 'the pack');
    expect((await own.client.call('POST', `/attempts/${attempt}/interrupt`)).status).toBe(200);
    expect(ended(await own.client.follow(attempt, 'ended', 10_000))).toMatchObject({ outcome: 'stopped' });
    expect([leftovers(), readdirSync(project())]).toEqual([[], ['.git']]);
  });
});

test('an agent of the conversation that closes meanwhile leaves git alone', async () => {
  own = await repositoryMachine();
  own.script.reply('Hello');
  await own.client.run(newAttempt(), { messages: [message('hello')] });
  const { promise, resolve } = Promise.withResolvers<ServerResponse>();
  own.edge.intercept(({ method }, response) => {
    if (method === 'POST') resolve(response);
    return method === 'POST';
  });
  const attempt = newAttempt();
  await own.client.put(attempt, { ...(await cloning()), project: 'shop' });
  const refs = await within(10_000, promise, 'the request for the refs');
  // The machine has one warm agent for a conversation.
  await own.client.call('POST', '/agent', { project: 'shop', session_id: null });
  await setTimeout(AGENT_CLOSES_MS);
  refs.writeHead(404, { 'content-type': 'text/plain' }).end('The repository is gone.\n');
  expect(told(await own.client.follow(attempt))).toContain('the connection broke off');
});

test('the agent of the conversation is closed before the clone takes the place of its folder', async () => {
  own = await repositoryMachine();
  const { dataDir } = own;
  const scope = { conversation: own.client.conversation, project: 'main' };
  const repository = { host: 'git.example.com', path: 'ann/shop' };
  const variables = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `url.file://${own.edge.bare}.insteadOf` };
  const environment = { ...variables, GIT_CONFIG_VALUE_0: 'https://git.example.com/ann/shop.git' };
  const seen: string[][] = [];
  const setup = {
    ...{ dataDir, diskMin: 0, policy: { approvals: 'auto' }, proxy: {} },
    repositories: { find: () => repository, environmentFor: () => environment },
    closeAgent: async () => void seen.push(readdirSync(project())),
  } as unknown as CloneActionSetup;
  const host = { attempt: newAttempt(), over: new AbortController().signal, tell: () => {} } as unknown as CloneHost;
  expect(await cloneProject(setup, scope, 'asked', host)).toMatchObject({ isCloned: true });
  expect(seen).toEqual([['.git']]);
  expect(readdirSync(project())).toContain('README.md');
});

describe('a project of a repository whose folder is empty', () => {
  const look = async (): Promise<EventBody[]> => {
    own.script.reply(use('Bash', { command: 'ls' }), 'Done');
    return own.client.run(newAttempt(), { messages: [message('look')], git: await own.access() });
  };
  const given = (): string => JSON.stringify(own.script.requests.at(-1)?.request.messages);

  test('gets its clone before the agent is woken, once', async () => {
    own = await repositoryMachine();
    const events = await look();
    expect(events.filter(({ type }) => type === 'progress')[0]).toEqual({ type: 'progress', text: 'Cloning shop' });
    expect(toolResults(own.script).at(-1)).toContain('README.md');
    const asked = own.edge.asked.length;
    await look();
    expect(own.edge.asked).toHaveLength(asked);
  });

  test('that can’t be cloned is told to the agent, and tried three times', async () => {
    own = await repositoryMachine();
    own.edge.intercept((_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(403, { 'content-type': 'text/plain' }).end('Connect again: /github');
      return true;
    });
    for (const _ of [1, 2, 3]) {
      await look();
      expect(given()).toContain('Connect again: /github');
    }
    const asked = own.edge.asked.length;
    await look();
    expect(given()).toContain('It has failed three times.');
    expect(own.edge.asked).toHaveLength(asked);
    own.edge.intercept(null);
    expect(told(await run())).toMatch(/^Cloned/);
  });
});

const hostile = (touched: string) => ({
  '.gitattributes': '*.txt filter=evil diff=evil merge=evil\n*.bin filter=lfs\n',
  'a.txt': 'a\n',
  '.git-hooks/post-checkout': `#!/bin/sh\ntouch ${touched}\n`,
  '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = file:///etc\n\tupdate = !touch ${touched}\n`,
  '.lfsconfig': '[lfs]\n\turl = http://127.0.0.1:9/steal\n',
  '.gitconfig': `[filter "evil"]\n\tsmudge = touch ${touched}\n`,
});

describe.each([
  ['on a machine of its own', {}, null],
  [
    'in a sandbox',
    { APPROVALS: 'ask', SANDBOX: 'required', PATH: 'missing' in sandboxTools ? '' : sandboxTools.path },
    noSandbox,
  ],
])('%s', (_way, env: Record<string, string>, skip) => {
  test.skipIf(skip)('a hostile repository starts nothing, and its submodules stay where they are', async () => {
    const touched = join(mkdtempSync('/var/tmp/roost-hooked-'), 'touched');
    const files = hostile(touched);
    own = await repositoryMachine(env, files);
    const work = join(own.edge.bare, '../../../work');
    git(work, 'update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},x`);
    mkdirSync(join(work, 'x'), { recursive: true });
    execFileSync('ln', ['-s', '/etc/passwd', join(work, 'link')]);
    git(work, 'add', 'link');
    git(work, 'commit', '--quiet', '--message=More');
    git(work, 'push', '--quiet', own.edge.bare, 'main');
    // The agent's own settings can't name a program for ours either.
    const home = join(own.dataDir, 'conversations', own.client.conversation, 'home');
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, '.gitconfig'), files['.gitconfig']);
    const text = told(await run());
    expect(text).toMatch(/^Cloned github\.com\/ann\/shop: branch main, 7 files, .* Not fetched: 1 submodule\.$/);
    expect(existsSync(touched)).toBe(false);
    rmSync(dirname(touched), { recursive: true });
    expect(readdirSync(project('x'))).toEqual([]);
    expect(existsSync(project('.git/hooks/post-checkout'))).toBe(false);
  });
});

test('of a large repository the old versions of files stay on the host', async () => {
  own = await repositoryMachine();
  own.edge.answerApi(() => ({ body: { size: 300 * 1024 } }));
  expect(told(await run())).toContain('It is large, so old versions of files are fetched when they are needed.');
  expect(git(project(), 'config', 'remote.origin.partialclonefilter')).toBe('blob:none');
});

describe.skipIf(noLfs)('large files of LFS', () => {
  const pointer = (bytes: number, oid = 'ab'.repeat(32)): string =>
    `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${bytes}\n`;
  const withLfs = (bytes: number): Promise<RepositoryMachine> =>
    repositoryMachine(
      { PATH: 'missing' in tools ? '' : tools.path },
      { '.gitattributes': '*.psd filter=lfs diff=lfs merge=lfs -text\n', 'hen.psd': pointer(bytes) },
    );

  test('below the bound they come from where the host says, without any word or token', async () => {
    const content = Buffer.alloc(5000, 'hen');
    const oid = createHash('sha256').update(content).digest('hex');
    own = await repositoryMachine(
      { PATH: 'missing' in tools ? '' : tools.path },
      { '.gitattributes': '*.psd filter=lfs diff=lfs merge=lfs -text\n', 'hen.psd': pointer(content.length, oid) },
    );
    const asked: IncomingMessage['headers'][] = [];
    const objects = createServer((request, response) => {
      asked.push(request.headers);
      response.end(content);
    });
    await once(objects.listen(0, '127.0.0.1'), 'listening');
    const href = `http://127.0.0.1:${(objects.address() as AddressInfo).port}/hen`;
    own.edge.intercept((request, response) => {
      if (!request.url?.endsWith('/info/lfs/objects/batch')) return false;
      response.writeHead(200, { 'content-type': 'application/vnd.git-lfs+json' });
      const object = { oid, size: content.length, authenticated: true, actions: { download: { href } } };
      response.end(JSON.stringify({ transfer: 'basic', objects: [object] }));
      return true;
    });
    const text = told(await run());
    objects.close();
    expect(text).toMatch(/^Cloned .* files, [^.]*\.$/);
    expect(readFileSync(project('hen.psd')).equals(content)).toBe(true);
    expect(asked).toHaveLength(1);
    expect(asked[0]).not.toHaveProperty('authorization');
  });

  test('above the bound they stay pointers, also for later changes of the branch', async () => {
    own = await withLfs(60 * 2 ** 20);
    expect(told(await run())).toContain('1 large file (60.0 MB) stay on the host until I need them.');
    expect(readFileSync(project('hen.psd'), 'utf8')).toBe(pointer(60 * 2 ** 20));
    expect(git(project(), 'config', 'filter.lfs.smudge')).toContain('--skip');
    expect(own.edge.asked.some((path) => path.includes('lfs'))).toBe(false);
  });
});
