import type { AgentProcess, Signal } from '../agent/agent.ts';
import type { Resumption } from './continuation.ts';

// Other uuids for messages whose own the agent takes for a repeat. Which ones a message can have never changes, so a
// transcript tells whose prompt it holds, also after a crash and on another machine.

/** Under which uuids an attempt has given its messages to the agent. */
export class Aliases {
  readonly #own = new Map<string, string>();
  readonly #names = new Map<string, string>();
  readonly #renamed = new Set<string>();
  readonly #unused: (uuid: string) => string;

  /** `unused`: another uuid of a message, one that the session does not hold. */
  constructor(unused: (uuid: string) => string) {
    this.#unused = unused;
  }

  /** From now on the message is pushed under `name`. */
  #use(uuid: string, name: string): void {
    this.#own.set(name, uuid);
    this.#names.set(uuid, name);
  }

  /** A uuid the agent has never seen; null when the message has had one in this attempt. */
  fresh(uuid: string): string | null {
    if (this.#renamed.has(uuid)) return null;
    this.#renamed.add(uuid);
    const name = this.#unused(uuid);
    this.#use(uuid, name);
    return name;
  }

  /** What another turn has left is asked under a new one, what was asked so before under that. */
  takeUp({ left, again, as }: Pick<Resumption, 'left' | 'again' | 'as'>): void {
    for (const uuid of left) this.fresh(uuid);
    if (again !== undefined && as !== undefined) this.#use(again, as);
  }

  /** Asks the agent to finish what it holds, the last of which this is; once for each message. */
  carryOn(process: Pick<AgentProcess, 'carryOn'>, last: string | undefined, context: boolean): void {
    const fresh = last === undefined ? null : this.fresh(last);
    if (fresh !== null) process.carryOn(fresh, context);
  }

  nameOf(uuid: string): string {
    return this.#names.get(uuid) ?? uuid;
  }

  own(uuid: string): string {
    return this.#own.get(uuid) ?? uuid;
  }

  /** The signal with the messages' own uuids. */
  signalOf(signal: Signal): Signal {
    if (signal.type === 'message') return { ...signal, uuid: this.own(signal.uuid) };
    if (signal.type !== 'answer') return signal;
    const uuids = signal.answer.uuids.map((uuid) => this.own(uuid));
    return { ...signal, answer: { ...signal.answer, uuids } };
  }
}
