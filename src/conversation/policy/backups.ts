import { MINUTE, SECOND } from '../../units.ts';

// When a machine’s sessions and folders are copied away, and how long that may take. Milliseconds unless the name says
// otherwise.

/**
 * Folders are copied this long after the last turn, because most people go on before (overridable: ARCHIVE_AFTER_MS).
 */
export const ARCHIVE_AFTER_MS = 1 * MINUTE;
/** How often a working agent's session is copied: a long turn loses this much at most. */
export const ARCHIVE_EVERY_MS = 30 * SECOND;
/** Waits after a failed copy; after the last one the next turn tries again, and the operator is told. */
export const ARCHIVE_RETRY_MS = [5 * SECOND, 15 * SECOND, 30 * SECOND] as const;
/** A copy this overdue is skipped: the machine may have been stopped, and must not be woken. */
export const ARCHIVE_STALE_MS = 3 * MINUTE;
/** The longest wait for a machine to read its folder, or to accept one. */
export const ARCHIVE_CALL_MS = 5 * MINUTE;
/** Copies kept of a folder: the newest, and one more in case the newest is damaged. */
export const SNAPSHOTS_KEPT = 2;
/** A new machine has this long to be restored before the person hears that it doesn't answer. */
export const RESTORE_MS = 1 * MINUTE;
