import type { Answer } from '../../protocol/index.ts';

// A file the agent sends the person, as it is kept. Immutable like all rows (rows.ts).

/**
 * wanted: to be fetched from the machine · stored: kept here, goes with a reply · offered: kept here, the person has a link to
 * it · over: to be removed from here · expired: removed · failed: it cannot be had or sent; `note` says why.
 */
export type OutgoingState = 'wanted' | 'stored' | 'offered' | 'over' | 'expired' | 'failed';
/** A file the agent sends the person. */
export type OutgoingFile = {
  id: string;
  /** Attempt and request the answer belongs to; a file asked for again moves to the newest. */
  turn: string;
  n: number;
  request: string;
  /** The machine's id of it. */
  file: string;
  name: string;
  type: string;
  size: number;
  caption: string;
  state: OutgoingState;
  /** Where it can be had until `expiresAt`, once it is kept here. */
  link: string | null;
  /** The answer that the machine has yet to take. */
  answer: Answer | null;
  /** The reply it goes with, or that names its link. */
  reply: string | null;
  note: string | null;
  createdAt: number;
  expiresAt: number | null;
};

/** There is something to do for the file, or something to tell the machine about it. */
export const isUnsettled = ({ state, answer }: OutgoingFile): boolean =>
  state === 'wanted' || state === 'over' || answer !== null;
