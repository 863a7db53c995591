import { schemeOf } from '../addresses.ts';
import type { Reply, Turn } from '../conversation/state/rows.ts';
import { findOpenTurn, type State } from '../conversation/state/state.ts';
import { MICROS_A_DOLLAR } from '../input/dollars.ts';

// Measures turns and replies for Analytics Engine, if the binding `METRICS` is there: cost, waits and outcome, without
// text and without numbers of people. What a turn has shown so far is kept in memory, because its object stays in
// memory while it runs; a turn that was cut by a restart of the object is measured from there on.

/** The part of the binding that is used. docs/operate.md describes the columns. */
export type Dataset = { writeDataPoint(point: Point): void };
export type Point = { indexes: [string]; blobs: string[]; doubles: number[] };

/** Null without the binding. */
export const measuresOf = ({ METRICS }: Env & { METRICS?: Dataset }, conversation: string): Measures | null =>
  METRICS ? new Measures(METRICS, conversation) : null;

type Begun = { turn: string; receivedAt: number; texts: number; startedAt: number; wordsAt: number };

/** A wait that never ended is measured as −1, because the columns are numbers. */
const NEVER = -1;
const ENDS: readonly Reply['state'][] = ['delivered', 'failed', 'parked'];

export class Measures {
  readonly #dataset: Dataset;
  readonly #conversation: string;
  #begun: Begun | null = null;

  constructor(dataset: Dataset, conversation: string) {
    this.#dataset = dataset;
    this.#conversation = conversation;
  }

  /** Sees the rows before and after a commit, at conversation time. */
  observe(before: State, after: State, now: number): void {
    const open = findOpenTurn(before);
    if (open && this.#begun?.turn !== open.id) this.#begun = begin(open, before, now);
    if (open && this.#begun) this.#noteSteps(this.#begun, open, after, now);
    const ended = open && after.turns.find(({ id, state }) => id === open.id && state !== 'open');
    if (ended && this.#begun) this.#write(turnPoint(ended, this.#begun, after));
    const next = findOpenTurn(after);
    if (next && this.#begun?.turn !== next.id) this.#begun = begin(next, after, now);
    for (const reply of after.replies) {
      const was = before.replies.find(({ id }) => id === reply.id);
      if (was && was.state !== reply.state && ENDS.includes(reply.state)) this.#write(replyPoint(reply, now));
    }
  }

  #noteSteps(begun: Begun, turn: Turn, after: State, now: number): void {
    const runs = after.attempts.some((a) => a.turn === turn.id && a.state !== 'requested');
    if (runs && begun.startedAt === NEVER) begun.startedAt = now;
    const hasWords = after.replies.some((r) => r.turn === turn.id && r.kind !== 'notice');
    if (hasWords && begun.wordsAt === NEVER) begun.wordsAt = now;
  }

  #write({ blobs, doubles }: Omit<Point, 'indexes'>): void {
    this.#dataset.writeDataPoint({ indexes: [this.#conversation], blobs, doubles });
  }
}

function begin({ id, openedAt }: Turn, { messages }: State, now: number): Begun {
  const texts = messages.filter((m) => m.turn === id);
  const receivedAt = Math.min(...texts.map((m) => m.receivedAt), openedAt, now);
  return { turn: id, receivedAt, texts: texts.length, startedAt: NEVER, wordsAt: NEVER };
}

function turnPoint(turn: Turn, begun: Begun, { conversation }: State): Omit<Point, 'indexes'> {
  const after = (at: number): number => (at === NEVER ? NEVER : at - begun.receivedAt);
  return {
    blobs: ['turn', turn.state, schemeOf(conversation.address), turn.trace ?? ''],
    doubles: [
      turn.spent / MICROS_A_DOLLAR,
      after(turn.openedAt),
      after(begun.startedAt),
      after(begun.wordsAt),
      after(turn.endedAt ?? NEVER),
      turn.attempts,
      begun.texts,
    ],
  };
}

const replyPoint = ({ kind, state, to, createdAt, attempt }: Reply, now: number): Omit<Point, 'indexes'> => ({
  blobs: ['reply', state, schemeOf(to), kind],
  doubles: [now - createdAt, attempt],
});
