import { addressOn, isSameAddress, numberOf, schemeOf } from '../../addresses.ts';
import { texts } from '../../texts/index.ts';
import { isHeldForBlock, isSenderBlocked } from '../state/blocked-sender.ts';
import type { Context, Decision } from '../state/events.ts';
import { addressesOfPerson, isLocked, isOfPerson, numbersOf } from '../state/person.ts';
import type { Reply } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import { keepOutage, lastsLong, leaveOutage, outageOf, setAside } from './carrier-outage.ts';
import { quietEndOf } from './deferral.ts';
import { type Ends, endsAt, findEndsOn, isWindowOpen, newestEndsOf, windowOf } from './ends.ts';
import { fitTo, withLineAbove } from './fit-to-ends.ts';
import { enqueue, headOf, moveToEnd, sendAgain, withReply } from './replies.ts';
import { isForSecrets } from './secret-links.ts';
import { closeWindow, hold, holdForLock, keepHeld, withWindow } from './service-window.ts';

// A reply whose channel is closed leaves by another one of the person's that is open: a new row has its words, and the
// first of them says why they come there. Without another one it is held, as service-window.ts says.

/** The window is closed. */
export const moveOrHold = (state: State, reply: Reply, ctx: Context): State =>
  moveAway(state, reply, ctx, texts.reach.movedFor) ?? hold(state, reply, ctx);

/** The address is locked. */
export const moveOrHoldForLock = (state: State, reply: Reply, ctx: Context): State =>
  moveAway(state, reply, ctx, texts.reach.moved) ?? holdForLock(state, reply, ctx);

/** The channel takes nothing for this person, and no text of theirs says otherwise. Null without another one. */
export function moveFromRefusing(state: State, reply: Reply, ctx: Context): State | null {
  return moveAway(closeWindow(state, reply.from, reply.intentAt ?? ctx.now), reply, ctx, texts.reach.moved);
}

/** True if window, lock and address let the reply leave by its own sender. */
export const mayLeaveHere = (state: State, reply: Reply, ctx: Context): boolean =>
  (reply.template !== null || isWindowOpen(state, reply.from, ctx)) &&
  !isLocked(state, reply.to) &&
  !hasLeft(state, reply);

/** True if the reply's own channel is closed and another one is open. In quiet hours the words of schedules wait. */
export function canMove(state: State, reply: Reply, ctx: Context): boolean {
  const isClosed = !mayLeaveHere(state, reply, ctx) || isSenderBlocked(state, reply.from);
  if (!isClosed || (reply.schedule !== null && quietEndOf(state, ctx.now, ctx.policy) !== null)) return false;
  const ends = findOpenEnds(state, reply, ctx);
  return ends !== null && mayMove(reply, ends, ctx);
}

/** Held replies whose own channel has closed meanwhile leave again, where another one is open. */
export const freeMovable = (state: State, ctx: Context): State =>
  state.replies
    .filter((r) => r.state === 'held' && canMove(state, r, ctx))
    .reduce((next, { id }) => withReply(next, id, { state: 'ready' }), state);

/** Replies that wait for the same sender move together, so that their order stays. */
function moveAway(state: State, reply: Reply, ctx: Context, why: (channel: string) => string): State | null {
  const ends = findOpenEnds(state, reply, ctx);
  if (ends === null || !mayMove(reply, ends, ctx)) return null;
  const window = windowOf(state, reply.from);
  const isTold = window === undefined || window.movedAt !== null;
  const noted = isTold ? state : withWindow(state, { ...window, movedAt: ctx.now });
  const line = isTold ? null : why(ctx.channelOf(reply.from).name);
  const waits = (r: Reply): boolean => r.state === 'ready' || isHeldForBlock(state, r);
  // An alert may leave where nothing else may.
  const isWayOf = (r: Reply): boolean => findOpenEnds(state, r, ctx)?.to === ends.to && mayMove(r, ends, ctx);
  const goes = (r: Reply): boolean => r.id === reply.id || (waits(r) && r.from === reply.from && isWayOf(r));
  return moveAll(noted, goes, ends, line, ctx);
}

/**
 * The person writes from another channel than the one with the outage. Waiting replies leave there, those that may not
 * are set aside, and the conversation stops waiting for the outage to end.
 */
export function followPerson(state: State, ctx: Context): State {
  const outage = outageOf(state);
  const ends = newestEndsOf(state);
  const isElsewhere = ({ to }: Reply): boolean => !isSameAddress(to, ends.to);
  const goes = (r: Reply): boolean => r.state === 'ready' && isElsewhere(r) && mayMove(r, ends, ctx);
  const waits = (r: Reply): boolean => (r.state === 'ready' || r.state === 'unknown') && isElsewhere(r);
  const refusing = outage?.sender ?? headOf(state)?.from;
  if (outage === null || refusing === ends.from || !state.replies.some(waits)) return state;
  const stays = state.replies.filter((r) => waits(r) && !goes(r) && r.from === refusing);
  const apart = stays.reduce((next, reply) => setAside(next, reply, ctx), state);
  return leaveOutage(moveAll(apart, goes, ends, null, ctx), ctx);
}

/**
 * Runs after every event: an outage that lasts holds nothing back where the person wrote last, and is ended when it is
 * over.
 */
export const keepLeaving = (before: State, decision: Decision, ctx: Context): Decision =>
  keepOutage(decision.state === before ? decision : passOutage(decision, ctx), ctx);

