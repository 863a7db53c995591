import { DAY, MINUTE, SECOND } from '../../units.ts';

// Waits of a merge of two homes, in milliseconds, and how much goes over at once.

/** The waits between looks at homes where something is under way: a part of what it has waited so far, between these. */
export const MERGE_WAIT_MS = 2 * SECOND;
export const MERGE_WAIT_MAX_MS = 5 * MINUTE;
export const MERGE_LOOKS = 20;
/** Two homes that are never idle together are left as they are after this. */
export const MERGE_WAITS_MS = DAY;
/** The elder home starts no turn for this long after each call of the younger one. */
export const MERGE_LEASE_MS = 10 * MINUTE;
/** The elder home keeps its row of a job at least this long after the end, for late repeats. */
export const MERGE_KNOWN_MS = 2 * DAY;
/** Waits between tries of a call. */
export const MERGE_RETRY_MS = [2 * SECOND, 10 * SECOND, MINUTE, 5 * MINUTE] as const;
/** Calls in vain before the switch, after which nothing is merged. */
export const MERGE_TRIES_MAX = 8;
/** Texts that wait at a home that goes. More come again: their webhooks are refused. */
export const MERGE_TEXTS_MAX = 200;
/** Webhooks of git hosts that wait there. More are refused: the host shows them as failed, and can send them again. */
export const MERGE_EVENTS_MAX = 100;
/** The machine of the home that went is kept this long, and so are files that links lead to. */
export const MERGE_LEFT_MS = 7 * DAY;
/** Rows of a table that go over at once; long ones are few. */
export const MERGE_ROWS = 100;
export const MERGE_LONG_ROWS = 5;
