import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { type Part, table } from './figures.ts';

// The size of the deployed relay: bundled by wrangler as for a deployment, without an upload. Each library's size is
// known only before compression, so its compressed size is its share of the whole.

type Size = { gzip: number; plain: number; libraries: { name: string; plain: number; gzip: number }[] };

type Metafile = { outputs: Record<string, { bytes: number; inputs: Record<string, { bytesInOutput: number }> }> };

const root = resolve(import.meta.dirname, '..');
const WITHIN_MS = 120_000;

const GZIP = 'the Worker, gzip';

export const parts: readonly Part[] = [
  {
    name: 'size',
    rows: [{ row: GZIP, unit: 'KiB', target: 230 }],
    runs: 1,
    measure: async () => ({ [GZIP]: (await measureSize()).gzip / 1024 }),
  },
];

async function measureSize(): Promise<Size> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-size-'));
  const out = join(folder, 'out');
  const metafile = join(folder, 'metafile.json');
  try {
    const wrangler = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
    const args = [wrangler, 'deploy', '--dry-run', '--outdir', out, '--metafile', metafile];
    const env = { PATH: process.env.PATH, HOME: folder, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: folder };
    await promisify(execFile)(process.execPath, args, { cwd: root, env, timeout: WITHIN_MS });
    // Everything except source maps and wrangler's note about the folder is uploaded: the bundle and the migrations'
    // SQL.
    const uploaded = readdirSync(out).filter((name) => !/\.map$|^README\.md$/.test(name));
    const files = uploaded.map((name) => readFileSync(join(out, name)));
    const plain = sum(files.map((file) => file.length));
    const gzip = sum(files.map((file) => gzipSync(file, { level: 9 }).length));
    const bytes = byLibrary(JSON.parse(readFileSync(metafile, 'utf8')) as Metafile);
    const total = sum([...bytes.values()]);
    const libraries = [...bytes]
      .map(([name, size]) => ({ name, plain: size, gzip: (gzip * size) / total }))
      .sort((a, b) => b.plain - a.plain);
    return { gzip, plain, libraries };
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function byLibrary({ outputs }: Metafile): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const output of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const name = libraryOf(path);
      bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return bytes;
}

function libraryOf(path: string): string {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path) ?? [];
  if (name) return name;
  return /^(src|migrations)\//.test(path) ? 'Roost itself' : 'wrangler’s own';
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

if (import.meta.main) {
  const { gzip, plain, libraries } = await measureSize();
  const inKiB = (bytes: number): string => (bytes / 1024).toFixed(1);
  const all = [{ name: 'the whole Worker', gzip, plain }, ...libraries];
  console.log(
    table(
      ['deployed size', 'KiB gzip', 'KiB'],
      all.map((one) => [one.name, inKiB(one.gzip), inKiB(one.plain)]),
    ),
  );
}
