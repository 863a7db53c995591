import { HOUR, MINUTE } from '../../units.ts';

// Bounds of logins to the operator's page.

/** How long the link of /operator logs in. */
export const LINK_FOR_MS = 5 * MINUTE;
/** The one that `npm start` prints stands in a terminal, on the same computer. */
export const LOCAL_LINK_FOR_MS = HOUR;
/** How long a login lasts. */
export const SESSION_FOR_MS = 12 * HOUR;
/** A session's last use is written this often. */
export const SEEN_EVERY_MS = 5 * MINUTE;
/** The logins of one person at a time; a further one ends the oldest. */
export const SESSIONS_MAX = 10;
export const SESSIONS_LISTED = 100;
/** Entries of the audit in one page. */
export const AUDIT_LISTED = 100;
