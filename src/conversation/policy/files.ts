import { DAY, HOUR, MINUTE, SECOND } from '../../units.ts';

// Sizes, tries and times of files: those people send, and those the agent sends. Milliseconds unless the name says
// otherwise.

/** From the first byte asked of the carrier to the machine's answer, a machine that has to wake included. */
export const FILE_MS = 150 * SECOND;
/** Waits between tries at one file … */
export const FILE_AGAIN_MS = [2 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE] as const;
/** … and how often in all, before the agent goes on without it: about six minutes, so that a short outage costs no file. */
export const FILE_TRIES = 9;
/** After this many the person hears that it takes longer. */
export const FILE_TOLD_TRIES = 3;
/** A full disk is not waited for: it rarely empties by itself. */
export const FILE_FULL_TRIES = 3;
/** How often a file that the machine has lost is brought again. */
export const FILE_FORGOTTEN_MAX = 3;
/** The largest voice note that is transcribed: it is held in memory, and this is half an hour of speech. */
export const VOICE_MAX_BYTES = 4 * 1024 * 1024;
export const TRANSCRIBE_MS = 45 * SECOND;
/** The most that is kept of a transcript, and shown to the person. */
export const TRANSCRIPT_CHARS = 20_000;
export const HEARD_CHARS = 1200;
/** How often a person is told, at most, that voice notes are not transcribed. */
export const VOICE_TOLD_MS = DAY;
/** The carrier's copy of a file is deleted this long after the message was used up; asked again, in the end once a day … */
export const MEDIA_DELETE_MS = [SECOND, MINUTE, HOUR, 6 * HOUR, DAY] as const;
/** … for a month. After so many the operator hears of it. */
export const MEDIA_DELETE_TRIES = 35;
export const MEDIA_TOLD_TRIES = 5;
/** A file that was sent is kept this long, and so is its link. */
export const FILE_FOR_MS = 7 * DAY;
/** The most files that one turn sends; more is a mistake of the agent. */
export const FILES_PER_TURN_MAX = 20;
/** Longest time to fetch a file of that size from the machine. */
export const FILE_FETCH_MS = 5 * MINUTE;
/** Waits before a file is fetched again, and how often in all: about six minutes, because the agent waits ten. */
export const FILE_RETRY_MS = [SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND, MINUTE] as const;
export const FILE_TRIES_MAX = 10;
/** Waits before an expired file is deleted again: every hour of a day, then the operator hears of it, and once a day for a month. */
export const REMOVE_RETRY_MS = [MINUTE, 5 * MINUTE, HOUR] as const;
export const REMOVE_TOLD_TRIES = 26;
export const REMOVE_LATE_MS = DAY;
export const REMOVE_TRIES_MAX = 56;
/** How many are settled at once when their time is over; the rest follows right after. */
export const EXPIRE_AT_ONCE = 20;
