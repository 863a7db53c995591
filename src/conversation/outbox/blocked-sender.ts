import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { BLOCKED_AGAIN_MS, DOUBT_MS, TRIAL_MS } from '../policy/outbox.ts';
import { raise } from '../state/alerts.ts';
import {
  findBlock,
  findDoubt,
  isHeldForBlock,
  isSenderBlocked,
  refOfDoubt,
  replyOfDoubt,
  senderOfDoubt,
} from '../state/blocked-sender.ts';
import type { Context } from '../state/events.ts';
import type { Read } from '../state/reads.ts';
import type { Reply } from '../state/rows.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';
import { onlyNewest } from './deferral.ts';
import { canMove, mayLeaveHere, moveFromRefusing } from './moving.ts';
import { findReply, moveToEnd, withReply } from './replies.ts';
import { keepHeld } from './service-window.ts';

// A sender of ours that its channel has shut out. Its replies are held, and one of them is tried, ever more rarely. A
// refusal as against the channel's rules may also concern the words alone: then that reply is held and the sender is
// in doubt. The next reply decides. All of it is in two timers (state/blocked-sender.ts).

/** Keeps the reply until its sender may send again, or drops it if it would be out of date or untrue by then. */
export function withhold(state: State, reply: Reply, ctx: Context): State {
  const troubledSince = reply.troubledSince ?? ctx.now;
  const kept = isPassing(state, reply) ? { state: 'dropped' as const } : { state: 'held' as const, troubledSince };
  return keepHeld(onlyNewest(withReply(state, reply.id, kept), reply, ctx.now), ctx.now);
}

/** True if the reply would be out of date or untrue when its sender may send again. */
const isPassing = (state: State, reply: Reply): boolean =>
  reply.kind === 'progress' || reply.kind === 'nudge' || isUntrue(state, reply);

/** True for a notice that a reply was undelivered, if that reply only waits for its sender. */
const isUntrue = (state: State, { body, turn }: Reply): boolean =>
  texts.saysUndelivered(body) &&
  state.replies.some(
    (r) =>
      r.state === 'held' &&
      r.turn === turn &&
      texts.undelivered(r.kind, 'content') === body &&
      isSenderBlocked(state, r.from),
  );

/**
 * The sender is blocked: its waiting replies leave by another channel that is open, beginning with this one or an older
 * one. Without another channel the reply is withheld.
 */
export function moveOrWithhold(state: State, reply: Reply, ctx: Context): State {
  const isOver = (r: Reply): boolean =>
    (r.id === reply.id && isPassing(state, r)) || (r.state === 'ready' && isUntrue(state, r));
  const replies = state.replies.map((r) => (isOver(r) ? { ...r, state: 'dropped' as const } : r));
  const itself = replies.filter(({ id, state: at }) => id === reply.id && at !== 'dropped');
  const others = replies.filter((r) => r.from === reply.from && isHeldForBlock(state, r));
  for (const each of [...itself, ...others]) {
    const moved = moveFromRefusing({ ...state, replies }, each, ctx);
    if (moved !== null) return moved;
  }
  return withhold(state, reply, ctx);
}

/** The channel refused a reply as against its rules. True if another reply than the one in doubt was refused. */
export function confirmsBlock(state: State, { id, from, copies }: Reply): boolean {
  const doubt = findDoubt(state, from);
  const isOther = doubt !== undefined && (doubt.attempts > 0 || (replyOfDoubt(doubt) !== id && copies === 0));
  return isOther || findBlock(state, from) !== undefined;
}

/** The words or the sender: the next reply that leaves decides. The operator hears of it. */
export function doubtSender(state: State, reply: Reply, code: number, ctx: Context): State {
  const known = findDoubt(state, reply.from);
  const doubted = known
    ? state
    : withTimer(state, {
        kind: 'doubt',
        ref: refOfDoubt(reply.from, reply.id),
        dueAt: ctx.now + DOUBT_MS,
        attempts: 0,
      });
  return reply.kind === 'alert' ? doubted : raise(doubted, `against-policy/${code}`, ctx.now);
}

/** The channel takes nothing from this sender. The operator hears of it once. */
export function blockSender(state: State, sender: string, code: number, ctx: Context): State {
  if (findBlock(state, sender)) return state;
  const doubt = findDoubt(state, sender);
  const inVain = doubt?.attempts ?? 0;
  const settled = doubt ? withoutTimer(state, 'doubt', doubt.ref) : state;
  const blocked = tryLater(settled, sender, inVain, ctx);
  if (inVain > 0) return blocked;
  return raise(blocked, `sender-blocked/${code}`, ctx.now);
}

