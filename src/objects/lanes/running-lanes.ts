import type { State } from '../../conversation/state/state.ts';
import { reasonOf } from '../../log.ts';
import type { LaneContext } from './lane-context.ts';
import { findWantedLanes, LANES, type Lane } from './lanes.ts';

// Keeps one of each lane going while the state wants it.

export class RunningLanes {
  readonly #context: LaneContext;
  readonly #running = new Set<Lane>();

  constructor(context: LaneContext) {
    this.#context = context;
  }

  /** Starts the lanes that the state wants. */
  keep(state: State): void {
    for (const lane of findWantedLanes(state, this.#context.now())) this.#start(lane);
  }

  /**
   * Each lane runs once at a time, and is marked as running before it starts: its first commit already looks at the
   * lanes. After a lane ends, the state is checked for new work; after a lane breaks, the next alarm starts it again.
   */
  #start(lane: Lane): void {
    if (this.#running.has(lane)) return;
    this.#running.add(lane);
    this.#context.background(this.#run(lane));
  }

  async #run(lane: Lane): Promise<void> {
    try {
      await LANES[lane].run(this.#context);
      this.#running.delete(lane);
      if (this.#context.isHome()) this.keep(this.#context.load());
    } catch (error) {
      this.#running.delete(lane);
      this.#context.report({ level: 'error', event: 'lane-broke', lane, reason: reasonOf(error) });
    }
  }
}
