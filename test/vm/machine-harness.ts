import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { ulid } from 'ulid';
import type { ScriptedModel } from '../../simulator/model/script.ts';
import {
  AttemptEvent,
  checkToken,
  type EventBody,
  MODEL_AUDIENCE,
  MODEL_TOKEN_HEADER,
  PROTOCOL_HEADER,
  publicPartOf,
  type StartAttempt,
  signToken,
} from '../../src/protocol/index.ts';
import { inheritEnvironment } from '../inherit-environment.ts';

// A real agent server in a separate process, a stand-in for the relay's model gateway, and a client of the protocol.
// Each machine has its own folder and environment, and gets only PATH of the caller's environment.

const MAIN = join(import.meta.dirname, '../../vm/src/main.ts');
const MINUTE = 60_000;

export const newAttempt = (turn = ulid(), n = 1): string => `${turn}.${n}`;
export const message = (text: string, uuid: string = randomUUID()): { uuid: string; text: string } => ({ uuid, text });

export async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: randomUUID() };
}

export type ModelEdge = { url: string; tokens: string[]; close: () => void };

/**
 * What `/model/*` of the relay does: checks the token, puts a key in its place, passes on to the model, which may be
 * another for each conversation.
 */
export async function startModelEdge(
  model: ScriptedModel | ((conversation: string) => ScriptedModel),
  key: JWK,
): Promise<ModelEdge> {
  const tokens: string[] = [];
  const app = new Hono();
  app.all('/model/*', async (c) => {
    const token = c.req.header('authorization')?.replace('Bearer ', '') ?? '';
    const check = await checkToken(token, [publicPartOf(key)], MODEL_AUDIENCE, Date.now());
    if (!check.ok) return c.text('no', 401);
    tokens.push(token);
    const headers = new Headers(c.req.raw.headers);
    headers.delete('authorization');
    headers.set('x-api-key', 'key-of-the-edge');
    const url = c.req.url.replace('/model/', '/');
    const { app: answering } = typeof model === 'function' ? model(check.conversation) : model;
    return answering.fetch(
      new Request(url, { method: c.req.method, headers, body: await c.req.text(), signal: c.req.raw.signal }),
    );
  });
  const { promise, resolve } = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, resolve);
  const { port } = await promise;
  const close = (): void => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${port}`, tokens, close };
}

export type Exit = { code: number | null; signal: NodeJS.Signals | null };
export type Machine = {
  url: string;
  dataDir: string;
  pid: number;
  journal: string;
  /** Its whole output, to search for secrets. */
  output: string[];
  exited: Promise<Exit>;
  /** Sends the signal and waits for the end. */
  stop: (signal?: NodeJS.Signals) => Promise<Exit>;
};

export type MachineOptions = {
  key: JWK;
  relayUrl: string;
  dataDir?: string;
  env?: Record<string, string>;
  main?: string;
  /** In place of the server itself: a program that ends like it. */
  command?: readonly [string, ...string[]];
};

export function newDataDir(): string {
  return mkdtempSync(join(tmpdir(), 'roost-machine-'));
}

/** Starts the process without waiting for it to be ready. */
export function spawnMachine({
  key,
  relayUrl,
  dataDir = newDataDir(),
  env = {},
  main = MAIN,
  command = [process.execPath, main],
}: MachineOptions): {
  child: ChildProcess;
  dataDir: string;
  output: string[];
  exited: Promise<Exit>;
} {
  const [program, ...args] = command;
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...inheritEnvironment(),
      PORT: '0',
      DATA_DIR: dataDir,
      RELAY_URL: relayUrl,
      RELAY_PUBLIC_KEYS: JSON.stringify([publicPartOf(key)]),
      // Shorter than the platform's, so that a failed test does not leave a machine running.
      SHUTDOWN_GRACE_MS: '10000',
      ...env,
    },
  });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', (line) => output.push(line));
  }
  const { promise: exited, resolve } = Promise.withResolvers<Exit>();
  child.once('exit', (code, signal) => resolve({ code, signal }));
  return { child, dataDir, output, exited };
}

export async function startMachine(options: MachineOptions): Promise<Machine> {
  const { child, dataDir, output, exited } = spawnMachine(options);
  const ready = Promise.withResolvers<{ port: number; journal: string }>();
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const entry = JSON.parse(line) as { msg?: string; port: number; journal: string };
      if (entry.msg === 'ready') ready.resolve(entry);
    });
  }
  const failed = exited.then(() => Promise.reject(new Error(`the agent server ended: ${output.join('\n')}`)));
  const { port, journal } = await within(60_000, Promise.race([ready.promise, failed]), 'the agent server to be ready');
  failed.catch(() => {});
  return {
    url: `http://127.0.0.1:${port}`,
    dataDir,
    pid: child.pid as number,
    journal,
    output,
    exited,
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return within(60_000, exited, 'the agent server to end');
    },
  };
}

/** Pids of all processes of agents under `folder` (Linux). A process that was killed is gone a moment later: poll. */
export function agentPids(folder: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`CLAUDE_CONFIG_DIR=${folder}/`);
      } catch {
        return false;
      }
    });
}

