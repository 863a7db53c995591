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

/** A copy made by /export is deleted after this time. */
export const EXPORT_FOR_MS = DAY;
/** Waits between tries of a call for /export, and the tries after which it is given up: about half a day. */
export const EXPORT_RETRY_MS = [5 * SECOND, 30 * SECOND, 5 * MINUTE, HOUR] as const;
export const EXPORT_TRIES_MAX = 15;
/** Tries for a file that the person sent, while carrier or machine don't answer. Then the copy goes on without it. */
export const EXPORT_FILE_TRIES = 3;
/** How often a copy begins anew because a backup in it was replaced meanwhile. */
export const EXPORT_RESTARTS_MAX = 5;
/** The copy goes on with the alarm after this. */
export const EXPORT_REST_MS = SECOND;
