import type { MachineEvent } from '../protocol/index.ts';
import type { Message, ReplyState, State, Timer } from './state.ts';

// What can happen to a conversation, and what the object is asked to do about it. Both are plain data.

export type AttemptRef = { turn: string; n: number };

export type Event =
  | { type: 'message'; message: Message }
  | { type: 'timer'; timer: Timer }
  /** The object is awake because something is in flight. */
  | { type: 'heartbeat' }
  /** The machine answered the `PUT`. */
  | { type: 'attempt-taken'; attempt: AttemptRef; journal: string }
  /** The event stream is open. `steady`: and has been for a while. */
  | { type: 'attached'; attempt: AttemptRef; steady: boolean }
  /** The machine did not answer, answered 5xx, or the stream broke: nothing is known about the attempt. */
  | { type: 'unreachable'; attempt: AttemptRef; reason: string }
  /** The machine has another journal than the stored one, or does not know the attempt. */
  | { type: 'attempt-lost'; attempt: AttemptRef; reason: string }
  /** The machine refused for good. */
  | { type: 'attempt-refused'; attempt: AttemptRef; reason: string }
  | { type: 'machine'; attempt: AttemptRef; journal: string; seq: number; event: MachineEvent['event'] }
  /** The send lane begins with the head of the outbox. */
  | { type: 'send-begin' }
  /** The send lane starts and finds a reply in `sending` that nobody is sending. */
  | { type: 'send-abandoned' }
  | { type: 'send-accepted'; reply: string; attempt: number; sid: string }
  | { type: 'send-unknown'; reply: string; attempt: number }
  | {
      type: 'send-refused';
      reply: string;
      attempt: number;
      code: number;
      mayPass: boolean;
      retryAfterMs: number | null;
    }
  /** The carrier's list was read: `sid` is ours, null when it is not there. */
  | { type: 'reconciled'; reply: string; sid: string | null }
  | { type: 'reconcile-failed'; reply: string; reason: string }
  | { type: 'status'; reply: string; attempt: number; sid: string; status: ReplyState; errorCode: number | null };

/**
 * Short calls the event itself causes. What runs long (the event stream, the outbox) is no effect: it follows from the
 * state (lanes.ts), so that a restart picks it up.
 */
export type Effect = { do: 'typing'; messageId: string };

/** A line for the operator. Never message text, never a number. */
export type Log = {
  level: 'info' | 'warn' | 'error';
  event: string;
  [field: string]: string | number | boolean | null;
};

export type Decision = { state: State; effects: Effect[]; log: Log[] };

/** What a decision may use besides the state. `id` gives monotonic ULIDs; `parts` renders Markdown for the channel. */
export type Context = {
  now: number;
  id: () => string;
  parts: (markdown: string) => string[];
};
