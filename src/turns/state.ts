// The bounded hot part of one conversation, as the decision sees it. Rows are immutable: a changed row is a new object,
// and the store writes exactly the rows whose object changed. Everything here survives a restart; nothing else does.
// All times are milliseconds since 1970 on the relay's clock.

export type Conversation = {
  /** The person: `whatsapp:+E164`. */
  address: string;
  /** Our address the person wrote to last; replies leave from it. */
  sender: string;
  project: string;
  nextReplySeq: number;
  /** The carrier's id of the newest inbound message: typing indicators name it. */
  lastInboundId: string | null;
  /** No reply leaves before this: the carrier may swap messages that are handed over too close together. */
  paceUntil: number;
  /** The reply whose `sent` ends the pace early. */
  pacedReply: string | null;
  typingAt: number;
  /** What the person chose by /queue; null: as configured. */
  queueMode: QueueMode | null;
  /** Every text between tool calls is shown. */
  verbose: boolean;
  /** Since when the carrier lets us send nothing to the person (SMS), or null. */
  optedOutAt: number | null;
};

/** What becomes of texts that come while a turn runs: one prompt next, folded into the running turn, or one turn each. */
export const QUEUE_MODES = ['collect', 'steer', 'queue'] as const;
export type QueueMode = (typeof QUEUE_MODES)[number];

export type Project = { id: string; label: string; sessionId: string | null };

export type MessageState = 'waiting' | 'active' | 'consumed' | 'failed';
export type Message = {
  seq: number;
  providerId: string;
  /** UUIDv5 of the provider's id, a new one after /stop and /retry: the agent tells a repeat from a new message by it. */
  uuid: string;
  from: string;
  to: string;
  text: string;
  attachments: number;
  receivedAt: number;
  /** An earlier turn failed over it, so the agent may have seen it. */
  tried: boolean;
  /** When /stop dropped it; null when it failed or never did. */
  stoppedAt: number | null;
  /** Given to a turn that ran already, so the machine may not have it. */
  steered: boolean;
  /** `failed`: waits for /retry. */
  state: MessageState;
  turn: string | null;
};

export type TurnState = 'open' | 'done' | 'failed';
export type Turn = {
  id: string;
  project: string;
  state: TurnState;
  openedAt: number;
  endedAt: number | null;
  /** Number of the newest attempt; attempts that began count, unanswered calls do not. */
  attempts: number;
  /** When the person is to hear that the machine does not answer; null while it does, and once it was said. */
  tellAt: number | null;
  toldUnreachable: boolean;
  /** Since when the machine has not answered, or null. */
  unreachableSince: number | null;
  /** When /stop was said, or null; what the machine has not answered by the end of the attempt is dropped. */
  stopping: number | null;
  /** The person knows that texts wait, and that no more are taken. */
  toldWaiting: boolean;
  toldFull: boolean;
  /** The newest text between tool calls, as far as it was not shown whole. */
  progress: string | null;
  /** When the person last heard that the work goes on, or null. */
  progressAt: number | null;
};

/** requested: the machine may or may not know it · running: it does · ended: closed for ever. */
export type AttemptState = 'requested' | 'running' | 'ending' | 'ended';
export type Attempt = {
  turn: string;
  n: number;
  state: AttemptState;
  journal: string | null;
  lastSeq: number;
  openedAt: number;
  endedAt: number | null;
  outcome: string | null;
};

/** nudge: the approved template that asks the person to write, so that the carrier lets us answer. alert: for an operator. */
export type ReplyKind = 'answer' | 'notice' | 'progress' | 'nudge' | 'alert';
/**
 * held: waits for the person to write · parked: given up, an operator can send it again · failed: refused after it was taken ·
 * dropped: out of date before it left · replaced: its words are in a later row.
 */
export type ReplyState =
  | 'ready'
  | 'sending'
  | 'unknown'
  | 'accepted'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'failed'
  | 'held'
  | 'parked'
  | 'dropped'
  | 'replaced';
