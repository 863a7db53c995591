import { HOUR, MINUTE, SECOND } from '../../units.ts';

// Delays of alerts to the operator, and of timers that fail. Milliseconds unless the name says
// otherwise.

/** Waits before an alert is sent to the operator again: none at first, then longer and longer. */
export const ALERT_RETRY_MS = [5 * SECOND, 30 * SECOND, 5 * MINUTE, HOUR] as const;
/** A failing timer is put off, doubling from a heartbeat to an hour. After a day the operator is told. */
export const TIMER_FAILED_MAX = 30;
export const TIMER_FAILED_MAX_MS = HOUR;
