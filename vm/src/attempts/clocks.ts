import type { StartAttempt } from '../../../src/protocol/index.ts';
import type { Signal } from '../agent/agent.ts';
import { type Cut, OUT_OF_TIME } from './release.ts';
import { occupied, seconds, silenceLimit, starting } from './silence.ts';

// The two clocks of an attempt: how long it may take in all, and how long its agent may be silent. Both stop while the
// agent waits for somebody's answer. In memory only.

export class Clocks {
  readonly #limits: StartAttempt['limits'];
  readonly #expire: (reason: string, more?: Cut) => void;
  #occupation = starting;
  #wall: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #leftMs: number;
  #runningSince = 0;
  #isPaused = true;
  #isWatching = false;

  /** Stands still, or goes on. */
  readonly pause = (isPaused: boolean): void => {
    if (this.#isPaused === isPaused) return;
    this.#isPaused = isPaused;
    clearTimeout(this.#wall);
    clearTimeout(this.#silence);
    if (isPaused) {
      this.#leftMs -= Date.now() - this.#runningSince;
      return;
    }
    this.#runningSince = Date.now();
    const reason = `the attempt reached its limit of ${seconds(this.#limits.turn_ms)}`;
    this.#wall = setTimeout(() => this.#expire(reason, OUT_OF_TIME), Math.max(0, this.#leftMs));
    if (this.#isWatching) this.heard();
  };

  constructor(limits: StartAttempt['limits'], expire: (reason: string, more?: Cut) => void) {
    this.#limits = limits;
    this.#expire = expire;
    this.#leftMs = limits.turn_ms;
    this.pause(false);
  }

  /** The agent is being brought up. */
  starting(): void {
    this.#occupation = starting;
    this.heard();
  }

  /** A sign of life: the time of silence starts again. */
  heard(signal?: Signal): void {
    if (signal) this.#occupation = occupied(this.#occupation, signal);
    this.#isWatching = true;
    clearTimeout(this.#silence);
    if (this.#isPaused) return;
    const { ms, reason } = silenceLimit(this.#occupation, this.#limits);
    this.#silence = setTimeout(() => this.#expire(reason), ms);
  }

  end(): void {
    clearTimeout(this.#wall);
    clearTimeout(this.#silence);
    this.#isPaused = true;
  }
}
