import { DAY, HOUR, MINUTE, SECOND } from '../../units.ts';

// Sizes, tries and times of files: those people send, and those the agent sends. Milliseconds unless the name says
// otherwise.

/** From the first byte requested from the carrier to the machine's answer, including a machine that has to wake. */
export const FILE_MS = 150 * SECOND;
/** Waits between tries at one file … */
export const FILE_AGAIN_MS = [2 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE] as const;
/**
 * … and the number of tries before the agent goes on without the file: about six minutes, so a short outage costs no
 * file.
 */
export const FILE_TRIES = 9;
/** After this many tries the person hears that it takes longer. */
export const FILE_TOLD_TRIES = 3;
/** A full disk gets few tries, because it rarely empties by itself. */
export const FILE_FULL_TRIES = 3;
/** How often a file is sent again after the machine lost it. */
export const FILE_FORGOTTEN_MAX = 3;
/** The largest voice note that is transcribed: it is held in memory, and this is half an hour of speech. */
export const VOICE_MAX_BYTES = 4 * 1024 * 1024;
export const TRANSCRIBE_MS = 45 * SECOND;
/** Longest transcript that is stored and shown to the person. */
export const TRANSCRIPT_CHARS = 20_000;
export const HEARD_CHARS = 1200;
/** Shortest time between two notices that voice notes aren't transcribed. */
export const VOICE_TOLD_MS = DAY;
/**
 * The carrier's copy of a file is deleted this long after the message was consumed. The request is repeated, in the end
 * once a day …
 */
export const MEDIA_DELETE_MS = [SECOND, MINUTE, HOUR, 6 * HOUR, DAY] as const;
/** … for a month. Then the operator hears of it. */
export const MEDIA_DELETE_TRIES = 35;
export const MEDIA_TOLD_TRIES = 5;
/** An image waits this long for the agent's answer, which becomes its caption: each message costs money. */
export const FILE_WAITS_MS = 10 * SECOND;
/** The longest caption: below WhatsApp's 1,024, because a character may count as several. */
export const CAPTION_CHARS = 1000;
/** A sent file and its link are kept this long. */
export const FILE_FOR_MS = 7 * DAY;
/** The most files that one turn sends; more is a mistake of the agent. */
export const FILES_PER_TURN_MAX = 20;
/** Longest time to fetch a file of that size from the machine. */
export const FILE_FETCH_MS = 5 * MINUTE;
/** Waits between tries to fetch a file, and the number of tries: about six minutes, because the agent waits ten. */
export const FILE_RETRY_MS = [SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE] as const;
export const FILE_TRIES_MAX = 10;
/**
 * Waits between tries to delete an expired file: hourly for a day, then the operator hears of it, then daily for a
 * month.
 */
export const REMOVE_RETRY_MS = [MINUTE, 5 * MINUTE, HOUR] as const;
export const REMOVE_TOLD_TRIES = 26;
export const REMOVE_LATE_MS = DAY;
export const REMOVE_TRIES_MAX = 56;
/** How many expired files are settled at once. The rest follows right after. */
export const EXPIRE_AT_ONCE = 20;
