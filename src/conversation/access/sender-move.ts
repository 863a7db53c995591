import { addressOn, isExternalAddress, readNumber, schemeOf } from '../../addresses.ts';
import { carrierCost } from '../../money/carrier-prices.ts';
import { segmentsOf } from '../../money/segments.ts';
import { texts } from '../../texts/index.ts';
import { leaveOutage, outageOf } from '../outbox/carrier-outage.ts';
import { type Ends, endsAt, findEndsOn, isWindowOpen, windowOf } from '../outbox/ends.ts';
import { mayMove, moveOne } from '../outbox/moving.ts';
import { enqueue } from '../outbox/replies.ts';
import { closeWindow, withWindow } from '../outbox/service-window.ts';
import { priceOf } from '../spending/price.ts';
import { accessOf } from '../state/access.ts';
import { isSenderBlocked } from '../state/blocked-sender.ts';
import type { Context } from '../state/events.ts';
import { addressesOfPerson, isLocked, isOfPerson, numbersOf } from '../state/person.ts';
import type { Reply } from '../state/rows.ts';
import type { MovePlan, MoveWay, SenderMove, SenderMoved } from '../state/sender-move.ts';
import { isIn } from '../state/standing.ts';
import type { State } from '../state/state.ts';
import { answerTo, bindAddress } from './addresses.ts';

// One of our senders is given up: what waits for it leaves another way, and the person is told once where to write. Who
// is moved, and in which order, is the directory's (src/objects/sender-moves.ts).

type Ctx = Pick<Context, 'now' | 'policy' | 'channelOf' | 'isAllowed'>;
type Way = { way: MoveWay; ends: Ends | null };

const NOBODY: Way = { way: 'nobody', ends: null };

/** Says how the move would affect this person. Changes nothing. */
export function planMove(state: State, move: SenderMove, ctx: Ctx): MovePlan {
  const { way, ends } = findWay(state, move, ctx);
  if (ends === null) return { way, hasCode: false, micros: 0 };
  const hasCode = needsCode(state, move, ctx) && way !== 'asked' && mayGiveCode(state, move, ends, ctx);
  const told = compose(state, { ...move, chat: null, code: null }, ends, ctx);
  const bodies = [told, ...(move.works ? [] : waiting(state, move, ends, ctx).map(({ body }) => body))];
  const price = priceOf(ends.to, ctx);
  // A template is one more message.
  const segments = bodies.map(segmentsOf).concat(way === 'asked' ? [1] : []);
  const micros = segments.reduce((sum, each) => sum + carrierCost(ends.to, { segments: each, price }), 0);
  return { way, hasCode, micros };
}

/** Tells the person, and has what waits leave with it. Nothing changes for somebody whom nothing reaches. */
export function moveSender(state: State, move: SenderMoved, ctx: Context): State {
  const { way, ends } = findWay(state, move, ctx);
  if (ends === null) return state;
  // Meanwhile the channel for which a code was planned may have closed, or the person has set a PIN.
  const isFit = move.code === null || mayGiveCode(state, move, ends, ctx);
  const words = compose(state, isFit ? move : { ...move, chat: null, code: null }, ends, ctx);
  if (move.works) return enqueue(state, 'notice', [words], ctx, ends);
  const bound = isOfPerson(state, ends.to) ? state : bindAddress(state, ends.to, 'operator', ctx);
  const closed = closeOld(way === 'asked' ? closeNew(bound, ends.from, ctx) : bound, move.from, ctx);
  const told = enqueue(closed, 'notice', [words], ctx, ends);
  const moved = waiting(closed, move, ends, ctx).reduce((next, reply) => moveOne(next, reply, ends, null, ctx), told);
  const conversation = { ...moved.conversation, sender: ends.from, answerTo: answerTo(moved, { from: ends.to }) };
  const there = { ...moved, conversation };
  return outageOf(there)?.sender === move.from ? leaveOutage(there, ctx) : there;
}

/** Replies that wait for the old sender and may leave by another one. */
const waiting = (state: State, { from }: SenderMove, ends: Ends, ctx: Pick<Context, 'channelOf'>): Reply[] =>
  state.replies
    .filter((r) => (r.state === 'ready' || r.state === 'held') && r.from === from && mayMove(r, ends, ctx))
    .sort((a, b) => a.seq - b.seq);

function findWay(state: State, move: SenderMove, ctx: Ctx): Way {
  if (!uses(state, move, ctx) || !isIn(state, ctx)) return { way: 'none', ends: null };
  if (state.conversation.optedOutAt !== null) return NOBODY;
  const old = findOldEnds(state, move, ctx);
  if (old && isWindowOpen(state, old.from, ctx)) return { way: 'old', ends: old };
  const other = findOther(state, move, ctx);
  if (other) return { way: 'other', ends: other };
  if (old && asks(old.from, ctx)) return { way: 'asked', ends: old };
  return findNew(state, move, ctx);
}

