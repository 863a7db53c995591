import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse } from 'smol-toml';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { localVars } from '../../scripts/local/generated-vars.ts';
import { findProcess, type Process } from '../../scripts/local/process-families.ts';
import { workerdPath } from '../../scripts/local/relay-bundle.ts';
import { type Guard, NO_GUARD } from '../faults/guard.ts';
import { ARMS_PATH } from '../faults/kill-points.ts';
import { gone } from './gone.ts';
import { isReady } from './ready.ts';

// The relay of every test with processes: bundled once (bundle.ts), then served by workerd itself, which starts in a
// fifth of a second where `wrangler dev` takes three. SQLite and alarms are on disk and survive every kill.

const READY_WITHIN_MS = 60_000;
const KEPT_LINES = 1000;
const PORT_WITHIN_MS = 20_000;
const AGAIN_MS = 500;
/** The line that workerd writes then. */
const TAKEN = 'Address already in use';
/** Takes the calls and, on this path of `wrangler dev`, runs the scheduled handler. */
export const SCHEDULED_PATH = '/cdn-cgi/local/scheduled';
const DOOR = `export default {
  async fetch(request, env) {
    if (new URL(request.url).pathname !== '${SCHEDULED_PATH}') return env.RELAY.fetch(request);
    const { outcome } = await env.RELAY.scheduled({ scheduledTime: new Date(), cron: '* * * * *' });
    return new Response(outcome, { status: outcome === 'ok' ? 200 : 500 });
  },
};`;

/** `bucket`: host and port of the bucket for outgoing files, and for backups if `backsUp`. */
export type RelayOptions = { guard?: Guard; bucket?: string | null; backsUp?: boolean };

/** The generated values of a local run, with our addresses. */
export function relayVars(changes: Vars): Vars {
  const drawn = Object.fromEntries(localVars().map(({ name, value }) => [name, value]));
  // One-time messages have separate tests, and nobody's phone gets what an operator is told.
  return { ...drawn, ADMIN_SENDERS: '', WELCOME: 'off', ...changes };
}

// A test run that is cut off ends its relays.
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

export class Relay {
  readonly url: string;
  readonly #folder: string;
  readonly #config: string;
  readonly #guard: Guard;
  #child: ChildProcess | undefined;

