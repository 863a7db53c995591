import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { envFile, type Vars } from '../scripts/local/dev-vars.ts';
import { freePort } from '../scripts/local/ports.ts';
import { effortOf, endFamily, family } from '../scripts/local/process-families.ts';
import { linkBundle } from '../scripts/local/relay-bundle.ts';
import { signatureFor } from '../simulator/twilio/signature.ts';
import { isReady } from '../test/relay/ready.ts';
import { Relay, relayVars } from '../test/relay/relay.ts';
import { now } from './clock.ts';
import type { Addresses, Mark, Moment, Order } from './instant.ts';
import { callRelay, connections } from './post.ts';

// A relay between an instant agent and an instant carrier: the bundle as it is deployed, in a workerd of its own or
// under `wrangler dev`; the stand-ins in another process (instant.ts); the texts come from this one.

export type Runtime = 'workerd' | 'wrangler dev';
export type RigOptions = { runtime?: Runtime; vars?: Vars };
/** Milliseconds: when the text was posted, and how long its webhook took. */
export type Posted = { text: number; at: number; took: number };

const root = resolve(import.meta.dirname, '..');
export const SENDER = 'whatsapp:+15555550100';
const READY_WITHIN_MS = 90_000;
/** On a computer that is busy with other things. */
const MOMENT_WITHIN_MS = 60_000;
const PAGE_BYTES = 4096;
/** workerd looks every 70 s which objects have been idle for 70 s. */
const ASLEEP_WITHIN_MS = 160_000;

export const personOf = (n: number): string => `whatsapp:+1555${2_000_000 + n}`;

/** The relay's processes. `pid`: the first of them. */
type Runs = { pid: number; folder: string; stop: () => Promise<void> };

export class Rig {
  readonly url: string;
  readonly #vars: Vars;
  readonly #standIns: ChildProcess;
  readonly #relay: Runs;
  readonly #connections = connections();
  readonly #marks = new Map<string, number>();
  readonly #counts = new Map<Moment, number>();
  readonly #waiting = new Set<() => void>();
  #texts = 0;

