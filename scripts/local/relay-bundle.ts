import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

// The relay bundled by wrangler as for a deployment: once for each state of its sources. All runs share the bundles.

/** Sources outside `src/`, and the entry that adds them to the relay of local runs; from the root. */
export type Added = { folder: string; entry: string };

/** The sources of a bundle, besides the packages of the lockfile. */
export const SOURCES = ['src', 'migrations', 'assets', 'wrangler.toml', 'package.json'];

const KNOWN = resolve(import.meta.dirname, '../../node_modules/.cache/relay');
const LOCKFILE = resolve(import.meta.dirname, '../../package-lock.json');
const BUNDLE_WITHIN_MS = 120_000;
const LOOK_AGAIN_MS = 50;
const KEPT_MS = 24 * 60 * 60_000;
/** The entry of every local run. */
const LOCAL_ENTRY = 'src/worker/local.ts';

/** Bundles the relay whose sources are under `root`, as for a deployment. */
async function buildBundle(root: string, out: string, added?: Added): Promise<void> {
  const wrangler = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
  const logs = mkdtempSync(join(out, 'logs-'));
  const env = { PATH: process.env.PATH, HOME: logs, WRANGLER_SEND_METRICS: 'false', WRANGLER_LOG_PATH: logs };
  const args = [wrangler, 'deploy', added?.entry ?? LOCAL_ENTRY, '--dry-run', '--outdir', join(out, 'bundle')];
  await promisify(execFile)(process.execPath, args, { cwd: root, env, timeout: BUNDLE_WITHIN_MS });
}

/** The folder with the bundle of local runs, which is built if these sources have none yet. */
export async function findOrBuildBundle(root: string, added?: Added): Promise<string> {
  let known = join(KNOWN, fingerprint(root, added));
  while (!isThere(known)) {
    await buildOnce(root, known, added);
    known = join(KNOWN, fingerprint(root, added));
  }
  const now = new Date();
  utimesSync(known, now, now);
  return join(known, 'bundle');
}

/** Puts the bundle of local runs into `folder`, as a link. */
export async function linkBundle(root: string, folder: string, added?: Added): Promise<void> {
  const bundle = await findOrBuildBundle(root, added);
  mkdirSync(folder, { recursive: true });
  symlinkSync(bundle, join(folder, 'bundle'));
}

/** One process bundles, the others wait for it. The lock ends with the process that holds it. */
async function buildOnce(root: string, known: string, added?: Added): Promise<void> {
  mkdirSync(KNOWN, { recursive: true });
  const lock = new DatabaseSync(join(KNOWN, 'lock.sqlite'), { timeout: 0 });
  try {
    while (!holds(lock)) await pause(LOOK_AGAIN_MS);
    if (isThere(known)) return;
    forgetOld();
    const out = mkdtempSync(join(KNOWN, 'new-'));
    await buildBundle(root, out, added);
    // A source that changed meanwhile may be in the bundle or not.
    if (join(KNOWN, fingerprint(root, added)) === known) renameSync(out, known);
    else rmSync(out, { recursive: true, force: true });
  } finally {
    lock.close();
  }
}

/** Names sources and packages by their content, wherever they are. */
function fingerprint(root: string, added?: Added): string {
  const hash = createHash('sha256')
    .update(readFileSync(LOCKFILE))
    .update(added?.entry ?? '');
  for (const source of [...SOURCES, ...(added ? [added.folder] : [])]) {
    const path = join(root, source);
    const isFolder = statSync(path).isDirectory();
    const inside = isFolder ? readdirSync(path, { recursive: true, withFileTypes: true }) : [];
    const files = isFolder ? inside.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name)) : [path];
    for (const file of files.sort()) {
      const bytes = readFileSync(file);
      hash.update(`\n${file.slice(root.length)} ${bytes.length}\n`).update(bytes);
    }
  }
  return hash.digest('hex').slice(0, 32);
}

/** False while another process holds the lock. */
function holds(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (/locked/.test(String(error))) return false;
    throw error;
  }
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;

/** Removes bundles that nobody has used for a day. */
function forgetOld(): void {
  for (const entry of readdirSync(KNOWN, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(KNOWN, entry.name);
    if (statSync(path).mtimeMs < Date.now() - KEPT_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** The workerd that wrangler runs. */
export function workerdPath(): string {
  const wrangler = createRequire(createRequire(import.meta.url).resolve('wrangler/package.json'));
  return (wrangler('workerd') as { default: string }).default;
}
