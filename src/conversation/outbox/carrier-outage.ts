import { formatDuration, formatTime } from '../../recurrence/print/format.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { ALERT_RETRY_MS } from '../policy/alerts.ts';
import {
  HELD_AGAIN_MS,
  LOOK_AGAIN_MS,
  OUTAGE_AFTER_MS,
  OUTAGE_AGAIN_MS,
  OUTAGE_REFUSALS,
  SEND_FOR_MS,
  SEND_RETRY_MS,
  SEND_UNKNOWN_MS,
  SPREAD,
  STALE_MS,
  WAITED_TOLD_MS,
} from '../policy/outbox.ts';
import { raise } from '../state/alerts.ts';
import { isWithheld } from '../state/blocked-sender.ts';
import type { Context, Decision } from '../state/events.ts';
import type { Outage, OutageNews } from '../state/outage.ts';
import { clockOfPerson, zoneOf } from '../state/person-clock.ts';
import { findQuestion } from '../state/questions.ts';
import type { Reply } from '../state/rows.ts';
import { findTimer, type State, seesAllReplies, withoutTimer, withTimer } from '../state/state.ts';
import { onlyNewest } from './deferral.ts';
import { isWindowOpen } from './ends.ts';
import { canOpen } from './local-links.ts';
import { DOUBTED_CODE, headOf, moveToEnd, withReply } from './replies.ts';
import { keepHeld } from './service-window.ts';

// An outage of the carrier: it takes nothing from this conversation because we send too fast, because of our account,
// or because it is down. No number of tries ends the waiting. At first the conversation tries by itself, ever more
// rarely. If the outage lasts, the conversation reports it to the directory and waits for its answer: all conversations
// of one of our addresses are refused alike, so one tries for all (src/objects/outage-rounds.ts). Kept as JSON with the
// conversation until the carrier takes something.

/** A failed try. `isShared`: everybody we write to from the same address would fail alike. */
export type InVain = Pick<Outage, 'failure' | 'code'> & { retryAfterMs: number | null; isShared: boolean };

export const outageOf = ({ conversation }: Pick<State, 'conversation'>): Outage | null => conversation.outage;

/** True if another conversation tries for all. The directory tells this one the outcome. */
export const waitsForCarrier = (state: State): boolean => outageOf(state)?.waits === true;

/** False for a short wait, after which everything leaves unchanged. */
export const lastsLong = ({ sender, since }: Outage, now: number): boolean =>
  sender !== null || now - since >= OUTAGE_AFTER_MS;

/** The news for the directory, or null. */
export function findDueNews(state: State, now: number): OutageNews | null {
  const timer = findTimer(state, 'outage');
  return timer && timer.dueAt <= now ? (outageOf(state)?.news ?? null) : null;
}

const withOutage = (state: State, outage: Outage | null): State =>
  outage === state.conversation.outage ? state : { ...state, conversation: { ...state.conversation, outage } };

const withOutageTimer = (state: State, dueAt: number): State =>
  withTimer(state, { kind: 'outage', ref: '', dueAt, attempts: 0 });
const withNews = (state: State, outage: Outage, now: number): State => withOutageTimer(withOutage(state, outage), now);

/** Lengthens the wait by up to a quarter. */
const spread = (wait: number, ctx: Context): number => Math.round(wait * (1 + SPREAD * ctx.chance()));

/** Hands nothing over before `wait` has passed, nor before a wait set by another refusal. */
export function putOff(state: State, wait: number, tries: number, ctx: Context): State {
  const dueAt = Math.max(ctx.now + spread(wait, ctx), findTimer(state, 'send')?.dueAt ?? 0);
  return wait === 0 ? state : withTimer(state, { kind: 'send', ref: '', dueAt, attempts: tries });
}

/**
 * The carrier left the message's outcome open but asked for a wait. After it the carrier's list is read first, and
 * nothing is sent again blindly.
 */
export function noteRequestedWait(state: State, reply: Reply, retryAfterMs: number, ctx: Context): State {
  const notBefore = ctx.now + retryAfterMs;
  const begun = { since: reply.intentAt ?? ctx.now, tries: 0, failure: null, code: null };
  const outage = outageOf(state) ?? { ...begun, sender: null, waits: false, news: null };
  return putOff(withOutage(state, { ...outage, notBefore }), retryAfterMs, reply.attempt, ctx);
}