  constructor(url: string, vars: Vars, standIns: ChildProcess, relay: Runs) {
    [this.url, this.#vars, this.#standIns, this.#relay] = [url, vars, standIns, relay];
    standIns.on('message', (marks: Mark[]) => {
      for (const [moment, text, at] of marks) {
        const key = `${moment} ${text}`;
        if (this.#marks.has(key)) continue;
        this.#marks.set(key, at);
        this.#counts.set(moment, this.count(moment) + 1);
      }
      for (const check of this.#waiting) check();
    });
    standIns.once('exit', () => {
      for (const check of this.#waiting) check();
    });
    this.pace({});
  }

  /** How the agent of the next texts behaves. */
  pace({ answersAfterMs = 0, endsLater = false }: Partial<Order>): void {
    const { TWILIO_AUTH_TOKEN: authToken = '', TWILIO_ACCOUNT_SID: accountSid = '' } = this.#vars;
    this.#standIns.send({ authToken, accountSid, answersAfterMs, endsLater } satisfies Order);
  }

  /** Texts, and resolves when the webhook was answered. */
  async text(person: string, posted?: (text: number, at: number) => void): Promise<Posted> {
    this.#texts += 1;
    const text = this.#texts;
    const url = `${this.url}/webhooks/twilio`;
    const form = {
      AccountSid: this.#vars.TWILIO_ACCOUNT_SID ?? '',
      From: person,
      To: SENDER,
      Body: `What is left to do for item ${text} today?`,
      NumMedia: '0',
      MessageSid: `SM${text.toString(16).padStart(32, '0')}`,
    };
    const headers = {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'x-twilio-signature': signatureFor(this.#vars.TWILIO_AUTH_TOKEN ?? '', url, form),
    };
    posted?.(text, now());
    return { text, ...(await this.ask('/webhooks/twilio', new URLSearchParams(form).toString(), headers)) };
  }

  /** Posts, or gets where there is no body. */
  async ask(path: string, body?: string, headers: Record<string, string> = {}): Promise<{ at: number; took: number }> {
    const call = body === undefined ? ({ method: 'GET' } as const) : ({ method: 'POST', headers, body } as const);
    const { code, ...times } = await callRelay(this.#connections, `${this.url}${path}`, call);
    if (code !== 200) throw new Error(`${path} answered ${code}`);
    return times;
  }

  momentOf(moment: Moment, text: number): number | undefined {
    return this.#marks.get(`${moment} ${text}`);
  }

  /** Texts that had this moment. */
  count(moment: Moment): number {
    return this.#counts.get(moment) ?? 0;
  }

  /** Resolves as soon as the stand-ins have told what `look` looks for. */
  async until<T>(look: () => T | undefined | false, what: string, withinMs = MOMENT_WITHIN_MS): Promise<T> {
    const { promise, resolve: done, reject } = Promise.withResolvers<T>();
    const check = (): void => {
      if (this.#standIns.exitCode !== null) reject(new Error('the stand-ins ended'));
      const seen = look();
      if (seen !== undefined && seen !== false) done(seen);
    };
    const timer = setTimeout(() => reject(new Error(`waited ${withinMs / 1000} s for ${what}`)), withinMs);
    this.#waiting.add(check);
    check();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(check);
    }
  }

  /** The moment of this text, when it has come. */
  wait(moment: Moment, text: number): Promise<number> {
    return this.until(() => this.momentOf(moment, text), `text ${text}: ${moment}`);
  }

  /** The text's turn is over, and nothing of it is left to do. */
  async rest(text: number): Promise<void> {
    await Promise.all([this.wait('over', text), this.wait('called', text)]);
  }

  /** Processor time of the relay so far, in milliseconds. */
  cpuMs(): number {
    return effortOf(this.#relay.pid).cpuMs;
  }

  /** Resident memory of the relay. */
  memoryBytes(): number {
    return family(this.#relay.pid).reduce((sum, { pid }) => {
      const [, pages = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number);
      return sum + pages * PAGE_BYTES;
    }, 0);
  }

  /** Resolves when workerd has evicted every conversation, one to two and a half minutes after its last work. */
  async asleep(): Promise<void> {
    for (const until = now() + ASLEEP_WITHIN_MS; this.#openConversations() > 0; ) {
      if (now() > until) throw new Error(`${this.#openConversations()} conversations stay in memory`);
      await pause(1000);
    }
  }

  /** Conversations whose database is open. */
  #openConversations(): number {
    return family(this.#relay.pid).reduce((sum, { pid }) => {
      const open = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
        } catch {
          // Closed meanwhile.
          return [];
        }
      });
      return sum + open.filter((path) => /Conversation\/[0-9a-f]{64}\.sqlite$/.test(path)).length;
    }, 0);
  }

  /** Where the relay keeps everything. */
  get folder(): string {
    return this.#relay.folder;
  }

  async stop(): Promise<void> {
    this.#connections.destroy();
    // First, because a callback in flight fails without the relay.
    if (this.#standIns.connected) this.#standIns.disconnect();
    await this.#relay.stop();
    rmSync(this.#relay.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

export async function startRig({ runtime = 'workerd', vars: changes = {} }: RigOptions = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-bench-'));
  const standIns = fork(join(root, 'bench/instant.ts'), { env: { PATH: process.env.PATH } });
  const [addresses] = (await once(standIns, 'message')) as [Addresses];
  const port = await freePort();
  const vars = relayVars({
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    TWILIO_API_URL: addresses.twilio,
    TWILIO_MESSAGING_URL: addresses.twilio,
    TWILIO_CONTENT_URL: addresses.twilio,
    TWILIO_SENDERS: SENDER,
    MACHINE_URL: addresses.machine,
    // Never called.
    ANTHROPIC_API_URL: 'http://127.0.0.1:9',
    ARCHIVE_AFTER_MS: 'off',
    ...changes,
  });
  try {
    const relay = await (runtime === 'workerd' ? startWorkerd(folder, port, vars) : startWrangler(folder, port, vars));
    return new Rig(`http://127.0.0.1:${port}`, vars, standIns, relay);
  } catch (error) {
    standIns.disconnect();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    throw error;
  }
}

async function startWorkerd(folder: string, port: number, vars: Vars): Promise<Runs> {
  await linkBundle(root, folder);
  const relay = new Relay(root, folder, port, vars);
  await relay.start();
  return { pid: relay.process()?.pid ?? 0, folder, stop: () => relay.kill() };
}

/** As `npm start` runs it, without the proxy that stands before it there. */
async function startWrangler(folder: string, port: number, vars: Vars): Promise<Runs> {
  writeFileSync(join(folder, 'relay.env'), envFile(vars), { mode: 0o600 });
  const options = ['--ip', '127.0.0.1', '--port', String(port), '--inspector-port', '0', '--log-level', 'info'];
  const places = ['--persist-to', join(folder, 'state'), '--env-file', join(folder, 'relay.env')];
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const log = openSync(join(folder, 'relay.log'), 'a');
  const args = [wrangler, 'dev', join(root, 'src/worker/local.ts'), ...options, ...places];
  const child = spawn(process.execPath, [...args, '--show-interactive-dev-session=false'], {
    cwd: root,
    stdio: ['ignore', log, log],
    detached: true,
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      X_LOCAL_EXPLORER: 'false',
      X_LOCAL_OBSERVABILITY: 'false',
      WRANGLER_WRITE_LOGS: 'false',
      WRANGLER_SEND_METRICS: 'false',
      WRANGLER_SEND_ERROR_REPORTS: 'false',
      WRANGLER_HIDE_BANNER: 'true',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    },
  });
  closeSync(log);
  const stop = async (): Promise<void> => {
    await endFamily(child.pid ?? 0, 5000);
  };
  const runs = (): boolean => child.exitCode === null && child.signalCode === null;
  if (await isReady(`http://127.0.0.1:${port}`, READY_WITHIN_MS, runs)) return { pid: child.pid ?? 0, folder, stop };
  await stop();
  throw new Error(`wrangler dev did not become ready:\n${readFileSync(join(folder, 'relay.log'), 'utf8')}`);
}
