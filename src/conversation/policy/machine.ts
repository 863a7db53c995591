import { HOUR, MINUTE, SECOND } from '../../units.ts';

// Limits and delays of machines: reaching one, its streams, and its sleep. Milliseconds unless the name says
// otherwise.

/** Waits between calls to a machine that does not answer: quick at first, because a machine that wakes takes seconds. */
export const REACH_BACKOFF_MS = [500, SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND, 30 * SECOND] as const;
/** The person hears that the machine does not answer when it lasts this long, once per turn. */
export const TELL_UNREACHABLE_MS = 10 * SECOND;
/** A new stream counts as lasting after this time: one comment of the machine and a little more. */
export const STEADY_MS = 20 * SECOND;
/** After this long without reaching the machine the turn is given up; the messages wait for /retry. */
export const REACH_GIVE_UP_MS = 1 * HOUR;
/** Longest wait for the first byte of a machine's answer, its start included. */
export const MACHINE_ANSWER_MS = 90 * SECOND;
/** The machine sends a comment every 15 s; three missed means the stream is dead. */
export const STREAM_SILENCE_MS = 45 * SECOND;
/** A stream is replaced by a fresh one before platform limits (15 min) are near; also renews the model token. */
export const ATTACH_MAX_MS = 10 * MINUTE;
/** Longer than an attach, so that a token never expires before the attach that renews it. */
export const MODEL_TOKEN_MS = 20 * MINUTE;

/** A machine that is being made or woken: the person hears of it once when it takes this long … */
export const TELL_WAKING_MS = 4 * SECOND;
/** … and that it does not answer only when it has had as long as a start may take. */
export const START_MAX_MS = 90 * SECOND;
/** Waits between tries at a step of making a machine; the provider may say how long instead. */
export const MACHINE_BACKOFF_MS = [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND, 30 * SECOND] as const;
/** What a call that was cut had asked for may appear a moment later; it is looked for after this long. */
export const IN_DOUBT_MS = 5 * SECOND;
/** When a machine hasn't answered for this long, its provider is asked about it, and then again at this interval. */
export const DOUBT_AFTER_MS = 20 * SECOND;
/** The same when calls are taken and nothing comes back, as from a host that hangs: a start from a cold image takes as long. */
export const SILENT_MS = 60 * SECOND;
/** When it should sleep by itself after its last use: the proxy looks every few minutes. Then it is looked at, and stopped. */
export const SLEEPS_AFTER_MS = 15 * MINUTE;
/** As often it is looked after, should that fail; then it is left to its own time-out. */
export const SLEEP_LOOKS_MAX = 6;
/** One that was used this recently is awake. */
export const SURELY_AWAKE_MS = 1 * MINUTE;
/** Its image is changed only if nothing is due for this long, which is enough for an update and a start. */
export const UPGRADE_CLEAR_MS = 5 * MINUTE;
/** A machine without work ends itself after this long, where nothing else ends it (overridable: IDLE_TIMEOUT_MS). */
export const IDLE_TIMEOUT_MS = 30 * MINUTE;
/** /status speaks of the machine's memory below this: about what one more agent needs. */
export const MEMORY_LOW_BYTES = 256 * 2 ** 20;
/** Lifetime of the token on one call to the machine. */
export const MACHINE_TOKEN_MS = 5 * MINUTE;
