import type { Log } from '../../log.ts';
import { texts } from '../../texts/index.ts';
import { isWithheld } from '../state/blocked-sender.ts';
import { withOffer } from '../state/choices.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { findAddress, isLocked } from '../state/person.ts';
import type { Read } from '../state/reads.ts';
import type { Reply } from '../state/rows.ts';
import { findTimer, type State } from '../state/state.ts';
import { namesOfTurn } from '../state/trace.ts';
import { leavesAt } from './answer-on-file.ts';
import { moveOrWithhold, tryNow } from './blocked-sender.ts';
import { isReplyStale, onCarrierWord, outageOf, waitsForCarrier } from './carrier-outage.ts';
import { onAccepted, onStatus, withoutDueWait } from './delivery-status.ts';
import { lookUpFirst, onListUnreadable, onReconciled, onSendUnknown, toUnknown } from './doubtful-sends.ts';
import { isWindowOpen } from './ends.ts';
import { hasLeft, moveFromGone, moveOrHold, moveOrHoldForLock } from './moving.ts';
import { fileOf } from './outgoing-files.ts';
import { findReply, headOf, isDoubted, logOfReply, sendAgain, withReply } from './replies.ts';
import { onSendFailure } from './send-failures.ts';
import { readsOfOpening } from './service-window.ts';
import { onShut } from './shut.ts';

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
  | { type: 'shut' }
>;

/** The turn of a reply that the carrier has just taken is read for the log. */
export function readsOfOutbox(event: OutboxEvent, { replies }: State): Read[] {
  if (event.type === 'shut') return readsOfOpening();
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
  if (event.type === 'shut') return noEffects(onShut(state, event, ctx));
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
  if (hasLeft(state, reply)) return moveFromGone(state, reply, ctx);
  if (mustWaitForLock(state, reply)) return moveOrHoldForLock(state, reply, ctx);
  if (outageOf(state) !== null && isReplyStale(state, reply, ctx.now))
    return withReply(state, reply.id, { state: 'dropped' });
  if (isWithheld(state, reply)) return moveOrWithhold(state, reply, ctx);
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

/** The operator sends the reply again, as if it had never been tried. */
function onResend(state: State, reply: Reply, ctx: Context): State {
  const copied = sendAgain(state, { ...reply, troubledSince: null }, ctx);
  const copy = copied.replies.at(-1);
  const again = copy ? tryNow(copied, copy, ctx) : copied;
  const sender = outageOf(again)?.sender ?? null;
  return sender === null ? again : onCarrierWord(again, 'try', sender, ctx);
}
