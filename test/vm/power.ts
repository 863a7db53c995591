import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Journal } from '../../vm/src/journal/journal.ts';
import { Chance } from '../faults/random.ts';
import { inheritEnvironment } from '../inherit-environment.ts';
import { isReady } from '../relay/ready.ts';
import { cached, unpack } from './debian-packages.ts';
import { Disk, LEFT, type Left } from './disk.ts';
import { type Call, readCalls, STRACE } from './system-calls.ts';

// Runs an agent server under strace, and lets the power fail again and again: the product's own code opens the
// remaining disk, which is compared with everything the relay had been told by then.

/** Hundreds of disks are opened, on a file system where syncing is free. */
const MEMORY = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const READY_WITHIN_MS = 60_000;
/** A failure at any moment, usually in the middle of something. */
const FAILURES = 110;

/** The command line of strace, or why there is none. */
export async function findStrace(): Promise<{ program: string } | { missing: string }> {
  const unpacked = join(cached('roost-strace'), 'bin/strace');
  const works = async (program: string): Promise<boolean> =>
    promisify(execFile)(program, [...STRACE, '-o', '/dev/null', 'true']).then(
      () => true,
      () => false,
    );
  if (await works('strace')) return { program: 'strace' };
  if (existsSync(unpacked) && (await works(unpacked))) return { program: unpacked };
  try {
    await unpack(cached('roost-strace'), ['strace', 'libunwind8'], { own: ['strace'] });
  } catch {
    return { missing: 'strace is not installed, and its package could not be fetched' };
  }
  return (await works(unpacked)) ? { program: unpacked } : { missing: 'strace may not look at processes here' };
}

export type Traced = { url: string; port: number; stop: () => Promise<Call[]> };

/** The agent server with the scripted agent (test/faults), which starts no other process. */
export async function startTraced(
  strace: string,
  folder: string,
  port: number,
  env: Record<string, string>,
): Promise<Traced> {
  const [calls, log] = [join(folder, 'calls'), openSync(join(folder, 'server.log'), 'a')];
  mkdirSync(join(folder, 'data'));
  const main = join(import.meta.dirname, '../faults/machine-main.ts');
  const child = spawn(strace, [...STRACE, '-o', calls, process.execPath, main], {
    stdio: ['pipe', log, log],
    env: { ...env, ...inheritEnvironment(), PORT: String(port), DATA_DIR: join(folder, 'data'), UV_USE_IO_URING: '0' },
  });
  closeSync(log);
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  const url = `http://127.0.0.1:${port}`;
  if (!(await isReady(url, READY_WITHIN_MS, () => child.exitCode === null)))
    throw new Error(readFileSync(join(folder, 'server.log'), 'utf8'));
  const stop = async (): Promise<Call[]> => {
    child.stdin?.end();
    await ended;
    return readCalls(readFileSync(calls, 'utf8'));
  };
  return { url, port, stop };
}

/** The state after a failure: a line for each acknowledged thing, and all rows. */
type Known = { things: ReadonlySet<string>; rows: string };
const NOTHING: Known = { things: new Set(), rows: '' };

export type Failures = {
  /** Things that the relay was told and the disk lost. */
  lost: string[];
  /** Disks that were neither before nor after a transaction, or could not be opened. */
  mixed: string[];
  acknowledged: ReadonlyMap<string, number>;
  transactions: number;
  checkpoints: number;
  failures: number;
};

