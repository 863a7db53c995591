import type { Log } from '../../log.ts';
import { RECONCILE_MS, RECONCILE_RETRY_MS } from '../policy/outbox.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import type { Reply } from '../state/rows.ts';
import { findTimer, type State, withoutTimer, withTimer } from '../state/state.ts';
import {
  hasWaitedLong,
  holdForCarrier,
  isEarlierTry,
  isReplyStale,
  noteFailedTry,
  noteRequestedWait,
} from './carrier-outage.ts';
import { acceptReply, onStatus } from './delivery-status.ts';
import { DOUBTED_CODE, findReply, logOfReply, withReply } from './replies.ts';
import { raiseForReply } from './send-failures.ts';

// A send whose outcome is unknown: it is looked up in the carrier's list, or, where there is none, sent once more.

export function lookUpFirst(state: State, reply: Reply, now: number): State {
  const last = RECONCILE_MS.length - 1;
  const doubted = withReply(state, reply.id, { state: 'unknown' });
  return withTimer(doubted, { kind: 'reconcile', ref: reply.id, dueAt: now, attempts: last });
}

export function onSendUnknown(state: State, reply: Reply, retryAfterMs: number, ctx: Context): State {
  const unknown = toUnknown(state, reply, ctx.now);
  return retryAfterMs > 0 ? noteRequestedWait(unknown, reply, retryAfterMs, ctx) : unknown;
}

export function toUnknown(state: State, reply: Reply, now: number): State {
  const dueAt = Math.max(now, (reply.intentAt ?? now) + RECONCILE_MS[0]);
  return withTimer(withReply(state, reply.id, { state: 'unknown' }), {
    kind: 'reconcile',
    ref: reply.id,
    dueAt,
    attempts: 0,
  });
}

export function onReconciled(
  state: State,
  reply: Reply,
  { found }: Extract<Event, { type: 'reconciled' }>,
  ctx: Context,
): Decision {
  if (found) {
    const bound = acceptReply(state, reply, found.sid, ctx);
    const { sid, status, errorCode, failure } = found;
    if (status === null) return noEffects(bound);
    const known = { type: 'status' as const, reply: reply.id, attempt: reply.attempt, sid, status, errorCode, failure };
    const taken = findReply(bound, reply.id);
    return taken === undefined ? noEffects(bound) : onStatus(bound, taken, known, ctx);
  }
  if (ctx.channelOf(reply.to).reconcile === 'probe') return onProbed(state, reply, ctx);
  const asked = (findTimer(state, 'reconcile')?.attempts ?? 0) + 1;
  const next = RECONCILE_MS[asked];
  if (next !== undefined) {
    const dueAt = Math.max(ctx.now, (reply.intentAt ?? ctx.now) + next);
    return noEffects(withTimer(state, { kind: 'reconcile', ref: reply.id, dueAt, attempts: asked }));
  }
  // The reply was looked up before and not found. This look only made sure.
  const isCounted = reply.unknownAt !== null && reply.unknownAt > (reply.intentAt ?? 0);
  // A missing entry in the list doesn't prove that the message never arrived.
  const noted = withoutTimer(withReply(state, reply.id, { unknownAt: ctx.now }), 'reconcile', reply.id);
  if (isCounted || isEarlierTry(state, reply)) return noEffects(withReply(noted, reply.id, { state: 'ready' }));
  return noteUnheard(
    withReply(noted, reply.id, { state: 'ready' }),
    reply,
    null,
    ctx,
    logOfReply('warn', 'send-again', reply, {}),
  );
}

/**
 * The service answers, and has no list of what it took. The reply is sent once more, marked as a possible repeat. If the
 * outcome of that is unknown too, it is kept back until the person writes or the operator sends it.
 */
function onProbed(state: State, reply: Reply, ctx: Context): Decision {
  const settled = withoutTimer(state, 'reconcile', reply.id);
  const isPast = reply.kind === 'progress' || isReplyStale(state, reply, ctx.now);
  if (isPast) return noEffects(withReply(settled, reply.id, { state: 'dropped' }));
  if (reply.unknownAt === null) {
    const troubledSince = reply.troubledSince ?? reply.intentAt ?? ctx.now;
    const repeat = withReply(settled, reply.id, { state: 'ready', unknownAt: ctx.now, troubledSince });
    return noEffects(repeat, logOfReply('warn', 'send-again', reply, {}));
  }
  const kept = withReply(settled, reply.id, { state: 'parked', errorCode: DOUBTED_CODE });
  return noEffects(
    raiseForReply(kept, reply, 'reply-doubtful', ctx.now),
    logOfReply('error', 'reply-doubtful', reply, {}),
  );
}

/** The carrier's list can't be read, so the outcome stays unknown. */
export function onListUnreadable(
  state: State,
  reply: Reply,
  { reason, retryAfterMs = null }: Extract<Event, { type: 'reconcile-failed' }>,
  ctx: Context,
): Decision {
  const attempts = findTimer(state, 'reconcile')?.attempts ?? 0;
  const dueAt = ctx.now + Math.max(RECONCILE_RETRY_MS, retryAfterMs ?? 0);
  const again = withTimer(state, { kind: 'reconcile', ref: reply.id, dueAt, attempts });
  return noteUnheard(again, reply, retryAfterMs, ctx, logOfReply('warn', 'list-unreadable', reply, { reason }));
}

/** The carrier hasn't reported the outcome. */
function noteUnheard(state: State, reply: Reply, retryAfterMs: number | null, ctx: Context, log: Log): Decision {
  const troubledSince = reply.troubledSince ?? reply.intentAt ?? ctx.now;
  const noted = withReply(state, reply.id, { troubledSince });
  const tried = noteFailedTry(noted, reply, { failure: null, code: null, retryAfterMs, isShared: true }, ctx);
  if (!hasWaitedLong({ ...reply, troubledSince }, ctx.now)) return noEffects(tried, log);
  const settled = withoutTimer(withReply(tried, reply.id, { unknownAt: ctx.now }), 'reconcile', reply.id);
  return noEffects(
    holdForCarrier(settled, reply, null, ctx),
    log,
    logOfReply('error', 'reply-waits', reply, { code: null }),
  );
}