/** The wait of a conversation that tries by itself. */
const ownWait = ({ code, tries, unheard = 0 }: Outage, asked: number): number =>
  Math.max(
    asked,
    code === null ? backoffOf(SEND_UNKNOWN_MS, unheard - 1) : backoffOf(SEND_RETRY_MS, tries - unheard - 1),
  );

/** Ends a wait of our own; a wait that the carrier asked for stays. */
function withoutOwnWait(state: State, { notBefore }: Outage, now: number): State {
  const wait = findTimer(state, 'send');
  if (!wait || wait.dueAt <= notBefore) return state;
  return notBefore > now ? withTimer(state, { ...wait, dueAt: notBefore }) : withoutTimer(state, 'send');
}

/** The head of the outbox failed. The conversation tries later, or leaves the next try to the directory. */
export function noteFailedTry(state: State, reply: Reply, vain: InVain, ctx: Context): State {
  const { failure, code, isShared } = vain;
  const known = outageOf(state);
  const tries = (known?.tries ?? 0) + 1;
  const since = known && known.tries > 0 ? known.since : (reply.intentAt ?? ctx.now);
  const notBefore = Math.max(ctx.now + (vain.retryAfterMs ?? 0), known?.notBefore ?? 0);
  const unheard = code === null ? (known?.unheard ?? 0) + 1 : 0;
  const noted: Outage = { since, tries, unheard, failure, code, notBefore, sender: null, waits: false, news: null };
  const lasts = tries >= OUTAGE_REFUSALS || (tries > 1 && ctx.now - since >= OUTAGE_AFTER_MS);
  const sender = known?.sender ?? null;
  if (isShared && (lasts || sender === reply.from)) {
    return withNews(state, { ...noted, sender: reply.from, waits: true, news: 'refuses' }, ctx.now);
  }
  const later = putOff(state, ownWait(noted, vain.retryAfterMs ?? 0), tries, ctx);
  // A refusal for this person alone says nothing about the other conversations that wait.
  return sender === null ? withOutage(later, noted) : withNews(later, { ...noted, sender, news: 'leaves' }, ctx.now);
}

/** The carrier took a reply, or refused it for its content. Everything else that waits can leave. */
export function endOutage(state: State, { from }: Pick<Reply, 'from'>, ctx: Context): State {
  const outage = outageOf(state);
  if (outage === null || (outage.sender ?? from) !== from) return state;
  const over: Outage = { ...outage, tries: 0, unheard: 0, waits: false, news: 'takes' };
  const free = withoutOwnWait(state, outage, ctx.now);
  const noted = outage.sender === null ? withOutage(free, null) : withNews(free, over, ctx.now);
  return freeHeld(dropStale(noted, ctx.now), ctx);
}

/** The replies that waited for the carrier leave by another channel, so this conversation doesn't try it any more. */
export function leaveOutage(state: State, ctx: Context): State {
  const outage = outageOf(state);
  if (outage === null) return state;
  const free = withoutTimer(state, 'send');
  if (outage.sender === null) return withOutage(free, null);
  return withNews(free, { ...outage, waits: false, news: 'leaves', tries: 0 }, ctx.now);
}

/** The directory has the news. Changes since then are reported next. */
export function onNewsTold(state: State, news: OutageNews, ctx: Context): State {
  const outage = outageOf(state);
  if (outage === null || outage.news !== news) return state;
  // If the directory's answer gets lost, the conversation asks again at this time.
  if (news === 'refuses') {
    const waiting = withOutage(state, { ...outage, waits: true, news: null });
    return withOutageTimer(waiting, ctx.now + spread(OUTAGE_AGAIN_MS, ctx));
  }
  return withoutTimer(withOutage(state, outage.tries > 0 ? { ...outage, sender: null, news: null } : null), 'outage');
}

/** The directory couldn't be reached, so this conversation tries by itself meanwhile. */
export function onNewsNotTold(state: State, ctx: Context): State {
  const timer = findTimer(state, 'outage');
  const outage = outageOf(state);
  if (!timer || outage === null) return state;
  const dueAt = ctx.now + backoffOf(ALERT_RETRY_MS, timer.attempts);
  const later = withTimer(state, { ...timer, dueAt, attempts: timer.attempts + 1 });
  if (!outage.waits) return later;
  const wait = ownWait(outage, outage.notBefore - ctx.now);
  return putOff(withOutage(later, { ...outage, waits: false }), wait, outage.tries, ctx);
}

/** The timer `outage` fired: the news is still to be reported, or the directory has been silent for long. */
export function askAgain(state: State, ctx: Context): State {
  const outage = outageOf(state);
  if (outage === null) return withoutTimer(state, 'outage');
  return outage.news === null ? withNews(state, { ...outage, news: 'refuses' }, ctx.now) : state;
}