  /** `folder` holds the bundle and all data of the relay. */
  constructor(
    root: string,
    folder: string,
    port: number,
    vars: Vars,
    { guard = NO_GUARD, bucket = null, backsUp = false }: RelayOptions = {},
  ) {
    this.#folder = folder;
    this.#guard = guard;
    this.url = `http://127.0.0.1:${port}`;
    mkdirSync(this.objects, { recursive: true });
    this.#config = join(folder, 'workerd.capnp');
    writeFileSync(this.#config, configuration(root, folder, { port, vars, objects: this.objects, bucket, backsUp }), {
      mode: 0o600,
    });
  }

  /** The output of all its starts. */
  get log(): string {
    return readFileSync(join(this.#folder, 'relay.log'), 'utf8');
  }

  /** The newest lines of that. */
  get output(): string[] {
    return this.log.trimEnd().split('\n').slice(-KEPT_LINES);
  }

  /** The folder of the objects' SQLite files. */
  get objects(): string {
    return join(this.#folder, 'objects');
  }

  /** Another process may take its port for a moment while it is down. */
  async start(): Promise<void> {
    const deadline = Date.now() + PORT_WITHIN_MS;
    for (;;) {
      const problem = await this.#startOnce();
      if (problem === null) return;
      const isTaken = problem.includes(TAKEN);
      if (isTaken && Date.now() < deadline) await pause(AGAIN_MS);
      else
        throw new Error(
          isTaken ? `Port ${new URL(this.url).port} is taken. End what uses it, or start again.` : problem,
        );
    }
  }

  async #startOnce(): Promise<string | null> {
    const log = openSync(join(this.#folder, 'relay.log'), 'a');
    const args = ['serve', '--experimental', this.#config];
    const child = spawn(workerdPath(), args, { stdio: ['ignore', log, log], env: {} });
    closeSync(log);
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    this.#guard.watch(child);
    const runs = (): boolean => child.exitCode === null && child.signalCode === null;
    if (await isReady(this.url, READY_WITHIN_MS, runs)) return null;
    const how = runs() ? 'runs' : `ended (${child.exitCode ?? child.signalCode})`;
    return `The relay did not become ready; workerd ${how} and wrote:\n${this.output.slice(-20).join('\n')}`;
  }

  /** Makes it stop forever when it next reaches that point; needs a bundle with the points. */
  async arm(armed: string): Promise<void> {
    await fetch(`${this.url}${ARMS_PATH}`, { method: 'POST', body: armed, signal: AbortSignal.timeout(2000) });
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const killed = this.process();
    this.#child?.kill('SIGKILL');
    if (killed) await gone([killed]);
  }

  /** Ends it like a release: SIGTERM, and SIGKILL for everything still running after `withinMs`. */
  async end(withinMs: number): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), withinMs);
    await ended;
    clearTimeout(late);
  }

  process(): Process | undefined {
    return this.#child?.pid === undefined ? undefined : findProcess(this.#child.pid);
  }
}

/** The part of wrangler.toml that the relay cannot run without. */
type Deployment = {
  compatibility_date: string;
  durable_objects: { bindings: { name: string; class_name: string }[] };
};

/** The deployment's configuration in workerd's format. */
type Configured = { port: number; vars: Vars; objects: string; bucket: string | null; backsUp: boolean };

function configuration(root: string, folder: string, { port, vars, objects, bucket, backsUp }: Configured): string {
  const deployed = parse(readFileSync(join(root, 'wrangler.toml'), 'utf8')) as Deployment;
  const { compatibility_date: date, durable_objects } = deployed;
  const names = readdirSync(join(folder, 'bundle')).filter((name) => /\.(js|sql)$/.test(name));
  const modules = names
    .sort((a, b) => Number(b === 'local.js') - Number(a === 'local.js'))
    .map((name) => `(name = "${name}", ${name.endsWith('.js') ? 'esModule' : 'text'} = embed "bundle/${name}")`);
  const objectBindings = durable_objects.bindings.map(
    ({ name, class_name }) => `(name = "${name}", durableObjectNamespace = "${class_name}")`,
  );
  const variables = Object.entries(vars).map(([name, value]) => `(name = "${name}", text = ${JSON.stringify(value)})`);
  const bound = bucket === null ? [] : ['MEDIA', ...(backsUp ? ['ARCHIVE'] : [])];
  const buckets = bound.map((name) => `(name = "${name}", r2Bucket = "media")`);
  const namespaces = durable_objects.bindings.map(
    ({ class_name }) => `(className = "${class_name}", uniqueKey = "roost-${class_name}", enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "door", worker = .door),
    (name = "relay", worker = .relay),
    (name = "internet", network = (allow = ["local", "private"])),
${bucket === null ? '' : `    (name = "media", external = (address = "${bucket}", http = ())),\n`}    (name = "objects", disk = (path = ${JSON.stringify(objects)}, writable = true)),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "door")]
);
const door :Workerd.Worker = (
  modules = [(name = "door.js", esModule = ${JSON.stringify(DOOR)})],
  bindings = [(name = "RELAY", service = "relay")],
  compatibilityDate = "${date}",
  compatibilityFlags = ["service_binding_extra_handlers"],
);
const relay :Workerd.Worker = (
  modules = [${modules.join(', ')}],
  bindings = [${[...objectBindings, ...variables, ...buckets].join(', ')}],
  compatibilityDate = "${date}",
  durableObjectNamespaces = [${namespaces.join(', ')}],
  durableObjectStorage = (localDisk = "objects"),
);
`;
}
