import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readDiff } from '../../src/git/unified-diff.ts';
import { DIFF_MAX_BYTES, type EventBody, type StartAttempt } from '../../src/protocol/index.ts';
import { type DiffHost, type DiffMessage, performDiff } from '../../vm/src/actions/diff-action.ts';
import type { OpenAgent, Signal } from '../../vm/src/agent/agent.ts';
import { git } from './connect-edge.ts';
import { gitToolsPath } from './git-tools.ts';
import { message, newAttempt, newDataDir, removeDataDir, results } from './machine-harness.ts';
import { type RepositoryMachine, repositoryMachine } from './repository-machine.ts';
import { sandboxPath } from './sandbox-tools.ts';

// The action `diff`: what isn't committed and what isn't in the default branch, from a folder that the agent may have
// prepared. git is the real one.

const sandboxTools = await sandboxPath();
const tools = await gitToolsPath();
const sandboxed = { APPROVALS: 'ask', SANDBOX: 'required', PATH: 'missing' in sandboxTools ? '' : sandboxTools.path };
const WAYS: [string, Record<string, string>, string | null][] = [
  ['on a machine of its own', {}, null],
  ['in a sandbox', sandboxed, 'missing' in sandboxTools ? sandboxTools.missing : null],
];

let own: RepositoryMachine;
afterEach(() => own.end());
const conversation = (): string => join(own.dataDir, 'conversations', own.client.conversation);
const project = (...path: string[]): string => join(conversation(), 'projects/main', ...path);
const put = (path: string, text: string): void => {
  mkdirSync(dirname(project(path)), { recursive: true });
  writeFileSync(project(path), text);
};
const commit = (text: string): void => void git(project(), 'commit', '--quiet', '--all', `--message=${text}`);

async function act(action: 'clone' | 'diff', asked: Partial<StartAttempt> = {}): Promise<EventBody[]> {
  const text = action === 'clone' ? 'https://github.com/ann/shop' : '.';
  return own.client.run(newAttempt(), { ...asked, messages: [{ ...message(text), action }] });
}

/** A machine with the clone of a repository with these files. */
async function cloned(files: Record<string, string>, env: Record<string, string> = {}): Promise<void> {
  own = await repositoryMachine(env, files);
  await act('clone', { git: await own.access() });
  for (const [key, value] of [
    ['user.name', 'Ann'],
    ['user.email', 'ann@example.com'],
  ] as const)
    git(project(), 'config', key, value);
}

/** The answer to `diff`, its files with what was done to them. */
async function changes() {
  const [result] = results(await act('diff'));
  const { diff, text } = result ?? {};
  const files = readDiff(diff?.patch ?? '').map(({ path, change, added, removed }) => [path, change, added, removed]);
  return { text, files, isCut: diff?.is_cut, against: diff?.against, patch: diff?.patch ?? '' };
}

