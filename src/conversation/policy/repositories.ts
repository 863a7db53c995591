import { DAY, HOUR, MINUTE } from '../../units.ts';

// Waits and bounds of what is told of repositories.

/** News of one pull request within this time become one message, because checks end one after the other. */
export const NEWS_BURST_MS = MINUTE;
/** The keys of told news that a pull request keeps, so that a repeat tells nothing. */
export const TOLD_KEPT = 60;
/** The names of failed checks in one message. */
export const CHECKS_NAMED = 5;
/** What one message says of a pull request: with its buttons it has 1,024 characters. */
export const NEWS_NAMED = 5;
/** An event of the host that is older than this is not told: the host sends again for three days at most. */
export const EVENT_OLD_MS = 3 * DAY;
/** An event that is older than this no longer says which branch is the default one. */
export const BRANCH_OLD_MS = 10 * MINUTE;
/** How soon the directory is told again which repositories the projects have. It is never given up. */
export const INDEX_RETRY_MS: readonly number[] = [15_000, MINUTE, 10 * MINUTE];
/** How soon the host is asked again when the object ended during the call, and how often in all. */
export const HOST_RETRY_MS: readonly number[] = [30_000, 2 * MINUTE];
export const HOST_TRIES_MAX = 3;
/** The same for news, for which nobody waits: for a day. */
export const NEWS_RETRY_MS: readonly number[] = [30_000, 2 * MINUTE, 10 * MINUTE, HOUR];
export const NEWS_TRIES_MAX = 28;
/** How long the page of a diff opens. */
export const DIFF_FOR_MS = 3 * DAY;
/** The diffs that are kept; older pages are gone. */
export const DIFFS_KEPT = 10;
/** The pull requests that a list names. */
export const PULLS_NAMED = 10;
/** The checks that a list names. */
export const CHECKS_LISTED = 30;