/** The directory's answer. `try`: this conversation tries for all. `back`: the carrier takes messages again. */
export function onCarrierWord(state: State, word: 'try' | 'back', sender: string, ctx: Context): State {
  const outage = outageOf(state);
  if (outage?.sender !== sender) return state;
  const free = lookUpNow(dropStale(withoutOwnWait(state, outage, ctx.now), ctx.now), ctx.now);
  if (word === 'back') return freeHeld(withoutTimer(withOutage(free, null), 'outage'), ctx);
  const tries = withOutageTimer(
    withOutage(free, { ...outage, waits: false, calledAt: ctx.now, news: null }),
    ctx.now + spread(OUTAGE_AGAIN_MS, ctx),
  );
  return headOf(tries) === null ? freeHeld(tries, ctx, true) : tries;
}

/**
 * True if the try began before the directory called on this conversation. Its outcome says nothing about the carrier
 * now.
 */
export function isEarlierTry(state: State, { from, intentAt }: Reply): boolean {
  const outage = outageOf(state);
  return outage?.sender === from && !outage.waits && (intentAt ?? 0) < (outage.calledAt ?? 0);
}

/** Looks up a head of unknown outcome at once. */
function lookUpNow(state: State, now: number): State {
  const timer = findTimer(state, 'reconcile');
  return timer && timer.dueAt > now ? withTimer(state, { ...timer, dueAt: now }) : state;
}

/**
 * Runs after every event. If nothing waits for the carrier any more, this conversation isn't asked to try. During an
 * outage no typing is shown.
 */
export function keepOutage(decision: Decision, ctx: Context): Decision {
  const { state } = decision;
  const outage = outageOf(state);
  if (outage === null) return decision;
  const effects = outage.waits
    ? decision.effects.filter((effect) => effect.do !== 'typing' && effect.do !== 'draft')
    : decision.effects;
  const isOver = headOf(state) === null && heldForCarrier(state, ctx).length === 0 && outage.news !== 'takes';
  if (!isOver || outage.news === 'leaves') return { ...decision, effects };
  if (outage.sender === null) return { ...decision, state: withOutage(state, null), effects };
  return {
    ...decision,
    state: withNews(state, { ...outage, waits: false, news: 'leaves', tries: 0 }, ctx.now),
    effects,
  };
}

/**
 * Holds a reply that failed for a day. It no longer blocks those behind it, and leaves by itself once the carrier takes
 * messages again.
 */
export function holdForCarrier(state: State, reply: Reply, code: number | null, ctx: Context): State {
  if (reply.kind === 'nudge' || isReplyStale(state, reply, ctx.now)) return dropReply(state, reply);
  const newest = onlyNewest(withReply(state, reply.id, { state: 'held' }), reply, ctx.now);
  const held = keepHeld(newest, ctx.now);
  const again = tryAgainAt(held, ctx.now + HELD_AGAIN_MS);
  return reply.kind === 'alert' ? again : raise(again, `reply-waits/${code ?? 0}`, ctx.now);
}

/**
 * Sets aside a reply that may not follow the person to another channel: it is tried later. After two sends on a channel
 * without a list, it waits until the person writes there.
 */
export function setAside(state: State, reply: Reply, ctx: Context): State {
  const { id, kind, unknownAt, intentAt } = reply;
  const settled = withoutTimer(state, 'reconcile', id);
  if (kind === 'progress' || kind === 'nudge' || isReplyStale(state, reply, ctx.now)) return dropReply(settled, reply);
  const isUnknown = reply.state === 'unknown';
  if (isUnknown && unknownAt !== null && ctx.channelOf(reply.to).reconcile === 'probe') {
    const parked = withReply(settled, id, { state: 'parked', errorCode: DOUBTED_CODE });
    return kind === 'alert' ? parked : raise(parked, 'reply-doubtful', ctx.now);
  }
  const troubledSince = reply.troubledSince ?? intentAt ?? ctx.now;
  // Dated back, so that it is looked up before it is sent again.
  const doubtedAt = isUnknown ? ctx.now - LOOK_AGAIN_MS : unknownAt;
  const noted = { state: 'held', troubledSince, unknownAt: doubtedAt } as const;
  const held = keepHeld(withReply(settled, id, noted), ctx.now);
  return tryAgainAt(held, ctx.now + HELD_AGAIN_MS);
}