describe.each(WAYS)('%s', (_way, env, missing) => {
  test.skipIf(missing)('what is committed on a branch, changed, new, deleted and renamed', async () => {
    const long = `${Array.from({ length: 20 }, (_, n) => `line ${n}`).join('\n')}\n`;
    await cloned({ 'a.txt': 'one\ntwo\n', 'gone.txt': 'x\n', 'long.txt': long, '.gitignore': 'dist\n' }, env);
    expect(await changes()).toMatchObject({ text: 'There are no changes: everything is as in main.', files: [] });
    git(project(), 'checkout', '--quiet', '-b', 'agent');
    put('a.txt', 'one\n2\n');
    commit('Two');
    put('a.txt', 'one\n2\nthree\n');
    put('new/ü.txt', 'new\n');
    put('dist/out.js', 'ignored\n');
    rmSync(project('gone.txt'));
    renameSync(project('long.txt'), project('longer.txt'));
    const before = git(project(), 'status', '--porcelain');
    const { files, ...rest } = await changes();
    expect(rest).toMatchObject({ text: 'Here are the changes.', isCut: false, against: 'main' });
    expect(files).toEqual([
      ['a.txt', 'changed', 2, 1],
      ['gone.txt', 'deleted', 0, 1],
      ['longer.txt', 'renamed', 0, 0],
      ['new/ü.txt', 'added', 1, 0],
    ]);
    expect(git(project(), 'status', '--porcelain')).toBe(before);
    expect(readdirSync(join(conversation(), 'cloning'))).toEqual([]);
  });

  test.skipIf(missing)('a hostile folder starts no program and hides no change', async () => {
    await cloned({ 'a.txt': 'one\n', 'b.txt': 'one\n', 'c.txt': 'one\n' }, env);
    const touched = join(mkdtempSync('/var/tmp/roost-touched-'), 'touched');
    const nested = project('nested');
    mkdirSync(nested);
    git(nested, 'init', '--quiet');
    for (const name of ['x.txt', '.gitattributes']) put(`nested/${name}`, '* filter=evil\n');
    git(nested, 'add', '.');
    for (const folder of [nested, project()]) {
      git(
        folder,
        '-c',
        'user.name=A',
        '-c',
        'user.email=a@example.com',
        'commit',
        '--quiet',
        '--allow-empty',
        '--message=One',
      );
      if (folder === nested)
        git(project(), 'update-index', '--add', '--cacheinfo', `160000,${git(nested, 'rev-parse', 'HEAD')},nested`);
    }
    git(project(), 'update-ref', 'refs/remotes/origin/main', 'HEAD');
    git(project(), 'update-index', '--assume-unchanged', 'a.txt');
    git(project(), 'update-index', '--skip-worktree', 'b.txt');
    const program = project('program.sh');
    writeFileSync(program, `#!/bin/sh\ntouch ${touched}\n`);
    chmodSync(program, 0o755);
    for (const folder of [nested, project()]) {
      for (const key of ['diff.external', 'diff.evil.textconv', 'diff.evil.command', 'core.pager', 'core.sshCommand'])
        git(folder, 'config', key, program);
      for (const key of ['clean', 'smudge', 'process']) git(folder, 'config', `filter.evil.${key}`, program);
      git(folder, 'config', 'filter.evil.required', 'true');
      git(folder, 'config', 'core.hooksPath', project('hooks'));
      git(folder, 'config', 'core.fsmonitor', program);
    }
    for (const hook of ['post-index-change', 'reference-transaction', 'fsmonitor-watchman']) {
      put(`hooks/${hook}`, `#!/bin/sh\ntouch ${touched}\n`);
      chmodSync(project('hooks', hook), 0o755);
    }
    put('.gitattributes', '* filter=evil diff=evil merge=evil\n');
    put('.git/info/exclude', '*\n');
    const ofHome = join(conversation(), 'home/.config/git');
    mkdirSync(ofHome, { recursive: true });
    writeFileSync(join(ofHome, 'ignore'), '*\n');
    writeFileSync(join(ofHome, 'attributes'), '* -diff\n');
    for (const name of ['a.txt', 'b.txt', 'c.txt', 'nested/x.txt']) put(name, 'two\n');
    rmSync(dirname(touched), { recursive: true });
    mkdirSync(dirname(touched));
    const { files, patch } = await changes();
    const plain = files.map(([path]) => path);
    expect(patch).toContain('-one\n+two\n');
    expect(plain).toEqual(expect.arrayContaining(['a.txt', 'b.txt', 'c.txt', '.gitattributes', 'program.sh']));
    expect(existsSync(touched)).toBe(false);
    // An ordinary git does start one here.
    spawnSync('git', ['status'], { cwd: project(), stdio: 'ignore' });
    expect(existsSync(touched)).toBe(true);
    rmSync(dirname(touched), { recursive: true });
  });
});

