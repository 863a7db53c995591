import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { PartLog } from './part-log.ts';
import { complaintOf, isBusy, type Miss, type Patience } from './patience.ts';
import { askHealth, freePort, isHealthy, portIsFree } from './ports.ts';
import { effortOf, endFamily, findProcess, type Process } from './process-families.ts';

// Supervises one part of a local run: starts its process in its own process group, waits until it is ready, restarts it
// when it dies or hangs, and ends it together with its child processes. The parts themselves are defined in
// parts.ts. In memory only.

export type Part = {
  name: string;
  /** Its fixed port, or null to use any free port at each start. */
  port: number | null;
  launch: (port: number) => { command: string; args: string[]; env: Record<string, string>; cwd: string };
  /** The way out when its port is taken; completes "Stop the program that uses it, or …". */
  elsewhere: string;
  /** A part that is still busy by then gets three times as long. */
  readyWithinMs: number;
  /** When set, its health is checked, and it is restarted once patience.ts gives it up. */
  watch?: Patience;
  /** True: it exits with 0 when idle, and the next request starts it again. */
  sleeps?: boolean;
};

export type PartEvents = {
  say: (line: string) => void;
  /** The part can't be kept running; the line says what to do. */
  giveUp: (line: string) => void;
  /** Its process changed. Record it, so that the next run can end it if the launcher is killed. */
  changed: () => void;
};

/** A part doesn't start. The message tells the person why and what to do. */
export class CannotStart extends Error {}

export const portTaken = ({ name, elsewhere }: Part, port: number): string =>
  `The ${name} can't start: port ${port} on 127.0.0.1 is already in use. Stop the program that uses it, or ${elsewhere}.`;

const END_WITHIN_MS = 3_000;
/** The pause after a health check without an answer. */
const LOOK_AGAIN_MS = 500;
const RESTARTS = 5;
const RESTARTS_WITHIN_MS = 60_000;

/** Allows five restarts within a minute; a sixth ends the run. */
export function mayRestart(restarts: readonly number[], now: number): boolean {
  return restarts.filter((at) => now - at < RESTARTS_WITHIN_MS).length < RESTARTS;
}

type Running = {
  pid: number;
  port: number;
  process: Process | undefined;
  exited: Promise<string>;
  hasExited: () => boolean;
  /** It is being ended on purpose, so its exit needs no restart. */
  ending: boolean;
};

export class SupervisedPart {
  readonly part: Part;
  readonly #events: PartEvents;
  readonly #log: PartLog;
  #running: Running | undefined;
  #ready: Promise<number> | undefined;
  #restarts: number[] = [];
  #stopping = false;

  constructor(part: Part, logFolder: string, events: PartEvents) {
    this.part = part;
    this.#events = events;
    this.#log = new PartLog(join(logFolder, `${part.name.replaceAll(' ', '-')}.log`));
  }

  /** The process that is left behind if the launcher is killed. */
  get process(): Process | undefined {
    return this.#running?.process;
  }

