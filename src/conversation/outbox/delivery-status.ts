import { withOffer } from '../state/choices.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import type { Reply, ReplyState } from '../state/rows.ts';
import { findTimer, type State, withoutTimer } from '../state/state.ts';
import { noteDelivered } from './blocked-sender.ts';
import { endOutage } from './carrier-outage.ts';
import { logOfReply, WAITING, withReply } from './replies.ts';
import { onSendFailure, raiseForReply } from './send-failures.ts';

// What the carrier says of a reply: it took it, and how far it came.

export function onAccepted(
  state: State,
  reply: Reply,
  { sid, attempt }: Extract<Event, { type: 'send-accepted' }>,
  ctx: Context,
): Decision {
  if (reply.sid !== null && reply.sid !== sid) return noteDoubled(state, reply, sid, ctx.now);
  return noEffects(reply.attempt === attempt ? acceptReply(state, reply, sid, ctx) : state);
}

export function acceptReply(state: State, reply: Reply, sid: string, ctx: Context): State {
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
export function withoutDueWait(state: State, now: number): State {
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
export function onStatus(
  state: State,
  reply: Reply,
  event: Extract<Event, { type: 'status' }>,
  ctx: Context,
): Decision {
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
