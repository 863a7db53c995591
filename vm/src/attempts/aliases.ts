import type { AgentProcess, Signal } from '../agent/agent.ts';
import type { Resumption } from './continuation.ts';

// Other uuids for messages, because the agent ignores a uuid it knows as a repeat. A message's possible uuids never
// change (claude/transcript.ts), so a transcript shows whose prompt it holds, also after a crash and on another
// machine.

/** The uuids under which an attempt has given its messages to the agent. */
export class Aliases {
  readonly #own = new Map<string, string>();
  readonly #names = new Map<string, string>();
  readonly #renamed = new Set<string>();
  readonly #unused: (uuid: string) => string;

  /** `unused`: another uuid of a message, one that the session doesn't hold. */
  constructor(unused: (uuid: string) => string) {
    this.#unused = unused;
  }

  /** From now on the message is pushed under `name`. */
  #use(uuid: string, name: string): void {
    this.#own.set(name, uuid);
    this.#names.set(uuid, name);
  }

  /** A uuid the agent has never seen; null when the message already got one in this attempt. */
  fresh(uuid: string): string | null {
    if (this.#renamed.has(uuid)) return null;
    this.#renamed.add(uuid);
    const name = this.#unused(uuid);
    this.#use(uuid, name);
    return name;
  }

  /** Gives a new uuid to messages that another turn left unanswered. A message asked anew before keeps that uuid. */
  resume({ left, again, as }: Pick<Resumption, 'left' | 'again' | 'as'>): void {
    for (const uuid of left) this.fresh(uuid);
    if (again !== undefined && as !== undefined) this.#use(again, as);
  }

  /** Asks the agent, once for each message, to finish what it holds; `last` is the newest of these messages. */
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
