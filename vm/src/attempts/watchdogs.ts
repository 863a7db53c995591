import { randomUUID } from 'node:crypto';
import type { EndCause } from '../../../src/protocol/index.ts';
import type { AgentProcess, PushedMessage, Signal } from '../agent/agent.ts';
import type { DiskReserve } from '../process/disk-reserve.ts';
import { readFreeDisk } from '../process/resources.ts';

// Ends an attempt that would harm the machine (too much memory, disk or output) or that never finishes because the
// agent doesn't report its answer. Time limits are in clocks.ts. Limits that a retry would hit again end the attempt as
// failed, so that the person decides whether to try again. In memory only.

export type WatchSetup = {
  dataDir: string;
  /** The most memory the agent and everything it started may use, in bytes. */
  memoryMax: number;
  /**
   * The least free disk space, in bytes. An attempt that begins below it may use three quarters of it, to make room.
   */
  diskMin: number;
  /** The disk reserve, if the disk is the machine's own. */
  reserve?: DiskReserve | undefined;
  free?: (path: string) => number | null;
  /** The most text of one attempt, in characters. */
  outputMax: number;
  /** How long to wait for the answer after the model's last word. The project's hooks run in that time. */
  resultDueMs: number;
};

export type WatchdogEnd = { outcome: 'failed'; cause: EndCause; reason: string };

const LOOK_MS = 2000;
const LEAST_TO_BEGIN = 1 / 4;

export class Watchdogs {
  readonly #setup: WatchSetup;
  readonly #onEnd: (end: WatchdogEnd) => void;
  readonly #resultMissing: () => void;
  #looking: NodeJS.Timeout | undefined;
  #resultDue: NodeJS.Timeout | undefined;
  #diskMin: number;
  #output = 0;
  #words = 0;

  constructor(setup: WatchSetup, onEnd: (end: WatchdogEnd) => void, resultMissing: () => void) {
    this.#setup = setup;
    this.#diskMin = setup.diskMin;
    this.#onEnd = onEnd;
    this.#resultMissing = resultMissing;
  }

  /** Looks at the disk before the attempt: refuses it, or returns a note for the agent, which alone can make room. */
  begin(): { refusal: WatchdogEnd | null; note: PushedMessage | null } {
    const { diskMin } = this.#setup;
    const least = diskMin * LEAST_TO_BEGIN;
    if (this.#full(least, 'disk-full')) this.#setup.reserve?.release();
    const full = this.#full(least, 'disk-full');
    if (full || !this.#full(diskMin, 'disk')) return { refusal: full, note: null };
    this.#diskMin = least;
    return {
      refusal: null,
      note: { uuid: randomUUID(), text: onlyMakeRoom(this.#free() ?? 0), context: true },
    };
  }

  #free(): number | null {
    const { dataDir, free = readFreeDisk } = this.#setup;
    return free(dataDir);
  }

  #full(least: number, cause: EndCause): WatchdogEnd | null {
    const free = this.#free();
    if (free === null || free >= least) return null;
    return { outcome: 'failed', cause, reason: `the disk is full: ${inMegabytes(free)} free` };
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
    void this.#setup.reserve?.keep();
  }

  #measure(): void {
    if (this.#output + this.#words <= this.#setup.outputMax) return;
    const reason = `the agent wrote more than ${inMegabytes(this.#setup.outputMax)}`;
    this.#onEnd({ outcome: 'failed', cause: 'output', reason });
  }

  #look(process: Pick<AgentProcess, 'memory'>): void {
    const { memoryMax } = this.#setup;
    const held = process.memory();
    if (held > memoryMax) {
      const reason = `the agent and its commands used ${inMegabytes(held)}, more than ${inMegabytes(memoryMax)}`;
      this.#onEnd({ outcome: 'failed', cause: 'memory', reason });
      return;
    }
    const full = this.#full(this.#diskMin, 'disk');
    if (full) this.#onEnd(full);
  }
}

const inMegabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
const onlyMakeRoom = (free: number): string =>
  `[The machine's disk is almost full: only ${inMegabytes(free)} are free, and most work would be stopped. Make room before anything else: find what is large, and delete what can be made again, like caches, build output and temporary files. Ask the person before you delete anything else.]`;
