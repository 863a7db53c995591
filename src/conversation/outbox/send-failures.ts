import type { Log } from '../../log.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { COPY_RETRY_MS } from '../policy/outbox.ts';
import { raise } from '../state/alerts.ts';
import { withOffer } from '../state/choices.ts';
import type { Context, Decision } from '../state/events.ts';
import type { Failure } from '../state/failure.ts';
import type { Reply } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import { blockSender, confirmsBlock, doubtSender, moveOrWithhold, withhold } from './blocked-sender.ts';
import {
  endOutage,
  hasWaitedLong,
  holdForCarrier,
  isReplyStale,
  leaveOutage,
  noteFailedTry,
  outageOf,
  putOff,
} from './carrier-outage.ts';
import type { Ends } from './ends.ts';
import { moveFromRefusing, moveOrHold } from './moving.ts';
import { linkInsteadOf, withFile } from './outgoing-files.ts';
import { enqueue, moveToEnd, sendAgain, withReply } from './replies.ts';
import { closeWindow, hasWrittenSince, optOut } from './service-window.ts';

// Handles a refused reply: refused at once, or after the carrier had accepted it (`isLate`: in a callback).
// channels/twilio/errors.ts says what each code of the carrier means.

export type SendRefusal = { failure: Failure; code: number; retryAfterMs: number | null; isLate: boolean };

/** Temporary failures that have nothing to do with this reply. */
const PASSING: readonly Failure[] = ['rate', 'account', 'pair', 'barred'];

export function onSendFailure(before: State, reply: Reply, refusal: SendRefusal, ctx: Context): Decision {
  const { failure, code } = refusal;
  const isPassing = PASSING.includes(failure);
  // A carrier that refuses a reply for its content takes other replies.
  const state = isPassing || refusal.isLate ? before : endOutage(before, reply, ctx);
  const noted = withReply(state, reply.id, { errorCode: code });
  if (failure === 'blocked' || (failure === 'policy' && confirmsBlock(noted, reply)))
    return waitForSender(blockSender(noted, reply.from, code, ctx), reply, refusal, ctx);
  if (reply.kind === 'nudge' && !isPassing) {
    return park(raise(noted, `nudge-refused/${code}`, ctx.now), reply, refusal);
  }
  // If buttons can't be shown, the words leave without them.
  const shown = reply.choices?.content != null && (failure === 'content' || failure === 'other');
  if (shown) return said(again(noted, asText(reply), refusal, ctx), 'reply-as-text', reply, refusal);
  const linked = withLinkInstead(noted, reply, refusal, ctx);
  if (linked) return said(linked, 'reply-as-link', reply, refusal);
  switch (failure) {
    case 'window': {
      const at = reply.intentAt ?? ctx.now;
      if (hasWrittenSince(noted, reply.from, at))
        return said(again(noted, reply, refusal, ctx), 'reply-again', reply, refusal);
      const isShutOut = ctx.channelOf(reply.from).windowMs === null;
      const told = isShutOut ? raiseForReply(noted, reply, `reply-refused/${code}`, ctx.now) : noted;
      return said(moveOrHold(closeWindow(told, reply.from, at), reply, ctx), 'reply-held', reply, refusal);
    }
    case 'account':
      // If the trouble lasts, the directory alerts the operator.
      return sendLater(
        refusal.isLate ? raiseForReply(noted, reply, `account-refused/${code}`, ctx.now) : noted,
        reply,
        refusal,
        ctx,
      );
    case 'barred': {
      const told = raiseForReply(noted, reply, `account-refused/${code}`, ctx.now);
      const moved = moveFromRefusing(told, reply, ctx);
      return moved ? said(moved, 'reply-moved', reply, refusal) : sendLater(told, reply, refusal, ctx);
    }
    case 'rate':
    case 'pair':
      return sendLater(noted, reply, refusal, ctx);
    case 'policy':
      return doubt(noted, reply, refusal, ctx);
    case 'opted-out':
      return park(raiseForReply(optOut(noted, ctx.now), reply, `reply-refused/${code}`, ctx.now), reply, refusal);
    case 'recipient': {
      const told = raiseForReply(noted, reply, `reply-refused/${code}`, ctx.now);
      const moved = moveFromRefusing(told, reply, ctx);
      return moved ? said(moved, 'reply-moved', reply, refusal) : park(told, reply, refusal);
    }
    case 'content':
    case 'other': {
      const here = park(raiseForReply(noted, reply, `reply-refused/${code}`, ctx.now), reply, refusal);
      return { ...here, state: tellUndelivered(here.state, reply, failure, ctx) };
    }
  }
}

/** Keeps the words until the sender may send again. */
function waitForSender(state: State, reply: Reply, refusal: SendRefusal, ctx: Context): Decision {
  const { copied, waits } = copyOf(state, reply, refusal, ctx);
  // Meanwhile the person writes to another sender of ours, which the copy leaves by.
  if (waits.from !== reply.from) return said(copied, 'reply-again', reply, refusal);
  return said(moveOrWithhold(copied, waits, ctx), 'reply-held', reply, refusal);
}

/** Keeps these words alone, and tells the person so: whether that arrives shows what the channel objects to. */
function doubt(state: State, reply: Reply, refusal: SendRefusal, ctx: Context): Decision {
  // The doubt is about the sender that was refused.
  const { copied, waits } = copyOf(state, reply, refusal, ctx, { from: reply.from, to: reply.to });
  const held = withReply(withhold(copied, waits, ctx), waits.id, { errorCode: refusal.code });
  const doubted = doubtSender(held, waits, refusal.code, ctx);
  return said(tellUndelivered(doubted, reply, 'content', ctx), 'reply-held', reply, refusal);
}

