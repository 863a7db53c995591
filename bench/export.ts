import { spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';

// Makes the archive of /export from one backup of many gigabytes, in a workerd with a bucket on disk, and has unzip test
// it: `node scripts/bootstrap.mjs bench/export.ts 3`. Prints the time and the memory of workerd. Not a part of the
// table, because it takes minutes and several gigabytes of disk.

const root = join(import.meta.dirname, '..');
const gigabytes = Number(process.argv[2] ?? 3);
const size = Math.round(gigabytes * 1e9);

/** Makes each part on request, with the product's own code, as the object's lane does. */
const WORKER = `
import { archiveOf, countParts, makePart } from '${root}/src/objects/export-archive.ts';
const block = new Uint8Array(8 * 2 ** 20);
for (let at = 0, state = 1; at < block.length; at++) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  block[at] = state >>> 24;
}
export default {
  async fetch(request, { MEDIA }) {
    const { step, key, upload, number, size, parts, entries } = await request.json();
    const media = { media: MEDIA, archive: null };
    switch (step) {
      case 'create':
        return Response.json({ upload: (await MEDIA.createMultipartUpload(key)).uploadId });
      case 'seed': {
        block[0] = number; block[1] = number >> 8;
        const bytes = block.subarray(0, size);
        return Response.json(await MEDIA.resumeMultipartUpload(key, upload).uploadPart(number, bytes));
      }
      case 'complete': {
        const { etag, size } = await MEDIA.resumeMultipartUpload(key, upload).complete(parts);
        return Response.json({ etag, size });
      }
      case 'count':
        return Response.json({ count: countParts(archiveOf(entries, 0)) });
      case 'part': {
        const { bytes, crcs } = await makePart(archiveOf(entries, 0), number, media);
        const { etag } = await MEDIA.resumeMultipartUpload(key, upload).uploadPart(number, bytes);
        return Response.json({ etag, crcs: [...crcs] });
      }
      case 'read':
        return new Response((await MEDIA.get(key)).body);
    }
  },
};`;

type Answer = {
  upload: string;
  etag: string;
  partNumber: number;
  size: number;
  count: number;
  crcs: [string, number][];
};

const folder = mkdtempSync(join(tmpdir(), 'roost-export-'));
const { outputFiles } = await build({
  stdin: { contents: WORKER, resolveDir: root, loader: 'ts' },
  bundle: true,
  format: 'esm',
  write: false,
  external: ['node:*'],
});
const runtime = new Miniflare({
  host: '127.0.0.1',
  cf: false,
  telemetry: { enabled: false },
  resourcePersistencePath: folder,
  workers: [
    {
      config: {
        name: 'bench',
        compatibilityDate: '2026-10-15',
        manifest: {
          mainModule: 'main.js',
          modules: { 'main.js': { type: 'esm', contents: outputFiles[0]?.text ?? '' } },
        },
        env: { MEDIA: { type: 'r2', name: 'media' } },
      },
    },
  ],
});

async function ask(body: object): Promise<Answer> {
  const response = await runtime.dispatchFetch('http://bench/', { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as Answer;
}

/** Megabytes that workerd, which runs the bucket too, has in memory now, and had at most. */
function memory(): { now: number; most: number } {
  const ours = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  for (const pid of ours) {
    const status = statusOf(pid);
    if (!/^Name:\s+workerd/m.test(status) || !new RegExp(`^PPid:\\s+${process.pid}$`, 'm').test(status)) continue;
    const [now, most] = ['VmRSS', 'VmHWM'].map((name) =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0),
    );
    return { now: Math.round((now ?? 0) / 1024), most: Math.round((most ?? 0) / 1024) };
  }
  return { now: 0, most: 0 };
}
function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

const PART = 8 * 2 ** 20;
try {
  const source = { key: 'source', upload: (await ask({ step: 'create', key: 'source' })).upload };
  const seeded: { partNumber: number; etag: string }[] = [];
  for (let number = 1; (number - 1) * PART < size; number++) {
    const part = Math.min(PART, size - (number - 1) * PART);
    seeded.push(await ask({ step: 'seed', ...source, number, size: part }));
  }
  const { etag } = await ask({ step: 'complete', ...source, parts: seeded });
  console.log(`a backup of ${size} bytes; workerd has ${memory().now} MB`);

  const entries = [{ name: 'projects/large.tar', bucket: 'media', objectKey: 'source', etag, size, crc: 0 }];
  const zip = { key: 'zip', upload: (await ask({ step: 'create', key: 'zip' })).upload };
  const { count } = await ask({ step: 'count', entries });
  const made: { partNumber: number; etag: string }[] = [];
  const began = Date.now();
  for (let number = 1; number <= count; number++) {
    const part = await ask({ step: 'part', ...zip, number, entries });
    made.push({ partNumber: number, etag: part.etag });
    for (const [name, crc] of part.crcs) for (const entry of entries) if (entry.name === name) entry.crc = crc;
    const { now, most } = memory();
    if (number % 64 === 0 || number === count) console.log(`part ${number} of ${count}: ${now} MB, at most ${most} MB`);
  }
  await ask({ step: 'complete', ...zip, parts: made });
  console.log(`made in ${((Date.now() - began) / 1000).toFixed(0)} s`);
  const [path, read] = [join(folder, 'export.zip'), Date.now()];
  const response = await runtime.dispatchFetch('http://bench/', {
    method: 'POST',
    body: JSON.stringify({ step: 'read', key: 'zip' }),
  });
  await pipeline(Readable.fromWeb(response.body as never), createWriteStream(path));
  const own = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `read in ${((Date.now() - read) / 1000).toFixed(0)} s: workerd at most ${memory().most} MB, this process ${own} MB`,
  );
  const { stdout, stderr } = spawnSync('unzip', ['-t', path], { encoding: 'utf8' });
  console.log(`${stdout}${stderr}`.trim());
} finally {
  await runtime.dispose();
  rmSync(folder, { recursive: true, force: true });
}
