import { texts } from '../texts.ts';
import { raise } from './alerts.ts';
import type { Context, Decision, Failure, Log } from './event.ts';
import { withLinkInstead } from './media-refused.ts';
import { offerOf, withOffer } from './offers.ts';
import * as policy from './policy.ts';
import { enqueue, sendAgain, withReply } from './replies.ts';
import { findTimer, type Reply, type State, withTimer } from './state.ts';
import { hasWrittenSince, hold, optOut, windowRefused } from './window.ts';

// What is done when the carrier refuses a reply, at once or after it had taken it (`isLate`: in a callback). What each
// code of the carrier means: channels/twilio/errors.ts.

export type Refusal = { failure: Failure; code: number; retryAfterMs: number | null; isLate: boolean };

export function afterFailure(
  state: State,
  reply: Reply,
  refusal: Refusal,
  ctx: Context,
  config: policy.Policy,
): Decision {
  const { failure, code } = refusal;
  const noted = withReply(state, reply.id, { errorCode: code });
  if (reply.kind === 'nudge' && failure !== 'rate' && failure !== 'account') {
    return parked(raise(noted, `nudge-refused/${code}`, ctx.now), reply, refusal);
  }
  // What cannot be shown with buttons is said without.
  const shown = offerOf(reply)?.content != null && (failure === 'content' || failure === 'other');
  if (shown) return said(again(noted, asText(reply), refusal, ctx), 'reply-as-text', reply, refusal);
  const linked = withLinkInstead(noted, reply, refusal, ctx);
  if (linked) return said(linked, 'reply-as-link', reply, refusal);
  switch (failure) {
    case 'window': {
      const at = reply.intentAt ?? ctx.now;
      if (hasWrittenSince(noted, reply.from, at))
        return said(again(noted, reply, refusal, ctx), 'reply-again', reply, refusal);
      return said(hold(windowRefused(noted, reply.from, at), reply, ctx, config), 'reply-held', reply, refusal);
    }
    case 'rate':
      return later(noted, reply, refusal, ctx);
    case 'account':
      return later(told(noted, reply, `account-refused/${code}`, ctx.now), reply, refusal, ctx);
    case 'opted-out':
      return parked(told(optOut(noted, ctx.now), reply, `reply-refused/${code}`, ctx.now), reply, refusal);
    case 'content': {
      const here = parked(told(noted, reply, `reply-refused/${code}`, ctx.now), reply, refusal);
      if (reply.kind !== 'answer') return here;
      return { ...here, state: enqueue(here.state, 'notice', reply.turn, [texts.partUndeliverable], ctx) };
    }
    case 'recipient':
    case 'other':
      return parked(told(noted, reply, `reply-refused/${code}`, ctx.now), reply, refusal);
  }
}

/** Once more after a while; one that keeps being refused is the operator's. */
function later(state: State, reply: Reply, refusal: Refusal, ctx: Context): Decision {
  const { code, isLate } = refusal;
  // Out of date by the time it could leave.
  if (isLate && reply.kind === 'progress') {
    return said(withReply(state, reply.id, { state: 'dropped' }), 'reply-dropped', reply, refusal);
  }
  const tries = isLate ? reply.copies : reply.attempt;
  if (tries >= (isLate ? policy.COPIES_MAX : policy.SEND_ATTEMPTS_MAX)) {
    return parked(told(state, reply, `reply-refused/${code}`, ctx.now), reply, refusal);
  }
  const table = isLate ? policy.COPY_RETRY_MS : policy.SEND_RETRY_MS;
  const wait = refusal.retryAfterMs ?? policy.backoff(table, isLate ? tries : tries - 1);
  const dueAt = Math.max(ctx.now + wait, findTimer(state, 'send')?.dueAt ?? 0);
  const timed = withTimer(again(state, reply, refusal, ctx), { kind: 'send', ref: '', dueAt, attempts: reply.attempt });
  return said(timed, 'send-put-off', reply, refusal);
}

const asText = (reply: Reply): Reply => ({ ...reply, choices: withOffer(reply, { items: [], content: null }) });

/** One that was taken and then refused has a sid and callbacks of its own: its words go out as a new row. */
const again = (state: State, reply: Reply, { isLate }: Refusal, ctx: Context): State =>
  isLate ? sendAgain(state, reply, ctx) : withReply(state, reply.id, { state: 'ready', choices: reply.choices });

/** Given up: it stays for the operator, and those behind it go on. */
const parked = (state: State, reply: Reply, refusal: Refusal): Decision =>
  said(withReply(state, reply.id, { state: refusal.isLate ? 'failed' : 'parked' }), 'reply-parked', reply, refusal);

/** An alert that cannot be delivered is not alerted about. */
export const told = (state: State, reply: Reply, cause: Parameters<typeof raise>[1], now: number): State =>
  reply.kind === 'alert' ? state : raise(state, cause, now);

function said(state: State, event: string, reply: Reply, { code, isLate }: Refusal): Decision {
  const log: Log = {
    level: event === 'reply-parked' ? 'error' : 'warn',
    event,
    reply: reply.id,
    attempt: reply.attempt,
    code,
    late: isLate,
  };
  return { state, effects: [], log: [log] };
}
