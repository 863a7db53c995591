import { type AttemptState, isWaitingForShells, stalledMessagesOf } from './reducer.ts';
import { LYING_MS, SHELLS_MS } from './silence.ts';

// What happens when an agent rests although its turn is not over: messages lie there unanswered, or only commands in the
// background keep it open. Owns the two timers; nothing survives.

export class StalledTurnWatch {
  readonly #onLying: () => void;
  readonly #onShells: () => void;
  #lying: NodeJS.Timeout | undefined;
  #shells: NodeJS.Timeout | undefined;

  constructor(onLying: () => void, onShells: () => void) {
    this.#onLying = onLying;
    this.#onShells = onShells;
  }

  /** Looked at after every signal of the agent. */
  look(state: AttemptState): void {
    clearTimeout(this.#shells);
    if (isWaitingForShells(state)) this.#shells = setTimeout(this.#onShells, SHELLS_MS);
    if (stalledMessagesOf(state).length === 0) {
      clearTimeout(this.#lying);
      this.#lying = undefined;
      return;
    }
    this.#lying ??= setTimeout(() => {
      this.#lying = undefined;
      this.#onLying();
    }, LYING_MS);
  }

  end(): void {
    clearTimeout(this.#lying);
    clearTimeout(this.#shells);
  }
}
