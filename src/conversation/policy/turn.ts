import { HOUR, MINUTE, SECOND } from '../../units.ts';

// Limits and delays of turns: gathering texts, progress, time limits, attempts and retries. Milliseconds unless the name says
// otherwise.

/** Quiet time after which a burst of texts is taken as one prompt (overridable: GATHER_MS). */
export const GATHER_MS = 1 * SECOND;
/** A burst never waits longer than this, however fast the person types. */
export const GATHER_MAX_MS = 5 * SECOND;
/** A text that ends a sentence or is long is probably complete. */
export const GATHER_COMPLETE_MS = 300;
export const LONG_TEXT_CHARS = 200;
/**
 * Outside the edge only an alarm that fires keeps an object and its open streams in memory (70 s is the shortest seen).
 * It also continues the work after a crash, so a person waits for a restarted relay no longer than this.
 */
export const HEARTBEAT_MS = 5 * SECOND;
/** From the first waiting text until the person is told: the burst is complete and a short turn has ended. */
export const WAITING_NOTICE_MS = 3 * SECOND;
/** If the machine has not reported the end of the turn after this time, it is asked again to stop. */
export const STOP_AGAIN_MS = 5 * SECOND;
/** If it has not confirmed a steered text after this time, it gets the text again. */
export const STEER_AGAIN_MS = 5 * SECOND;
/** After this much work the person gets one short update … */
export const PROGRESS_FIRST_MS = 75 * SECOND;
/** … and then rarely, because every message costs money and attention. */
export const PROGRESS_NEXT_MS = 10 * MINUTE;
/** With /verbose every text between tool calls is shown, but with at least this time between two. */
export const PROGRESS_VERBOSE_MS = 15 * SECOND;
/** The most that is kept of a text between tool calls: two messages. */
export const PROGRESS_MAX_CHARS = 3000;
/** Wall clock of an attempt (overridable: TURN_TIMEOUT_MS). */
export const TURN_MS = 30 * MINUTE;
/** The machine ends an attempt at its time limit; if it doesn't, the relay does so this much later. */
export const TURN_MARGIN_MS = 5 * MINUTE;
/** The same for a turn of deep work: the person stays with it and can stop it at any time. */
export const DEEP_TURN_MS = 4 * HOUR;
/** Deep work ends after this time without a text; a running turn does not count as silence. */
export const DEEP_IDLE_MS = 30 * MINUTE;
/** Longest time without any sign of life from the agent. */
export const SILENCE_MS = 10 * MINUTE;
/** An agent that has lost its session gets this many of the newest texts, each this long at most … */
export const SEED_TEXTS = 20;
export const SEED_TEXT_CHARS = 2000;
/** … and not more than this in all: as much as a prompt bears beside the task. */
export const SEED_BYTES = 20_000;
/** Twilio shows typing for 25 s or until the next message; renewed by the heartbeat after this. */
export const TYPING_REFRESH_MS = 19 * SECOND;
/** The part of a quoted message that is enough to recognise it. */
export const QUOTE_CHARS = 600;
/** Texts that may wait in one conversation; beyond it the person is told that one was not taken. */
export const QUEUE_MAX = 100;
/** The person hears that a session gets long: before the agent has to make a summary by itself … */
export const HINT_CONTEXT_PERCENT = 80;
/** … or when nobody finds anything in it any more. */
export const HINT_MESSAGES = 500;
/** Largest webhook body in bytes: the carrier's own forms are a few kilobytes, a text has at most 1600 characters. */
export const BODY_MAX = 65_536;

/** Crashes of the agent in a row before the person is told to retry by hand: the next attempt comes to the same point. */
export const CRASHES_MAX = 5;
/** An agent that still gets on after this much work has not crashed at the same point: the next crash is a first one. */
export const CRASHES_APART_MS = 10 * MINUTE;
/**
 * Restarts of the machine without a step of the turn between them. They are not the turn's fault, unless it takes the
 * machine down with it each time, and then others who share the machine with it have to be spared.
 */
export const RESTARTS_MAX = 20;
/** Attempts in all, whatever lies between: with the waits about two hours, should each step bring the machine down. */
export const ATTEMPTS_MAX = 100;
/** Wait before the n-th new attempt doubles from here, up to the second. A cut attempt's first continuation does not wait. */
export const ATTEMPT_RETRY_MS = 5 * SECOND;
export const ATTEMPT_RETRY_MAX_MS = 1 * MINUTE;
/** That a turn was given up is said after the answer to the texts behind it, which may be for its own too, or after this. */
export const GIVEN_UP_TELL_MS = 20 * SECOND;
/** A machine that still works on what was given up is waited for as long as the longest turn may take, and a little. */
export const BUSY_GIVE_UP_MS = 5 * HOUR;
/** A sentence that is due for so long was not looked at: the relay was away, not the machine. */
export const TELL_LATE_MS = 15 * SECOND;
