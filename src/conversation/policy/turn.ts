import { HOUR, MINUTE, SECOND } from '../../units.ts';

// Limits and delays of turns: debouncing texts, progress, time limits, attempts and retries. Milliseconds unless the
// name says otherwise.

/** A text that may be unfinished waits this long for the next one (overridable: GATHER_MS). */
export const GATHER_MS = 1 * SECOND;
/**
 * A text that is certain to go on waits this many times as long. A text that follows another within this time joins the
 * turn that has begun with it.
 */
export const BURST_PAUSES = 3;
/** A burst is over this long after its first text, however fast the person types. */
export const GATHER_MAX_MS = 5 * SECOND;
/**
 * Outside Cloudflare's network only an alarm keeps an object and its open streams in memory (70 s is the shortest
 * lifetime seen). The alarm also resumes work after a crash, so a person waits no longer than this for a restarted
 * relay …
 */
export const HEARTBEAT_MS = 5 * SECOND;
/** … or than this while an attempt has run for a while and nothing is in doubt: each alarm costs a request. */
export const CALM_HEARTBEAT_MS = 15 * SECOND;
/** An attempt's first part, in which most attempts end. */
export const CALM_AFTER_MS = 30 * SECOND;
/** Longest wait of an agent's event that nobody waits for, so that it is committed with the next one. */
export const EVENTS_WAIT_MS = 1 * SECOND;
/** From the first waiting text until the person is told: the burst is complete and a short turn has ended. */
export const WAITING_NOTICE_MS = 3 * SECOND;
/** If the machine has not reported the end of the turn after this time, it is asked again to stop. */
export const STOP_AGAIN_MS = 5 * SECOND;
/** If the machine hasn't confirmed a steered text after this time, it gets the text again. */
export const STEER_AGAIN_MS = 5 * SECOND;
/** After this much work the person gets one short update. Until then WhatsApp shows typing … */
export const PROGRESS_FIRST_MS = 3 * MINUTE;
/** … and SMS shows nothing. */
export const PROGRESS_FIRST_SMS_MS = 75 * SECOND;
/** Further updates come rarely, because every message costs money and attention. */
export const PROGRESS_NEXT_MS = 10 * MINUTE;
/** With /verbose every text between tool calls is sent, at least this long apart. */
export const PROGRESS_VERBOSE_MS = 15 * SECOND;
/** Longest text between tool calls that is kept: two messages. */
export const PROGRESS_MAX_CHARS = 3000;
/** Wall clock of an attempt (overridable: TURN_TIMEOUT_MS). */
export const TURN_MS = 30 * MINUTE;
/** The machine ends an attempt at its time limit. If it doesn't, the relay does so this much later. */
export const TURN_MARGIN_MS = 5 * MINUTE;
/** The time limit of a turn of deep work: the person takes part and can stop it at any time. */
export const DEEP_TURN_MS = 4 * HOUR;
/** Deep work ends after this time without a text; a running turn does not count as silence. */
export const DEEP_IDLE_MS = 30 * MINUTE;
/** Longest silence of the agent. */
export const SILENCE_MS = 10 * MINUTE;
/** An agent that has lost its session gets this many of the newest texts, each up to this length … */
export const SEED_TEXTS = 20;
export const SEED_TEXT_CHARS = 2000;
/** … and up to this much in all: a prompt has room for it beside the task. */
export const SEED_BYTES = 20_000;
/** Twilio shows typing for 25 s or until the next message. The first heartbeat after this time renews it. */
export const TYPING_REFRESH_MS = 14 * SECOND;
/** A draft without words shows that the agent is at work once a turn has run for this long: quick answers need none. */
export const THINKING_AFTER_MS = 4 * SECOND;
/** Enough of a quoted message to recognise it. */
export const QUOTE_CHARS = 600;
/** Most texts that wait in one conversation. Beyond it the person hears that a text wasn't taken. */
export const QUEUE_MAX = 100;
/** The person hears that a session gets long before the agent has to summarise it by itself … */
export const HINT_CONTEXT_PERCENT = 80;
/** … or when it is too long to find anything in it. */
export const HINT_MESSAGES = 500;
/** Largest webhook body in bytes: the carrier's forms are a few kilobytes, and a text has at most 1,600 characters. */
export const BODY_MAX = 65_536;

/**
 * After this many consecutive crashes of the agent, the person is told to retry by hand: the next attempt would reach
 * the same point.
 */
export const CRASHES_MAX = 5;
/** A crash after this much more work counts as a first one, because the agent got past the earlier point. */
export const CRASHES_APART_MS = 10 * MINUTE;
/**
 * Restarts of the machine without a step of the turn between them. A restart isn't the turn's fault, unless the turn
 * takes the machine down each time and harms the others who share it.
 */
export const RESTARTS_MAX = 20;
/** Attempts in all: about two hours with the waits, if each step brings the machine down. */
export const ATTEMPTS_MAX = 100;
/**
 * The wait before the n-th new attempt doubles from the first value up to the second. A cut attempt's first
 * continuation doesn't wait.
 */
export const ATTEMPT_RETRY_MS = 5 * SECOND;
export const ATTEMPT_RETRY_MAX_MS = 1 * MINUTE;
/** … and at least this long while the model's API is overloaded, after the agent's own tries. */
export const MODEL_RETRY_MS = 1 * MINUTE;
/**
 * Roost says that a turn was given up after the answer to the next turn, which may cover its texts too, or after this
 * long.
 */
export const GIVEN_UP_TELL_MS = 20 * SECOND;
/** Longest wait for a machine that still works on a turn that was given up: a little more than the longest turn. */
export const BUSY_GIVE_UP_MS = 5 * HOUR;
/** If a notice is this overdue, the relay itself was away, not the machine. */
export const TELL_LATE_MS = 15 * SECOND;
