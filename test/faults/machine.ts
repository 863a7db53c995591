import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProcess, type Process } from '../../scripts/local/process-families.ts';
import { inheritEnvironment } from '../inherit-environment.ts';
import { gone } from '../relay/gone.ts';
import { isReady } from '../relay/ready.ts';
import type { Guard } from './guard.ts';

// The agent server of machine-main.ts: started, killed, and restarted on the same folder and port.

/** A requirement of free megabytes that no disk meets. */
const MORE_THAN_ANY = '1000000000';
const here = import.meta.dirname;
const READY_WITHIN_MS = 60_000;

/** Where the agent runs: one shared machine, or a machine per person. */
export type Machines = {
  /** The output of all its starts. */
  readonly log: string;
  start(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Stops it as its host does. */
  end(): Promise<void>;
  /** Freezes it in the middle of its work, until it is resumed. */
  pause(): void;
  goOn(): void;
  /** Deletes its files, as with its host. It must not be running. */
  loseDisk(): Promise<void>;
  /** Restarts it on a full disk, or on one with space again. */
  fill(isFull: boolean): Promise<void>;
  /** Makes it stop forever when it next reaches that point. */
  arm(armed: string): Promise<void>;
  process(): Process | undefined;
};

export class FaultyMachine implements Machines {
  readonly #folder: string;
  readonly #port: number;
  readonly #env: Record<string, string>;
  readonly #guard: Guard;
  #child: ChildProcess | undefined;
  #isEnded = false;
  #isFull = false;

  constructor(folder: string, port: number, env: Record<string, string>, guard: Guard) {
    this.#guard = guard;
    this.#folder = folder;
    this.#port = port;
    this.#env = env;
  }

  protected get main(): string {
    return 'machine-main.ts';
  }

  get dataDir(): string {
    return join(this.#folder, 'machine');
  }

  async start(): Promise<void> {
    const log = openSync(join(this.#folder, 'machine.log'), 'a');
    const child = spawn(process.execPath, ['--import', join(here, 'machine-points.ts'), join(here, this.main)], {
      stdio: ['pipe', log, log],
      env: {
        ...this.#env,
        ...inheritEnvironment(),
        PORT: String(this.#port),
        DATA_DIR: this.dataDir,
        ...(this.#isFull && { DISK_MIN_FREE_MB: MORE_THAN_ANY }),
      },
    });
    closeSync(log);
    this.#child = child;
    this.#isEnded = false;
    this.#guard.watch(child);
    // It has put itself to sleep, and is woken.
    child.once('exit', (code) => {
      if (code === 0 && !this.#isEnded) this.start().catch(() => undefined);
    });
    const runs = (): boolean => child.exitCode === null && child.signalCode === null;
    if (!(await isReady(`http://127.0.0.1:${this.#port}`, READY_WITHIN_MS, runs))) {
      throw new Error(`The agent server did not become ready; see ${join(this.#folder, 'machine.log')}`);
    }
  }

  get log(): string {
    return readFileSync(join(this.#folder, 'machine.log'), 'utf8');
  }

  async arm(armed: string): Promise<void> {
    this.#child?.stdin?.write(`${armed}\n`);
  }

  async kill(): Promise<void> {
    const running = this.process();
    this.#isEnded = true;
    this.#child?.kill('SIGKILL');
    if (running) await gone([running]);
  }

  async end(): Promise<void> {
    const running = this.process();
    this.#isEnded = true;
    this.#child?.kill('SIGTERM');
    if (running) await gone([running]);
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  goOn(): void {
    this.#child?.kill('SIGCONT');
  }

  async loseDisk(): Promise<void> {
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    mkdirSync(this.dataDir);
  }

  async fill(isFull: boolean): Promise<void> {
    await this.kill();
    this.#isFull = isFull;
    await this.start();
  }

  process(): Process | undefined {
    return this.#child?.pid === undefined ? undefined : findProcess(this.#child.pid);
  }
}
