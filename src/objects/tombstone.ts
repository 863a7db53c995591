import type { Arrival } from './received-calls.ts';
import type { ConversationStore } from './stores/conversation-store.ts';
import { dropMarks, type Forgotten, keepMarks, type Marks, marksOf, readForgotten } from './stores/forgotten-store.ts';
import { readSignpost } from './stores/signpost-store.ts';

// The row that is left for a month of a conversation that was deleted at its person's wish, and at an address that was
// taken from a person: enough to recognise late repeats.

export type TombstoneDeps = {
  storage: DurableObjectStorage;
  store: ConversationStore;
  /** Conversation time. */
  now: () => number;
  /** Sets the alarm, in conversation time. */
  wakeAt: (at: number) => void;
};

export class Tombstone {
  readonly #deps: TombstoneDeps;
  #forgotten: Forgotten | null = null;

  constructor(deps: TombstoneDeps) {
    this.#deps = deps;
  }

  read(): void {
    this.#forgotten = readForgotten(this.#deps.storage.sql, this.#deps.now());
  }

  /** True if the person was deleted, or lost this address, and has not texted from here since. */
  get isAlone(): boolean {
    return this.#forgotten !== null && !this.#deps.store.exists();
  }

  /** A late repeat of a message that was deleted, or a message from before that was found in the carrier's list. */
  covers({ providerId, late }: Arrival, receivedAt: number): boolean {
    const known = this.#forgotten;
    return known !== null && (known.knows(providerId) || (late === true && receivedAt <= known.at));
  }

  /** Deletes all rows in one transaction. What stays wakes the object once more, to go too. */
  forgetRows(): void {
    const until = this.#deps.store.forgetAll(this.#deps.now());
    this.read();
    this.#deps.wakeAt(until);
  }

  /** Marks by which late repeats of the messages here are recognised. In real time, for objects with other clocks. */
  marks(): Marks {
    return marksOf(this.#deps.storage.sql, Date.now());
  }

  /** Keeps the marks of another home: this object's address was its person's until now. */
  keep(marks: Marks): void {
    const { storage, now, wakeAt } = this.#deps;
    const ahead = now() - Date.now();
    const until = marks.until + ahead;
    storage.transactionSync(() => keepMarks(storage, { ...marks, at: marks.at + ahead, until }));
    this.read();
    wakeAt(until);
  }

  /** After a month nothing is left of a person who did not come back. */
  async outlive(): Promise<void> {
    const { until } = this.#forgotten ?? {};
    if (until !== undefined && until > this.#deps.now()) return this.#deps.wakeAt(until);
    this.#forgotten = null;
    const { storage, store } = this.#deps;
    // The address may lead to its person again.
    if (readSignpost(storage) !== null) return dropMarks(storage);
    await store.deleteAll();
  }
}
