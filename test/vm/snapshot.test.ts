import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Hostile, restorePerson, restoreProject } from '../../vm/src/backup/restore.ts';
import { isLeftOut } from '../../vm/src/backup/rules.ts';
import { packSnapshot, planSnapshot, selectInProject, TooLarge, Unsteady } from '../../vm/src/backup/snapshot.ts';

// A folder packed into an archive and unpacked, and foreign archives: refused, with nothing written anywhere.

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'roost-snapshot-'));
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

type Tree = Record<string, string>;
/** The content of a folder: content and mode of files, targets of links. */
function treeOf(root: string, folder = ''): Tree {
  const tree: Tree = {};
  for (const name of existsSync(join(root, folder)) ? readdirSync(join(root, folder)).sort() : []) {
    const path = join(folder, name);
    const at = join(root, path);
    const found = lstatSync(at);
    if (found.isSymbolicLink()) tree[path] = `-> ${readlinkSync(at)}`;
    else if (found.isDirectory()) Object.assign(tree, { [path]: 'folder' }, treeOf(root, path));
    else
      tree[path] =
        `${(found.mode & 0o777).toString(8)} ${Math.floor(found.mtimeMs / 1000)} ${readFileSync(at, 'latin1')}`;
  }
  return tree;
}

function write(root: string, files: Record<string, string>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

async function archived(root: string): Promise<{ file: string; leftOut: string[]; digest: string }> {
  const plan = await planSnapshot(root, selectInProject);
  const file = join(place, 'archive.tar');
  await packSnapshot(root, plan, file);
  return { file, leftOut: plan.leftOut, digest: plan.digest };
}

const restored = (file: string, project: string): Promise<boolean> =>
  restoreProject(Readable.from([readFileSync(file)]), project, join(place, 'staging', 'one'));

const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: place, GIT_CEILING_DIRECTORIES: place },
  });

test('everything inside .git is copied, also a branch that is named like a cache', () => {
  const branches = ['.git/refs/heads/node_modules', 'app/.git/refs/heads/.cache'];
  expect(branches.filter((path) => isLeftOut(path, true))).toEqual([]);
  expect(['node_modules', 'app/.cache'].filter((path) => !isLeftOut(path, true))).toEqual([]);
});

