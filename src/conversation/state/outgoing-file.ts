import type { Answer } from '../../protocol/index.ts';

// The row of a file that the agent sends to the person. Immutable like all rows (rows.ts).

/**
 * wanted: to be fetched from the machine · stored: goes with a reply · offered: stored, and the person has a link ·
 * over: to be removed · expired: removed · failed: can't be fetched or sent; `note` says why.
 */
export type OutgoingState = 'wanted' | 'stored' | 'offered' | 'over' | 'expired' | 'failed';
export type OutgoingFile = {
  id: string;
  /** The attempt and request that get the answer. A file that is requested again moves to the newest. */
  turn: string;
  n: number;
  request: string;
  /** The file's id on the machine. */
  file: string;
  name: string;
  type: string;
  size: number;
  caption: string;
  state: OutgoingState;
  /** The link to the stored file, valid until `expiresAt`. */
  link: string | null;
  /** The answer that the machine hasn't taken yet. */
  answer: Answer | null;
  /** The reply that carries the file or its link. */
  reply: string | null;
  note: string | null;
  createdAt: number;
  expiresAt: number | null;
};

/** True if the file needs work, or the machine an answer about it. */
export const isUnsettled = ({ state, answer }: OutgoingFile): boolean =>
  state === 'wanted' || state === 'over' || answer !== null;
