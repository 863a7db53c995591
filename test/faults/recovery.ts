import type { Kill, Text } from './plan.ts';
import type { ConversationStanding } from './rows.ts';

// How long a conversation takes to continue after a killed process is ready: until the relay and the agent server talk
// about the turn again, and until the answer reaches the phone. In memory.

type Kept = { kill: Kill; readyAt: number | null };
export type RecoveryKind = 'turn goes on' | 'answer reaches the phone';

export class Recovery {
  readonly #turns = new Map<string, Kept>();
  readonly #texts = new Map<string, Kept>();
  readonly #samples = new Map<string, number[]>();

  /**
   * The state of each conversation at the kill. A conversation that has not continued since an earlier kill keeps its
   * old time, so that the next kill hides no slow recovery.
   */
  killed(
    kill: Kill,
    standings: readonly ConversationStanding[],
    textOf: (providerId: string) => Text | undefined,
  ): void {
    for (const { turn, attempt, active, replies } of standings) {
      // The pause between two attempts is intended.
      if (turn === null || attempt === 'between') continue;
      const kept: Kept = { kill, readyAt: null };
      if (!this.#turns.has(turn)) this.#turns.set(turn, kept);
      const texts = active.flatMap((providerId) => textOf(providerId) ?? []);
      // Waits by design: behind a reply that is being looked up, after a refusal, between attempts of a failing agent.
      if (replies.length > 0 || texts.some(({ crashes, send }) => crashes > 0 || send !== 'as usual')) continue;
      for (const { id } of texts) {
        if (!this.#texts.has(id)) this.#texts.set(id, kept);
      }
    }
  }

  /** The killed process is back. */
  ready(): void {
    for (const kept of [...this.#turns.values(), ...this.#texts.values()]) kept.readyAt ??= Date.now();
  }

  /** The agent server answered the relay about this turn. */
  called(turn: string): void {
    this.#settle(this.#turns, turn, 'turn goes on');
  }

  answered(id: string): void {
    this.#settle(this.#texts, id, 'answer reaches the phone');
  }

  samples(kill: Kill, kind: RecoveryKind): readonly number[] {
    return this.#samples.get(`${kill} ${kind}`) ?? [];
  }

  #settle(waiting: Map<string, Kept>, key: string, kind: RecoveryKind): void {
    const kept = waiting.get(key);
    if (!kept) return;
    waiting.delete(key);
    const name = `${kept.kill} ${kind}`;
    const now = Date.now();
    this.#samples.set(name, [...(this.#samples.get(name) ?? []), now - (kept.readyAt ?? now)]);
  }
}
