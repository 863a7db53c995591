// How often a turn is tried again, how soon, and when its person hears that it was given up. Milliseconds unless the name
// says otherwise.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

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
