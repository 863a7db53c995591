import { DAY, HOUR, MINUTE, SECOND } from '../../units.ts';

// Limits and delays of schedules, their runs, and runs for other people. Milliseconds unless the name says
// otherwise.

/** Most schedules of one person. */
export const SCHEDULES_MAX = 50;
/** Most skipped days of one schedule. A longer time is a pause. */
export const SKIPS_MAX = 31;
/** Largest task of a schedule, in bytes; a reminder is one message. */
export const PROMPT_MAX_BYTES = 65_536;
export const REMINDER_MAX_CHARS = 1500;
/** A late run still starts within this time. After it the run is skipped and logged. */
export const RUN_GRACE_MS = HOUR;
/** A run waits behind the person's messages for this long at most. Then it goes next. */
export const RUN_WAITS_MS = 10 * MINUTE;
/** The machine is woken at least this long before a run: waking takes seconds, creating up to 20 s … */
export const WAKE_AHEAD_MS = 20 * SECOND;
/** … and up to this much earlier, at a different moment for each schedule, so that machines don't all wake at once. */
export const WAKE_SPREAD_MS = 40 * SECOND;
/** … and stays awake for no longer than this if the run doesn't come. */
export const WAKE_FOR_MS = 3 * MINUTE;
/** How many runs in a row may fail before the schedule is paused. */
export const RUN_FAILURES_MAX = 8;
/** Shortest wait before the next run after consecutive failures. */
export const RUN_BACKOFF_MS = [0, 10 * MINUTE, 20 * MINUTE, 40 * MINUTE, 80 * MINUTE, 160 * MINUTE, 6 * HOUR] as const;
/** After this many consecutive runs that met a closed window, the person gets advice, once. */
export const HELD_RUNS_MAX = 3;
/** A person who texted this recently is awake, whatever their quiet hours. */
export const AWAKE_MS = 10 * MINUTE;
/** Snooze of a reminder. */
export const SNOOZE_MS = HOUR;
/** For this long, words like “done” mean the newest reminder. */
export const REMINDED_MS = HOUR;
/** Runs of a schedule that are kept. */
export const RUNS_KEPT = 50;
/** The longest text of a run for somebody else, in bytes. */
export const GIVEN_MAX_BYTES = 65_536;
/**
 * Waits between calls to another conversation about a run: a minute may be enough, but a deploy or a broken object
 * takes longer.
 */
export const GIVE_RETRY_MS = [30 * SECOND, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR] as const;
/** A text for somebody else that couldn't be delivered for this long is out of date. */
export const GIVE_FOR_MS = 24 * HOUR;
/**
 * If another conversation took a text and reported nothing for this long, the text counts as sent: its calls have ended
 * by then.
 */
export const GIVEN_UNHEARD_MS = 2 * DAY;
/** Calls that report the outcome: about as long. */
export const REPORT_TRIES_MAX = 28;
/** An object answers such a call in milliseconds, once it is awake. */
export const GIVE_TIMEOUT_MS = 20 * SECOND;
/** Waits between questions to the homes of a schedule's recipients, and how often they are asked in all. */
export const ASK_RETRY_MS: readonly number[] = [10 * SECOND, 30 * SECOND];
export const ASK_TRIES_MAX = 3;
export const ASK_TIMEOUT_MS = 9 * SECOND;
