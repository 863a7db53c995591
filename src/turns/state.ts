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
};

export type Project = { id: string; label: string; sessionId: string | null };

export type MessageState = 'waiting' | 'active' | 'consumed' | 'failed';
export type Message = {
  seq: number;
  providerId: string;
  /** UUIDv5 of the provider's id: the agent tells a repeat from a new message by it. */
  uuid: string;
  from: string;
  to: string;
  text: string;
  attachments: number;
  receivedAt: number;
  /** An earlier turn failed over it, so the agent may have seen it. */
  tried: boolean;
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

export type ReplyKind = 'answer' | 'notice';
export type ReplyState =
  | 'ready'
  | 'sending'
  | 'unknown'
  | 'accepted'
  | 'sent'
  | 'delivered'
  | 'read'
  | 'failed'
  | 'parked';
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
};

/**
 * gather: the burst is complete · attempt: begin the next attempt · reach: call the machine again ·
 * send: hand over again after a refusal · reconcile: ask the carrier's list about `ref`.
 */
export type TimerKind = 'gather' | 'attempt' | 'reach' | 'send' | 'reconcile';
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
  /** Replies not yet handed over, oldest first, and the one an event names. */
  replies: readonly Reply[];
  timers: readonly Timer[];
};

/** The state without the rows that are settled, as it is loaded the next time. */
export function hotPart(state: State): State {
  return {
    ...state,
    messages: state.messages.filter((m) => m.state === 'waiting' || m.state === 'active'),
    turns: state.turns.filter((t) => t.state === 'open'),
    attempts: state.attempts.filter((a) => a.state !== 'ended'),
    replies: state.replies.filter((r) => r.state === 'ready' || r.state === 'sending' || r.state === 'unknown'),
  };
}

export const attemptId = (attempt: { turn: string; n: number }): string => `${attempt.turn}.${attempt.n}`;

/** Only WhatsApp has a typing indicator. */
export const showsTyping = (state: State): boolean => state.conversation.address.startsWith('whatsapp:');

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

export function withReply(state: State, id: string, change: Partial<Reply>): State {
  return { ...state, replies: state.replies.map((r) => (r.id === id ? { ...r, ...change } : r)) };
}