/** A row that the carrier had taken keeps its own callbacks; its words go on in a copy, in their old place. */
function copyOf(
  state: State,
  reply: Reply,
  { isLate }: SendRefusal,
  ctx: Context,
  ends: Partial<Ends> = {},
): { copied: State; waits: Reply } {
  if (!isLate) return { copied: state, waits: reply };
  const behind = state.replies.filter((r) => r.state === 'ready' && r.seq > reply.seq);
  const again = sendAgain(state, reply, ctx, ends);
  return { copied: behind.reduce(moveToEnd, again), waits: again.replies.at(-1) ?? reply };
}

/** Tells the person that a reply couldn't be delivered, in words that the carrier hasn't refused. */
function tellUndelivered(state: State, { kind, body, turn }: Reply, failure: 'content' | 'other', ctx: Context): State {
  const words = texts.undelivered(kind, failure);
  const isSaid = words === null || texts.saysUndelivered(body);
  return isSaid ? state : enqueue(state, 'notice', [words], ctx, { turn });
}

/** Tries again later, without a limit. After a day the reply no longer blocks the others. */
function sendLater(state: State, reply: Reply, refusal: SendRefusal, ctx: Context): Decision {
  const { failure, code, retryAfterMs, isLate } = refusal;
  const troubled = { ...reply, troubledSince: reply.troubledSince ?? reply.intentAt ?? ctx.now };
  if (isLate) return sendCopyLater(state, troubled, refusal, ctx);
  const isShared = failure === 'rate' || failure === 'account';
  const noted = withReply(state, reply.id, { state: 'ready', troubledSince: troubled.troubledSince });
  const tried = noteFailedTry(
    noted,
    reply,
    { failure: failure === 'account' ? failure : 'rate', code, retryAfterMs, isShared },
    ctx,
  );
  const left = failure === 'account' ? leaveRefusing(tried, reply, code, ctx) : null;
  if (left) return said(left, 'reply-moved', reply, refusal);
  if (!hasWaitedLong(troubled, ctx.now)) return said(tried, 'send-put-off', reply, refusal);
  return said(holdForCarrier(tried, troubled, code, ctx), 'reply-waits', reply, refusal);
}

/** Our account was refused several times, and that doesn't pass by itself: null without another channel. */
function leaveRefusing(tried: State, reply: Reply, code: number, ctx: Context): State | null {
  if (outageOf(tried)?.news !== 'refuses') return null;
  const moved = moveFromRefusing(raiseForReply(tried, reply, `account-refused/${code}`, ctx.now), reply, ctx);
  return moved && leaveOutage(moved, ctx);
}

/** The carrier had accepted the reply, so a new row carries its words. */
function sendCopyLater(state: State, reply: Reply, refusal: SendRefusal, ctx: Context): Decision {
  // The words would be out of date before they could leave.
  if (reply.kind === 'progress' || isReplyStale(state, reply, ctx.now)) {
    return said(withReply(state, reply.id, { state: 'dropped' }), 'reply-dropped', reply, refusal);
  }
  const again = sendAgain(state, reply, ctx);
  const copy = again.replies.at(-1);
  if (copy && hasWaitedLong(copy, ctx.now)) {
    return said(holdForCarrier(again, copy, refusal.code, ctx), 'reply-waits', reply, refusal);
  }
  const wait = Math.max(refusal.retryAfterMs ?? 0, backoffOf(COPY_RETRY_MS, reply.copies));
  return said(putOff(again, wait, reply.copies + 1, ctx), 'send-put-off', reply, refusal);
}

const asText = (reply: Reply): Reply => ({ ...reply, choices: withOffer(reply, { items: [], content: null }) });

/** A reply that was accepted and then refused has its own sid and callbacks, so its words go out as a new row. */
const again = (state: State, reply: Reply, { isLate }: SendRefusal, ctx: Context): State =>
  isLate ? sendAgain(state, reply, ctx) : withReply(state, reply.id, { state: 'ready', choices: reply.choices });

/** Parks the reply for the operator; the replies behind it go on. */
const park = (state: State, reply: Reply, refusal: SendRefusal): Decision =>
  said(withReply(state, reply.id, { state: refusal.isLate ? 'failed' : 'parked' }), 'reply-parked', reply, refusal);

/** An undeliverable alert raises no alert. */
export const raiseForReply = (state: State, reply: Reply, cause: Parameters<typeof raise>[1], now: number): State =>
  reply.kind === 'alert' ? state : raise(state, cause, now);

function said(state: State, event: string, reply: Reply, { code, isLate }: SendRefusal): Decision {
  const log: Log = {
    level: event === 'reply-parked' ? 'error' : 'warn',
    event,
    reply: reply.id,
    turn: reply.turn,
    attempt: reply.attempt,
    code,
    late: isLate,
  };
  return { state, effects: [], log: [log] };
}

/**
 * Sends the words with a link, because the carrier refused the file. The new reply has no file, so this happens once.
 */
function withLinkInstead(state: State, reply: Reply, { failure, isLate }: SendRefusal, ctx: Context): State | null {
  if (reply.media === null || (failure !== 'content' && failure !== 'policy' && failure !== 'other')) return null;
  const linked = linkInsteadOf(state, reply.media, reply.body);
  if (!linked) return null;
  const { body, file } = linked;
  if (!isLate) {
    const again = withReply(state, reply.id, { state: 'ready', body, media: null });
    return withFile(again, file.id, { state: 'offered' });
  }
  const id = ctx.id();
  const old = withReply(state, reply.id, { state: 'replaced' });
  const { kind, turn, part, copies } = reply;
  const told = enqueue(old, kind, [body], ctx, { turn, id, part, copies: copies + 1 });
  return withFile(told, file.id, { state: 'offered', reply: id });
}