function passOutage(decision: Decision, ctx: Context): Decision {
  const { state } = decision;
  const outage = outageOf(state);
  const ends = newestEndsOf(state);
  const isThere = (r: Reply): boolean => r.state === 'ready' && r.from === ends.from && isSameAddress(r.to, ends.to);
  if (outage === null || !lastsLong(outage, ctx.now) || !state.replies.some(isThere)) return decision;
  return { ...decision, state: followPerson(state, ctx) };
}

/** The address has left the person. An alert may leave to any channel of their number. */
export const hasLeft = (state: State, { kind, to }: Reply): boolean =>
  !isOfPerson(state, to) && !(kind === 'alert' && numbersOf(state).includes(numberOf(to)));

/**
 * The address is no longer the person's: replies that wait for it leave where they write now. A link or code that gives
 * rights is held if that channel isn't fit for it.
 */
export function moveFromGone(state: State, { to: gone }: Reply, ctx: Context): State {
  const ends = newestEndsOf(state);
  const waits = (r: Reply): boolean => r.state === 'ready' && isSameAddress(r.to, gone);
  const settled = (r: Reply): Reply['state'] => {
    if (r.kind === 'progress' || r.template !== null) return 'dropped';
    return isForSecrets(r, ends, ctx) ? 'held' : 'ready';
  };
  const replies = state.replies.map((r) => (waits(r) ? { ...r, state: settled(r) } : r));
  return moveAll(keepHeld({ ...state, replies }, ctx.now), waits, ends, null, ctx);
}

/**
 * Sends all waiting replies to the writer from now on: unchanged on the same channel, else cut for the writer's. A link
 * or code that gives rights is held if that channel isn't fit for it.
 */
export function aimAt(state: State, ends: Ends, ctx: Context): State {
  const isFree = (r: Reply): boolean => r.state === 'ready' && r.template === null;
  const isHere = (r: Reply): boolean => schemeOf(r.to) === schemeOf(ends.to);
  const aim = (r: Reply): Reply => {
    if (isHere(r)) return { ...r, ...ends };
    return isForSecrets(r, ends, ctx) ? { ...r, state: 'held' } : r;
  };
  const aimed = keepHeld({ ...state, replies: state.replies.map((r) => (isFree(r) ? aim(r) : r)) }, ctx.now);
  return moveAll(aimed, (r) => isFree(r) && !isHere(r), ends, null, ctx);
}

/** Moved replies, and those between them, keep their order. */
function moveAll(state: State, goes: (reply: Reply) => boolean, ends: Ends, line: string | null, ctx: Context): State {
  const queue = state.replies.filter((r) => r.state === 'ready' || goes(r)).sort((a, b) => a.seq - b.seq);
  const first = queue.findIndex(goes);
  if (first < 0) return state;
  return queue.reduce(
    (next, reply, n) =>
      goes(reply) ? moveOne(next, reply, ends, n === first ? line : null, ctx) : moveToEnd(next, reply),
    state,
  );
}

/** Puts the reply's words in a new row with these ends, and `line` above them. On another channel a file is a link. */
export function moveOne(before: State, moved: Reply, ends: Ends, line: string | null, ctx: Context): State {
  const { state, reply } = fitTo(before, moved, ends, ctx);
  const { unknownAt } = reply;
  // A caption has little room.
  const isApart = line !== null && reply.media !== null;
  const told = isApart ? enqueue(state, 'notice', [line], ctx, ends) : state;
  const said = line === null || isApart ? reply : withLineAbove(reply, line);
  return sendAgain(told, said, ctx, { ...ends, unknownAt });
}

type ChannelsOf = Pick<Context, 'channelOf'>;

/** False if the reply would be out of date, was paid for on its own channel, may have arrived, or has a link that gives rights. */
export function mayMove(reply: Reply, ends: Ends, ctx: ChannelsOf): boolean {
  const { kind, template, unknownAt } = reply;
  const isPassing = kind === 'progress' || kind === 'nudge' || template !== null;
  return !isPassing && unknownAt === null && !isForSecrets(reply, ends, ctx);
}

/** By another of our addresses: of the channel that the person chose, else where they wrote last. */
function findOpenEnds(state: State, { from, to, kind }: Reply, ctx: Context): Ends | null {
  const { reach } = state.conversation;
  const chosen = reach === null ? undefined : findEndsOn(state, reach, ctx.now);
  const lastAt = ({ from: sender }: Ends): number => windowOf(state, sender)?.lastInboundAt ?? 0;
  const others = addressesOfPerson(state)
    .flatMap((address) => endsAt(state, address, ctx.now) ?? [])
    .sort((a, b) => lastAt(b) - lastAt(a));
  const outage = outageOf(state);
  const isOpen = (ends: Ends): boolean =>
    ends.from !== from &&
    !isSameAddress(ends.to, to) &&
    ends.from !== outage?.sender &&
    !isSenderBlocked(state, ends.from) &&
    isWindowOpen(state, ends.from, ctx);
  const spare = kind === 'alert' ? spareEndsOf(state, ctx) : [];
  return [...(chosen ? [chosen] : []), ...others, ...spare].find(isOpen) ?? null;
}

/** Channels on which an operator never wrote, but can be reached by number at any time. */
const spareEndsOf = (state: State, { policy, channelOf }: Context): Ends[] =>
  (policy.senders ?? [])
    .filter((from) => channelOf(from).identity === 'number' && channelOf(from).windowMs === null)
    .flatMap((from) => numbersOf(state).map((number) => ({ from, to: addressOn(schemeOf(from), number) })))
    .filter(({ to }) => !isLocked(state, to));