/** Replies leave from that sender, or wait for it. */
function uses(state: State, { from }: SenderMove, { now }: Ctx): boolean {
  const { sender, reach } = state.conversation;
  const isOpen = (r: Reply): boolean => (r.state === 'ready' || r.state === 'held') && r.from === from;
  return (
    sender === from || state.replies.some(isOpen) || (reach !== null && findEndsOn(state, reach, now)?.from === from)
  );
}

/** From the old sender, while it works. */
function findOldEnds(state: State, { from, works }: SenderMove, { now }: Ctx): Ends | null {
  if (!works || isSenderBlocked(state, from)) return null;
  const ends = findEndsOn(state, schemeOf(from), now);
  return ends === undefined ? null : { ...ends, from };
}

/** The ends at which the person has written and may be written to: the new sender first, then the newest. */
function findOther(state: State, { from, to }: SenderMove, ctx: Ctx): Ends | null {
  const windows = state.windows
    .filter(({ sender }) => sender !== from && isWindowOpen(state, sender, ctx) && !isSenderBlocked(state, sender))
    .sort((a, b) => Number(b.sender === to) - Number(a.sender === to) || b.lastInboundAt - a.lastInboundAt);
  const all = windows.flatMap(({ sender }) =>
    addressesOfPerson(state)
      .filter((address) => schemeOf(address) === schemeOf(sender) && endsAt(state, address, ctx.now) !== null)
      .map((address): Ends => ({ from: sender, to: address })),
  );
  return all[0] ?? null;
}

/** From the new sender, to somebody who never wrote to it. */
function findNew(state: State, { to }: SenderMove, ctx: Ctx): Way {
  const { identity, windowMs } = ctx.channelOf(to);
  if (identity !== 'number') return NOBODY;
  const known = findEndsOn(state, schemeOf(to), ctx.now)?.to;
  const [number] = numbersOf(state);
  const address = known ?? (number === undefined ? undefined : addressOn(schemeOf(to), number));
  if (address === undefined || isLocked(state, address)) return NOBODY;
  if (windowMs === null) return { way: 'new', ends: { from: to, to: address } };
  // A number may not be on that channel, so only somebody who has written there is asked.
  return known !== undefined && asks(to, ctx) ? { way: 'asked', ends: { from: to, to: known } } : NOBODY;
}

const asks = (sender: string, { policy, channelOf }: Ctx): boolean =>
  channelOf(sender).template && policy.nudgeTemplate !== null;

/**
 * True if the person would be a stranger there: no address or number of theirs is known on the new sender's channel.
 */
function needsCode(state: State, { to }: SenderMove, { channelOf }: Ctx): boolean {
  const isThere = addressesOfPerson(state).some((each) => schemeOf(each) === schemeOf(to));
  const byNumber = channelOf(to).identity === 'number' && addressesOfPerson(state).some((a) => !isExternalAddress(a));
  return !isThere && !byNumber;
}

const hasPin = (state: State): boolean => accessOf(state).pin !== null;

/** Whether /link could give a code here that counts there. */
const canLink = ({ to }: SenderMove, ends: Ends, { channelOf }: Ctx): boolean =>
  channelOf(ends.to).isSecret && channelOf(to).isSecret;

/** With a PIN set, only the PIN gives a code: somebody else may have the phone. */
const mayGiveCode = (state: State, move: SenderMove, ends: Ends, ctx: Ctx): boolean =>
  !hasPin(state) && canLink(move, ends, ctx);

/** Nothing is tried there until the person writes there, and no line says why. */
function closeOld(state: State, from: string, { now }: Ctx): State {
  const closed = closeWindow(state, from, now);
  const window = windowOf(closed, from);
  return window === undefined ? closed : withWindow(closed, { ...window, movedAt: now });
}

/** Free text waits for the person's first text there; the template leaves at once. */
const closeNew = (state: State, to: string, { now }: Ctx): State =>
  windowOf(state, to)?.refusedAt == null ? closeWindow(state, to, now) : state;

function compose(state: State, { from, to, works, chat, code }: SenderMoved, ends: Ends, ctx: Ctx): string {
  const said = texts.senderMove;
  const name = (sender: string): string => said.nameSender(ctx.channelOf(sender).name, readNumber(sender));
  const at = ends.from === to ? 'new' : ends.from === from ? 'old' : 'other';
  const move = { from, to, works };
  const isStranger = needsCode(state, move, ctx);
  const needsPin = isStranger && hasPin(state) && canLink(move, ends, ctx);
  return said.moved({ works, old: name(from), fresh: name(to), at, chat, code, isStranger, needsPin });
}
