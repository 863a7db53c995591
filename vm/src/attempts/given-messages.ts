import type { AgentMessage, EventBody } from '../../../src/protocol/index.ts';
import type { Image, PushedMessage, SentMessage } from '../agent/agent.ts';

// The messages of an attempt that are pushed or wait to be and have no answer yet, as the agent is given them, so that
// each can be pushed again. In memory only.

type Given = { text: string; images: readonly Image[] };
type Open = Given & { isCommand: boolean };

export class GivenMessages {
  readonly #unpack: (message: AgentMessage) => Given;
  readonly #open = new Map<string, Open>();

  constructor(unpack: (message: AgentMessage) => Given) {
    this.#unpack = unpack;
  }

  get uuids(): string[] {
    return [...this.#open.keys()];
  }

  add(message: AgentMessage): SentMessage {
    const { text, images } = this.#unpack(message);
    this.#open.set(message.uuid, { text, images, isCommand: message.action === 'command' });
    return { uuid: message.uuid, text };
  }

  all(): SentMessage[] {
    return [...this.#open].map(([uuid, { text }]) => ({ uuid, text }));
  }

  /** What is pushed for a message, under `as` when its own uuid is used up; null when it is answered. */
  push(uuid: string, context = false, as = uuid): PushedMessage | null {
    const given = this.#open.get(uuid);
    return given ? { uuid: as, ...given, context } : null;
  }

  /** What the events of a step answer is done with. */
  settle(events: readonly EventBody[]): void {
    const results = events.filter((event) => event.type === 'result');
    for (const uuid of results.flatMap((result) => result.user_message_uuids)) this.#open.delete(uuid);
  }
}

/** What the agent has said of a message. */
export type ReportedState = 'queued' | 'begun';

/**
 * Messages that a stopped agent will not have answered. `queued`: its receipt, in which those it never acknowledged are
 * missing; null when it gave none, and then what it put into its queue still lies there.
 */
export const droppedMessagesOf = (
  uuids: readonly string[],
  queued: readonly string[] | null,
  told: ReadonlyMap<string, ReportedState>,
): string[] =>
  uuids.filter((uuid) => (queued === null ? told.get(uuid) !== 'begun' : queued.includes(uuid) || !told.has(uuid)));
