import { isSameAddress } from '../../addresses.ts';
import { HELD_FOR_MS, HELD_MAX, MERGED_CHARS, NUDGE_EVERY_MS } from '../policy/outbox.ts';
import { raise } from '../state/alerts.ts';
import { isSenderBlocked, isWithheld } from '../state/blocked-sender.ts';
import type { Context } from '../state/events.ts';
import { isLocked } from '../state/person.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Message, Reply } from '../state/rows.ts';
import { findTimer, type State, seesAllReplies, withoutTimer, withTimer } from '../state/state.ts';
import { threadOf } from '../state/threads.ts';
import type { Timer } from '../state/timers.ts';
import type { Window } from '../state/window.ts';
import { adviseOnWindow, deferForWindow, onlyNewest, quietEndOf, withEarlier } from './deferral.ts';
import { type Ends, endsOf, isWindowOpen, windowOf } from './ends.ts';
import { fitTo } from './fit-to-ends.ts';
import { enqueue, isKeptBack, moveToEnd, OPTED_OUT_CODE, WAITED_CODE, withReply } from './replies.ts';
import { givesRights, isForSecrets } from './secret-links.ts';

// When the carrier lets us write to the person: the channel's hours after their last message, and opt-out. Our
// clock only saves futile tries; the carrier's refusal decides.

/** Channels date what they tell in whole seconds. */
export const DATED_MS = 1000;

export const withWindow = (state: State, window: Window): State => ({
  ...state,
  windows: [...state.windows.filter((w) => w.sender !== window.sender), window],
});

/** The carrier refused free text that was handed over `at`. */
export function closeWindow(state: State, sender: string, at: number): State {
  const known = windowOf(state, sender) ?? { sender, lastInboundAt: 0, refusedAt: null, nudgedAt: null, movedAt: null };
  return withWindow(state, { ...known, refusedAt: at });
}

/** A refusal of a reply handed over `at` may come late. If the person has texted since, the window is open. */
export const hasWrittenSince = (state: State, sender: string, at: number): boolean =>
  (windowOf(state, sender)?.lastInboundAt ?? 0) > at;

/**
 * Holds the reply until the person writes, and asks them to write, once. Without a template the operator is alerted.
 */
export function hold(state: State, reply: Reply, ctx: Context): State {
  // Progress would be out of date by then.
  if (reply.kind === 'progress') return withReply(state, reply.id, { state: 'dropped' });
  const held = deferForWindow(withReply(state, reply.id, { state: 'held' }), reply, ctx);
  return nudge(keepHeld(held, ctx.now), reply, ctx);
}

/** Holds the reply until its address is no longer locked, or the person writes from another one. */
export function holdForLock(state: State, reply: Reply, ctx: Context): State {
  const isPassing = reply.kind === 'progress' || reply.kind === 'nudge';
  const held = withReply(state, reply.id, { state: isPassing ? 'dropped' : 'held' });
  return keepHeld(onlyNewest(held, reply, ctx.now), ctx.now);
}

function nudge(state: State, { from: sender, to, kind }: Reply, ctx: Context): State {
  // A held alert raises no alert, or alerts would never end. Where there is no window, the refusal has raised its own.
  const template = ctx.channelOf(sender).template ? ctx.policy.nudgeTemplate : null;
  const isSaid = kind === 'alert' || ctx.channelOf(sender).windowMs === null;
  if (template === null) return isSaid ? state : raise(state, 'window-closed', ctx.now);
  const window = windowOf(state, sender);
  if (!window) return state;
  const { nudgedAt, lastInboundAt } = window;
  // At most one nudge per closed window and per day.
  const isDue = nudgedAt === null || (nudgedAt <= lastInboundAt && ctx.now - nudgedAt >= NUDGE_EVERY_MS);
  if (!isDue) return state;
  const noted = withWindow(state, { ...window, nudgedAt: ctx.now });
  return enqueue(noted, 'nudge', [''], ctx, { from: sender, to, template });
}

/** The reads of every message of the person. */
export const readsOfOpening = (): Read[] => [{ rows: 'kept-back-replies' }];

/**
 * The person wrote, so the window is open, or (where there is none) they are awake. Everything held or kept back leaves together.
 * `before`: the state before the message came.
 */
export function openWindow(state: State, before: State, message: Message, ctx: Context): State {
  const known = windowOf(state, message.to);
  // A message found late may be older than the refusal. Its date is cut to the second.
  const isOlder = known?.refusedAt != null && message.receivedAt + DATED_MS <= known.refusedAt;
  const opened = withWindow(state, {
    sender: message.to,
    lastInboundAt: Math.max(known?.lastInboundAt ?? 0, message.receivedAt),
    refusedAt: isOlder ? known.refusedAt : null,
    nudgedAt: known?.nudgedAt ?? null,
    movedAt: isOlder ? known.movedAt : null,
  });
  const isMuted = isOlder || state.conversation.optedOutAt !== null;
  return isMuted ? opened : releaseKept(opened, before.conversation.nextReplySeq, ctx);
}

