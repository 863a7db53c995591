import { findDueAlerts, wantsAttach, wantsOutage, wantsSend } from '../../src/conversation/lanes.ts';
import { wantsMachine } from '../../src/conversation/machine/readiness.ts';
import type { State } from '../../src/conversation/state/state.ts';

// The object's lanes in the closed world: each runs while the rows want it, and makes one request at a time.

export type Lane = 'attach' | 'send' | 'alert' | 'machine' | 'outage';
/** Makes the lane's next request; false when it has nothing to do. */
type Work = () => boolean;

type Around = { now: () => number; load: () => State };

export class Lanes {
  #running = new Set<Lane>();
  readonly #around: Around;
  readonly #works: Record<Lane, Work>;

  constructor(around: Around, works: Record<Lane, Work>) {
    this.#around = around;
    this.#works = works;
  }

  /** Starts each lane that the rows want. */
  keep(state: State): void {
    const now = this.#around.now();
    if (wantsAttach(state, now)) this.#start('attach');
    if (wantsMachine(state, now)) this.#start('machine');
    if (wantsSend(state, now)) this.#start('send');
    if (wantsOutage(state, now)) this.#start('outage');
    if (findDueAlerts(state, now).length > 0) this.#start('alert');
  }

  goOn(lane: Lane): void {
    if (this.#works[lane]()) return;
    this.#running.delete(lane);
    this.keep(this.#around.load());
  }

  crash(): void {
    this.#running = new Set();
  }

  #start(lane: Lane): void {
    if (this.#running.has(lane)) return;
    this.#running.add(lane);
    this.goOn(lane);
  }
}