/** Lets the power fail during `calls`, at random moments of the seed. */
export function letPowerFail(folder: string, port: number, calls: readonly Call[], seed: number): Failures {
  const chance = new Chance(seed);
  const data = join(folder, 'data');
  const disk = new Disk(data);
  const heard = new Heard(port);
  const transactions = new Transactions(join(data, 'journal.db-wal'));
  const failAt = new Set(Array.from({ length: FAILURES }, () => chance.below(calls.length)));
  const known: Known[] = [];
  const told = new Set<string>();
  const lost = new Set<string>();
  const mixed: string[] = [];
  let [checkpoints, failures] = [0, 0];
  const after = (left: Left, isReference = false): Known => {
    const place = mkdtempSync(join(MEMORY, 'roost-power-'));
    try {
      disk.fail(place, left, chance);
      return whatIsIn(place, isReference);
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  };
  for (const [n, call] of calls.entries()) {
    disk.apply(call);
    if (call.is === 'write' && call.path.endsWith('journal.db')) checkpoints += 1;
    if (transactions.see(call)) known.push(after('everything', true));
    // The strictest disk of all: unsynced data is missing.
    const synced = known[transactions.synced - 1] ?? NOTHING;
    known.fill(NOTHING, 0, Math.max(0, transactions.synced - 1));
    const news = heard.see(call).filter((thing) => !told.has(thing));
    const isFile = news.some((thing) => /^(?:file|project) /.test(thing));
    const { things: strictest } = isFile ? after('nothing') : synced;
    for (const thing of news) {
      told.add(thing);
      if (!strictest.has(thing)) lost.add(thing);
    }
    if (!failAt.has(n)) continue;
    failures += 1;
    const left = chance.pick(LEFT);
    try {
      const { things, rows } = after(left);
      for (const thing of told) if (!things.has(thing)) lost.add(thing);
      const may = known.slice(Math.max(0, transactions.synced - 1));
      if (transactions.synced > 0 && !may.some((one) => one.rows === rows))
        mixed.push(`call ${n}, of what was not synced ${left}`);
    } catch (error) {
      mixed.push(`call ${n}, of what was not synced ${left}: ${String(error)}`);
    }
  }
  const acknowledged = new Map<string, number>();
  for (const [kind = ''] of [...told].map((thing) => thing.split(' '))) {
    acknowledged.set(kind, (acknowledged.get(kind) ?? 0) + 1);
  }
  return { lost: [...lost], mixed, acknowledged, transactions: known.length, checkpoints, failures };
}

/** Counts the transactions in the write-ahead log: the complete ones, and the synced ones among them. */
class Transactions {
  readonly #path: string;
  /** The number of the call that completed each. */
  readonly #whole: number[] = [];
  #isLast = false;
  synced = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** True when the call completes a transaction. A page follows its header; the last one's names the total size. */
  see(call: Call): boolean {
    if (call.is === 'sync' && call.path === this.#path) {
      this.synced = this.#whole.filter((at) => at < call.from).length;
    }
    if (call.is !== 'write' || call.path !== this.#path) return false;
    if (call.data.length === 24) this.#isLast = call.data.readUInt32BE(4) !== 0;
    if (call.data.length < 512 || !this.#isLast) return false;
    this.#isLast = false;
    this.#whole.push(call.whole);
    return true;
  }
}

/** What the relay is told, from the data on the sockets. */
class Heard {
  readonly #mark: string;
  readonly #asked = new Map<string, { method: string; path: string; conversation: string }>();
  readonly #streams = new Map<string, string>();

  constructor(port: number) {
    this.#mark = `:${port}->`;
  }

  see(call: Call): string[] {
    if ((call.is !== 'heard' && call.is !== 'sent') || !call.socket.includes(this.#mark)) return [];
    const { socket, data } = call;
    if (call.is === 'heard') {
      const [, method = '', path = ''] = /^(PUT|POST|DELETE|GET) (\S+) HTTP\/1\.1\r\n/.exec(data) ?? [];
      if (method === '') return [];
      const [, claims = ''] = /^authorization: Bearer [^.\s]+\.([^.\s]+)\./im.exec(data) ?? [];
      const { sub = '' } = claims ? (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { sub?: string }) : {};
      this.#asked.set(socket, { method, path, conversation: sub });
      this.#streams.set(socket, '');
      return [];
    }
    const asked = this.#asked.get(socket);
    if (!asked) return [];
    if (asked.path.endsWith('/events')) return this.#events(socket, asked.conversation, data);
    const [, journal = ''] = /^roost-journal: (\S+)/im.exec(data) ?? [];
    return /^HTTP\/1\.1 2/.test(data) ? [...(journal ? [`journal ${journal}`] : []), ...thingsOf(asked, data)] : [];
  }

  #events(socket: string, conversation: string, data: string): string[] {
    const text = (this.#streams.get(socket) ?? '') + data;
    const whole = text.lastIndexOf('\n\n') + 1;
    this.#streams.set(socket, text.slice(whole));
    return [...text.slice(0, whole).matchAll(/^data: (.*)$/gm)].map(([, json = '']) => {
      const { attempt, seq, event } = JSON.parse(Buffer.from(json, 'latin1').toString()) as Told;
      return `event ${conversation} ${attempt} ${seq} ${JSON.stringify(event)}`;
    });
  }
}

type Told = { attempt: string; seq: number; event: unknown };

function thingsOf(
  { method, path, conversation }: { method: string; path: string; conversation: string },
  data: string,
): string[] {
  const [what = '', id = '', more = '', which = ''] = path.slice(1).split('/');
  const one = `${conversation} ${id}`;
  switch (`${method} ${what} ${more}`.trim()) {
    case 'PUT attempts':
      return [`attempt ${one}`];
    case 'POST attempts messages':
      return [`message ${one} ${which}`];
    case 'POST attempts answers':
      return [`answer ${one} ${decodeURIComponent(which)}`];
    case 'POST attempts interrupt':
      return [`stopped ${one}`];
    case 'DELETE attempts':
      return [`acknowledged ${one}`];
    case 'PUT files':
      return [`file ${one}`];
    case 'PUT sessions':
      return [`session ${one} ${/"position":(\d+)/.exec(data)?.[1]}`];
    case 'PUT projects snapshot':
      return data.includes('"restored":true') ? [`project ${one}`] : [];
    default:
      return [];
  }
}

/** Opens the disk after a failure as a starting agent server does. A reference has lost nothing, so it is sound. */
function whatIsIn(folder: string, isReference: boolean): Known {
  const journal = new Journal(folder, 0);
  try {
    const all = (query: string): Record<string, unknown>[] => journal.db.prepare(query).all();
    const [sound] = isReference ? [] : all('PRAGMA integrity_check');
    if (sound && sound.integrity_check !== 'ok') throw new Error(String(sound?.integrity_check));
    const tables = all(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name`);
    // For a session's many lines the sizes are enough: the check above has read them.
    const columns = (name: unknown): string =>
      name === 'session_entries' ? 'conversation, session, position, uuid, length(entry)' : '*';
    const rows = tables.map(({ name }) => [name, all(`SELECT ${columns(name)} FROM ${name}`)] as const);
    const of = new Map(rows);
    const listed = (table: string, line: (row: Record<string, unknown>) => string | null): string[] =>
      (of.get(table) ?? []).flatMap((row) => line(row) ?? []);
    const things = [
      ...listed('journal', ({ id }) => `journal ${id}`),
      ...listed('attempts', (a) => `attempt ${a.conversation} ${a.attempt}`),
      ...listed('attempts', (a) => (a.stopped_at === null ? null : `stopped ${a.conversation} ${a.attempt}`)),
      ...listed('attempts', (a) => (a.acknowledged_at === null ? null : `acknowledged ${a.conversation} ${a.attempt}`)),
      ...listed('events', (e) => `event ${e.conversation} ${e.attempt} ${e.seq} ${e.body}`),
      ...listed('messages', (m) => `message ${m.conversation} ${m.attempt} ${m.uuid}`),
      ...listed('requests', (r) => (r.answer === null ? null : `answer ${r.conversation} ${r.attempt} ${r.id}`)),
      ...listed('session_entries', (s) => `session ${s.conversation} ${s.session} ${s.position}`),
      ...listed('received_files', (f) => {
        const path = join(folder, 'conversations', String(f.conversation), 'inbox', String(f.id));
        return isItself(path, String(f.id)) ? `file ${f.conversation} ${f.id}` : null;
      }),
      ...projectsIn(folder),
    ];
    // A journal that is opened for the first time draws its id.
    const compared = JSON.stringify(rows.filter(([name]) => name !== 'journal'));
    return { things: new Set(things), rows: createHash('sha256').update(compared).digest('hex') };
  } finally {
    journal.close();
  }
}

/** The test's files are named by the hash of their content. */
const isItself = (path: string, name: string): boolean =>
  existsSync(path) && createHash('sha256').update(readFileSync(path)).digest('hex') === name;

function projectsIn(folder: string): string[] {
  const below = (path: string): string[] => (existsSync(path) ? readdirSync(path) : []);
  return below(join(folder, 'conversations')).flatMap((conversation) => {
    const projects = join(folder, 'conversations', conversation, 'projects');
    return below(projects).flatMap((project) => {
      const files = below(join(projects, project, 'files'));
      const isWhole =
        files.length === FILES && files.every((name) => isItself(join(projects, project, 'files', name), name));
      return isWhole ? [`project ${conversation} ${project}`] : [];
    });
  });
}

/** The number of a test project's files. */
export const FILES = 3;