/** An address is no longer locked: what was held back leaves, as far as the service window lets it. */
export const releaseHeld = (state: State, ctx: Context): State =>
  releaseKept(state, state.conversation.nextReplySeq, ctx);

/** Releases held replies, and those kept back until the person wrote. */
function releaseKept(state: State, newFrom: number, ctx: Context): State {
  requireRead(state, { rows: 'kept-back-replies' });
  // All of it would leave by a sender that can't send.
  if (isSenderBlocked(state, state.conversation.sender)) return state;
  return release(
    state,
    newFrom,
    ctx,
    (reply) => (reply.state === 'held' && !staysHere(state, reply)) || isKeptBack(reply),
  );
}

/** Words that the channel refused, and that would leave by the same sender. */
const staysHere = (state: State, reply: Reply): boolean =>
  reply.from === state.conversation.sender && isWithheld(state, reply);

/** Quiet hours are over or have changed: the words of schedules leave, as far as the service window lets them. */
export function releaseAfterQuiet(state: State, ctx: Context): State {
  const ends = quietEndOf(state, ctx.now, ctx.policy);
  if (ends !== null) return withTimer(state, { kind: 'quiet', ref: '', dueAt: ends, attempts: 0 });
  const mayLeave = (r: Reply): boolean => isWindowOpen(state, r.from, ctx);
  const kept = state.replies.filter((r) => r.state === 'held' && r.schedule !== null && !mayLeave(r));
  const isOver = (r: Reply): boolean => r.state === 'held' && r.schedule !== null && mayLeave(r);
  const released = release(state, state.conversation.nextReplySeq, ctx, isOver);
  // Each reply keeps its own row, so that its days of waiting count from its creation.
  return kept.reduce((next, { id }) => {
    const reply = next.replies.find((r) => r.id === id && r.state === 'held');
    if (!reply) return next;
    return hasOtherWay(next, reply, ctx) ? withReply(next, id, { state: 'ready' }) : hold(next, reply, ctx);
  }, released);
}

/** True if the person wrote on another channel that is open: the outbox moves the reply there (moving.ts). */
const hasOtherWay = (state: State, { from }: Reply, ctx: Context): boolean =>
  state.windows.some(({ sender }) => sender !== from && isWindowOpen(state, sender, ctx));

/** `newFrom`: replies from this seq on answer what the person just asked. They go first. */
function release(state: State, newFrom: number, ctx: Context, which: (reply: Reply) => boolean): State {
  // Answers leave where the person writes now.
  const endsNow = (of: Pick<Reply, 'kind' | 'schedule' | 'run' | 'owner'>): Ends =>
    endsOf(state, { ...of, turn: null }, ctx.now);
  const free = state.replies.filter((reply) => which(reply) && !isForSecrets(reply, endsNow(reply), ctx));
  const isHere = (r: Reply): boolean => isSameAddress(endsNow(r).to, r.to);
  // If the person writes on the reply's own channel, its row leaves unchanged, after it was looked up.
  const looked = free.filter((r) => isLookedUpThere(state, r, ctx) && isHere(r));
  const held = free.filter((r) => !isLookedUpThere(state, r, ctx));
  if (held.length + looked.length === 0) return state;
  const replies = state.replies.map((r) => {
    if (held.includes(r)) return { ...r, state: 'replaced' as const };
    if (looked.includes(r)) return { ...r, state: 'ready' as const };
    return r.kind === 'nudge' && r.state === 'ready' ? { ...r, state: 'dropped' as const } : r;
  });
  // A reply that is looked up was the first when its channel failed, so it leaves before those held after it.
  const first = replies.filter(({ id }) => looked.some((r) => r.id === id));
  const cleared = first.reduce(moveToEnd, withHeldTimer({ ...state, replies }));
  const { fitted, linked } = fitHeld(cleared, withEarlier(state, held), endsNow, ctx);
  const leaving = mergeHeld(fitted).reduce(
    (next, { kind, body, ...of }) => enqueue(next, kind, [body], ctx, of),
    linked,
  );
  const released = adviseOnWindow(leaving, held, ctx);
  const behind = cleared.replies.filter((r) => r.state === 'ready' && r.seq < newFrom);
  // Replies newer than the held ones leave after them.
  return behind.reduce(moveToEnd, released);
}

/** True if the reply may have arrived, and its own channel is open and has a list to look in: it leaves by no other. */
const isLookedUpThere = (state: State, reply: Reply, ctx: Context): boolean =>
  reply.state === 'held' &&
  reply.unknownAt !== null &&
  ctx.channelOf(reply.to).reconcile === 'list' &&
  isWindowOpen(state, reply.from, ctx) &&
  !isLocked(state, reply.to) &&
  !isWithheld(state, reply);

