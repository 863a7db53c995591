import { DAY, HOUR, MINUTE, SECOND } from '../../units.ts';

// Waits of /forget, in milliseconds, and how much one call deletes.

/** The second confirmation of /forget counts this long. */
export const FORGET_WORD_MS = 10 * MINUTE;
/** A deletion goes on without a notice that does not leave. */
export const FORGET_NOTICE_MS = 10 * MINUTE;
/** Waits between tries of a step: ever longer, and never given up. */
export const FORGET_RETRY_MS = [5 * SECOND, 30 * SECOND, 5 * MINUTE, HOUR] as const;
/** After this many tries of one step in vain the person and the operator are told. */
export const FORGET_TOLD_TRIES = 4;
/** A text during the deletion is answered once in this time. */
export const FORGET_ANSWER_MS = 10 * MINUTE;
/** A late repeat of a forgotten message changes nothing for this long. */
export const FORGOTTEN_FOR_MS = 30 * DAY;
