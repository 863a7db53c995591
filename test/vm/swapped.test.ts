import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, type TestContext, test } from 'vitest';
import { readMemory, remember } from '../../vm/src/agent/memory.ts';
import { restorePerson } from '../../vm/src/backup/restore.ts';
import { packSnapshot, planSnapshot, selectInProject } from '../../vm/src/backup/snapshot.ts';
import { saveConversation } from '../../vm/src/claude/compaction.ts';
import { readFileUpTo } from '../../vm/src/files/bounded-read.ts';
import { readInside } from '../../vm/src/files/inside.ts';
import { callInFolder } from '../../vm/src/files/macos-folder.ts';
import { Journal } from '../../vm/src/journal/journal.ts';
import { SessionTable } from '../../vm/src/journal/session-table.ts';
import { readPrograms } from '../../vm/src/programs/programs.ts';
import { FileStore } from '../../vm/src/transfer/file-store.ts';
import { giveToProject } from '../../vm/src/transfer/project-inbox.ts';
import { prepareProject } from '../../vm/src/workspace/project-folder.ts';
import { workspaceOf } from '../../vm/src/workspace/workspace.ts';

// Files and folders of the agent that lead elsewhere when the server uses them: swapped for a link while it looks, or
// links from the beginning. Everything it reads, lists or writes stays in the agent's folders. A separate process does
// the swapping, like a background command of the agent.

const SECRET = 'the secret of somebody else';
const TRIES = 20_000;
const TRY_MS = 1200;

