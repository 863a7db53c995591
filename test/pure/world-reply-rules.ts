import { waitsForCarrier } from '../../src/conversation/outbox/carrier-outage.ts';
import { DOUBTED_CODE, isKeptBack, OPTED_OUT_CODE } from '../../src/conversation/outbox/replies.ts';
import { HELD_MAX, NUDGE_EVERY_MS, SEND_FOR_MS } from '../../src/conversation/policy/outbox.ts';
import { QUEUE_MAX } from '../../src/conversation/policy/turn.ts';
import { isSenderBlocked, replyOfDoubt } from '../../src/conversation/state/blocked-sender.ts';
import type { Event } from '../../src/conversation/state/events.ts';
import type { Failure } from '../../src/conversation/state/failure.ts';
import { isLocked } from '../../src/conversation/state/person.ts';
import type { Message, Reply, ReplyState } from '../../src/conversation/state/rows.ts';
import { findOpenTurn, type State } from '../../src/conversation/state/state.ts';
import { texts } from '../../src/texts/index.ts';
import { CHANNELS } from './channels.ts';
import type { World } from './world.ts';
import type { Coverage } from './world-coverage.ts';
import type { Rows } from './world-rows.ts';

// The rules for replies: how their state changes, when they leave and in which order, and what isn't said twice.

/** A callback decides the status, whatever was assumed before; replies without room to be held are parked. */
const HEARD: readonly ReplyState[] = ['sent', 'delivered', 'read', 'failed', 'held', 'replaced', 'parked'];
const REPLY_CHANGES: Record<ReplyState, readonly ReplyState[]> = {
  // Unknown: looked up once more before it is repeated.
  ready: ['sending', 'dropped', 'unknown', ...HEARD],
  sending: ['accepted', 'unknown', 'ready', 'dropped', ...HEARD],
  unknown: ['accepted', 'ready', 'dropped', ...HEARD],
  accepted: ['dropped', ...HEARD],
  sent: ['delivered', 'read', 'failed', 'held', 'replaced', 'dropped', 'parked'],
  delivered: ['read'],
  read: [],
  failed: ['replaced'],
  // Ready: replies held for the carrier leave unchanged.
  held: ['ready', 'replaced', 'parked', 'dropped', 'sent', 'delivered', 'read', 'failed'],
  parked: HEARD,
  dropped: HEARD,
  replaced: [],
};

/** After these a reply waits, for the person or for its sender. */
const HOLDING: readonly unknown[] = ['window', 'policy', 'blocked'] satisfies Failure[];

export class ReplyRules {
  readonly #world: World;
  readonly #broken: (what: string) => never;
  readonly #coverage: Coverage;
  /** Replies that the carrier didn't refuse at once, in the order in which they left. */
  #handedOver: Reply[] = [];
  /** Refused as against the rules: newer ones may leave before them. */
  readonly #doubted = new Set<string>();
  /** Held because their sender is blocked: those of other senders may leave before them. */
  readonly #withheld = new Set<string>();
  readonly #nudges = new Map<string, number[]>();
  readonly #saidWaiting = new Set<string>();
  readonly #saidFull = new Set<string>();
  /** The sends of a reply whose outcome stayed unknown. */
  readonly #doubts = new Map<string, number>();

  constructor(world: World, broken: (what: string) => never, coverage: Coverage) {
    this.#world = world;
    this.#broken = broken;
    this.#coverage = coverage;
  }

  step(before: State, after: State, event: Event, now: number): void {
    this.#noteDoubt(before, event);
    if (event.type === 'send-refused') this.#handedOver = this.#handedOver.filter(({ id }) => id !== event.reply);
    this.#replies(before, after, event, now);
    this.#notices(before, after, now);
  }

