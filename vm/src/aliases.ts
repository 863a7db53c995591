import { randomUUID } from 'node:crypto';
import type { Signal } from './agent/agent.ts';

// Fresh uuids for messages whose own the agent takes for a repeat. Known for one attempt only: after a crash the
// transcript is asked anew.

export class Aliases {
  readonly #own = new Map<string, string>();

  /** A uuid the agent has never seen; null when the message has had one already. */
  fresh(uuid: string): string | null {
    if ([...this.#own.values()].includes(uuid)) return null;
    const fresh = randomUUID();
    this.#own.set(fresh, uuid);
    return fresh;
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
