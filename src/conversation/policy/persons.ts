import { HOUR, MINUTE, SECOND } from '../../units.ts';

// Waits and bounds of a person's addresses.

/** Texts from a locked address wait this long for a yes. */
export const KEPT_TEXT_MS = HOUR;
/** More texts from locked addresses aren't kept. */
export const KEPT_TEXTS_MAX = 10;
/** Waits before an address's object is asked again to lead here. */
export const LEAD_RETRY_MS = [30 * SECOND, 5 * MINUTE, HOUR] as const;
/** The webhook waits at most this long for an address to lead here; then a timer repeats it. */
export const LEAD_TIMEOUT_MS = 5 * SECOND;