  /** Starts the part if it isn't running, and resolves with its port once it is ready. Rejects with `CannotStart`. */
  ready(): Promise<number> {
    if (this.#stopping) return Promise.reject(new CannotStart(`The ${this.part.name} is stopping.`));
    if (this.#ready !== undefined) return this.#ready;
    const starting = this.#start();
    this.#ready = starting;
    starting.catch(() => {
      if (this.#ready === starting) this.#ready = undefined;
    });
    return starting;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const running = this.#running;
    if (running) await this.#end(running);
  }

  async #start(): Promise<number> {
    const { name, readyWithinMs } = this.part;
    const port = this.part.port ?? (await freePort());
    if (!(await portIsFree(port))) throw new CannotStart(portTaken(this.part, port));
    if (this.#stopping) throw new CannotStart(`The ${name} is stopping.`);
    const running = this.#spawn(port);
    let settled = false;
    const ready = this.#isReady(running, () => !settled && !this.#stopping);
    const early = running.exited.then((how) => `it exited while starting (${how})`);
    const problem = await Promise.race([
      ready.then((yes) =>
        yes && !running.hasExited() ? undefined : `it wasn't ready within ${Math.round(readyWithinMs / 1000)} s`,
      ),
      early,
    ]);
    settled = true;
    if (problem === undefined) {
      this.#watch(running);
      void running.exited.then((how) => this.#died(running, how));
      return port;
    }
    await this.#end(running);
    const complaint = this.#log.complaint();
    const because = complaint === '' ? problem : `${problem}: ${complaint}`;
    throw new CannotStart(`The ${name} can't start: ${because} (its output: ${this.#log.path})`);
  }

  #spawn(port: number): Running {
    const { command, args, env, cwd } = this.part.launch(port);
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let over = false;
    const exited = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    }).then((how) => {
      over = true;
      return how;
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => this.#log.write(chunk));
    }
    const pid = child.pid ?? -1;
    const running = {
      pid,
      port,
      process: pid > 0 ? findProcess(pid) : undefined,
      exited,
      hasExited: () => over,
      ending: false,
    };
    this.#running = running;
    this.#events.changed();
    return running;
  }

  /** On a busy computer a part starts slowly, so it gets more time while it makes progress. */
  async #isReady({ pid, port }: Running, current: () => boolean): Promise<boolean> {
    const { readyWithinMs } = this.part;
    for (let times = 1; ; times++) {
      const before = effortOf(pid);
      if (await isHealthy(port, readyWithinMs, current)) return true;
      if (times === 3 || !current() || !isBusy(before, effortOf(pid), readyWithinMs)) return false;
    }
  }

  #watch(running: Running): void {
    const { name, watch } = this.part;
    if (!watch) return;
    const current = (): boolean =>
      this.#running === running && !this.#stopping && !running.ending && !running.hasExited();
    const look = async (misses: readonly Miss[]): Promise<void> => {
      if (!current()) return;
      const since = Date.now();
      const kind = await askHealth(running.port, watch.answerWithinMs);
      if (!current()) return;
      if (kind === 'well') return later([], watch.lookEveryMs);
      const now = [...misses, { since, at: Date.now(), kind, effort: effortOf(running.pid) }];
      const complaint = complaintOf(now, watch);
      if (complaint !== null) return this.#again(running, `The ${name} ${complaint}`);
      later(now, Math.min(watch.lookEveryMs, LOOK_AGAIN_MS));
    };
    const later = (misses: readonly Miss[], ms: number): void => {
      setTimeout(() => void look(misses), ms).unref();
    };
    later([], watch.lookEveryMs);
  }

  async #died(running: Running, how: string): Promise<void> {
    if (this.#stopping || running.ending || this.#running !== running) return;
    if (!this.part.sleeps || how !== 'exit code 0') return this.#again(running, `The ${this.part.name} died (${how})`);
    this.#ready = undefined;
    await this.#end(running);
    this.#events.say(`The ${this.part.name} went to sleep; the next message wakes it.`);
  }

  async #again(broken: Running, what: string): Promise<void> {
    const now = Date.now();
    if (!mayRestart(this.#restarts, now)) {
      return this.#events.giveUp(`${what}, after five starts in a minute. Its output is in ${this.#log.path}.`);
    }
    this.#restarts = [...this.#restarts.filter((at) => now - at < RESTARTS_WITHIN_MS), now];
    this.#events.say(`${what}; restarting it.`);
    const starting = this.#end(broken).then(() => this.#start());
    this.#ready = starting;
    try {
      await starting;
    } catch (error) {
      if (this.#stopping) return;
      await this.#again(broken, error instanceof Error ? error.message : String(error));
    }
  }

  async #end(running: Running): Promise<void> {
    running.ending = true;
    if (running.pid > 0) await endFamily(running.pid, END_WITHIN_MS);
    // The system may keep the port a moment longer than the process.
    for (let tries = 0; tries < 50 && !(await portIsFree(running.port)); tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    if (this.#running !== running) return;
    this.#running = undefined;
    this.#events.changed();
  }
}