export type Reply = {
  id: string;
  seq: number;
  turn: string | null;
  part: number;
  kind: ReplyKind;
  from: string;
  to: string;
  body: string;
  state: ReplyState;
  /** Number of the newest try; callbacks name it. */
  attempt: number;
  intentAt: number | null;
  sid: string | null;
  errorCode: number | null;
  createdAt: number;
  /** The approved template that is sent in place of the body. */
  template: string | null;
  /** How many rows had these words before and were refused. */
  copies: number;
  /** A second message of the carrier with the same words: the person got it twice. */
  doubledSid: string | null;
};

/** Whether the carrier lets us write freely from `sender`: 24 hours from the person's last message, unless it refuses. */
export type Window = { sender: string; lastInboundAt: number; refusedAt: number | null; nudgedAt: number | null };

/** An answer of more parts than a chat bears, whole. `nextPart`: the first one that was not sent here. */
export type Page = { id: string; markdown: string; nextPart: number; createdAt: number };

/**
 * gather: the burst is complete · waiting: say that texts wait · attempt: begin the next attempt · reach: call the machine
 * again · stop: ask the machine again to stop · steer: give `ref` to the running turn again · send: hand over again after a
 * refusal · reconcile: ask the carrier's list about `ref` · held: what waited too long for the person · alert: tell the
 * operator of the cause `ref`.
 */
export const TIMER_KINDS = [
  'gather',
  'waiting',
  'attempt',
  'reach',
  'stop',
  'steer',
  'send',
  'reconcile',
  'held',
  'alert',
] as const;
export type TimerKind = (typeof TIMER_KINDS)[number];
export type Timer = { kind: TimerKind; ref: string; dueAt: number; attempts: number };

export type State = {
  conversation: Conversation;
  project: Project;
  /** Waiting and active ones, oldest first. */
  messages: readonly Message[];
  /** The open one, if any; one that just ended stays before it until the next load. */
  turns: readonly Turn[];
  /** Likewise. */
  attempts: readonly Attempt[];
  /** Replies not yet handed over and held ones, oldest first, and the one an event names. */
  replies: readonly Reply[];
  timers: readonly Timer[];
  windows: readonly Window[];
  /** Those an event needs, and new ones. */
  pages: readonly Page[];
};

/** Those that are not settled. */
export const OPEN_REPLIES: readonly ReplyState[] = ['ready', 'sending', 'unknown', 'held'];

/** The state without the rows that are settled, as it is loaded the next time. */
export function hotPart(state: State): State {
  return {
    ...state,
    messages: state.messages.filter((m) => m.state === 'waiting' || m.state === 'active'),
    turns: state.turns.filter((t) => t.state === 'open'),
    attempts: state.attempts.filter((a) => a.state !== 'ended'),
    replies: state.replies.filter((r) => OPEN_REPLIES.includes(r.state)),
    pages: [],
  };
}

export const attemptId = (attempt: { turn: string; n: number }): string => `${attempt.turn}.${attempt.n}`;

/** WhatsApp has a typing indicator and a 24-hour window; on SMS the carrier owns STOP and its like. */
export const isWhatsApp = (address: string): boolean => address.startsWith('whatsapp:');

export const openTurn = (state: State): Turn | null => state.turns.find((t) => t.state === 'open') ?? null;
export const openAttempt = (state: State): Attempt | null => state.attempts.find((a) => a.state !== 'ended') ?? null;

export const withTurn = (state: State, turn: Turn): State => ({
  ...state,
  turns: [...state.turns.filter((t) => t.id !== turn.id), turn],
});

export const withAttempt = (state: State, attempt: Attempt): State => ({
  ...state,
  attempts: [...state.attempts.filter((a) => a.turn !== attempt.turn || a.n !== attempt.n), attempt],
});

export function withTimer(state: State, timer: Timer): State {
  return { ...state, timers: [...withoutTimer(state, timer.kind, timer.ref).timers, timer] };
}

export function withoutTimer(state: State, kind: TimerKind, ref?: string): State {
  const kept = state.timers.filter((t) => t.kind !== kind || (ref !== undefined && t.ref !== ref));
  return kept.length === state.timers.length ? state : { ...state, timers: kept };
}

export const findTimer = (state: State, kind: TimerKind): Timer | undefined =>
  state.timers.find((t) => t.kind === kind);
