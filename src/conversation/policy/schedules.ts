import { DAY, HOUR, MINUTE, SECOND } from '../../units.ts';

// Limits and delays of schedules, their runs, and runs for other people. Milliseconds unless the name says
// otherwise.

/** Schedules of one person. */
export const SCHEDULES_MAX = 50;
/** Days that /skip leaves out of one schedule; a longer time is a pause. */
export const SKIPS_MAX = 31;
/** Largest task of a schedule, in bytes; a reminder is one message. */
export const PROMPT_MAX_BYTES = 65_536;
export const REMINDER_MAX_CHARS = 1500;
/** A run that could not start in time is made up for within this time; later it is skipped and logged. */
export const RUN_GRACE_MS = HOUR;
/** A run waits behind the person's messages for this long at most, then it goes next. */
export const RUN_WAITS_MS = 10 * MINUTE;
/** The machine is woken this long before a run at least: it takes seconds, a new one up to 20 s … */
export const WAKE_AHEAD_MS = 20 * SECOND;
/** … and up to this much earlier, each schedule at its own moment, so that not all machines wake at once. */
export const WAKE_SPREAD_MS = 40 * SECOND;
/** … and held for no longer than this if the run doesn't come. */
export const WAKE_FOR_MS = 3 * MINUTE;
/** How many runs in a row may fail before the schedule is paused. */
export const RUN_FAILURES_MAX = 8;
/** After failures in a row the next run is no sooner than this. */
export const RUN_BACKOFF_MS = [0, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 80 * MINUTE, 160 * MINUTE, 6 * HOUR] as const;
/** Runs in a row that meet a closed window; then the person is told, once, what helps. */
export const HELD_RUNS_MAX = 3;
/** Somebody who wrote this recently is awake, whatever their quiet hours. */
export const AWAKE_MS = 10 * MINUTE;
/** Snooze of a reminder. */
export const SNOOZE_MS = HOUR;
/** Words like “done” are about the newest reminder for this long. */
export const REMINDED_MS = HOUR;
/** Runs of a schedule that are kept. */
export const RUNS_KEPT = 50;
/** The longest text of a run for somebody else, in bytes. */
export const GIVEN_MAX_BYTES = 65_536;
/** Waits before another conversation is called again about a run: the next minute may be enough, a deploy or a broken object is not over in one. */
export const GIVE_RETRY_MS = [30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR] as const;
/** A text that could not be delivered for this long is out of date. */
export const GIVE_FOR_MS = 24 * HOUR;
/** What another conversation took and has told nothing of for this long counts as sent: its calls have ended by then. */
export const GIVEN_UNHEARD_MS = 2 * DAY;
/** Calls to tell what became of it: about as long. */
export const REPORT_TRIES_MAX = 28;
/** An object answers such a call in milliseconds, once it is awake. */
export const GIVE_TIMEOUT_MS = 20 * SECOND;
