import type { Log } from '../../log.ts';
import { texts } from '../../texts/index.ts';
import { LOOK_AGAIN_MS, RECONCILE_MS, RECONCILE_RETRY_MS } from '../policy/outbox.ts';
import { isWithheld } from '../state/blocked-sender.ts';
import { withOffer } from '../state/choices.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { findAddress, isLocked } from '../state/person.ts';
import type { Read } from '../state/reads.ts';
import type { Reply, ReplyState } from '../state/rows.ts';
import { findTimer, type State, withoutTimer, withTimer } from '../state/state.ts';
import { namesOfTurn } from '../state/trace.ts';
import { leavesAt } from './answer-on-file.ts';
import { noteDelivered, tryNow, withhold } from './blocked-sender.ts';
import {
  endOutage,
  hasWaitedLong,
  holdForCarrier,
  isEarlierTry,
  isReplyStale,
  noteFailedTry,
  noteRequestedWait,
  onCarrierWord,
  outageOf,
  waitsForCarrier,
} from './carrier-outage.ts';
import { isWindowOpen } from './ends.ts';
import { moveFromRefusing, moveOrHold, moveOrHoldForLock } from './moving.ts';
import { fileOf } from './outgoing-files.ts';
import { DOUBTED_CODE, findReply, headOf, sendAgain, WAITING, withReply } from './replies.ts';
import { onSendFailure, raiseForReply } from './send-failures.ts';

// The outbox: replies leave in the order of their seq, one at a time, each handed over once. `sending` is committed
// before the request. The outcome of a request that was cut off is looked up, never guessed.

/** The reply that may be handed over now. */
export function findSendable(state: State, now: number): Reply | null {
  const reply = headOf(state);
  const waits = findTimer(state, 'send');
  const isPutOff =
    state.conversation.paceUntil > now ||
    (waits !== undefined && waits.dueAt > now) ||
    (reply !== null && leavesAt(state, reply) > now);
  return reply?.state === 'ready' && !isPutOff && !waitsForCarrier(state) ? reply : null;
}

export type OutboxEvent = Extract<
  Event,
  | { type: `send-${string}` }
  | { type: 'reconciled' }
  | { type: 'reconcile-failed' }
  | { type: 'status' }
  | { type: 'resend' }
>;

/** The turn of a reply that the carrier has just taken is read for the log. */
export function readsOfOutbox(event: OutboxEvent, { replies }: State): Read[] {
  if (!('reply' in event)) return [];
  const { sid = null, turn = null } = replies.find(({ id }) => id === event.reply) ?? {};
  const reply: Read = { rows: 'reply', id: event.reply };
  return sid === null && turn !== null && isTaken(event) ? [reply, { rows: 'turn', id: turn }] : [reply];
}

const isTaken = (event: OutboxEvent): boolean =>
  event.type === 'send-accepted' || event.type === 'status' || (event.type === 'reconciled' && event.found !== null);

export function decideOutbox(state: State, event: OutboxEvent, ctx: Context): Decision {
  const decision = decideEvent(state, event, ctx);
  return { ...decision, log: [...logSent(state, decision.state, event), ...decision.log] };
}

/** The line of a reply that the carrier has just taken. */
function logSent({ replies }: State, after: State, event: OutboxEvent): Log[] {
  if (!('reply' in event)) return [];
  const isIt = ({ id, sid }: Reply): boolean => id === event.reply && sid === null;
  const sent = replies.some(isIt) && after.replies.find(({ id, sid }) => id === event.reply && sid !== null);
  if (!sent) return [];
  const of = sent.turn === null ? { turn: null, trace: null } : namesOfTurn(after, sent.turn);
  return [{ level: 'info', event: 'reply-sent', reply: sent.id, ...of }];
}

