import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Chance } from '../faults/random.ts';
import type { Call } from './system-calls.ts';

// A disk that loses its power, built from a process's system calls: synced data is there; of the rest, whatever chance
// decides. Names keep the order of their folder; data comes in any order and is torn at any sector.

type Write = { offset: number; data: Buffer; at: number } | { size: number; at: number };
type File = { kept: Buffer; waiting: Write[] };
type Name = { name: string; node: Node | null; at: number };
type Directory = { kept: Map<string, Node>; waiting: Name[] };
type Node = File | Directory;

/** Which unsynced data is on the disk. `cut`: up to any byte. `torn`: any of its sectors. */
export const LEFT = ['nothing', 'everything', 'cut', 'torn'] as const;
export type Left = (typeof LEFT)[number];
const SECTOR = 512;

export class Disk {
  readonly #root: Directory = { kept: new Map(), waiting: [] };
  readonly #folder: string;

  /** `folder`: everything outside is ignored. It exists from the beginning. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  apply(call: Call): void {
    switch (call.is) {
      case 'open':
        this.#open(call.path, call.isEmptied, call.whole);
        return;
      case 'write': {
        const file = this.#file(call.path);
        file?.waiting.push({ offset: call.offset ?? sizeOf(file), data: call.data, at: call.whole });
        return;
      }
      case 'truncate':
        this.#file(call.path)?.waiting.push({ size: call.size, at: call.whole });
        return;
      case 'make folder':
        this.#name(call.path, { kept: new Map(), waiting: [] }, call.whole);
        return;
      case 'remove':
        this.#name(call.path, null, call.whole);
        return;
      case 'rename': {
        const node = this.#find(call.from);
        if (node) this.#name(call.to, node, call.whole);
        if (node) this.#name(call.from, null, call.whole);
        return;
      }
      case 'sync':
        this.#sync(call.path, call.from);
        return;
    }
  }

  /** Writes the disk's content after a power failure now. */
  fail(into: string, left: Left, chance: Chance): void {
    write(this.#root, into, left, chance);
  }

  #sync(path: string | null, from: number): void {
    const node = path === null ? this.#root : this.#find(path);
    if (node) syncOne(node, from);
    if (path === null) for (const each of below(this.#root)) syncOne(each, from);
  }

  #open(path: string, isEmptied: boolean, at: number): void {
    const known = this.#find(path);
    if (known && !isDirectory(known) && isEmptied) known.waiting.push({ size: 0, at });
    if (!known) this.#name(path, { kept: Buffer.alloc(0), waiting: [] }, at);
  }

  #name(path: string, node: Node | null, at: number): void {
    const steps = this.#steps(path);
    const name = steps?.pop();
    const folder = steps && this.#walk(steps);
    if (name !== undefined && folder && isDirectory(folder)) folder.waiting.push({ name, node, at });
  }

  #file(path: string): File | null {
    const node = this.#find(path);
    return node && !isDirectory(node) ? node : null;
  }

  #find(path: string): Node | null {
    const steps = this.#steps(path);
    return steps && this.#walk(steps);
  }

  #steps(path: string): string[] | null {
    if (path !== this.#folder && !path.startsWith(`${this.#folder}/`)) return null;
    return path.slice(this.#folder.length).split('/').filter(Boolean);
  }

  /** The process's view, with everything it did. */
  #walk(steps: readonly string[]): Node | null {
    let node: Node | null = this.#root;
    for (const step of steps) {
      if (!node || !isDirectory(node)) return null;
      const newest: Name | undefined = node.waiting.findLast(({ name }) => name === step);
      node = newest ? newest.node : (node.kept.get(step) ?? null);
    }
    return node;
  }
}

const isDirectory = (node: Node): node is Directory => node.kept instanceof Map;
/** The length in the process's view. */
const sizeOf = ({ kept, waiting }: File): number =>
  waiting.reduce(
    (size, each) => ('size' in each ? each.size : Math.max(size, each.offset + each.data.length)),
    kept.length,
  );

function syncOne(node: Node, from: number): void {
  if (isDirectory(node)) {
    for (const each of node.waiting.filter(({ at }) => at < from)) keep(node, each);
    node.waiting = node.waiting.filter(({ at }) => at >= from);
    return;
  }
  const synced = node.waiting.filter(({ at }) => at < from);
  if (synced.length > 0) node.kept = written(node.kept, synced);
  node.waiting = node.waiting.filter(({ at }) => at >= from);
}

/** Everything in a folder, in the process's view. */
function below(folder: Directory): Node[] {
  const names = { kept: new Map(folder.kept), waiting: [] };
  for (const each of folder.waiting) keep(names, each);
  return [...names.kept.values()].flatMap((node) => [node, ...(isDirectory(node) ? below(node) : [])]);
}

function keep(folder: Directory, { name, node }: Name): void {
  if (node) folder.kept.set(name, node);
  else folder.kept.delete(name);
}

function written(before: Buffer, writes: readonly Write[]): Buffer {
  const ends = writes.map((each) => ('size' in each ? each.size : each.offset + each.data.length));
  const after = Buffer.alloc(Math.max(before.length, ...ends));
  before.copy(after);
  let size = before.length;
  for (const each of writes) {
    if ('data' in each) {
      each.data.copy(after, each.offset);
      size = Math.max(size, each.offset + each.data.length);
    } else {
      after.fill(0, Math.min(size, each.size));
      size = each.size;
    }
  }
  return after.subarray(0, size);
}

function write(folder: Directory, into: string, left: Left, chance: Chance): void {
  mkdirSync(into, { recursive: true });
  const names = { kept: new Map(folder.kept), waiting: [] };
  const most = folder.waiting.length;
  const count = left === 'nothing' ? 0 : left === 'everything' ? most : chance.below(most + 1);
  for (const each of folder.waiting.slice(0, count)) keep(names, each);
  for (const [name, node] of names.kept) {
    if (isDirectory(node)) write(node, join(into, name), left, chance);
    else writeFileSync(join(into, name), contentOf(node, left, chance));
  }
}

function contentOf({ kept, waiting }: File, left: Left, chance: Chance): Buffer {
  if (left === 'nothing' || waiting.length === 0) return kept;
  if (left === 'everything') return written(kept, waiting);
  if (left === 'torn')
    return written(
      kept,
      waiting.flatMap((each) => sectorsOf(each, chance)),
    );
  const bytes = waiting.reduce((sum, each) => sum + ('data' in each ? each.data.length : 1), 0);
  let rest = chance.below(bytes + 1);
  const first = waiting.flatMap((each): Write[] => {
    const size = Math.min(rest, 'data' in each ? each.data.length : 1);
    rest -= size;
    if (size === 0) return [];
    return 'data' in each ? [{ ...each, data: each.data.subarray(0, size) }] : [each];
  });
  return written(kept, first);
}

/** Some of the sectors that a write covers. */
function sectorsOf(each: Write, chance: Chance): Write[] {
  if (!('data' in each)) return chance.next() < 0.5 ? [each] : [];
  const parts: Write[] = [];
  for (let from = 0; from < each.data.length; ) {
    const to = Math.min(each.data.length, from + SECTOR - ((each.offset + from) % SECTOR));
    if (chance.next() < 0.5) parts.push({ ...each, offset: each.offset + from, data: each.data.subarray(from, to) });
    from = to;
  }
  return parts;
}
