// Bounds and delays of sending, with their reasons. Milliseconds unless the name says otherwise.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

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
