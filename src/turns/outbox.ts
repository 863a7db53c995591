import type { Context, Decision, Event, Log } from './event.ts';
import * as policy from './policy.ts';
import {
  findTimer,
  type Reply,
  type ReplyKind,
  type ReplyState,
  type State,
  withoutTimer,
  withReply,
  withTimer,
} from './state.ts';

// The outbox: replies leave in the order of their seq, one at a time, each handed over once. `sending` is committed
// before the request; what became of a request nobody heard the end of is looked up, never guessed.

/** Adds a reply at the end of the outbox: one row per part. */
export function enqueue(
  state: State,
  kind: ReplyKind,
  turn: string | null,
  parts: readonly string[],
  ctx: Context,
): State {
  let seq = state.conversation.nextReplySeq;
  const rows: Reply[] = parts.map((body, part) => ({
    id: ctx.id(),
    seq: seq++,
    turn,
    part,
    kind,
    from: state.conversation.sender,
    to: state.conversation.address,
    body,
    state: 'ready',
    attempt: 0,
    intentAt: null,
    sid: null,
    errorCode: null,
    createdAt: ctx.now,
  }));
  return {
    ...state,
    conversation: { ...state.conversation, nextReplySeq: seq },
    replies: [...state.replies, ...rows],
  };
}

const WAITING: readonly ReplyState[] = ['ready', 'sending', 'unknown'];

/** The reply whose turn it is, whatever its state; later ones wait behind it. */
export const head = (state: State): Reply | null => state.replies.find((r) => WAITING.includes(r.state)) ?? null;

/** The reply that may be handed over now. */
export function sendable(state: State, now: number): Reply | null {
  const reply = head(state);
  const waits = findTimer(state, 'send');
  return reply?.state === 'ready' && state.conversation.paceUntil <= now && !(waits && waits.dueAt > now)
    ? reply
    : null;
}

type OutboxEvent = Extract<
  Event,
  { type: `send-${string}` } | { type: 'reconciled' } | { type: 'reconcile-failed' } | { type: 'status' }
>;

export function decideOutbox(state: State, event: OutboxEvent, ctx: Context): Decision {
  const done = (next: State, ...log: Log[]): Decision => ({ state: next, effects: [], log });
  switch (event.type) {
    case 'send-begin': {
      const reply = sendable(state, ctx.now);
      if (!reply) return { state, effects: [], log: [] };
      const next = withReply(state, reply.id, { state: 'sending', attempt: reply.attempt + 1, intentAt: ctx.now });
      return { state: next, effects: [], log: [] };
    }
    case 'send-abandoned': {
      const reply = head(state);
      return reply?.state === 'sending' ? done(toUnknown(state, reply, ctx.now)) : { state, effects: [], log: [] };
    }
    case 'status':
      return done(onStatus(state, event, ctx), ...statusLog(event));
  }
  const reply = state.replies.find((r) => r.id === event.reply);
  if (!reply) return { state, effects: [], log: [] };
  switch (event.type) {
    case 'send-accepted':
      return reply.attempt === event.attempt ? done(accepted(state, reply, event.sid, ctx.now)) : done(state);
    case 'send-unknown':
      if (reply.attempt !== event.attempt || reply.state !== 'sending') return done(state);
      return done(toUnknown(state, reply, ctx.now), log('warn', 'send-unknown', reply, {}));
    case 'send-refused':
      return reply.attempt === event.attempt && reply.state === 'sending'
        ? refused(state, reply, event, ctx)
        : done(state);
    case 'reconciled':
      return reply.state === 'unknown' ? reconciled(state, reply, event.sid, ctx) : done(state);
    case 'reconcile-failed': {
      const failure = log('warn', 'list-unreadable', reply, { reason: event.reason });
      if (ctx.now - reply.createdAt >= policy.RECONCILE_GIVE_UP_MS) return park(state, reply, null, failure);
      const attempts = findTimer(state, 'reconcile')?.attempts ?? 0;
      const dueAt = ctx.now + policy.RECONCILE_RETRY_MS;
      return done(withTimer(state, { kind: 'reconcile', ref: reply.id, dueAt, attempts }), failure);
    }
  }
}

