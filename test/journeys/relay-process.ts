import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Vars } from '../../scripts/local/dev-vars.ts';
import { localVars } from '../../scripts/local/generated-vars.ts';
import { localParts } from '../../scripts/local/parts.ts';
import { planRun } from '../../scripts/local/plan.ts';
import { isHealthy } from '../../scripts/local/ports.ts';
import { endFamily, family, type Process, sameProcess } from '../../scripts/local/process-families.ts';
import { inheritEnvironment } from '../inherit-environment.ts';

// The relay as `npm start` runs it (`wrangler dev`, a real workerd, SQLite on disk), on its own port and in its own
// folder, and killed like a crash. Its state is in the folder and survives every kill.

const root = resolve(import.meta.dirname, '../..');
const READY_WITHIN_MS = 90_000;
const GONE_WITHIN_MS = 20_000;
const KEPT_LINES = 1_000;

// A test run that is cut off ends its relays: they are in groups of their own and would not notice.
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) killGroup(child);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));

/** The generated values of a local run, with our addresses. */
export function relayVars(changes: Vars): Vars {
  const drawn = Object.fromEntries(localVars().map(({ name, value }) => [name, value]));
  // One-time messages have separate tests.
  return { ...drawn, WELCOME: 'off', ...changes };
}

export class Relay {
  readonly url: string;
  readonly state: string;
  /** The newest lines of its output. */
  readonly output: string[] = [];
  readonly #vars: Vars;
  #child: ChildProcess | undefined;

  constructor(state: string, vars: Vars) {
    mkdirSync(state, { recursive: true });
    this.state = state;
    this.#vars = vars;
    this.url = vars.PUBLIC_URL ?? '';
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  /** Wrangler and its child processes; workerd is the one that serves. */
  processes(): Process[] {
    return this.pid > 0 ? family(this.pid) : [];
  }

  workerds(): Process[] {
    return this.processes().filter(({ pid }) => /\/workerd\0/.test(commandLine(pid)));
  }

  async start(): Promise<void> {
    const planned = planRun(this.#vars, { real: false, twilio: false }, {}, this.state);
    if (!planned.ok) throw new Error(`The relay is not configured: ${planned.problems.join('; ')}`);
    const { relay } = localParts(planned.plan, { root, state: this.state }, inheritEnvironment());
    const { port } = new URL(this.url);
    const { command, args, env, cwd } = relay.launch(Number(port));
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        this.output.push(...chunk.split('\n').filter((line) => line.trim() !== ''));
        this.output.splice(0, this.output.length - KEPT_LINES);
      });
    }
    const runs = (): boolean => child.exitCode === null && child.signalCode === null;
    if (!(await isHealthy(Number(port), READY_WITHIN_MS, runs))) {
      await this.stop();
      throw new Error(`The relay did not become ready:\n${this.output.slice(-20).join('\n')}`);
    }
  }

  /** SIGKILL to workerd, then to wrangler's whole group. Returns the killed processes when all of them are gone. */
  async kill(): Promise<{ workerds: Process[]; all: Process[] }> {
    const all = this.processes();
    const workerds = this.workerds();
    if (workerds.length === 0) throw new Error('no workerd is running');
    for (const { pid } of workerds) process.kill(pid, 'SIGKILL');
    if (this.#child) killGroup(this.#child);
    await gone(all);
    return { workerds, all };
  }

  async stop(): Promise<void> {
    const all = this.processes();
    if (this.pid > 0) await endFamily(this.pid, 3_000);
    await gone(all);
  }
}

/** Resolves when none of the processes is left; fails with their pids when that takes too long. */
export async function gone(processes: readonly Process[]): Promise<void> {
  const deadline = Date.now() + GONE_WITHIN_MS;
  for (;;) {
    const left = processes.filter(sameProcess);
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`still running: ${left.map(({ pid }) => pid).join(', ')}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid) process.kill(-pid, 'SIGKILL');
  } catch {
    // The process has already ended.
  }
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
