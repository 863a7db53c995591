// A deletion of everything that is kept about the person, as stored in the conversation's row (privacy/forget.ts).

/**
 * notice: the person is told that it begins · machine: the machine's files and memory · copies: backups and files in
 * the buckets · carrier: the carrier's messages and media, where asked · directory: its place there · farewell: the
 * person is told that it is done · rows: everything else.
 */
export const FORGET_STEPS = ['notice', 'machine', 'copies', 'carrier', 'directory', 'farewell', 'rows'] as const;
export type ForgetStep = (typeof FORGET_STEPS)[number];

export type Forgetting = {
  /** The ref of its timer. */
  id: string;
  since: number;
  /** The carrier's copies too. */
  carrier: boolean;
  step: ForgetStep;
  /** When the step began. */
  stepSince: number;
  /** Where the step continues; null at its beginning. */
  cursor: string | null;
  /** Calls of this step in vain. */
  tries: number;
  /** How many messages the carrier did not delete. */
  left: number;
  /** When a text of the person was last answered meanwhile. */
  answeredAt: number | null;
};

/** done: the step is over · more: it continues at `cursor` · later: a call failed. `left`: not deleted by the carrier. */
export type ForgetOutcome =
  | { kind: 'done'; left?: number }
  | { kind: 'more'; cursor: string; left?: number }
  | { kind: 'later'; reason: string };
