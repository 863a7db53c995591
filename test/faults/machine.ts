import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProcess, type Process } from '../../scripts/processes.ts';
import { gone } from '../journeys/relay-process.ts';
import { isReady } from './ready.ts';

// The agent server of machine-main.ts: started, killed, started again on the same folder and port.

const here = import.meta.dirname;
const READY_WITHIN_MS = 60_000;

export class FaultyMachine {
  readonly #folder: string;
  readonly #port: number;
  readonly #env: Record<string, string>;
  #child: ChildProcess | undefined;

  constructor(folder: string, port: number, env: Record<string, string>) {
    this.#folder = folder;
    this.#port = port;
    this.#env = env;
  }

  async start(): Promise<void> {
    const log = openSync(join(this.#folder, 'machine.log'), 'a');
    const child = spawn(
      process.execPath,
      ['--import', join(here, 'machine-points.ts'), join(here, 'machine-main.ts')],
      {
        stdio: ['pipe', log, log],
        env: {
          ...this.#env,
          PATH: process.env.PATH,
          PORT: String(this.#port),
          DATA_DIR: join(this.#folder, 'machine'),
        },
      },
    );
    closeSync(log);
    this.#child = child;
    const runs = (): boolean => child.exitCode === null && child.signalCode === null;
    if (!(await isReady(`http://127.0.0.1:${this.#port}`, READY_WITHIN_MS, runs))) {
      throw new Error(`The agent server did not become ready; see ${join(this.#folder, 'machine.log')}`);
    }
  }

  /** What it wrote, of all its starts. */
  get log(): string {
    return readFileSync(join(this.#folder, 'machine.log'), 'utf8');
  }

  /** From now on it stands still for good when it comes to that point. */
  async arm(armed: string): Promise<void> {
    this.#child?.stdin?.write(`${armed}\n`);
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    const running = this.process();
    this.#child?.kill('SIGKILL');
    if (running) await gone([running]);
  }

  /** As its host ends it: SIGTERM. */
  async end(): Promise<void> {
    const running = this.process();
    this.#child?.kill('SIGTERM');
    if (running) await gone([running]);
  }

  /** The host stops it in the middle of everything, and lets it go on later. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child?.kill('SIGCONT');
  }

  /** What it kept is gone, as with its host. It must not run. */
  loseDisk(): void {
    const kept = join(this.#folder, 'machine');
    rmSync(kept, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    mkdirSync(kept);
  }

  process(): Process | undefined {
    return this.#child?.pid === undefined ? undefined : findProcess(this.#child.pid);
  }
}
