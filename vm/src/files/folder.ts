import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  opendirSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  realpathSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { giveToAgent, isAgentsFile } from '../process/agent-user.ts';
import { readUpTo } from './bounded-read.ts';
import type { FolderEntry } from './macos-folder.ts';
import { type Call, callInFolder, HAS_DESCRIPTOR_PATHS, O_NOFOLLOW_ANY, statOf } from './macos-folder.ts';

// A folder that an agent can change at any moment, held by its descriptor: every operation happens in that very folder,
// even if its path leads elsewhere by then, and follows no link. New files belong to the agent's user, and only that
// user's files are read. Knows nothing about the purpose of the files.

/** A deeper tree is not removed. */
const DEPTH_MAX = 256;
const CHUNK = 1024 * 1024;
const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
const NO_LINK = O_NONBLOCK | (HAS_DESCRIPTOR_PATHS ? O_NOFOLLOW : O_NOFOLLOW_ANY);

/** A link, a device or another user's file, which must not be used. */
export class NotUsable extends Error {}

export class Folder {
  readonly #fd: number;
  /** On Linux the way through the descriptor, elsewhere the real path. */
  readonly address: string;

  private constructor(fd: number, path: string) {
    this.#fd = fd;
    this.address = HAS_DESCRIPTOR_PATHS ? `/proc/self/fd/${fd}` : path;
  }

  /** The folder a descriptor holds; `path` is where it really is. */
  static held(fd: number, path: string): Folder {
    return new Folder(fd, path);
  }

  /** `path` leads through folders that only the server changes; the agent may change the last step. */
  static open(path: string): Folder {
    return Folder.#opened(
      HAS_DESCRIPTOR_PATHS ? path : `${realpathSync(dirname(path))}${path.slice(dirname(path).length)}`,
    );
  }

  /** A folder in this one. */
  enter(name: string): Folder {
    return Folder.#opened(this.#at(name));
  }

  /** Enters the folder of that name, and creates it if there is none. */
  make(name: string, mode = 0o755): Folder {
    const isNew = this.#make(name, mode);
    const folder = this.enter(name);
    if (isNew) giveToAgent(folder.#fd);
    return folder;
  }

  /** The names in the folder, in no order, up to `most`. */
  names(most = Number.POSITIVE_INFINITY): string[] {
    const folder = opendirSync(this.address);
    try {
      const names: string[] = [];
      for (let entry = folder.readSync(); entry && names.length < most; entry = folder.readSync())
        if (HAS_DESCRIPTOR_PATHS || this.stat(entry.name)) names.push(entry.name);
      return names;
    } finally {
      folder.closeSync();
    }
  }

  /** The stats of a name, or null. */
  stat(name: string): FolderEntry | null {
    const address = this.#at(name);
    if (!HAS_DESCRIPTOR_PATHS) return statOf(this.address, name);
    return lstatSync(address, { throwIfNoEntry: false }) ?? null;
  }

  /** The target of the link of that name. */
  target(name: string): string {
    return HAS_DESCRIPTOR_PATHS ? readlinkSync(this.#at(name)) : String(this.#call('readlinkSync', name));
  }

  /** Opens an ordinary file for reading; the caller closes it. */
  openFile(name: string): number {
    const fd = openSync(this.#at(name), O_RDONLY | NO_LINK);
    const found = fstatSync(fd);
    if (found.isFile() && isAgentsFile(found)) return fd;
    closeSync(fd);
    throw new NotUsable(`${name} can’t be read`);
  }

  /** The content of an ordinary file; null if there is none, or if it has more than `most` bytes. */
  read(name: string, most = Number.POSITIVE_INFINITY): Buffer | null {
    let fd: number;
    try {
      fd = this.openFile(name);
    } catch (error) {
      if (error instanceof NotUsable || isMissing(error)) return null;
      throw error;
    }
    try {
      return Number.isFinite(most) ? readUpTo(fd, most) : readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** Creates a file with this content; fails if the name exists. */
  write(name: string, content: string | Buffer): void {
    this.#create(name, 0o644, (fd) => writeFileSync(fd, content));
  }

  /** Creates a copy of the file at `path`, which is in a folder that only the server changes. */
  copy(path: string, name: string): void {
    const from = openSync(path, O_RDONLY);
    try {
      this.#create(name, 0o644, (fd) => {
        const chunk = Buffer.alloc(CHUNK);
        for (let read = readSync(from, chunk); read > 0; read = readSync(from, chunk))
          writeFileSync(fd, chunk.subarray(0, read));
      });
    } finally {
      closeSync(from);
    }
  }

  /** Replaces the file of that name: after a crash it has the old content or the new one, whole. */
  replace(name: string, content: string | Buffer): void {
    const aside = `${name}.new`;
    this.remove(aside);
    this.write(aside, content);
    if (HAS_DESCRIPTOR_PATHS) renameSync(this.#at(aside), this.#at(name));
    else this.#call('renameSync', aside, name);
  }

  /** Moves `path`, which is in a folder that only the server changes, here under that name. */
  take(path: string, name: string): void {
    if (HAS_DESCRIPTOR_PATHS) renameSync(path, this.#at(name));
    else this.#call('renameSync', path, name);
  }

  /** Removes a name and everything below it. */
  remove(name: string, depth = 0): void {
    const found = this.stat(name);
    if (!found) return;
    if (found.isDirectory()) this.#empty(name, depth);
    this.#unmake(found.isDirectory() ? 'rmdirSync' : 'unlinkSync', name);
  }

  close(): void {
    closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  static #opened(address: string): Folder {
    return new Folder(openSync(address, O_RDONLY | O_DIRECTORY | NO_LINK), address);
  }

  #create(name: string, mode: number, fill: (fd: number) => void): void {
    const fd = openSync(this.#at(name), O_WRONLY | O_CREAT | O_EXCL | NO_LINK, mode);
    try {
      giveToAgent(fd);
      fill(fd);
    } finally {
      closeSync(fd);
    }
  }

  #at(name: string): string {
    if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name))
      throw new NotUsable(`${name} is not a valid name`);
    return `${this.address}/${name}`;
  }

  #empty(name: string, depth: number): void {
    if (depth >= DEPTH_MAX) throw new NotUsable(`${name} is nested too deep`);
    using folder = this.enter(name);
    for (const inner of folder.names()) folder.remove(inner, depth + 1);
  }

  #make(name: string, mode: number): boolean {
    const address = this.#at(name);
    try {
      if (HAS_DESCRIPTOR_PATHS) mkdirSync(address, mode);
      else this.#call('mkdirSync', name, mode);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  #unmake(call: 'unlinkSync' | 'rmdirSync', name: string): void {
    if (!HAS_DESCRIPTOR_PATHS) this.#call(call, name);
    else if (call === 'rmdirSync') rmdirSync(this.#at(name));
    else unlinkSync(this.#at(name));
  }

  #call(call: Call, ...given: (string | number)[]): unknown {
    return callInFolder(this.address, call, ...given);
  }
}

/** Whether the error means that the name doesn't exist, or is a link or something else. */
export const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '');
