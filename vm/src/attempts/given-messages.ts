import type { AgentMessage, EventBody } from '../../../src/protocol/index.ts';
import type { AgentProcess, Image, PushedMessage, SentMessage, Signal } from '../agent/agent.ts';
import { Aliases } from './aliases.ts';
import type { Resumption } from './continuation.ts';

// The unanswered messages of an attempt, in the form in which the agent gets them, so that each can be pushed again:
// under its own uuid or another (aliases.ts), and with what the agent has reported about it. In memory only.

type Content = { text: string; images: readonly Image[] };
type Unanswered = Content & { isCommand: boolean };

export class GivenMessages {
  readonly #unpack: (message: AgentMessage) => Content;
  readonly #unanswered = new Map<string, Unanswered>();
  readonly #aliases: Aliases;
  /** The agent's last report about each message. */
  readonly #reported = new Map<string, 'queued' | 'begun'>();

  /** `unused`: another uuid of a message, one that the session doesn't hold. */
  constructor(unpack: (message: AgentMessage) => Content, unused: (uuid: string) => string) {
    this.#unpack = unpack;
    this.#aliases = new Aliases(unused);
  }

  get uuids(): string[] {
    return [...this.#unanswered.keys()];
  }

  add(message: AgentMessage): SentMessage {
    const { text, images } = this.#unpack(message);
    this.#unanswered.set(message.uuid, { text, images, isCommand: message.action === 'command' });
    return { uuid: message.uuid, text };
  }

  all(): SentMessage[] {
    return [...this.#unanswered].map(([uuid, { text }]) => ({ uuid, text }));
  }

  /** Chooses the uuids for what the session of a cut turn holds. */
  resume(resumption: Resumption): void {
    this.#aliases.resume(resumption);
  }

  /** The agent already works on these messages. */
  noteBegun(uuids: readonly string[]): void {
    for (const uuid of uuids) this.#reported.set(uuid, 'begun');
  }

  /** The signal with the messages' own uuids; notes what it reports about a message. */
  hear(raw: Signal): Signal {
    const signal = this.#aliases.signalOf(raw);
    if (signal.type === 'message') this.#reported.set(signal.uuid, signal.state === 'queued' ? 'queued' : 'begun');
    return signal;
  }

  /** Messages as one prompt: all but the last are context of the last. Answered ones are left out. */
  promptOf(messages: readonly SentMessage[]): PushedMessage[] {
    return messages.flatMap(({ uuid }, index) =>
      this.#pushOf(uuid, this.#aliases.nameOf(uuid), index < messages.length - 1),
    );
  }

  /** The message under a uuid the agent has never seen; nothing when it is answered or had such a uuid before. */
  again(uuid: string): PushedMessage[] {
    const fresh = this.#unanswered.has(uuid) ? this.#aliases.fresh(uuid) : null;
    return fresh === null ? [] : this.#pushOf(uuid, fresh, false);
  }

  ownUuid(uuid: string): string {
    return this.#aliases.own(uuid);
  }

  /** Asks the agent, once for each message, to finish what it holds; `last` is the newest of these messages. */
  carryOn(process: Pick<AgentProcess, 'carryOn'>, last: string | undefined, context: boolean): void {
    this.#aliases.carryOn(process, last, context);
  }

  /**
   * Messages that a stopped agent will not answer. `receipt`: those it says it had still queued, without those it never
   * acknowledged; null when it gave no receipt, and then its queue still holds what it put there.
   */
  dropped(receipt: readonly string[] | null): string[] {
    const queued = receipt?.map((uuid) => this.ownUuid(uuid));
    return this.uuids.filter((uuid) =>
      queued ? queued.includes(uuid) || !this.#reported.has(uuid) : this.#reported.get(uuid) !== 'begun',
    );
  }

  /** Forgets the messages that these events answer. */
  settle(events: readonly EventBody[]): void {
    const results = events.filter((event) => event.type === 'result');
    for (const uuid of results.flatMap((result) => result.user_message_uuids)) this.#unanswered.delete(uuid);
  }

  #pushOf(uuid: string, name: string, context: boolean): PushedMessage[] {
    const content = this.#unanswered.get(uuid);
    return content ? [{ uuid: name, ...content, context }] : [];
  }
}