const tryAgainAt = (state: State, dueAt: number): State =>
  withTimer(state, { kind: 'again', ref: '', dueAt, attempts: 0 });

/** True if the reply has waited a day for the carrier. The count starts again if it has waited for the person since. */
export function hasWaitedLong({ troubledSince, createdAt, copies }: Reply, now: number): boolean {
  if (troubledSince === null) return false;
  return now - (copies > 0 ? troubledSince : Math.max(troubledSince, createdAt)) >= SEND_FOR_MS;
}

/** Replies held only because of the carrier, as the service window is open. */
const heldForCarrier = (state: State, ctx: Context): Reply[] =>
  state.replies.filter(
    (r) => r.state === 'held' && r.troubledSince !== null && !isWithheld(state, r) && isWindowOpen(state, r.from, ctx),
  );

/**
 * The timer `again` fired: the replies held for the carrier are tried, if nothing else shows that it takes messages.
 */
export function tryHeld(state: State, ctx: Context): State {
  const outage = outageOf(state);
  const isAnothers = outage !== null && (outage.waits || headOf(state) !== null);
  return isAnothers ? againLater(state, ctx) : freeHeld(state, ctx);
}

/** Replies held for the carrier leave before newer ones, as far as the service window allows. */
function freeHeld(state: State, ctx: Context, isAsked = false): State {
  const mayLeave = (r: Reply): boolean => isAsked || ctx.now - (r.intentAt ?? 0) >= HELD_AGAIN_MS;
  const free = heldForCarrier(state, ctx).filter(mayLeave);
  const released = free.reduce((next, { id }) => withReply(next, id, { state: 'ready' }), state);
  const ids = new Set(free.map(({ id }) => id));
  const isBehind = (r: Reply): boolean => r.state === 'ready' && !ids.has(r.id);
  const behind = free.length === 0 ? [] : released.replies.filter(isBehind);
  const first = released.replies.filter((r) => ids.has(r.id));
  return againLater(keepHeld([...first, ...behind].reduce(moveToEnd, released), ctx.now), ctx);
}

function againLater(state: State, ctx: Context): State {
  const { now } = ctx;
  const left = heldForCarrier(state, ctx);
  // Behind a long backlog there may be held replies that aren't read, so the timer stays.
  if (left.length === 0 && seesAllReplies(state)) return withoutTimer(state, 'again');
  const soonest = Math.min(...left.map((r) => (r.intentAt ?? 0) + HELD_AGAIN_MS), now + HELD_AGAIN_MS);
  return tryAgainAt(state, soonest > now ? soonest : now + HELD_AGAIN_MS);
}

/** True for progress that is minutes old and for questions that nobody waits for. An answer is never stale. */
export function isReplyStale(state: State, reply: Reply, now: number): boolean {
  if (reply.kind === 'progress') return now - reply.createdAt >= STALE_MS;
  const question = reply.kind === 'question' ? reply.choices?.question : undefined;
  return question !== undefined && findQuestion(state, question)?.state !== 'open';
}

const dropReply = (state: State, { id }: Reply): State => withReply(state, id, { state: 'dropped' });

const dropStale = (state: State, now: number): State =>
  state.replies.filter((r) => r.state === 'ready' && isReplyStale(state, r, now)).reduce(dropReply, state);

/**
 * The words to send. If they may be a repeat, waited long for the carrier, or have a link that the phone can't open, a
 * line above says so.
 */
export function composeWords(state: State, reply: Reply, ctx: Pick<Context, 'now' | 'policy' | 'channelOf'>): string {
  const { body, to, unknownAt } = reply;
  const mayRepeat = unknownAt !== null && ctx.channelOf(to).reconcile === 'probe';
  const opens = canOpen(to, body, ctx) ? '' : texts.opensHere;
  const lines = [mayRepeat ? texts.mayRepeat : '', describeWait(state, reply, ctx), opens, body];
  return lines.filter((line) => line !== '').join('\n\n');
}

function describeWait(
  state: State,
  { from, troubledSince }: Reply,
  { now, policy, channelOf }: Pick<Context, 'now' | 'policy' | 'channelOf'>,
): string {
  if (troubledSince === null || now - troubledSince < WAITED_TOLD_MS) return '';
  const zone = zoneOf(state, policy);
  const time = zone === null ? null : formatTime(troubledSince, zone, clockOfPerson(state), now);
  return texts.readyBefore(time ?? `${formatDuration(now - troubledSince)} ago`, channelOf(from).operator);
}
