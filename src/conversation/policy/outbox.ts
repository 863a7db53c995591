import { DAY, HOUR, MINUTE, SECOND } from '../../units.ts';

// Limits and delays of sending: the carrier, its outages, the service window, and long answers. Milliseconds unless the name says
// otherwise.

/** WhatsApp lets a business write freely for this long after the person's last message. */
export const WINDOW_MS = 24 * HOUR;
/** How many replies wait for the person to write … */
export const HELD_MAX = 20;
/** … and for how long at most. Then the operator has them. */
export const HELD_FOR_MS = 7 * DAY;
/** Shortest time between two templates that ask the person to write. */
export const NUDGE_EVERY_MS = 24 * HOUR;
/**
 * Held replies leave together in messages of this many characters: below the carrier's 1,600, which it may count
 * differently.
 */
export const MERGED_CHARS = 1500;
/** Parts of an answer with a page are shorter, so that the link and its sentence fit. */
export const PAGE_PART_CHARS = 1100;
/** Where a channel's messages are short, they have at least this many characters, beside the room for the link. */
export const PAGE_PART_LEAST = 100;
export const PAGE_LINK_CHARS = 400;
/** How long a long answer and its link are kept. */
export const PAGE_FOR_MS = 7 * DAY;
/** A longer answer is cut, and the person is told: a row of the database holds two million bytes. */
export const PAGE_MAX_CHARS = 600_000;

/** The notice that a key was removed waits this long for a reply that can carry it. Each message costs money. */
export const KEY_TOLD_MS = 20 * SECOND;

/** The carrier answers within seconds or not at all. */
export const SEND_TIMEOUT_MS = 15 * SECOND;
/** Time for the carrier to create content with buttons. After it the reply leaves as plain text. */
export const CONTENT_TIMEOUT_MS = 5 * SECOND;
/**
 * The carrier may swap messages that are handed over too close together, so the next part waits for `sent` or this
 * long.
 */
export const SEND_PACE_MS = 1 * SECOND;
/**
 * If the outcome of a send is unknown, the carrier's list is read this long after the intent. Then the reply is sent
 * again.
 */
export const RECONCILE_MS = [2 * SECOND, 10 * SECOND, 30 * SECOND, 60 * SECOND] as const;
/** If the list can't be read, it is tried again at this interval. */
export const RECONCILE_RETRY_MS = 30 * SECOND;
/** If the list was last read this long ago, it is read once more before a reply of unknown outcome is sent again. */
export const LOOK_AGAIN_MS = 2 * MINUTE;

/** Waits of one conversation after consecutive temporary refusals, unless the carrier asks for longer. */
export const SEND_RETRY_MS = [2 * SECOND, 5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE] as const;
/**
 * Waits between tries of unknown outcome. Each may be a double, so the waits grow fast. The look-ups take a minute.
 */
export const SEND_UNKNOWN_MS = [0, 5 * MINUTE, 20 * MINUTE, HOUR] as const;
/** Waits after a refusal of an accepted reply: a copy of it is sent, and everything behind it waits as long. */
export const COPY_RETRY_MS = [15 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE] as const;
/** Lengthens each wait by up to this share, so that conversations refused together don't come back together. */
export const SPREAD = 0.25;
/**
 * After this long a reply no longer blocks those behind it. It is held, the operator hears of it, and it leaves by
 * itself later.
 */
export const SEND_FOR_MS = 24 * HOUR;
/** A held reply waits at least this long for its next try: it may be the only one that the carrier refuses. */
export const HELD_AGAIN_MS = 15 * MINUTE;
/** A reply that waited longer than this for the carrier says when it was ready. */
export const WAITED_TOLD_MS = 10 * MINUTE;
/** Waits between trials of a sender that its channel has blocked: blocks last for days, and each trial may cost. */
export const BLOCKED_AGAIN_MS = [15 * MINUTE, HOUR, 6 * HOUR, 12 * HOUR] as const;
/** If no other reply is refused for this long, only the words of the refused one were against the rules. */
export const DOUBT_MS = DAY;
/** A trial that nobody refuses for this long has ended the block. Refusals come within minutes. */
export const TRIAL_MS = HOUR;
/** Progress older than this is dropped when the carrier takes messages again. */
export const STALE_MS = MINUTE;

/**
 * This many failed tries, or two over this time, are an outage of our address: the directory has one conversation try
 * for all.
 */
export const OUTAGE_REFUSALS = 3;
export const OUTAGE_AFTER_MS = 10 * SECOND;
/** A conversation that waits for the directory asks again after this, in case the answer was lost. */
export const OUTAGE_AGAIN_MS = HOUR;

/** Most open replies, and most kept-back replies, that are read at once. */
export const REPLIES_MAX = 60;
