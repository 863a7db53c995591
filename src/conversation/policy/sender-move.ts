import { DAY, SECOND } from '../../units.ts';

// Bounds of moving everybody from one of our senders to another.

/** People moved at a time, and the time between: 3,600 an hour, below what any sender may send. */
export const MOVE_BATCH = 5;
export const MOVE_EVERY_MS = 5 * SECOND;
/** Calls to a home that doesn't answer. */
export const MOVE_TRIES = 20;
/** How long a code that came with the move makes another address the person's. */
export const MOVE_CODE_FOR_MS = 7 * DAY;
/** People in one answer of the operator's API. */
export const MOVE_LISTED = 50;