describe('a project', () => {
  test('comes back with its history, its uncommitted work, its modes and links; secrets and what can be made again do not', async () => {
    const root = join(place, 'project');
    write(root, { 'a.txt': 'one', 'bin/run': '#!/bin/sh', empty: '', 'deep/er/still/b.txt': 'x'.repeat(70_000) });
    chmodSync(join(root, 'bin/run'), 0o755);
    git(root, 'init', '--quiet');
    git(root, 'add', '.');
    git(root, 'commit', '--quiet', '-m', 'first');
    write(root, {
      'a.txt': 'changed',
      'new.txt': 'not added',
      '.env': 'SECRET=1',
      'app/.env.production': 'SECRET=2',
      'node_modules/x/index.js': '',
      'app/__pycache__/y': '',
      'cache/CACHEDIR.TAG': 'Signature: 8a477f597d28d172789f06886806bc55',
      'cache/z': '',
      [`long/${'n'.repeat(180)}/${'ü'.repeat(100)}`]: 'long',
    });
    mkdirSync(join(root, 'void'));
    symlinkSync('a.txt', join(root, 'inside'));
    symlinkSync('../../a.txt', join(root, 'deep/er/up'));
    symlinkSync('gone', join(root, 'dangling'));
    symlinkSync('/etc/hostname', join(root, 'outside'));
    symlinkSync('../project-of-another', join(root, 'sideways'));

    const { file, leftOut } = await archived(root);
    expect(leftOut.sort()).toEqual(
      ['.env', '.env.production', 'node_modules', '__pycache__', 'cache', 'outside', 'sideways'].sort(),
    );
    const copy = join(place, 'copy', 'main');
    expect(await restored(file, copy)).toBe(true);
    const wanted = treeOf(root);
    for (const path of Object.keys(wanted)) {
      if (/^(\.env|app|node_modules|cache|outside|sideways)/.test(path)) delete wanted[path];
    }
    const got = treeOf(copy);
    expect(Object.keys(got).filter((path) => path.startsWith('app/'))).toEqual([]);
    delete got.app;
    expect(got).toEqual(wanted);
    expect(git(copy, 'status', '--porcelain').split('\n').filter(Boolean).sort()).toEqual(
      [' M a.txt', '?? dangling', '?? deep/er/up', '?? inside', '?? long/', '?? new.txt'].sort(),
    );
    expect(git(copy, 'log', '--format=%s')).toBe('first\n');
    expect(existsSync(join(place, 'staging', 'one'))).toBe(false);
  });

  test('is never written over: with work in it it stays as it is, an unused repository gives way', async () => {
    write(join(place, 'project'), { 'a.txt': 'from the archive' });
    const { file } = await archived(join(place, 'project'));
    const full = join(place, 'full');
    write(full, { 'b.txt': 'mine' });
    expect(await restored(file, full)).toBe(false);
    expect(Object.keys(treeOf(full))).toEqual(['b.txt']);
    const committed = join(place, 'committed');
    write(committed, { c: 'c' });
    git(committed, 'init', '--quiet');
    git(committed, 'add', '.');
    git(committed, 'commit', '--quiet', '-m', 'kept');
    rmSync(join(committed, 'c'));
    expect(await restored(file, committed)).toBe(false);
    const unused = join(place, 'unused');
    mkdirSync(unused);
    git(unused, 'init', '--quiet');
    expect(await restored(file, unused)).toBe(true);
    expect(Object.keys(treeOf(unused))).toEqual(['a.txt']);
  });

  test('has the same digest until something changes, and is refused when it is too large', async () => {
    const root = join(place, 'project');
    write(root, { 'a.txt': 'one', 'b/c.txt': 'two' });
    const { digest } = await archived(root);
    expect((await archived(root)).digest).toBe(digest);
    writeFileSync(join(root, 'b/c.txt'), 'three');
    expect((await archived(root)).digest).not.toBe(digest);
    writeFileSync(join(root, 'big'), '');
    truncateSync(join(root, 'big'), 100_000_001);
    await expect(planSnapshot(root, selectInProject)).rejects.toBeInstanceOf(TooLarge);
    mkdirSync(join(root, 'node_modules'));
    renameSync(join(root, 'big'), join(root, 'node_modules/big'));
    expect((await planSnapshot(root, selectInProject)).leftOut).toEqual(['node_modules']);
  });

  test('gives way to work that is begun while it is unpacked', async () => {
    const root = join(place, 'project');
    write(root, { 'a.txt': 'of the archive' });
    const { file } = await archived(root);
    const copy = join(place, 'copy');
    async function* slow(): AsyncGenerator<Uint8Array, void> {
      write(copy, { 'b.txt': 'of the agent' });
      yield readFileSync(file);
    }
    expect(await restoreProject(slow(), copy, join(place, 'staging', 'one'))).toBe(false);
    expect(Object.keys(treeOf(copy))).toEqual(['b.txt']);
    expect(existsSync(join(place, 'staging', 'one'))).toBe(false);
  });

  test('onto a disk that is full: an error for whoever asked, whatever was being written', async () => {
    const [one, many] = [join(place, 'one'), join(place, 'many')];
    write(one, { big: 'x'.repeat(5_000_000) });
    for (let n = 0; n < 300; n++) write(many, { [`empty-${n}`]: '', [`folder-${n}/small`]: 'x' });
    for (const root of [one, many]) {
      const plan = await planSnapshot(root, selectInProject);
      await expect(packSnapshot(root, plan, '/dev/full')).rejects.toThrow('ENOSPC');
    }
  });

  test('that changes while it is read is not copied half', async () => {
    const root = join(place, 'project');
    write(root, { big: 'x'.repeat(1_000_000), gone: 'y' });
    const plan = await planSnapshot(root, selectInProject);
    truncateSync(join(root, 'big'), 10);
    await expect(packSnapshot(root, plan, join(place, 'a.tar'))).rejects.toBeInstanceOf(Unsteady);
    const vanishing = planSnapshot(root, (path) => {
      if (path === 'big') rmSync(join(root, 'gone'));
      return 'take';
    });
    await expect(vanishing).rejects.toBeInstanceOf(Unsteady);
  });
});

type Part = { header: Partial<Header> & { name: string }; content?: string };

