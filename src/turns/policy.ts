// Every bound and delay of the turn engine, with its reason. Milliseconds unless the name says otherwise.

export type Policy = { gatherMs: number; turnMs: number };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Quiet time after which a burst of texts is taken as one prompt (overridable: GATHER_MS). */
export const GATHER_MS = 1 * SECOND;
/** A burst never waits longer than this, however fast the person types. */
export const GATHER_MAX_MS = 5 * SECOND;
/** A text that ends a sentence or is long is probably complete. */
export const GATHER_COMPLETE_MS = 300;
export const LONG_TEXT_CHARS = 200;

/** Outside the edge only an alarm that fires keeps an object and its open streams in memory (70 s is the shortest seen). */
export const HEARTBEAT_MS = 20 * SECOND;

/** Tries at one turn before the person is told to retry by hand. */
export const ATTEMPTS_MAX = 5;
/** Wait before the n-th new attempt doubles from here. A cut attempt's first continuation does not wait. */
export const ATTEMPT_RETRY_MS = 5 * SECOND;

/** Waits between calls to a machine that does not answer: quick at first, because a machine that wakes takes seconds. */
export const REACH_BACKOFF_MS = [500, SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND, 30 * SECOND] as const;
/** The person hears that the machine does not answer when it lasts this long, once per turn. */
export const TELL_UNREACHABLE_MS = 10 * SECOND;
/** A stream that has just opened gets this long to show that it lasts: one comment of the machine and a little. */
export const STEADY_MS = 20 * SECOND;
/** After this long without reaching the machine the turn is given up; the messages wait for /retry. */
export const REACH_GIVE_UP_MS = 1 * HOUR;

/** Longest wait for the first byte of a machine's answer, its start included. */
export const MACHINE_ANSWER_MS = 90 * SECOND;
/** The machine sends a comment every 15 s; three missed means the stream is dead. */
export const STREAM_SILENCE_MS = 45 * SECOND;
/** A stream is replaced by a fresh one before platform limits (15 min) are near; also renews the model token. */
export const ATTACH_MAX_MS = 10 * MINUTE;
/** Longer than an attach, so that a token never ends before the attach that renews it. */
export const MODEL_TOKEN_MS = 20 * MINUTE;
/** Lifetime of the token on one call to the machine. */
export const MACHINE_TOKEN_MS = 5 * MINUTE;

/** Wall clock of an attempt (overridable: TURN_TIMEOUT_MS). */
export const TURN_MS = 30 * MINUTE;
/** The machine ends an attempt at its bound itself; the relay ends it this much later, should the machine not. */
export const TURN_MARGIN_MS = 5 * MINUTE;
/** Longest time without any sign of life from the agent. */
export const SILENCE_MS = 10 * MINUTE;

/** The carrier answers within seconds or not at all. */
export const SEND_TIMEOUT_MS = 15 * SECOND;
/** The carrier may swap messages handed over too close together; the next part waits for `sent` or this long. */
export const SEND_PACE_MS = 1 * SECOND;
/** When the outcome of a send is unknown, the carrier's list is asked this long after the intent; then it is sent again. */
export const RECONCILE_MS = [2 * SECOND, 10 * SECOND, 30 * SECOND, 60 * SECOND] as const;
/** While the list itself cannot be read nothing is known; asked again at this interval … */
export const RECONCILE_RETRY_MS = 30 * SECOND;
/** … until this long after the reply was made; then it is parked for the operator. */
export const RECONCILE_GIVE_UP_MS = 24 * HOUR;
/** Tries of one reply whose fate stays unknown, a minute apart: enough for an outage, and an end if it cannot be found. */
export const SEND_UNKNOWN_MAX = 10;
/** Waits after a refusal that may pass (rate limit), doubling up to the last. */
export const SEND_RETRY_MS = [2 * SECOND, 5 * SECOND, 15 * SECOND, 60 * SECOND, 5 * MINUTE] as const;
/** After this many refusals of that kind a reply is parked for the operator. */
export const SEND_ATTEMPTS_MAX = 20;

/** Twilio shows typing for 25 s or until the next message; a little less than a heartbeat, so that each one renews it. */
export const TYPING_REFRESH_MS = 19 * SECOND;

/** Texts that may wait in one conversation; beyond it the person is told that one was not taken. */
export const QUEUE_MAX = 100;
/** Largest webhook body in bytes: the carrier's own forms are a few kilobytes, a text has at most 1600 characters. */
export const BODY_MAX = 65_536;

/** The n-th entry of a back-off table, or its last. */
export function backoff(table: readonly number[], n: number): number {
  return table[Math.min(n, table.length - 1)] ?? 0;
}
