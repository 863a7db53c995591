import { DAY, HOUR } from '../../units.ts';

// Bounds of who may text, and how much.

/** Far more than anybody types: it ends loops of other programs. */
export const TEXTS_A_DAY = 1000;
/** How often a locked person is told so. */
export const LOCKED_TOLD_MS = HOUR;
/** After these wrong PINs none is tried for an hour. */
export const PIN_TRIES = 5;
export const PIN_WAIT_MS = HOUR;
/** After these wrong PINs only an admin can help: so many tries find one of 10,000 PINs once in 500 cases. */
export const PIN_TRIES_MAX = 20;
/** After this time a carrier may have given the number to somebody else. */
export const SILENT_MS_MAX = 90 * DAY;
