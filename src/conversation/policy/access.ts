import { DAY, HOUR, MINUTE } from '../../units.ts';

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
/** How soon the directory is asked again for what an admin wants, and how often in all. */
export const WISH_RETRY_MS: readonly number[] = [15_000, 60_000];
export const WISH_TRIES_MAX = 5;
/** How often a day admins are asked for a larger budget of one person. */
export const ASKS_A_DAY = 3;
/** How long a code lets a stranger in, after an admin's yes. */
export const PAIRING_FOR_MS = HOUR;
/** The codes of one address that count at a time. */
export const PAIRINGS_MAX = 3;
/** After a no to an address, nobody is asked about it for this time. */
export const REFUSED_FOR_MS = 30 * DAY;
/** How long a code of /link makes another address the person's. */
export const LINK_CODE_FOR_MS = 10 * MINUTE;
export const INVITE_FOR_MS = 7 * DAY;
/** A guest's budget of a day, in millionths of a dollar, unless an admin named another. */
export const GUEST_DAY_MICROS = 2_000_000;
/** Wrong codes of one person in an hour. */
export const CODE_TRIES = 5;
export const CODE_WAIT_MS = HOUR;
/** Codes of all strangers together that let nobody in and are answered in a day: answers cost money. */
export const WRONG_CODES_A_DAY = 200;
/** The characters of a stranger's text that are kept until an admin has answered. */
export const KEPT_TEXT_CHARS = 4000;
