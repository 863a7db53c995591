import type { Kill } from './plan.ts';
import type { Standing } from './rows.ts';

// How long after a killed process is ready its conversations go on: until the relay speaks of the turn with the agent
// server again, and until the answer reaches the phone. In memory.

type Waiting = { kill: Kill; readyAt: number };
export type RecoveryKind = 'turn goes on' | 'answer reaches the phone';

export class Recovery {
  readonly #turns = new Map<string, Waiting>();
  readonly #texts = new Map<string, Waiting>();
  readonly #samples = new Map<string, number[]>();

  /** What was killed is there again; `standings` is how each conversation stood at the kill. */
  ready(kill: Kill, standings: readonly Standing[], textOf: (providerId: string) => string | undefined): void {
    const waiting = { kill, readyAt: Date.now() };
    for (const { turn, attempt, active } of standings) {
      // Between two attempts the pause is wanted.
      if (turn === null || attempt === 'between') continue;
      this.#turns.set(turn, waiting);
      for (const providerId of active) {
        const id = textOf(providerId);
        if (id) this.#texts.set(id, waiting);
      }
    }
  }

  called(turn: string): void {
    this.#settle(this.#turns, turn, 'turn goes on');
  }

  answered(id: string): void {
    this.#settle(this.#texts, id, 'answer reaches the phone');
  }

  samples(kill: Kill, kind: RecoveryKind): readonly number[] {
    return this.#samples.get(`${kill} ${kind}`) ?? [];
  }

  #settle(waiting: Map<string, Waiting>, key: string, kind: RecoveryKind): void {
    const found = waiting.get(key);
    if (!found) return;
    waiting.delete(key);
    const name = `${found.kill} ${kind}`;
    this.#samples.set(name, [...(this.#samples.get(name) ?? []), Date.now() - found.readyAt]);
  }
}
