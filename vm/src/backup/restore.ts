import { createWriteStream } from 'node:fs';
import { chmod, mkdir, readdir, rm, symlink, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { SNAPSHOT_BYTES_MAX } from '../../../src/protocol/index.ts';
import { Folder } from '../files/folder.ts';
import { givePathToAgent } from '../process/agent-user.ts';
import { makeAgentsFolder, makeConversationFolder } from '../workspace/conversation-folders.ts';
import { ENTRIES_MAX, isPersonal, leadsToPersonal, staysInside, toSafePath } from './rules.ts';

// Unpacks an archive in a staging folder and moves the result into place as a whole, or leaves nothing behind. Links
// are created last: until then every step of a path is a real folder, so nothing is ever written through a link.

/** The archive is not one of ours. */
export class Hostile extends Error {}

type Unpacked = { links: { path: string; target: string }[]; folders: { path: string; mode: number }[] };

/** Unpacks into `folder`, which must not exist yet. On failure, removes the folder. */
async function unpack(
  archive: AsyncIterable<Uint8Array>,
  folder: string,
  takes: (path: string) => boolean,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const known = new Set<string>(['.']);
  const made: Unpacked = { links: [], folders: [] };
  const tar = extract();
  const fed = pipeline(Readable.from(bounded(archive)), tar);
  fed.catch((error: Error) => tar.destroy(error));
  try {
    let entries = 0;
    for await (const entry of tar as AsyncIterable<Readable & { header: Header }>) {
      if (++entries > ENTRIES_MAX) throw new Hostile('it has too many entries');
      const path = toSafePath(entry.header.name);
      if (path === null || !takes(path)) throw new Hostile('it has an entry that doesn’t belong here');
      await makeParents(folder, dirname(path), known);
      await placeEntry(entry, folder, path, known, made);
    }
    await fed;
    for (const { path, target } of made.links) await symlink(target, join(folder, path));
    for (const { path, mode } of made.folders.reverse()) await chmod(join(folder, path), mode);
    for (const path of [...known, ...made.links.map((link) => link.path)]) givePathToAgent(join(folder, path));
  } catch (error) {
    tar.destroy();
    await fed.catch(() => {});
    await rm(folder, { recursive: true, force: true });
    throw isOfTheDisk(error) ? error : new Hostile(error instanceof Error ? error.message : 'it can’t be read');
  }
}

/** Whether the disk is at fault. All other errors are the archive's. */
const isOfTheDisk = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO', 'EMFILE'].includes((error as NodeJS.ErrnoException).code ?? '');

async function* bounded(archive: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  let left = SNAPSHOT_BYTES_MAX;
  for await (const chunk of archive) {
    left -= chunk.length;
    if (left < 0) throw new Hostile('it is too large');
    yield chunk;
  }
}

async function makeParents(folder: string, path: string, known: Set<string>): Promise<void> {
  if (known.has(path)) return;
  await makeParents(folder, dirname(path), known);
  await mkdir(join(folder, path));
  known.add(path);
}

async function placeEntry(
  entry: Readable & { header: Header },
  folder: string,
  path: string,
  known: Set<string>,
  made: Unpacked,
): Promise<void> {
  const { type, linkname, mode, mtime } = entry.header;
  const at = join(folder, path);
  if (type === 'file') {
    await pipeline(entry, createWriteStream(at, { flags: 'wx', mode: (mode ?? 0o644) & 0o777 }));
    await utimes(at, mtime, mtime);
    givePathToAgent(at);
    return;
  }
  entry.resume();
  if (type === 'directory') {
    await makeParents(folder, path, known);
    // Writable for now; a read-only folder gets its mode when its content is complete.
    made.folders.push({ path, mode: ((mode ?? 0o755) & 0o777) | 0o700 });
  } else if (type === 'symlink' && linkname && staysInside(path, linkname)) {
    made.links.push({ path, target: linkname });
  } else throw new Hostile('it has a link that leads outside, or something that isn’t a file');
}

/** Restores a project's folder. False if the folder already holds work, which is never overwritten. */
export async function restoreProject(
  archive: AsyncIterable<Uint8Array>,
  project: string,
  staging: string,
): Promise<boolean> {
  using projects = makeAgentsFolder(dirname(project));
  const name = basename(project);
  if (hasWork(projects, name)) return false;
  await unpack(archive, staging, () => true);
  // Meanwhile somebody may have begun to work there.
  if (hasWork(projects, name)) {
    await rm(staging, { recursive: true, force: true });
    return false;
  }
  projects.remove(name);
  projects.take(staging, name);
  return true;
}

/** Whether the project holds more than the unused repository that every new project gets. */
function hasWork(projects: Folder, name: string): boolean {
  const isThere = (folder: Folder, path: readonly string[]): boolean => {
    const [step = '', ...rest] = path;
    const found = folder.stat(step);
    if (!found?.isDirectory()) return found !== null;
    using inner = folder.enter(step);
    return rest.length === 0 ? inner.names(1).length > 0 : isThere(inner, rest);
  };
  if (!projects.stat(name)?.isDirectory()) return false;
  using project = projects.enter(name);
  if (project.names().some((inner) => inner !== '.git')) return true;
  const used = ['index', 'packed-refs', 'refs/heads', 'objects/pack'];
  return used.some((path) => isThere(project, ['.git', ...path.split('/')]));
}

/** Restores the person's own files into the conversation's folder. Existing files stay. */
export async function restorePerson(
  archive: AsyncIterable<Uint8Array>,
  root: string,
  staging: string,
): Promise<boolean> {
  await unpack(archive, staging, (path) => isPersonal(path) || leadsToPersonal(path));
  makeConversationFolder(root);
  let count = 0;
  const move = async (from: string, to: Folder): Promise<void> => {
    for (const entry of await readdir(from, { withFileTypes: true })) {
      const path = join(from, entry.name);
      if (entry.isDirectory()) {
        using inner = to.make(entry.name, 0o700);
        await move(path, inner);
      } else if (entry.isFile() && to.stat(entry.name) === null) {
        to.take(path, entry.name);
        count++;
      }
    }
  };
  using own = Folder.open(root);
  await move(staging, own);
  await rm(staging, { recursive: true, force: true });
  return count > 0;
}
