import type { StartAttempt } from '../../../src/protocol/index.ts';
import type { Signal } from '../agent/agent.ts';
import { type Cut, OUT_OF_TIME } from './release.ts';
import { formatSeconds, STARTING, silenceLimitOf, updateOccupation } from './silence.ts';

// The two clocks of an attempt: its total time, and the silence of its agent. Both stop while the agent waits for
// somebody's answer. In memory only.

export class Clocks {
  readonly #limits: StartAttempt['limits'];
  readonly #expire: (reason: string, more?: Cut) => void;
  #occupation = STARTING;
  #wall: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #leftMs: number;
  #runningSince = 0;
  #isPaused = true;
  #isWatching = false;

  /** Stops or continues both clocks. */
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
    const reason = `the attempt reached its limit of ${formatSeconds(this.#limits.turn_ms)}`;
    this.#wall = setTimeout(() => this.#expire(reason, OUT_OF_TIME), Math.max(0, this.#leftMs));
    if (this.#isWatching) this.heard();
  };

  constructor(limits: StartAttempt['limits'], expire: (reason: string, more?: Cut) => void) {
    this.#limits = limits;
    this.#expire = expire;
    this.#leftMs = limits.turn_ms;
    this.pause(false);
  }

  /** The agent is starting. */
  starting(): void {
    this.#occupation = STARTING;
    this.heard();
  }

  /** A sign of life: the silence starts again from zero. */
  heard(signal?: Signal): void {
    if (signal) this.#occupation = updateOccupation(this.#occupation, signal);
    this.#isWatching = true;
    clearTimeout(this.#silence);
    if (this.#isPaused) return;
    const { ms, reason } = silenceLimitOf(this.#occupation, this.#limits);
    this.#silence = setTimeout(() => this.#expire(reason), ms);
  }

  end(): void {
    clearTimeout(this.#wall);
    clearTimeout(this.#silence);
    this.#isPaused = true;
  }
}