/** A process may end by itself between the list and its signal. */
export function signalAgents(folder: string, signal: NodeJS.Signals): void {
  for (const pid of agentPids(folder)) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** The machine forgets its attempts and its copies of sessions; the agents' own files stay. It must not be running. */
export function loseJournal(dataDir: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(join(dataDir, `journal.db${end}`), { force: true });
}

/** An agent server that stops forever at the point that the file in STANDS_AT names. */
export const STANDING = join(import.meta.dirname, 'standing-main.ts');

/** Also ends agents that a killed machine left behind and no successor cleaned up. */
export function removeDataDir(dataDir: string): void {
  signalAgents(dataDir, 'SIGKILL');
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** The relay's side of the protocol for one conversation. */
export class MachineClient {
  readonly #machine: () => Machine | Promise<Machine>;
  readonly #key: JWK;
  readonly #conversation: string;

  constructor(machine: () => Machine | Promise<Machine>, key: JWK, conversation = `conversation-${randomUUID()}`) {
    this.#machine = machine;
    this.#key = key;
    this.#conversation = conversation;
  }

  get conversation(): string {
    return this.#conversation;
  }

  async token(audience = 'static'): Promise<string> {
    return signToken(this.#key, { audience, conversation: this.#conversation }, Date.now(), 20 * MINUTE);
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const { url } = await this.#machine();
    return fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.token()}`,
        [PROTOCOL_HEADER]: '1',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  /** A request whose body is sent unchanged. */
  async send(method: string, path: string, body: BodyInit, headers: Record<string, string>): Promise<Response> {
    const own = { authorization: `Bearer ${await this.token()}`, [PROTOCOL_HEADER]: '1' };
    const init: RequestInit & { duplex: 'half' } = { method, headers: { ...own, ...headers }, body, duplex: 'half' };
    const { url } = await this.#machine();
    return fetch(`${url}${path}`, init);
  }

  async asked(fields: Partial<StartAttempt> & Pick<StartAttempt, 'messages'>): Promise<StartAttempt> {
    return {
      project: 'main',
      session_id: null,
      continues: false,
      model_token: { token: await this.token(MODEL_AUDIENCE), expires_at: Date.now() + 20 * MINUTE },
      limits: { turn_ms: 2 * MINUTE, silence_ms: MINUTE },
      ...fields,
    };
  }

  async put(attempt: string, fields: Partial<StartAttempt> & Pick<StartAttempt, 'messages'>): Promise<Response> {
    return this.call('PUT', `/attempts/${attempt}`, await this.asked(fields));
  }

  /** The attempt's events as they arrive; ends with the stream. */
  async *events(attempt: string, after = 0, headers: Record<string, string> = {}): AsyncGenerator<AttemptEvent, void> {
    const response = await this.call('GET', `/attempts/${attempt}/events`, undefined, {
      ...(after > 0 ? { 'last-event-id': String(after) } : {}),
      ...headers,
    });
    if (!response.ok || !response.body) throw new Error(`events: ${response.status} ${await response.text()}`);
    let rest = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      rest += chunk;
      const blocks = rest.split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) yield AttemptEvent.parse(JSON.parse(data));
      }
    }
  }

  /** Follows the attempt to its end, or to the first event of type `until`. */
  async follow(attempt: string, until: EventBody['type'] = 'ended', ms = 60_000): Promise<EventBody[]> {
    const seen: EventBody[] = [];
    const read = async (): Promise<EventBody[]> => {
      for await (const { event } of this.events(attempt)) {
        seen.push(event);
        if (event.type === until) return seen;
      }
      throw new Error(`the stream closed before ${until}`);
    };
    return within(ms, read(), `${until}, after ${JSON.stringify(seen)}`);
  }

  /** Starts an attempt and follows it to its end. */
  async run(attempt: string, fields: Partial<StartAttempt> & Pick<StartAttempt, 'messages'>): Promise<EventBody[]> {
    const response = await this.put(attempt, fields);
    if (!response.ok) throw new Error(`PUT: ${response.status} ${await response.text()}`);
    return this.follow(attempt);
  }

  async freshModelToken(): Promise<Record<string, string>> {
    return { [MODEL_TOKEN_HEADER]: await this.token(MODEL_AUDIENCE) };
  }
}

/** A client whose attempts go on in its conversation's session unless they say otherwise: its agent starts once. */
export class WarmClient extends MachineClient {
  #session: string | null = null;

  get session(): string {
    if (this.#session === null) throw new Error('no session was reported');
    return this.#session;
  }

  override async asked(fields: Parameters<MachineClient['asked']>[0]): Promise<StartAttempt> {
    return super.asked({ session_id: this.#session, ...fields });
  }

  override async *events(...of: Parameters<MachineClient['events']>): AsyncGenerator<AttemptEvent, void> {
    for await (const event of super.events(...of)) {
      if (event.event.type === 'session') this.#session = event.event.session_id;
      yield event;
    }
  }
}

export const results = (events: readonly EventBody[]) => events.filter((event) => event.type === 'result');
export const ended = (events: readonly EventBody[]) => events.find((event) => event.type === 'ended');
export const sessionOf = (events: readonly EventBody[]): string => {
  const event = events.findLast((candidate) => candidate.type === 'session');
  if (!event) throw new Error('no session was reported');
  return event.session_id;
};

/** Fails when the promise takes longer, and names what it waited for. */
export async function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** Processes that an attempt's check or setup started and that still run (Linux). */
export const leftOf = (attempt: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`ROOST_CHECK=${attempt}`);
    } catch {
      return false;
    }
  });