function toUnknown(state: State, reply: Reply, now: number): State {
  const dueAt = Math.max(now, (reply.intentAt ?? now) + policy.RECONCILE_MS[0]);
  return withTimer(withReply(state, reply.id, { state: 'unknown' }), {
    kind: 'reconcile',
    ref: reply.id,
    dueAt,
    attempts: 0,
  });
}

function accepted(state: State, reply: Reply, sid: string, now: number): State {
  if (!WAITING.includes(reply.state)) return state;
  const settled = withoutTimer(withoutTimer(state, 'reconcile', reply.id), 'send');
  const next = withReply(settled, reply.id, { state: 'accepted', sid: reply.sid ?? sid });
  const conversation = { ...next.conversation, paceUntil: now + policy.SEND_PACE_MS, pacedReply: reply.id };
  return { ...next, conversation };
}

function refused(state: State, reply: Reply, event: Extract<Event, { type: 'send-refused' }>, ctx: Context): Decision {
  if (event.mayPass && reply.attempt < policy.SEND_ATTEMPTS_MAX) {
    const wait = event.retryAfterMs ?? policy.backoff(policy.SEND_RETRY_MS, reply.attempt - 1);
    const next = withTimer(withReply(state, reply.id, { state: 'ready', errorCode: event.code }), {
      kind: 'send',
      ref: '',
      dueAt: ctx.now + wait,
      attempts: reply.attempt,
    });
    return { state: next, effects: [], log: [log('warn', 'send-put-off', reply, { code: event.code, wait })] };
  }
  return park(state, reply, event.code);
}

/** Given up: it stays for the operator, and those behind it go on. */
function park(state: State, reply: Reply, code: number | null, ...before: Log[]): Decision {
  const settled = withoutTimer(withoutTimer(state, 'reconcile', reply.id), 'send');
  const next = withReply(settled, reply.id, { state: 'parked', errorCode: code });
  return { state: next, effects: [], log: [...before, log('error', 'reply-parked', reply, { code })] };
}

function reconciled(state: State, reply: Reply, sid: string | null, ctx: Context): Decision {
  if (sid !== null) return { state: accepted(state, reply, sid, ctx.now), effects: [], log: [] };
  const asked = (findTimer(state, 'reconcile')?.attempts ?? 0) + 1;
  const next = policy.RECONCILE_MS[asked];
  if (next !== undefined) {
    const dueAt = Math.max(ctx.now, (reply.intentAt ?? ctx.now) + next);
    const waiting = withTimer(state, { kind: 'reconcile', ref: reply.id, dueAt, attempts: asked });
    return { state: waiting, effects: [], log: [] };
  }
  // A list that never shows it says nothing about whether it arrived.
  if (reply.attempt >= policy.SEND_UNKNOWN_MAX) return park(state, reply, null);
  const again = withReply(withoutTimer(state, 'reconcile', reply.id), reply.id, { state: 'ready' });
  return { state: again, effects: [], log: [log('warn', 'send-again', reply, {})] };
}

const RANK: Record<ReplyState, number> = {
  ready: 0,
  sending: 1,
  unknown: 1,
  parked: 2,
  accepted: 2,
  sent: 3,
  delivered: 4,
  failed: 5,
  read: 5,
};

/** States only move forward, whatever order callbacks come in; the first callback of a try binds its sid. */
function onStatus(state: State, event: Extract<Event, { type: 'status' }>, ctx: Context): State {
  const reply = state.replies.find((r) => r.id === event.reply);
  if (!reply || event.attempt > reply.attempt || (reply.sid !== null && reply.sid !== event.sid)) return state;
  if (RANK[event.status] <= RANK[reply.state]) return state;
  const settled = withoutTimer(state, 'reconcile', reply.id);
  const next = withReply(settled, reply.id, { state: event.status, sid: event.sid, errorCode: event.errorCode });
  if (next.conversation.pacedReply !== reply.id) return next;
  return { ...next, conversation: { ...next.conversation, paceUntil: ctx.now, pacedReply: null } };
}

function statusLog(event: Extract<Event, { type: 'status' }>): Log[] {
  if (event.status !== 'failed') return [];
  return [{ level: 'warn', event: 'reply-failed', reply: event.reply, code: event.errorCode }];
}

function log(level: Log['level'], event: string, reply: Reply, fields: Record<string, number | string | null>): Log {
  return { level, event, reply: reply.id, attempt: reply.attempt, ...fields };
}
