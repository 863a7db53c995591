import { DAY, HOUR, MINUTE, SECOND } from '../../units.ts';

// Limits and delays of sending: the carrier, its outages, the service window, and long answers. Milliseconds unless the name says
// otherwise.

/** WhatsApp lets a business write freely for this long after the person's last message. */
export const WINDOW_MS = 24 * HOUR;
/** What waits for the person to write: so many replies … */
export const HELD_MAX = 20;
/** … and no longer than this; then the operator has it. */
export const HELD_FOR_MS = 7 * DAY;
/** The template that asks the person to write leaves at most this often. */
export const NUDGE_EVERY_MS = 24 * HOUR;
/** Held replies leave together, in messages of this many characters: below the carrier's 1,600 with room to count otherwise. */
export const MERGED_CHARS = 1500;
/** A part of an answer that goes on a page is smaller, so that the link and its sentence fit beside it. */
export const PAGE_PART_CHARS = 1100;
/** Link and copy of a long answer are kept this long. */
export const PAGE_FOR_MS = 7 * DAY;
/** The rest of a longer answer is cut off, and the person is told: a row of the database holds two million bytes. */
export const PAGE_MAX_CHARS = 600_000;

/** The carrier answers within seconds or not at all. */
export const SEND_TIMEOUT_MS = 15 * SECOND;
/** Making what shows buttons; when it takes longer the reply leaves as plain text. */
export const CONTENT_TIMEOUT_MS = 5 * SECOND;
/** The carrier may swap messages handed over too close together; the next part waits for `sent` or this long. */
export const SEND_PACE_MS = 1 * SECOND;
/** When the outcome of a send is unknown, the carrier's list is asked this long after the intent; then it is sent again. */
export const RECONCILE_MS = [2 * SECOND, 10 * SECOND, 30 * SECOND, 60 * SECOND] as const;
/** While the list itself cannot be read nothing is known; asked again at this interval. */
export const RECONCILE_RETRY_MS = 30 * SECOND;
/** The list is asked once more before a reply of unknown fate is sent again this long after it was last asked. */
export const LOOK_AGAIN_MS = 2 * MINUTE;

/** Waits of one conversation after refusals in a row that may pass, unless the carrier asks for longer. */
export const SEND_RETRY_MS = [2 * SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE] as const;
/** The same between tries whose fate stayed unknown: each may be a double, so they grow fast. The look-ups take a minute. */
export const SEND_UNKNOWN_MS = [0, 5 * MINUTE, 20 * MINUTE, HOUR] as const;
/** And for a reply that was taken and then refused: its words are sent again, all others wait as long. */
export const COPY_RETRY_MS = [15 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE] as const;
/** Each wait is up to this much longer, so that those who were refused together do not come back together. */
export const SPREAD = 0.25;
/** After this long a reply no longer holds up those behind it: it is held, the operator hears of it, and it leaves by itself later. */
export const SEND_FOR_MS = 24 * HOUR;
/** Such a reply is not tried again sooner than this: it may be the only one that the carrier does not take. */
export const HELD_AGAIN_MS = 15 * MINUTE;
/** A reply that waited longer than this for the carrier says since when it was ready. */
export const WAITED_TOLD_MS = 10 * MINUTE;
/** Word of the work that is older when the carrier takes messages again is out of date. */
export const STALE_MS = MINUTE;

/** So many tries in vain, or two over this time, are an outage of our address: the directory has one conversation try for all. */
export const OUTAGE_REFUSALS = 3;
export const OUTAGE_AFTER_MS = 10 * SECOND;
/** A conversation that waits for the directory's word asks again after this, should the word have been lost. */
export const OUTAGE_AGAIN_MS = HOUR;
