import { HOUR, MINUTE, SECOND } from '../../units.ts';

// Limits and delays of machines: reaching one, its streams, and its sleep. Milliseconds unless the name says
// otherwise.

/** Waits between calls to a machine that doesn't answer: short at first, because waking takes seconds. */
export const REACH_BACKOFF_MS = [500, SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND, 30 * SECOND] as const;
/** After this long the person hears, once per turn, that the machine doesn't answer. */
export const TELL_UNREACHABLE_MS = 10 * SECOND;
/** A new stream counts as steady after this time: a little more than the machine's interval between comments. */
export const STEADY_MS = 20 * SECOND;
/** After this long without reaching the machine the turn is given up. Its messages wait for /retry. */
export const REACH_GIVE_UP_MS = 1 * HOUR;
/** Longest wait for the first byte of a machine's answer, its start included. */
export const MACHINE_ANSWER_MS = 90 * SECOND;
/** The machine sends a comment every 15 s; three missed means the stream is dead. */
export const STREAM_SILENCE_MS = 45 * SECOND;
/** A stream is replaced by a fresh one before platform limits (15 min) are near; also renews the model token. */
export const ATTACH_MAX_MS = 10 * MINUTE;
/** Three quarters of it are longer than an attach, so that a token never expires before the attach that renews it. */
export const MODEL_TOKEN_MS = 20 * MINUTE;

/** If creating or waking the machine takes this long, the person hears of it, once … */
export const TELL_WAKING_MS = 4 * SECOND;
/** … and hears that it doesn't answer only after the time that a start may take. */
export const START_MAX_MS = 90 * SECOND;
/** Waits between tries at a provisioning step, unless the provider asks for another wait. */
export const MACHINE_BACKOFF_MS = [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND, 15 * SECOND, 30 * SECOND] as const;
/** After a cut call its result may appear a moment later. It is looked for after this long. */
export const IN_DOUBT_MS = 5 * SECOND;
/** When a machine hasn't answered for this long, its provider is asked about it, and then again at this interval. */
export const DOUBT_AFTER_MS = 20 * SECOND;
/**
 * The same for a machine that accepts calls and answers nothing, like a hung host. A start from a cold image takes as
 * long.
 */
export const SILENT_MS = 60 * SECOND;
/**
 * A machine should fall asleep this long after its last use, because the proxy looks every few minutes. If it hasn't,
 * it is stopped.
 */
export const SLEEPS_AFTER_MS = 15 * MINUTE;
/** Checks whether the machine went to sleep, before its own idle timeout is left to end it. */
export const SLEEP_LOOKS_MAX = 6;
/** A machine used this recently is awake. */
export const SURELY_AWAKE_MS = 1 * MINUTE;
/** A machine keeps an idle agent warm for longer than this, if it has the memory. */
export const SURELY_WARM_MS = 8 * MINUTE;
/** A machine is upgraded only if nothing is due for this long, enough for an update and a start. */
export const UPGRADE_CLEAR_MS = 5 * MINUTE;
/**
 * A machine without work shuts down by itself after this long, if nothing else stops it (overridable: IDLE_TIMEOUT_MS).
 */
export const IDLE_TIMEOUT_MS = 30 * MINUTE;
/** /status mentions free memory below this: about what one more agent needs. */
export const MEMORY_LOW_BYTES = 256 * 2 ** 20;
/** Lifetime of the token on one call to the machine. */
export const MACHINE_TOKEN_MS = 5 * MINUTE;