function decideEvent(state: State, event: OutboxEvent, ctx: Context): Decision {
  if (event.type === 'send-begin') return noEffects(beginSend(state, event.shown, ctx));
  if (event.type === 'send-abandoned') {
    const reply = headOf(state);
    return noEffects(reply?.state === 'sending' ? toUnknown(state, reply, ctx.now) : state);
  }
  const reply = findReply(state, event.reply);
  if (!reply) return noEffects(state);
  switch (event.type) {
    case 'status':
      return onStatus(state, reply, event, ctx);
    case 'resend':
      return noEffects(['parked', 'failed', 'held'].includes(reply.state) ? onResend(state, reply, ctx) : state);
    case 'send-accepted':
      return onAccepted(state, reply, event, ctx);
    case 'send-unknown':
      if (reply.attempt !== event.attempt || reply.state !== 'sending') return noEffects(state);
      return noEffects(
        onSendUnknown(state, reply, event.retryAfterMs ?? 0, ctx),
        logOfReply('warn', 'send-unknown', reply, {}),
      );
    case 'send-refused': {
      if (reply.attempt !== event.attempt || reply.state !== 'sending') return noEffects(state);
      return onSendFailure(withoutDueWait(state, ctx.now), reply, { ...event, isLate: false }, ctx);
    }
    case 'reconciled':
      return reply.state === 'unknown' ? onReconciled(state, reply, event, ctx) : noEffects(state);
    case 'reconcile-failed':
      return reply.state === 'unknown' ? onListUnreadable(state, reply, event, ctx) : noEffects(state);
  }
}

/** The head is about to be handed over. If the person has to write first, it is held instead. */
function beginSend(state: State, shown: Extract<OutboxEvent, { type: 'send-begin' }>['shown'], ctx: Context): State {
  const reply = findSendable(state, ctx.now);
  if (!reply) return state;
  if (mustWaitForLock(state, reply)) return moveOrHoldForLock(state, reply, ctx);
  if (outageOf(state) !== null && isReplyStale(state, reply, ctx.now))
    return withReply(state, reply.id, { state: 'dropped' });
  if (isWithheld(state, reply)) return moveFromRefusing(state, reply, ctx) ?? withhold(state, reply, ctx);
  if (reply.template === null && !isWindowOpen(state, reply.from, ctx)) return moveOrHold(state, reply, ctx);
  if (isDoubted(reply, ctx)) return lookUpFirst(state, reply, ctx.now);
  const choices = withOffer(reply, { content: shown?.reply === reply.id ? shown.content : null });
  const intent = { state: 'sending', attempt: reply.attempt + 1, intentAt: ctx.now, choices } as const;
  // The reply was held for long, or an operator resends it, and its file has been removed.
  const isGone = reply.media !== null && fileOf(state, reply.media) === null;
  const words = [reply.body, texts.files.expired].filter((line) => line !== '').join('\n\n');
  return withReply(state, reply.id, isGone ? { ...intent, media: null, body: words } : intent);
}

/** Nothing leaves to a locked address but the notice that it is locked. */
const mustWaitForLock = (state: State, { id, to }: Reply): boolean =>
  isLocked(state, to) && findAddress(state, to)?.told !== id;

/** True if the outcome of an earlier try is unknown and the carrier's list may show it by now. */
const isDoubted = ({ to, unknownAt }: Reply, { now, channelOf }: Context): boolean =>
  unknownAt !== null && now - unknownAt >= LOOK_AGAIN_MS && channelOf(to).reconcile === 'list';

function lookUpFirst(state: State, reply: Reply, now: number): State {
  const last = RECONCILE_MS.length - 1;
  const doubted = withReply(state, reply.id, { state: 'unknown' });
  return withTimer(doubted, { kind: 'reconcile', ref: reply.id, dueAt: now, attempts: last });
}

/** The operator sends the reply again, as if it had never been tried. */
function onResend(state: State, reply: Reply, ctx: Context): State {
  const copied = sendAgain(state, { ...reply, troubledSince: null }, ctx);
  const copy = copied.replies.at(-1);
  const again = copy ? tryNow(copied, copy, ctx) : copied;
  const sender = outageOf(again)?.sender ?? null;
  return sender === null ? again : onCarrierWord(again, 'try', sender, ctx);
}

function onSendUnknown(state: State, reply: Reply, retryAfterMs: number, ctx: Context): State {
  const unknown = toUnknown(state, reply, ctx.now);
  return retryAfterMs > 0 ? noteRequestedWait(unknown, reply, retryAfterMs, ctx) : unknown;
}

function toUnknown(state: State, reply: Reply, now: number): State {
  const dueAt = Math.max(now, (reply.intentAt ?? now) + RECONCILE_MS[0]);
  return withTimer(withReply(state, reply.id, { state: 'unknown' }), {
    kind: 'reconcile',
    ref: reply.id,
    dueAt,
    attempts: 0,
  });
}

function onAccepted(
  state: State,
  reply: Reply,
  { sid, attempt }: Extract<Event, { type: 'send-accepted' }>,
  ctx: Context,
): Decision {
  if (reply.sid !== null && reply.sid !== sid) return noteDoubled(state, reply, sid, ctx.now);
  return noEffects(reply.attempt === attempt ? acceptReply(state, reply, sid, ctx) : state);
}

