import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { layOut, render, segmentsIn, type ZipFile } from '../../src/objects/zip-layout.ts';

// Archives of /export open in programs that people have: they are made part by part, and Python and unzip read them.

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'roost-zip-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILES: [name: string, content: string][] = [
  ['README.txt', 'What this is.\n'],
  ['data/messages-0001.jsonl', '{"text":"hällo 🦉"}\n'.repeat(5000)],
  ['files/Übersicht 2026.pdf', 'x'.repeat(70_000)],
  ['empty.txt', ''],
];

/** The archive, made in parts of `most` bytes, each by itself. */
function archiveOf(files: readonly (readonly [string, string])[], most: number): Buffer {
  const contents = files.map(([, content]) => Buffer.from(content));
  const listed: ZipFile[] = files.map(([name], n) => ({ name, size: contents[n]?.length ?? 0 }));
  const layout = layOut(listed);
  const heads = layout.segments.filter(({ kind }) => kind === 'header').map(({ at }) => at);
  const directoryAt = layout.segments.find(({ kind }) => kind === 'record')?.at ?? 0;
  const endAt = layout.segments.at(-1)?.at ?? 0;
  const directory = { count: files.length, at: directoryAt, end: endAt };
  const parts: Buffer[] = [];
  for (let from = 0; from < layout.size; from += most) {
    const to = Math.min(layout.size, from + most);
    for (const segment of segmentsIn(layout, from, to)) {
      const { kind, file: n, at } = segment;
      const [file = { name: '', size: 0 }, content = Buffer.alloc(0)] = [listed[n], contents[n]];
      const written = { ...file, headerAt: heads[n] ?? 0, crc: crc32(content) };
      const bytes = kind === 'data' ? content : render(segment, written, Date.UTC(2026, 10, 23, 12), directory);
      parts.push(Buffer.from(bytes.subarray(Math.max(0, from - at), Math.max(0, to - at))));
    }
  }
  return Buffer.concat(parts);
}

const PYTHON = `
import sys, json, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps([[i.filename, i.file_size, z.read(i).decode()] for i in z.infolist()]))`;

test.for([100_000_000, 65_536, 1000, 7])('parts of %i bytes make the same archive, which opens', (most) => {
  const path = join(folder, `${most}.zip`);
  writeFileSync(path, archiveOf(FILES, most));
  expect(readFileSync(path).equals(archiveOf(FILES, 100_000_000))).toBe(true);
  const tested = spawnSync('unzip', ['-t', path], { encoding: 'utf8' });
  expect(tested.stdout + tested.stderr).toContain('No errors detected');
  const read = spawnSync('python3', ['-c', PYTHON, path], { encoding: 'utf8' });
  expect(read.stderr).toBe('');
  expect(JSON.parse(read.stdout)).toEqual(FILES.map(([name, text]) => [name, Buffer.byteLength(text), text]));
});

test('seventy thousand files and a file beyond four gigabytes have their places', () => {
  const many = archiveOf(
    Array.from({ length: 70_000 }, (_, n) => [`${n}.txt`, `${n}`] as const),
    1e9,
  );
  const path = join(folder, 'many.zip');
  writeFileSync(path, many);
  const count = spawnSync('python3', [
    '-c',
    'import sys,zipfile;print(len(zipfile.ZipFile(sys.argv[1]).namelist()))',
    path,
  ]);
  expect(String(count.stdout).trim()).toBe('70000');
  const large = layOut([
    { name: 'a', size: 5 * 2 ** 30 },
    { name: 'b', size: 1 },
  ]);
  expect(large.segments.filter(({ kind }) => kind === 'header')[1]?.at).toBe(30 + 1 + 20 + 5 * 2 ** 30 + 24);
});