  #noteDoubt(before: State, { type }: Event): void {
    const reply = before.replies.find(({ state }) => state === 'sending');
    const isDoubt = type === 'send-unknown' || type === 'send-abandoned';
    if (isDoubt && reply) this.#doubts.set(reply.id, (this.#doubts.get(reply.id) ?? 0) + 1);
  }

  /** A request to the carrier. */
  asked(state: State, what: string): void {
    if (waitsForCarrier(state)) this.#broken(`${what} while another conversation tries for all`);
  }

  #replies(before: State, after: State, event: Event, now: number): void {
    if (before.replies === after.replies) return;
    const moving = after.replies.filter((r) => r.state === 'sending' || r.state === 'unknown');
    if (moving.length > 1) this.#broken('two replies are on their way');
    if (after.replies.filter((r) => r.state === 'held').length > HELD_MAX) this.#broken('too many replies are held');
    // Nothing would leave.
    const isShut = event.type === 'message' && isSenderBlocked(before, event.message.to);
    const isWriting =
      event.type === 'message' && !event.late && event.optOut === undefined && !isBeforeRefusal(before, event.message);
    const isKept = after.conversation.optedOutAt === null && after.replies.some(isKeptBack);
    if (isWriting && isKept && !isShut) this.#broken('what was kept back stays, although the person writes');
    for (const reply of after.replies) {
      const was = before.replies.find((r) => r.id === reply.id);
      if (was?.state === reply.state) continue;
      this.#coverage.changed('reply', was?.state ?? 'none', reply.state, event);
      if (reply.state === 'held') this.#noteHeld(before, was ?? reply, event);
      if (!was) continue;
      const change = `reply ${reply.seq}: ${was.state} → ${reply.state}`;
      if (!REPLY_CHANGES[was.state].includes(reply.state)) this.#broken(change);
      if (reply.state === 'held' && !isPassed(before, after, was, event)) this.#held(was, now, event, change);
      if (reply.state === 'replaced') this.#replaced(before, after, reply);
      if (reply.state === 'parked' || reply.state === 'failed') this.#givenUp(before, after, reply, event, change);
      if (reply.state === 'dropped') this.#dropped(before, after, reply, change);
    }
  }

  #noteHeld(before: State, { id, from }: Reply, event: Event): void {
    const failure = failureOf(event);
    if (failure === 'policy') this.#doubted.add(id);
    if (failure === 'blocked' || isSenderBlocked(before, from)) this.#withheld.add(id);
  }

  #held(was: Reply, now: number, event: Event, change: string): void {
    if (was.state === 'ready' && event.type === 'send-begin') return;
    // A day with a carrier that accepts nothing.
    const since = was.troubledSince ?? was.intentAt ?? now;
    if (now - since >= SEND_FOR_MS) return;
    if (!HOLDING.includes(failureOf(event))) this.#broken(`${change} without the carrier’s refusal`);
  }

  /** Its words are in a later row, or in several if they leave by a channel with shorter messages. */
  #replaced(before: State, after: State, reply: Reply): void {
    const heirs = after.replies.filter((r) => r.seq > reply.seq && !before.replies.some((b) => b.id === r.id));
    const words = heirs
      .sort((a, b) => a.seq - b.seq)
      .map(({ body }) => body)
      .join('');
    if (!withoutSpace(words).includes(withoutSpace(reply.body)))
      this.#broken(`reply ${reply.seq} is replaced by nothing`);
  }

  /** Somebody hears of it. */
  #givenUp(before: State, after: State, reply: Reply, event: Event, change: string): void {
    const failure = 'failure' in event ? event.failure : null;
    const isPassing = failure !== null && ['rate', 'account', 'pair', 'barred'].includes(failure);
    const isUnheard = event.type === 'reconcile-failed' || (event.type === 'reconciled' && event.found === null);
    const isDoubted = isUnheard && reply.errorCode === DOUBTED_CODE && CHANNELS(reply.to).reconcile === 'probe';
    if (isPassing || (isUnheard && !isDoubted)) this.#broken(`${change}, and the carrier was in its way`);
    const isRaised = after.timers.some((t) => t.kind === 'alert');
    const isOut = reply.errorCode === OPTED_OUT_CODE || after.conversation.optedOutAt !== null;
    // They heard when it was held (world-sender-rules.ts).
    const isHeard = before.timers.some((t) => t.kind === 'doubt' && replyOfDoubt(t) === reply.id);
    if (!isRaised && !isHeard && !isOut && reply.kind !== 'alert') this.#broken(`${change} and nobody is told`);
  }

  #dropped(before: State, after: State, reply: Reply, change: string): void {
    const isOut = after.conversation.optedOutAt !== null && reply.kind !== 'answer';
    // Skipped for a newer run of the same schedule.
    if (after.runs.some((r) => r.id === reply.run && r.note === 'newer')) return;
    const question = reply.choices?.question;
    const asked = [...this.#world.rows.all.questions, ...after.questions].filter((q) => q.id === question);
    const isSettled = reply.kind === 'question' && asked.some((q) => q.state !== 'open');
    // A notice about a lost reply is true while that reply is held.
    const held = [...before.replies, ...after.replies].filter(({ state }) => state === 'held');
    const isUntrue = texts.saysUndelivered(reply.body) && held.some((r) => isTheLoss(r, reply));
    if (reply.kind !== 'progress' && reply.kind !== 'nudge' && !isOut && !isSettled && !isUntrue)
      this.#broken(`${change} (${reply.kind})`);
  }

  #notices(before: State, after: State, now: number): void {
    if (after.conversation.nextReplySeq === before.conversation.nextReplySeq) return;
    const turn = findOpenTurn(before)?.id ?? findOpenTurn(after)?.id;
    // Other rows repeat the held words, which is no news.
    const isLetGo = (r: Reply): boolean =>
      r.state === 'replaced' && before.replies.some((b) => b.id === r.id && (b.state === 'held' || isKeptBack(b)));
    const isRelease = after.replies.some(isLetGo);
    for (const reply of after.replies) {
      if (isRelease || reply.copies > 0 || before.replies.some((r) => r.id === reply.id)) continue;
      if (reply.kind === 'nudge') this.#nudged(reply, now);
      if (reply.kind !== 'notice' && reply.kind !== 'progress') continue;
      const isFull = reply.body === texts.queueFull(QUEUE_MAX);
      const said = isFull ? this.#saidFull : reply.body.startsWith('Got it,') ? this.#saidWaiting : null;
      if (!said || turn === undefined) continue;
      if (said.has(turn)) this.#broken(`said twice in one turn: ${reply.body}`);
      said.add(turn);
    }
  }

  /** One per closed window, and at most one a day. */
  #nudged({ from }: Reply, now: number): void {
    const earlier = this.#nudges.get(from) ?? [];
    const last = earlier.at(-1);
    this.#nudges.set(from, [...earlier, now]);
    if (last === undefined) return;
    const wroteAt = this.#wroteAt(this.#world.rows, from);
    if (now - last < NUDGE_EVERY_MS) this.#broken('two nudges in a day');
    if (wroteAt === null || wroteAt < last) this.#broken('two nudges for one closed window');
  }

  /** A request is made: its intent is written, it is first in line, and the carrier's window is open. */
  handOver(reply: Reply, rows: Rows, now: number): void {
    const row = rows.all.replies.find((r) => r.id === reply.id);
    if (row?.state !== 'sending' || row.attempt !== reply.attempt) this.#broken('a reply leaves without its intent');
    const isWithheld = this.#withheld.has(reply.id);
    const last = this.#handedOver.findLast((r) => r.id !== reply.id && (!isWithheld || r.from === reply.from));
    // That the conversation is locked is said before what waits for the unlock.
    if (reply.body !== texts.access.locked('asked', false) && !this.#doubted.has(reply.id)) {
      if (last && reply.seq < last.seq) this.#broken(`reply ${reply.seq} leaves after ${last.seq}`);
      this.#handedOver.push(reply);
    }
    const isProbed = CHANNELS(reply.to).reconcile === 'probe';
    if (isProbed && (this.#doubts.get(reply.id) ?? 0) > 1)
      this.#broken('a reply leaves a third time, and nobody knows of the two before');
    const wroteAt = this.#wroteAt(rows, reply.from);
    const { windowMs } = CHANNELS(reply.from);
    const isClosed = windowMs !== null && wroteAt !== null && now - wroteAt >= windowMs;
    if (isClosed && reply.template === null) this.#broken('free text leaves while the window is closed');
    const isRefused = rows.all.windows.some((w) => w.sender === reply.from && w.refusedAt !== null);
    if (isRefused && reply.template === null) this.#broken('a reply leaves where the channel said that none may');
  }

  #wroteAt(rows: Rows, sender: string): number | null {
    const own = 'own/';
    const theirs = rows.all.messages.filter((m) => m.to === sender && !m.providerId.startsWith(own));
    const times = theirs.map((m) => m.receivedAt);
    return times.length === 0 ? null : Math.max(...times);
  }

  atRest(): void {
    const { rows, carriers, person, now } = this.#world;
    const isKept = (r: Reply): boolean => r.state === 'held' && !isLocked(rows.all, r.to);
    // Replies that a channel refuses leave by another one. The rest waits there until the person writes.
    const isLeft = ({ from }: Reply): boolean => person.places.length > 1 && carriers.of(from).hasRefused(from);
    const isOpen = (r: Reply): boolean => !carriers.of(r.from).isClosed(r.from, now) && !isLeft(r);
    const kept = rows.all.replies.find((r) => isKept(r) && isOpen(r));
    if (kept) this.#broken(`reply ${kept.seq} is held while the carrier’s window is open`);
  }
}

/** The message is older than the carrier's refusal: the service window has closed since. */
const isBeforeRefusal = ({ windows }: State, { to, receivedAt }: Message): boolean =>
  receivedAt < (windows.find(({ sender }) => sender === to)?.refusedAt ?? 0);

const failureOf = (event: Event): Failure | null | undefined =>
  'failure' in event ? event.failure : event.type === 'reconciled' ? event.found?.failure : null;

/** The reply that the notice calls undelivered. */
const isTheLoss = ({ turn, kind }: Reply, notice: Reply): boolean =>
  turn === notice.turn && texts.undelivered(kind, 'content') === notice.body;

const withoutSpace = (words: string): string => words.replaceAll(/\s/g, '');

/** Its channel takes nothing for now, and the person is at another one, where something waits. */
const isPassed = (before: State, { conversation }: State, { from }: Reply, event: Event): boolean =>
  conversation.sender !== from && (before.conversation.outage !== null || event.type.startsWith('reconcile'));
