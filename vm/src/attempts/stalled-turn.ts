import { isWaitingForShells, type RunningState, stalledMessagesOf } from './reducer.ts';
import { LYING_MS, SHELLS_MS } from './silence.ts';

// Notices an agent that is idle although its turn isn't over: messages wait unanswered, or only background commands
// keep the turn open. Owns the two timers; in memory only.

export class StalledTurnWatch {
  readonly #onStalled: () => void;
  readonly #onShells: () => void;
  #stalled: NodeJS.Timeout | undefined;
  #shells: NodeJS.Timeout | undefined;

  constructor(onStalled: () => void, onShells: () => void) {
    this.#onStalled = onStalled;
    this.#onShells = onShells;
  }

  /** Called after every signal of the agent. */
  look(state: RunningState): void {
    clearTimeout(this.#shells);
    if (isWaitingForShells(state)) this.#shells = setTimeout(this.#onShells, SHELLS_MS);
    if (stalledMessagesOf(state).length === 0) {
      clearTimeout(this.#stalled);
      this.#stalled = undefined;
      return;
    }
    this.#stalled ??= setTimeout(() => {
      this.#stalled = undefined;
      this.#onStalled();
    }, LYING_MS);
  }

  end(): void {
    clearTimeout(this.#stalled);
    clearTimeout(this.#shells);
  }
}
