import { setTimeout } from 'node:timers/promises';
import type { EventBody } from '../../../src/protocol/index.ts';
import type { Journal } from '../journal/journal.ts';
import { isDiskFull } from '../refusal.ts';
import type { End } from './release.ts';

// Writes an attempt's events into the journal. On a full disk the attempt ends, and unwritten events wait in memory
// until there is room: the end has to be reported, but not before it is journalled.

const AGAIN_MS = 2000;

export type RecorderSetup = {
  append: (events: readonly EventBody[]) => void;
  /** Whether the disk has no room for this attempt's events. */
  isFull: (is: boolean) => void;
  /** Ends the attempt; called once. */
  end: (end: End) => void;
};

type Parts = { journal: Journal; changed: () => void; isFull: (is: boolean) => void };
export const recorderOf = (
  { journal, changed, isFull }: Parts,
  conversation: string,
  attempt: string,
  end: (end: End) => void,
): Recorder => {
  const append = (events: readonly EventBody[]): void => {
    journal.append(conversation, attempt, events, Date.now());
    changed();
  };
  return new Recorder({ append, isFull, end });
};

export class Recorder {
  readonly #setup: RecorderSetup;
  #unwritten: EventBody[] = [];

  constructor(setup: RecorderSetup) {
    this.#setup = setup;
  }

  record(events: readonly EventBody[]): void {
    if (events.length === 0) return;
    const isFirst = this.#unwritten.length === 0;
    this.#unwritten.push(...events);
    const why = this.#write();
    if (why === null || !isFirst) return;
    this.#setup.isFull(true);
    this.#setup.end({
      outcome: 'failed',
      cause: 'disk',
      reason: `the disk is full: ${why}`.slice(0, 500),
      keep: false,
    });
  }

  /** Writes the last events; on a full disk, tries again until there is room. */
  async finish(events: readonly EventBody[]): Promise<void> {
    this.#unwritten.push(...events);
    while (this.#write() !== null) {
      this.#setup.isFull(true);
      await setTimeout(AGAIN_MS, undefined, { ref: false });
    }
    this.#setup.isFull(false);
  }

  /** Null when everything is written, else the reason. */
  #write(): string | null {
    try {
      this.#setup.append(this.#unwritten);
      this.#unwritten = [];
      return null;
    } catch (error) {
      if (!isDiskFull(error)) throw error;
      return error instanceof Error ? error.message : String(error);
    }
  }
}
