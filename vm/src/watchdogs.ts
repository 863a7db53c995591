import type { EndCause } from '../../src/protocol/index.ts';
import type { AgentProcess, Signal } from './agent/agent.ts';
import { freeDisk } from './resources.ts';

// Ends an attempt that would harm the machine (too much memory, disk or output) or that never finishes because the agent
// doesn't report its answer. Time limits are in clocks.ts. Limits that a retry would hit again end the attempt as failed,
// so that the person decides whether to try again. In memory only.

export type WatchSetup = {
  dataDir: string;
  /** The most memory the agent and everything it started may use, in bytes. */
  memoryMax: number;
  /** The least free disk space, in bytes. */
  diskMin: number;
  /** The most text of one attempt, in characters. */
  outputMax: number;
  /** How long to wait for the answer after the model's last word. The project's hooks run in that time. */
  resultDueMs: number;
};

export type Bite = { outcome: 'failed'; cause: EndCause; reason: string };

const LOOK_MS = 2000;

export class Watchdogs {
  readonly #setup: WatchSetup;
  readonly #bite: (bite: Bite) => void;
  readonly #resultMissing: () => void;
  #looking: NodeJS.Timeout | undefined;
  #resultDue: NodeJS.Timeout | undefined;
  #output = 0;
  #words = 0;

  constructor(setup: WatchSetup, bite: (bite: Bite) => void, resultMissing: () => void) {
    this.#setup = setup;
    this.#bite = bite;
    this.#resultMissing = resultMissing;
  }

  /** Why no attempt can start now, or null. */
  get refusal(): Bite | null {
    const free = freeDisk(this.#setup.dataDir);
    if (free === null || free >= this.#setup.diskMin) return null;
    return { outcome: 'failed', cause: 'disk', reason: `the disk is full: ${inMegabytes(free)} free` };
  }

  /** Watches the memory of this process instead of the previous one. */
  watch(process: Pick<AgentProcess, 'memory'>): void {
    clearInterval(this.#looking);
    this.#looking = setInterval(() => this.#look(process), LOOK_MS);
  }

  heard(signal: Signal): void {
    if (signal.type === 'last_word') {
      clearTimeout(this.#resultDue);
      this.#resultDue = setTimeout(() => this.#resultMissing(), this.#setup.resultDueMs);
    } else if (signal.type !== 'alive' && signal.type !== 'text') clearTimeout(this.#resultDue);
    if (signal.type === 'words') this.#words = signal.text.length + (signal.fresh ? 0 : this.#words);
    if (signal.type === 'text') {
      this.#output += signal.text.length;
      this.#words = 0;
    }
    this.#measure();
  }

  end(): void {
    clearInterval(this.#looking);
    clearTimeout(this.#resultDue);
  }

  #measure(): void {
    if (this.#output + this.#words <= this.#setup.outputMax) return;
    const reason = `the agent wrote more than ${inMegabytes(this.#setup.outputMax)}`;
    this.#bite({ outcome: 'failed', cause: 'output', reason });
  }

  #look(process: Pick<AgentProcess, 'memory'>): void {
    const { memoryMax } = this.#setup;
    const held = process.memory();
    if (held > memoryMax) {
      const reason = `the agent and its commands used ${inMegabytes(held)}, more than ${inMegabytes(memoryMax)}`;
      this.#bite({ outcome: 'failed', cause: 'memory', reason });
      return;
    }
    const full = this.refusal;
    if (full) this.#bite(full);
  }
}

const inMegabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