test('changes without end are cut at a line, and large files are named without their content', async () => {
  await cloned({ 'a.txt': 'one\n' });
  put('a.bin', 'x'.repeat(3 * 2 ** 20));
  put('b.txt', 'ü'.repeat(50).concat('\n').repeat(20_000));
  const { patch, isCut, files } = await changes();
  expect(isCut).toBe(true);
  expect(Buffer.byteLength(patch)).toBeGreaterThan(DIFF_MAX_BYTES - 200);
  expect(Buffer.byteLength(patch)).toBeLessThanOrEqual(DIFF_MAX_BYTES);
  expect(patch.endsWith('ü\n')).toBe(true);
  expect(files.map(([path]) => path)).toEqual(['a.bin', 'b.txt']);
});

test('a folder of its own making: before the first commit, after it, and without git', async () => {
  own = await repositoryMachine();
  expect((await changes()).text).toBe('There are no changes since the last commit.');
  put('a.txt', 'one\n');
  expect(await changes()).toMatchObject({ files: [['a.txt', 'added', 1, 0]], against: null });
  git(project(), 'add', '.');
  git(project(), '-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--message=One');
  expect((await changes()).text).toBe('There are no changes since the last commit.');
  put('a.txt', 'two\n');
  expect(await changes()).toMatchObject({ files: [['a.txt', 'changed', 1, 1]], against: null });
  renameSync(project('.git'), join(own.dataDir, 'elsewhere'));
  writeFileSync(project('.git'), `gitdir: ${join(own.dataDir, 'elsewhere')}\n`);
  expect((await changes()).text).toMatch(/^The folder of this project isn’t a git repository/);
});

test('old versions of files that stayed on the host are not fetched: a sentence', async () => {
  await cloned({ 'a.txt': 'one\n' });
  const blob = git(project(), 'rev-parse', 'HEAD:a.txt');
  const [pack = ''] = readdirSync(project('.git/objects/pack')).filter((name) => name.endsWith('.pack'));
  renameSync(project('.git/objects/pack', pack), join(own.dataDir, pack));
  execFileSync('git', ['unpack-objects', '-q'], { cwd: project(), input: readFileSync(join(own.dataDir, pack)) });
  rmSync(project('.git/objects', blob.slice(0, 2), blob.slice(2)));
  put('a.txt', 'two\n');
  expect((await changes()).text).toMatch(/^I couldn’t read the changes: .* Ask me to look at it\.$/);
});

describe.skipIf('missing' in tools)('files in LFS', () => {
  test('that are as they were are no changes', async () => {
    const path = 'missing' in tools ? '' : tools.path;
    await cloned({ '.gitattributes': '*.psd filter=lfs diff=lfs merge=lfs -text\n' }, { PATH: path });
    const run = (...args: string[]): void =>
      void execFileSync('git', args, { cwd: project(), env: { ...process.env, PATH: path }, stdio: 'ignore' });
    run('lfs', 'install', '--local');
    put('hen.psd', 'hen\n'.repeat(100));
    run('add', '.');
    run('-c', 'core.hooksPath=/dev/null', 'commit', '--quiet', '--message=Hen');
    git(project(), 'update-ref', 'refs/remotes/origin/main', 'HEAD');
    expect(await changes()).toMatchObject({ text: 'There are no changes: everything is as in main.' });
  });
});

test('when the time is up, or the attempt over, nothing runs on', async () => {
  own = await repositoryMachine();
  const dataDir = newDataDir();
  const over = new AbortController();
  const host = { attempt: newAttempt(), over: over.signal } as unknown as DiffHost;
  const open = { conversation: 'a'.repeat(64), project: 'main' } as OpenAgent;
  const signals: Signal[] = [];
  const asked = { ...message('.'), action: 'diff' } as DiffMessage;
  const perform = () =>
    performDiff({ dataDir, policy: { approvals: 'auto' }, boundMs: 0 }, open, asked, host, (signal) =>
      signals.push(signal),
    );
  await perform();
  expect(signals.find((signal) => signal.type === 'answer')?.answer.text).toMatch(/^Reading the changes took longer/);
  over.abort();
  signals.length = 0;
  await perform();
  expect(signals.map(({ type }) => type)).toEqual(['message']);
  removeDataDir(dataDir);
});
