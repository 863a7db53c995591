import { createHash } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import { closeSync, createWriteStream, read } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Pack, pack } from 'tar-stream';
import { SNAPSHOT_BYTES_MAX } from '../../../src/protocol/index.ts';
import { Folder, isMissing, NotUsable } from '../files/folder.ts';
import { CACHE_TAG, DEPTH_MAX, ENTRIES_MAX, isLeftOut, staysInside, toSafePath } from './rules.ts';

// Copies a folder into a tar archive: lists and measures the content first, then writes it. Links stay links and are
// never followed. tar-stream writes the format, so that our own rules see every entry, on every system.

type Entry = { path: string; size: number; mode: number; mtime: number; target?: string; isFolder: boolean };
export type SnapshotPlan = {
  entries: Entry[];
  /** Names of files and folders that are not copied, each once. */
  leftOut: string[];
  /** Changes when anything in the folder changes. */
  digest: string;
};
export type Selection = 'take' | 'leave' | 'ignore';

/** The folder is over the limits of a snapshot. */
export class TooLarge extends Error {}
/** A file changed while it was being copied. */
export class Unsteady extends Error {}

const LEFT_OUT_MAX = 20;
const BLOCK = 512;
const CHUNK = 65_536;
const readFrom = promisify(read);

/** The selection for a project's folder. */
export const selectInProject = (path: string, isFolder: boolean): Selection =>
  isLeftOut(path, isFolder) ? 'leave' : 'take';

export async function planSnapshot(
  root: string,
  choose: (path: string, isFolder: boolean) => Selection,
): Promise<SnapshotPlan> {
  const entries: Entry[] = [];
  const leftOut = new Set<string>();
  let bytes = 0;
  const add = (entry: Entry): void => {
    // Header, content in whole blocks, and a second header for a long name.
    bytes += BLOCK * 3 + Math.ceil(entry.size / BLOCK) * BLOCK;
    if (bytes > SNAPSHOT_BYTES_MAX || entries.length >= ENTRIES_MAX) throw new TooLarge();
    entries.push(entry);
  };
  const leave = (path: string): void => {
    const name = path.split('/').at(-1) ?? path;
    if (leftOut.size < LEFT_OUT_MAX) leftOut.add(name.slice(0, 100));
  };
  const visit = async (folder: Folder, above: string): Promise<void> => {
    // Lets the server handle other requests meanwhile.
    await setImmediate();
    for (const name of folder.names().sort()) {
      const path = above === '' ? name : `${above}/${name}`;
      const found = folder.stat(name);
      if (!found) throw new Unsteady();
      const choice = choose(path, found.isDirectory());
      if (choice === 'ignore') continue;
      const target = found.isSymbolicLink() ? folder.target(name) : undefined;
      const isKind = found.isFile() || found.isDirectory() || target !== undefined;
      const leads = target !== undefined && !staysInside(path, target);
      if (choice === 'leave' || !isKind || leads || toSafePath(path) === null) {
        leave(path);
        continue;
      }
      const { mode, mtimeMs: mtime } = found;
      if (!found.isDirectory()) {
        const size = target === undefined ? found.size : 0;
        add({ path, size, mode, mtime, isFolder: false, ...(target && { target }) });
        continue;
      }
      using inner = folder.enter(name);
      if (path.split('/').length >= DEPTH_MAX || inner.stat(CACHE_TAG)?.isFile()) leave(path);
      else {
        add({ path, size: 0, mode, mtime, isFolder: true });
        await visit(inner, path);
      }
    }
  };
  try {
    using top = Folder.open(root);
    await visit(top, '');
  } catch (error) {
    throw isChange(error) ? new Unsteady() : error;
  }
  const digest = createHash('sha256').update(JSON.stringify(entries)).digest('hex');
  return { entries, leftOut: [...leftOut], digest };
}

/** Whether the error means that a file was removed or became something else. */
const isChange = (error: unknown): boolean =>
  error instanceof NotUsable || isMissing(error) || (error as NodeJS.ErrnoException).code === 'EINVAL';

/** Writes the archive of `plan` to `file`. */
export async function packSnapshot(root: string, plan: SnapshotPlan, file: string): Promise<void> {
  const tar = pack();
  const written = pipeline(Readable.from(tar), createWriteStream(file));
  // Awaited below; a rejection before that must not count as unhandled.
  written.catch(() => {});
  try {
    for (const entry of plan.entries) await addEntry(tar, root, entry);
    tar.finalize();
    await written;
  } catch (error) {
    tar.destroy();
    // The disk's error is the cause; the archive's own error only says that it broke off.
    const cause: unknown = await written.then(() => error).catch((reason: NodeJS.ErrnoException) => reason);
    throw (cause as NodeJS.ErrnoException).syscall === undefined ? error : cause;
  }
}

async function addEntry(tar: Pack, root: string, { path, size, mode, mtime, target, isFolder }: Entry): Promise<void> {
  const header = { name: path, mode: mode & 0o777, mtime: new Date(mtime) };
  if (isFolder) return added((done) => tar.entry({ ...header, type: 'directory' }, done));
  if (target !== undefined) return added((done) => tar.entry({ ...header, type: 'symlink', linkname: target }, done));
  const source = opened(root, path);
  try {
    if (size === 0) return await added((done) => tar.entry({ ...header, size }, Buffer.alloc(0), done));
    const sink = tar.entry({ ...header, size });
    // A full disk ends the archive and every entry, and then `drain` never comes.
    const closed = new Promise<void>((resolve, reject) => sink.once('close', () => resolve()).once('error', reject));
    closed.catch(() => {});
    // Not as a stream: a broken stream closes the descriptor itself, and its number may already be another file's.
    for (let at = 0; at < size; ) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, size - at));
      const { bytesRead } = await readFrom(source, chunk, 0, chunk.length, at);
      if (bytesRead === 0) throw new Unsteady();
      at += bytesRead;
      if (sink.write(chunk.subarray(0, bytesRead))) continue;
      await Promise.race([closed, new Promise<void>((resolve) => sink.once('drain', () => resolve()))]);
    }
    sink.end(null);
    await closed;
  } finally {
    closeSync(source);
  }
}

function opened(root: string, path: string): number {
  try {
    using top = Folder.open(root);
    return openBelow(top, path.split('/'));
  } catch {
    throw new Unsteady();
  }
}

function openBelow(folder: Folder, [name = '', ...rest]: string[]): number {
  if (rest.length === 0) return folder.openFile(name);
  using inner = folder.enter(name);
  return openBelow(inner, rest);
}

function added(entry: (done: (error?: Error | null) => void) => EventEmitter): Promise<void> {
  return new Promise((resolve, reject) => {
    entry((error) => (error ? reject(error) : resolve())).once('error', reject);
  });
}