/** The replies as they leave by their present ends. `linked`: the state in which their files may have become links. */
function fitHeld(
  state: State,
  held: readonly Reply[],
  endsNow: (reply: Reply) => Ends,
  ctx: Context,
): { fitted: Reply[]; linked: State } {
  const threadAt = (reply: Reply, { to }: Ends): string | null => {
    if (isSameAddress(to, reply.to)) return reply.thread;
    return ctx.channelOf(to).threads ? threadOf(state, reply.turn, to) : null;
  };
  const fitted: Reply[] = [];
  let linked = state;
  for (const reply of held) {
    const ends = endsNow(reply);
    const fit = fitTo(linked, reply, ends, ctx);
    linked = fit.state;
    fitted.push({ ...fit.reply, ...ends, thread: threadAt(reply, ends) });
  }
  return { fitted, linked };
}

const mergedOf = (reply: Reply) => {
  const { kind, turn, body, media, choices, run, schedule, owner, troubledSince, unknownAt, thread, from, to } = reply;
  return { kind, turn, body, media, choices, run, schedule, owner, troubledSince, unknownAt, thread, from, to };
};
type Merged = ReturnType<typeof mergedOf>;

/**
 * Words with a file stay with it, a question keeps its buttons, and words of a run, a topic or another address stay
 * apart from others. So does a link or code that gives rights: merged into an answer it would no longer be recognized.
 */
const isApart = (one: Merged, next: Merged): boolean =>
  [one, next].some((each) => each.media || each.choices || givesRights(each)) ||
  one.run !== next.run ||
  one.thread !== next.thread ||
  one.from !== next.from ||
  one.to !== next.to;

/** Merges the words, in their order, into as few messages as possible. */
export function mergeHeld(held: readonly Reply[]): Merged[] {
  const groups: Merged[] = [];
  for (const reply of held) {
    const last = groups.at(-1);
    const next = mergedOf(reply);
    const together = last && `${last.body}\n\n${next.body}`;
    if (last && together && together.length <= MERGED_CHARS && !isApart(last, next)) {
      last.body = together;
      last.troubledSince ??= next.troubledSince;
      last.unknownAt ??= next.unknownAt;
      // An opt-out drops notices but keeps answers.
      if (next.kind === 'answer') Object.assign(last, { kind: next.kind, turn: next.turn });
    } else groups.push(next);
  }
  return groups;
}

/** Held replies wait for some days at most, and only HELD_MAX of them. The oldest beyond that are kept back. */
export function keepHeld(state: State, now: number): State {
  const held = state.replies.filter((r) => r.state === 'held');
  const over = held.slice(0, Math.max(0, held.length - HELD_MAX));
  return withHeldTimer(parkWithAlert(state, over, now));
}

/** Keeps back replies that were held for days. They leave when the person writes, or when the operator sends them. */
export function parkHeldTooLong(state: State, now: number): State {
  const over = state.replies.filter((r) => r.state === 'held' && now - waitsSince(r) >= HELD_FOR_MS);
  const settled = withoutTimer(state, 'held');
  const next: Timer = { kind: 'held', ref: '', dueAt: now + HELD_FOR_MS, attempts: 0 };
  return withHeldTimer(parkWithAlert(seesAllReplies(state) ? settled : withTimer(state, next), over, now));
}

function parkWithAlert(state: State, over: readonly Reply[], now: number): State {
  const given = parkReplies(state, over);
  return over.some(({ kind }) => kind !== 'alert') ? raise(given, 'held-too-long', now) : given;
}

function withHeldTimer(state: State): State {
  const dueAts = state.replies.filter((r) => r.state === 'held').map((r) => waitsSince(r) + HELD_FOR_MS);
  // Behind a long backlog there may be held replies that aren't read, so the timer stays.
  const known = seesAllReplies(state) ? undefined : findTimer(state, 'held')?.dueAt;
  const dueAt = Math.min(...dueAts, known ?? Number.POSITIVE_INFINITY);
  return dueAt === Number.POSITIVE_INFINITY
    ? withoutTimer(state, 'held')
    : withTimer(state, { kind: 'held', ref: '', dueAt, attempts: 0 });
}

/** A copy has waited since the first try of its words. */
const waitsSince = ({ troubledSince, createdAt }: Reply): number => troubledSince ?? createdAt;

const parkReplies = (state: State, replies: readonly Reply[]): State =>
  replies.reduce((next, { id }) => withReply(next, id, { state: 'parked', errorCode: WAITED_CODE }), state);

/** The person opted out: answers are kept for the operator, the rest is dropped. */
export function optOut(state: State, now: number): State {
  const replies = state.replies.map((r) => {
    if (r.state !== 'ready' && r.state !== 'held') return r;
    return { ...r, state: r.kind === 'answer' ? ('parked' as const) : ('dropped' as const), errorCode: OPTED_OUT_CODE };
  });
  const conversation = { ...state.conversation, optedOutAt: state.conversation.optedOutAt ?? now };
  return withoutTimer({ ...state, conversation, replies }, 'held');
}

/** The person opted in again: what was kept back leaves. */
export function optIn(state: State, ctx: Context): State {
  const back: State = { ...state, conversation: { ...state.conversation, optedOutAt: null } };
  return releaseKept(back, back.conversation.nextReplySeq, ctx);
}