function acceptReply(state: State, reply: Reply, sid: string, ctx: Context): State {
  if (!WAITING.includes(reply.state)) return state;
  const settled = withoutDueWait(withoutTimer(state, 'reconcile', reply.id), ctx.now);
  const next = withReply(settled, reply.id, { state: 'accepted', sid: reply.sid ?? sid });
  const conversation = {
    ...next.conversation,
    paceUntil: ctx.now + ctx.channelOf(reply.to).paceMs,
    pacedReply: reply.id,
  };
  return endOutage({ ...next, conversation }, reply, ctx);
}

/** Ends the wait before this reply. A wait set by another refusal meanwhile stays. */
function withoutDueWait(state: State, now: number): State {
  const wait = findTimer(state, 'send');
  return wait && wait.dueAt <= now ? withoutTimer(state, 'send') : state;
}

/**
 * The carrier has two messages with the words of one reply. It's too late to prevent that, so it is counted and logged.
 */
function noteDoubled(state: State, reply: Reply, sid: string, now: number): Decision {
  if (reply.doubledSid !== null) return noEffects(state);
  const noted = withReply(state, reply.id, { doubledSid: sid });
  return noEffects(raiseForReply(noted, reply, 'reply-doubled', now), logOfReply('error', 'reply-doubled', reply, {}));
}

function onReconciled(
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
    return decideEvent(bound, known, ctx);
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
function onListUnreadable(
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

const RANK: Record<ReplyState, number> = {
  ready: 0,
  sending: 1,
  unknown: 1,
  // After a refusal, a late `sent` says nothing new.
  held: 3,
  parked: 2,
  dropped: 2,
  replaced: 2,
  accepted: 2,
  sent: 3,
  delivered: 4,
  failed: 5,
  read: 5,
};
/** A reply that is held for the carrier may still have arrived. */
const rankOf = ({ state, unknownAt }: Reply): number =>
  state === 'held' && unknownAt !== null ? RANK.unknown : RANK[state];
const ARRIVED: readonly ReplyState[] = ['sent', 'delivered', 'read'];

/** States only move forward, whatever order callbacks come in; the first callback of a try binds its sid. */
function onStatus(state: State, reply: Reply, event: Extract<Event, { type: 'status' }>, ctx: Context): Decision {
  if (event.attempt > reply.attempt) return noEffects(state);
  if (reply.sid !== null && reply.sid !== event.sid) {
    return ARRIVED.includes(event.status) ? noteDoubled(state, reply, event.sid, ctx.now) : noEffects(state);
  }
  // A refusal of an older try says nothing about the try under way.
  if (reply.sid === null && event.attempt < reply.attempt && event.status === 'failed') return noEffects(state);
  if (RANK[event.status] <= rankOf(reply)) return noEffects(state);
  const { status, sid, errorCode } = event;
  const settled = withoutTimer(state, 'reconcile', reply.id);
  // A later row has the same words. If this one arrived too, the person got them twice.
  const isReplaced = reply.state === 'replaced';
  if (isReplaced && (status === 'delivered' || status === 'read')) return noteDoubled(state, reply, sid, ctx.now);
  const content = ARRIVED.includes(status) ? reply.choices?.content : null;
  // The carrier's content that showed the buttons isn't needed any more.
  const choices = content ? withOffer(reply, { content: null }) : reply.choices;
  const noted = withReply(settled, reply.id, { ...(isReplaced ? {} : { state: status }), sid, errorCode, choices });
  const paced =
    noted.conversation.pacedReply === reply.id
      ? { ...noted, conversation: { ...noted.conversation, paceUntil: ctx.now, pacedReply: null } }
      : noted;
  if (status !== 'failed' || isReplaced) {
    const heard = status === 'delivered' || status === 'read' ? noteDelivered(paced, reply, ctx) : paced;
    return { ...noEffects(heard), effects: content ? [{ do: 'forget-content', to: reply.to, content }] : [] };
  }
  const failure = {
    failure: event.failure ?? 'other',
    code: errorCode ?? 0,
    retryAfterMs: null,
    isLate: true,
  } as const;
  return onSendFailure(paced, { ...reply, state: 'failed', sid }, failure, ctx);
}

export function logOfReply(
  level: Log['level'],
  event: string,
  reply: Reply,
  fields: Record<string, number | string | null>,
): Log {
  return { level, event, reply: reply.id, attempt: reply.attempt, ...fields };
}