async function tarOf(parts: readonly Part[]): Promise<Buffer> {
  const tar = pack();
  for (const { header, content = '' } of parts) tar.entry(header, content);
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Unpacks beside a file that must not change; returns what was left anywhere. */
async function attempted(archive: Buffer): Promise<{ refused: boolean; left: Tree; around: Tree }> {
  const world = mkdtempSync(join(place, 'world-'));
  write(world, { 'secret.txt': 'untouched', 'projects/other/file': 'untouched' });
  const project = join(world, 'projects/main');
  const body = Readable.from([archive.subarray(0, 700), archive.subarray(700)]);
  const refused = await restoreProject(body, project, join(world, 'staging/one')).then(
    () => false,
    (error: unknown) => {
      if (error instanceof Hostile) return true;
      throw error;
    },
  );
  const left = treeOf(project);
  const around = Object.fromEntries(
    Object.entries(treeOf(world)).filter(([path]) => !path.startsWith('projects/main')),
  );
  for (const path of Object.keys(around)) if (around[path] === 'folder') delete around[path];
  return { refused, left, around };
}

const untouched = {
  'secret.txt': expect.stringMatching(/untouched$/),
  'projects/other/file': expect.stringMatching(/untouched$/),
};

describe('an archive that is not ours', () => {
  const file = (name: string, content = 'evil'): Part => ({ header: { name }, content });
  const link = (name: string, linkname: string): Part => ({ header: { name, type: 'symlink', linkname } });
  test.each<[string, Part[]]>([
    ['climbs', [file('../secret.txt')]],
    ['climbs in the middle', [file('a/../../../secret.txt')]],
    ['is absolute', [file('/tmp/roost-evil')]],
    ['links out', [link('out', '../../secret.txt')]],
    ['links to an absolute path', [link('out', '/etc/passwd')]],
    [
      'links out by another link',
      [{ header: { name: 'p', type: 'directory' } }, link('d/e/a', '../../p'), link('d/e/x', 'a/../../secret.txt')],
    ],
    ['writes through a link', [link('out', '.'), file('out/a')]],
    [
      'writes through a link that came first',
      [{ header: { name: 'd', type: 'directory' } }, link('l', 'd'), file('l/../../secret.txt')],
    ],
    ['names one path twice', [file('a'), file('a')]],
    ['has a hard link', [{ header: { name: 'h', type: 'link', linkname: '../../secret.txt' } }]],
    ['has a device', [{ header: { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 } }]],
    ['has a pipe', [{ header: { name: 'p', type: 'fifo' } }]],
    ['has a name of dots', [file('a/./b')]],
    ['has an empty name', [file('')]],
    ['is a file and a folder', [file('a'), file('a/b')]],
  ])('%s: refused, nothing is left, nothing around it changes', async (_, parts) => {
    const { refused, left, around } = await attempted(await tarOf([file('good.txt', 'good'), ...parts]));
    expect({ refused, left }).toEqual({ refused: true, left: {} });
    expect(around).toEqual(untouched);
  });

  test('cut off, garbled or too large: refused', async () => {
    const whole = await tarOf([file('a.txt', 'x'.repeat(5000))]);
    for (const archive of [whole.subarray(0, 3000), Buffer.from(whole).fill(7, 0, 200), Buffer.alloc(700, 1)]) {
      expect(await attempted(archive)).toMatchObject({ refused: true, left: {} });
    }
    const claimed = await tarOf([{ header: { name: 'bomb', size: 0 } }]);
    // A header that claims a terabyte.
    claimed.write('\x80\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00', 124, 'latin1');
    expect(await attempted(claimed)).toMatchObject({ refused: true, left: {} });
  });

  test('any content: all of it inside, or refused with nothing left', { timeout: 60_000 }, async () => {
    const step = fc.constantFrom('a', 'b', 'c', '..', '.', '', '.git', 'A', 'a\0b', 'ü');
    const path = fc.array(step, { minLength: 1, maxLength: 5 }).map((steps) => steps.join('/'));
    const type = fc.constantFrom('file', 'file', 'directory', 'symlink', 'symlink', 'link', 'fifo') as fc.Arbitrary<
      Header['type']
    >;
    const part = fc
      .record({ name: path, type, linkname: path, climbs: fc.nat(3) })
      .map(({ name, type, linkname, climbs }) => ({
        header: { name: name, type, linkname: '../'.repeat(climbs) + linkname },
        content: type === 'file' ? 'evil' : '',
      }));
    const seen = { taken: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 6 }), async (parts) => {
        const { refused, left, around } = await attempted(await tarOf(parts));
        expect(around).toEqual(untouched);
        seen[refused ? 'refused' : 'taken']++;
        if (refused) expect(left).toEqual({});
      }),
      { numRuns: 400 },
    );
    expect(seen.taken).toBeGreaterThan(8);
    expect(seen.refused).toBeGreaterThan(100);
  });
});

test('the person’s own files come back beside existing ones, and nothing else is taken', async () => {
  const root = join(place, 'conversation');
  write(root, { 'claude/CLAUDE.md': 'of the new machine' });
  const put = async (parts: readonly Part[]): Promise<boolean> =>
    restorePerson(Readable.from([await tarOf(parts)]), root, join(place, 'staging', 'two'));
  const files = (names: string[]): Part[] => names.map((name) => ({ header: { name }, content: 'of the old one' }));
  expect(await put(files(['claude/CLAUDE.md', 'claude/skills/a/SKILL.md', 'projects/CLAUDE.md']))).toBe(true);
  expect(readFileSync(join(root, 'claude/CLAUDE.md'), 'utf8')).toBe('of the new machine');
  expect(readFileSync(join(root, 'claude/skills/a/SKILL.md'), 'utf8')).toBe('of the old one');
  expect(readFileSync(join(root, 'projects/CLAUDE.md'), 'utf8')).toBe('of the old one');
  for (const name of ['claude/.credentials.json', 'projects/main/a.txt', 'home/.bashrc', 'claude/skills/../../x']) {
    await expect(put(files([name]))).rejects.toBeInstanceOf(Hostile);
  }
  expect(existsSync(join(place, 'staging', 'two'))).toBe(false);
});