let root: string;
let journal: Journal;
let swapping: ChildProcess | undefined;
const place = () => workspaceOf(join(root, 'data'), 'c');
const project = (...path: string[]): string => join(place().projects, 'main', ...path);
const outside = (...path: string[]): string => join(root, 'outside', ...path);
const around = (): string[] => readdirSync(outside(), { recursive: true }).map(String).sort();

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'roost-swapped-'));
  mkdirSync(join(root, 'data'));
  prepareProject(place(), 'main');
  mkdirSync(outside('folder/memory'), { recursive: true });
  writeFileSync(outside('folder/note'), SECRET);
  writeFileSync(outside('folder/private-name'), '');
  journal = new Journal(join(root, 'data'), 0);
});
afterEach(async () => {
  if (swapping?.exitCode === null) {
    const gone = new Promise((resolve) => swapping?.once('exit', resolve));
    swapping.kill('SIGKILL');
    await gone;
  }
  swapping = undefined;
  journal.close();
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

/** Exchanges `path` and a link to `target` without end; at every moment one of the two exists. */
async function swap(context: TestContext, path: string, target: string): Promise<void> {
  symlinkSync(target, `${path}.link`);
  await run(
    context,
    path,
    `import ctypes, sys
here, path, exchange = -100, sys.argv[1].encode(), 2
renameat2 = ctypes.CDLL(None).renameat2
print('ready', flush=True)
while True:
    renameat2(here, path, here, path + b'.link', exchange)`,
  );
}

/** Makes the file at `path` large and small without end. */
const resize = (context: TestContext, path: string): Promise<void> =>
  run(
    context,
    path,
    `import os, sys
print('ready', flush=True)
while True:
    os.truncate(sys.argv[1], 1 << 22)
    os.truncate(sys.argv[1], 10)`,
  );

async function run(context: TestContext, path: string, loop: string): Promise<void> {
  const child = spawn('python3', ['-c', loop, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  swapping = child;
  const isReady = await new Promise((resolve) => {
    child.stdout.once('data', () => resolve(true));
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
  });
  if (!isReady) context.skip('two files cannot be exchanged here: it takes Linux and python3');
}

/** Tries until it leaks, at most `TRIES` times; errors on the way count as refusals. */
async function leaks(act: () => Promise<boolean> | boolean): Promise<boolean> {
  const until = Date.now() + TRY_MS;
  let done = 0;
  for (let n = 0; n < TRIES && Date.now() < until; n += 1) {
    const leaked = await Promise.resolve()
      .then(act)
      .catch(() => null);
    if (leaked) return true;
    if (leaked === false) done += 1;
  }
  // Refusals alone would show nothing.
  expect(done).toBeGreaterThan(0);
  return false;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const said = (text: string) => [
  { type: 'user', uuid: randomUUID(), message: { role: 'user' as const, content: text } },
];

describe('a folder that is swapped for a link while it is used', () => {
  beforeEach(() => {
    mkdirSync(project('folder'));
    writeFileSync(project('folder/note'), 'my own');
  });

  test('a file that is sent is the project’s', async (context: TestContext) => {
    const files = new FileStore(join(root, 'data'), journal.db);
    await swap(context, project('folder'), outside('folder'));
    expect(
      await leaks(async () => {
        const offered = await files.offer('c', '1.1', 'main', 'folder/note');
        if ('refused' in offered) throw new Error(offered.refused);
        return offered.id === hash(SECRET);
      }),
    ).toBe(false);
  });

  test('a list names what is in the project', async (context: TestContext) => {
    const files = new FileStore(join(root, 'data'), journal.db);
    await swap(context, project('folder'), outside('folder'));
    expect(
      await leaks(async () => {
        const list = await files.list('c', 'main', 'folder');
        if (!/^Files in/.test(list)) throw new Error(list);
        return list.includes('private-name');
      }),
    ).toBe(false);
  });

  test('a copy of the project holds what is in it', async (context: TestContext) => {
    await swap(context, project('folder'), outside('folder'));
    const archive = join(root, 'archive.tar');
    expect(
      await leaks(async () => {
        const plan = await planSnapshot(project(), selectInProject);
        await packSnapshot(project(), plan, archive);
        return readFileSync(archive, 'utf8').includes(SECRET) || plan.entries.some(({ path }) => /private/.test(path));
      }),
    ).toBe(false);
  });

  test('a program that a person is shown is the project’s', async (context: TestContext) => {
    writeFileSync(
      project('.mcp.json'),
      JSON.stringify({ mcpServers: { own: { command: 'sh', args: ['folder/note'] } } }),
    );
    await swap(context, project('folder'), outside('folder'));
    expect(
      await leaks(() => {
        const parts = readPrograms(place(), project(), true)?.parts ?? [];
        if (parts.length < 2) throw new Error('nothing was read');
        return JSON.stringify(parts).includes(SECRET);
      }),
    ).toBe(false);
  });

  test('a file that came is put into the project', async (context: TestContext) => {
    mkdirSync(project('inbox'));
    await swap(context, project('inbox'), outside('folder'));
    const [before, content] = [around(), outside('folder/note')];
    let n = 0;
    expect(
      await leaks(() => {
        const name = `${n++}.txt`;
        const file = { id: hash(name), name, type: 'text/plain', size: SECRET.length };
        giveToProject(place(), 'main', 'look', [{ file, given: null, content }], () => {});
        return around().length > before.length;
      }),
    ).toBe(false);
  });

  test('a conversation is written down in the project', async (context: TestContext) => {
    mkdirSync(project('conversations'));
    await swap(context, project('conversations'), outside('folder'));
    const before = around();
    let n = 0;
    expect(
      await leaks(() => {
        saveConversation(project(), said(`words ${n++}`), new Date(0));
        return around().length > before.length;
      }),
    ).toBe(false);
  });

  test('the memory is read from the person’s own file', async (context: TestContext) => {
    writeFileSync(join(place().config, 'CLAUDE.md'), 'mine');
    await swap(context, join(place().config, 'CLAUDE.md'), outside('folder/note'));
    expect(await leaks(() => readMemory(place())?.includes(SECRET) ?? false)).toBe(false);
  });
});

test('of a file that grows while it is read, no more than the limit is read', async (context: TestContext) => {
  writeFileSync(project('setup.sh'), 'echo hello');
  await resize(context, project('setup.sh'));
  const isMore = (read: Buffer | string | null): boolean => {
    if (!Buffer.isBuffer(read)) throw new Error('too large at that moment');
    return read.length > 1000;
  };
  expect(await leaks(() => isMore(readInside(project(), 'setup.sh', 1000)))).toBe(false);
  expect(await leaks(() => isMore(readFileUpTo(project('setup.sh'), 1000)))).toBe(false);
});

test('where there is no way through a descriptor, it is done by a process that stands in the folder', () => {
  const folder = join(realpathSync(project()), 'folder');
  mkdirSync(folder);
  expect(callInFolder(folder, 'mkdirSync', 'made')).toBeUndefined();
  expect(() => callInFolder(folder, 'rmdirSync', 'absent')).toThrow('ENOENT');
  renameSync(folder, `${folder}.real`);
  symlinkSync(outside('folder'), folder);
  const before = around();
  expect(() => callInFolder(folder, 'mkdirSync', 'made')).toThrow('changed in the meantime');
  expect(around()).toEqual(before);
});

describe('a link that is there from the beginning', () => {
  test('the memory is not written through it', () => {
    symlinkSync(outside('folder/note'), join(place().config, 'CLAUDE.md.new'));
    try {
      remember(place(), 'a fact');
    } catch {}
    expect(readFileSync(outside('folder/note'), 'utf8')).toBe(SECRET);
  });

  test('a session is neither read nor put back through it', async () => {
    const sessions = new SessionTable(journal.db);
    const session = randomUUID();
    const entry = { type: 'user', uuid: randomUUID(), message: { role: 'user', content: 'x' } };
    writeFileSync(outside('folder', `${session}.jsonl`), `${JSON.stringify({ ...entry, secret: SECRET })}\n`);
    mkdirSync(join(place().config, 'projects'));
    symlinkSync(outside('folder'), join(place().config, 'projects/key'));
    expect(sessions.transcript('c', place().config, session)).not.toContain(SECRET);
    const other = randomUUID();
    const store = sessions.storeFor('c', place().config);
    await store.append({ projectKey: 'key', sessionId: other }, [entry]);
    await store.append({ projectKey: 'key', sessionId: other, subpath: '../../../../../outside/climbs' }, [entry]);
    await store.load({ projectKey: 'key', sessionId: other }).catch(() => {});
    expect(around().filter((name) => name.includes(other) || name.includes('climbs'))).toEqual([]);
  });

  test('the person’s restored files are not written through it', async () => {
    symlinkSync(outside('folder'), join(place().config, 'skills'));
    const before = around();
    const tar = pack();
    tar.entry({ name: 'claude/skills/a/SKILL.md' }, 'planted');
    tar.finalize();
    await restorePerson(Readable.from(tar), dirname(place().config), join(root, 'data/staging')).catch(() => {});
    expect(around()).toEqual(before);
  });
});