/** The timer `blocked` fired: the oldest reply that waits is tried. */
export function tryBlocked(state: State, { ref: sender, attempts }: Timer, ctx: Context): State {
  const free = withoutTimer(state, 'blocked', sender);
  const held = free.replies.filter((r) => r.state === 'held' && r.from === sender);
  const oldest = held.find((r) => mayLeaveHere(free, r, ctx));
  if (oldest) return asTrial(withReply(free, oldest.id, { state: 'ready' }), oldest, attempts, ctx);
  return held.length === 0 ? free : tryLater(free, sender, attempts, ctx);
}

const tryLater = (state: State, sender: string, inVain: number, ctx: Context): State =>
  withTimer(state, {
    kind: 'blocked',
    ref: sender,
    dueAt: ctx.now + backoffOf(BLOCKED_AGAIN_MS, inVain),
    attempts: inVain,
  });

/** The operator sends this reply now, whatever is known of its sender. */
export function tryNow(state: State, reply: Reply, ctx: Context): State {
  const block = findBlock(state, reply.from);
  return block ? asTrial(withoutTimer(state, 'blocked', reply.from), reply, block.attempts, ctx) : state;
}

const asTrial = (state: State, { id, from }: Reply, inVain: number, ctx: Context): State =>
  withTimer(state, { kind: 'doubt', ref: refOfDoubt(from, id), dueAt: ctx.now + TRIAL_MS, attempts: inVain + 1 });

/** A reply has reached the person's phone. If it left after the doubt began, its sender isn't blocked. */
export function noteDelivered(state: State, { id, from, intentAt }: Reply, ctx: Context): State {
  const doubt = findDoubt(state, from);
  if (doubt === undefined) return state;
  const isTrial = doubt.attempts > 0;
  const began = doubt.dueAt - (isTrial ? TRIAL_MS : DOUBT_MS);
  return (intentAt ?? 0) >= began && (isTrial || id !== replyOfDoubt(doubt)) ? endDoubt(state, doubt, ctx) : state;
}

/** The trial's row. */
export const readsOfDoubt = (doubt: Timer): Read[] => [{ rows: 'reply', id: replyOfDoubt(doubt) }];

/** The timer `doubt` fired without another refusal. A block ends only if the carrier took the trial. */
export function onDoubtOver(state: State, doubt: Timer, ctx: Context): State {
  const { sid = null } = findReply(state, replyOfDoubt(doubt)) ?? {};
  if (doubt.attempts === 0 || sid !== null) return endDoubt(state, doubt, ctx);
  // It left by another channel, or its window had closed.
  return tryLater(withoutTimer(state, 'doubt', doubt.ref), senderOfDoubt(doubt), doubt.attempts, ctx);
}

/** The sender isn't blocked: what waited leaves, and words that alone were refused stay with the operator. */
function endDoubt(state: State, doubt: Timer, ctx: Context): State {
  const settled = withoutTimer(state, 'doubt', doubt.ref);
  const sender = senderOfDoubt(doubt);
  if (doubt.attempts === 0) {
    const isHeld = settled.replies.some(({ id, state: at }) => id === replyOfDoubt(doubt) && at === 'held');
    return isHeld ? withReply(settled, replyOfDoubt(doubt), { state: 'parked' }) : settled;
  }
  const isOfSender = (r: Reply): boolean => r.from === sender && r.troubledSince !== null;
  const waits = (r: Reply): boolean => r.state === 'held' && (isOfSender(r) || canMove(settled, r, ctx));
  const first = settled.replies.filter(waits).map((r): Reply => ({ ...r, state: 'ready' }));
  const ids = new Set(first.map(({ id }) => id));
  const behind = first.length === 0 ? [] : settled.replies.filter((r) => r.state === 'ready');
  const freed = first.reduce((next, { id }) => withReply(next, id, { state: 'ready' }), settled);
  const ordered = [...freed.replies.filter(({ id }) => ids.has(id)), ...behind].reduce(moveToEnd, freed);
  return keepHeld(raise(ordered, 'sender-unblocked', ctx.now), ctx.now);
}
