import { findNextAlarm } from '../../src/conversation/alarm.ts';
import { findDueAlerts, wantsAttach, wantsSend } from '../../src/conversation/lanes.ts';
import { wantsMachine } from '../../src/conversation/machine/readiness.ts';
import { waitsForCarrier } from '../../src/conversation/outbox/carrier-outage.ts';
import { DOUBTED_CODE, headOf, isKeptBack, OPTED_OUT_CODE } from '../../src/conversation/outbox/replies.ts';
import { HELD_MAX, NUDGE_EVERY_MS, SEND_FOR_MS } from '../../src/conversation/policy/outbox.ts';
import type { Policy } from '../../src/conversation/policy/policy.ts';
import {
  ATTEMPTS_MAX,
  CRASHES_MAX,
  HEARTBEAT_MS,
  QUEUE_MAX,
  RESTARTS_MAX,
} from '../../src/conversation/policy/turn.ts';
import type { Decision, Effect, Event } from '../../src/conversation/state/events.ts';
import { answerAddressOf, isLocked } from '../../src/conversation/state/person.ts';
import type { Message, Reply, ReplyState } from '../../src/conversation/state/rows.ts';
import {
  attemptId,
  findOpenAttempt,
  findOpenTurn,
  findUntoldTurns,
  type State,
} from '../../src/conversation/state/state.ts';
import type { Timer } from '../../src/conversation/state/timers.ts';
import { GAVE_UP, whyGivenUp } from '../../src/texts/given-up.ts';
import { texts } from '../../src/texts/index.ts';
import { CHANNELS } from './channels.ts';
import type { World } from './world.ts';
import type { Callback } from './world-carrier.ts';
import { Coverage, causeOf } from './world-coverage.ts';
import { MoneyRules } from './world-money.ts';
import { PlaceRules } from './world-places.ts';
import type { Rows } from './world-rows.ts';
import { RunRules } from './world-runs.ts';

// The rules that hold at every step of the world, and at its rest. Each rule refers to rows alone and doesn't know how
// decisions are made.

const MESSAGE_CHANGES: Record<Message['state'], readonly Message['state'][]> = {
  waiting: ['active', 'consumed', 'failed'],
  // Back to waiting: given to the turn, and the machine did not accept it any more.
  active: ['consumed', 'failed', 'waiting'],
  // Consumed: a later answer lists it, too.
  failed: ['waiting', 'active', 'consumed'],
  consumed: [],
};
const ATTEMPT_CHANGES: Record<string, readonly string[]> = {
  requested: ['running', 'ended'],
  running: ['ending', 'ended'],
  ending: ['ended'],
  ended: [],
};
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

/** They stand for a call whose answer is said. */
const ASKS: readonly Timer['kind'][] = ['recipients', 'let-go'];

const SENTENCES = GAVE_UP.map(whyGivenUp);

export class Rules {
  static coverage = new Coverage();
  readonly effects: Effect['do'][] = [];
  readonly #world: World;
  readonly #handedOver: { seq: number }[] = [];
  readonly #nudges = new Map<string, number[]>();
  readonly #saidWaiting = new Set<string>();
  readonly #saidFull = new Set<string>();
  /** The words of answers, and of parts of answers, that must reach the phone. */
  readonly #owed: string[] = [];
  readonly #answered = new Set<string>();
  /** By the results of this decision. */
  readonly #listed = new Set<string>();
  /** The sends of a reply whose outcome stayed unknown. */
  readonly #doubts = new Map<string, number>();
  readonly #droppedCallbacks = new Set<string>();
  readonly #runs: RunRules;
  readonly #places: PlaceRules;
  readonly money: MoneyRules;
  #event: Event | null = null;

  constructor(world: World, policy: Policy) {
    this.#world = world;
    this.#runs = new RunRules(world.rows, (what) => this.broken(what), Rules.coverage);
    this.#places = new PlaceRules(world, (what) => this.broken(what), Rules.coverage);
    this.money = new MoneyRules((what) => this.broken(what), policy, Rules.coverage);
  }

  broken(what: string): never {
    throw new Error(this.#event ? `${what} (on ${causeOf(this.#event)})` : what);
  }

  /** After every decision. `probe` decides without consequences. */
  step(before: State, event: Event, decision: Decision, now: number, probe: (event: Event) => State): void {
    this.#event = event;
    const after = decision.state;
    Rules.coverage.saw(after);
    this.#turns(before, after, event, now);
    this.#machine(before, after, event);
    this.#projects(before, after, event);
    this.#messages(before, after, event);
    this.#recipients(before, after);
    this.#untold(before, after);
    this.#noteDoubt(before, event);
    this.#replies(before, after, event, now);
    this.#questions(before, after, event);
    this.#runs.step(before, after, event, now);
    this.#places.step(before, after, event);
    this.money.step(before, event, after);
    this.#answers(before, event);
    this.#notices(before, after, now);
    this.#stale(before, probe);
    this.#event = event;
  }

  #noteDoubt(before: State, { type }: Event): void {
    const reply = before.replies.find(({ state }) => state === 'sending');
    const isDoubt = type === 'send-unknown' || type === 'send-abandoned';
    if (isDoubt && reply) this.#doubts.set(reply.id, (this.#doubts.get(reply.id) ?? 0) + 1);
  }

  /** A request to the carrier. */
  askedCarrier(state: State, what: string): void {
    if (waitsForCarrier(state)) this.broken(`${what} while another conversation tries for all`);
  }

  /** A request to the machine about an attempt. */
  asked({ machine }: State, what: string): void {
    const isReady = this.#world.makesMachines ? machine?.step === 'ready' : machine === null;
    if (!isReady) this.broken(`${what} is asked of a machine that is at ${machine?.step ?? 'nothing'}`);
  }

  #machine(before: State, after: State, event: Event): void {
    const [was, is] = [before.machine, after.machine];
    if (!this.#world.makesMachines && is) this.broken('a machine is made where all share one');
    if (was && is?.name !== was.name) this.broken('the machine has another name');
    if (was?.step !== is?.step) Rules.coverage.changed('machine', was?.step ?? 'none', is?.step ?? 'none', event);
    const isRefused = event.type === 'attempt-refused';
    if (is?.step === 'update' && was?.step !== 'update' && findOpenTurn(before) && !isRefused)
      this.broken('a machine at work is changed');
  }

  #turns(before: State, after: State, event: Event, now: number): void {
    const { coverage } = Rules;
    if (after.turns.filter((t) => t.state === 'open').length > 1) this.broken('two turns are open');
    if (after.attempts.filter((a) => a.state !== 'ended').length > 1) this.broken('two attempts are open');
    for (const turn of after.turns) {
      const was = before.turns.find((t) => t.id === turn.id);
      if (was?.state !== turn.state) coverage.changed('turn', was?.state ?? 'none', turn.state, event);
      if (was && was.state !== 'open' && was.state !== turn.state) this.broken('a turn that was over changed');
      if (was && turn.attempts < was.attempts) this.broken('the number of attempts fell');
    }
    for (const attempt of after.attempts) {
      const was = before.attempts.find((a) => attemptId(a) === attemptId(attempt));
      if (was?.state !== attempt.state) coverage.changed('attempt', was?.state ?? 'none', attempt.state, event);
      if (!was) {
        const newest = Math.max(
          0,
          ...this.#world.rows.all.attempts.filter((a) => a.turn === attempt.turn).map((a) => a.n),
        );
        if (attempt.n <= newest) this.broken(`attempt ${attempt.n} came after ${newest}`);
        const { crashes = 0, restarts = 0 } = before.turns.find((t) => t.id === attempt.turn) ?? {};
        const isOver = crashes >= CRASHES_MAX || restarts >= RESTARTS_MAX;
        if (isOver || attempt.n > ATTEMPTS_MAX) this.broken('more attempts than a turn has');
        continue;
      }
      if (was === attempt) continue;
      const isAllowed = was.state === attempt.state || ATTEMPT_CHANGES[was.state]?.includes(attempt.state);
      if (!isAllowed) this.broken(`attempt: ${was.state} → ${attempt.state}`);
      if (attempt.lastSeq < was.lastSeq) this.broken('the number of the last applied event fell');
      if (was.journal !== null && was.journal !== attempt.journal) this.broken('an attempt changed its journal');
    }
    const open = findOpenAttempt(after);
    if (open && findOpenTurn(after)?.id !== open.turn) this.broken('an attempt is open and its turn is not');
    const opened = after.turns.find((t) => t.state === 'open' && !before.turns.some((b) => b.id === t.id));
    if (opened) this.#opened(opened.id, after, now);
  }

  #opened(turn: string, after: State, now: number): void {
    const active = after.messages.filter((m) => m.turn === turn && m.state === 'active');
    // A side question is asked beside the texts that opened the turn.
    const taken = active.filter((m) => m.action !== 'aside' || !m.steered);
    const waiting = after.messages.filter((m) => m.state === 'waiting');
    const left = waiting.filter((m) => m.run === null || taken.some((t) => t.run !== null));
    if (taken.length === 0) this.broken('a turn was opened over nothing');
    if (taken.some((m) => m.run !== null)) {
      this.#runs.opened(taken, left, now);
      return;
    }
    const newest = Math.max(...taken.map((m) => m.seq));
    if (left.some((m) => m.seq < newest)) this.broken('a message was taken before an older one');
    const mode = after.conversation.queueMode ?? this.#world.queueMode;
    if (mode === 'queue' && taken.length > 1) this.broken('in queue mode a turn has one message');
    const { project } = after.turns.find((t) => t.id === turn) ?? {};
    if (taken.some((m) => m.project !== project)) this.broken('a message runs in another project than its own');
    const isAsked = taken.some((m) => m.action !== null);
    if (isAsked && taken.length > 1) this.broken('an action shares its turn');
    const next = left[0];
    const fits = next?.project === project && next?.action === null && !isAsked;
    if (mode !== 'queue' && taken.length < QUEUE_MAX && fits) this.broken('a message was left behind');
  }

  /** A person's texts stay in their project, and in their session after a new start there. An answer goes to its question's. */
  #projects(before: State, after: State, event: Event): void {
    const { project } = after.conversation;
    if (!after.projects.some((p) => p.id === project && p.archivedAt === null))
      this.broken('the active project is archived');
    const arrived = event.type === 'message' ? after.messages.find((m) => m.seq === event.message.seq) : null;
    const isAnswer = event.type === 'message' && event.choice !== undefined;
    const isKept = !isAnswer && (arrived?.state === 'waiting' || arrived?.state === 'active');
    if (isKept && arrived.project !== before.conversation.project) this.broken('a message went to another project');
    for (const now of after.projects) {
      const was = before.projects.find((p) => p.id === now.id);
      const isTold = event.type === 'machine' && was !== undefined && was.sessionId !== now.sessionId;
      if (isTold && findOpenTurn(before)?.generation !== now.generation)
        this.broken('a turn of before put the project in its session');
    }
  }

  #messages(before: State, after: State, event: Event): void {
    const said = after.conversation.nextReplySeq > before.conversation.nextReplySeq;
    const isOut = after.conversation.optedOutAt !== null;
    const known =
      event.type === 'message' || event.type === 'linked' ? [...before.messages, event.message] : before.messages;
    for (const [index, message] of after.messages.entries()) {
      const was = known[index];
      if (was === message) continue;
      // Created by this decision.
      if (was === undefined && message.providerId.startsWith('own/')) continue;
      if (was?.seq !== message.seq) this.broken('messages are not in their order');
      if (!was || was.state === message.state) continue;
      Rules.coverage.changed('message', was.state, message.state, event);
      // The words of an answer that the machine did not take become a separate text.
      const isUntaken = event.type === 'answer-refused' || (event.type === 'timer' && event.timer.kind === 'answer');
      const isAllowed = MESSAGE_CHANGES[was.state].includes(message.state) || (was.state === 'consumed' && isUntaken);
      if (!isAllowed) {
        this.broken(`message ${message.seq}: ${was.state} → ${message.state}`);
      }
      if (message.state === 'consumed' && was.state === 'active') {
        const isListed =
          event.type === 'machine' &&
          event.event.type === 'result' &&
          event.event.user_message_uuids.includes(message.uuid);
        // The task of a run that was given up is not asked again.
        if (!isListed && message.run === null)
          this.broken(`message ${message.seq} was consumed without a result that lists it`);
      }
      // The agent hears of it.
      const isAnswer = event.type === 'message' && before.questions !== after.questions;
      // Of several failed runs in a row the person hears of the first; the others are in the log.
      const isKeptBack = findUntoldTurns(after).includes(message.turn ?? '');
      // The person hears of it when the recipients' homes have answered, or the object of an address.
      const isAsked = after.timers.some((t) => ASKS.includes(t.kind) && !before.timers.includes(t));
      // Nobody is told at an address that may be somebody else's; /retry brings the work back.
      const isOutside = isLocked(after, answerAddressOf(after.conversation));
      const isSaid = said || isOut || isOutside || isAnswer || isKeptBack || isAsked || message.run !== null;
      const isTold = isSaid || this.#isTold(before, event);
      if ((message.state === 'consumed' || message.state === 'failed') && !isTold) {
        this.broken(`message ${message.seq} became ${message.state} and nothing was said`);
      }
      if (
        message.state === 'waiting' &&
        was.state === 'active' &&
        event.type === 'machine' &&
        event.event.type !== 'ended'
      ) {
        this.broken(`message ${message.seq} was taken back while its attempt runs`);
      }
    }
  }

  /**
   * One message says that a turn was given up, at a time when no attempt may still answer it, and only if there is
   * something to say.
   */
  #untold(before: State, after: State): void {
    // Below the sentence may be that a key was removed.
    const isSaid = (turn: string): boolean =>
      after.replies.some(
        (r) =>
          r.turn === turn && SENTENCES.some((s) => r.body.includes(s)) && !before.replies.some((b) => b.id === r.id),
      );
    const isLeft = (turn: string): boolean =>
      after.messages.some((m) => m.turn === turn && m.state === 'failed' && m.stoppedAt === null);
    for (const { id, state } of after.turns) {
      if (state !== 'failed' || before.turns.find((t) => t.id === id)?.state !== 'open') continue;
      if (isSaid(id) && findOpenTurn(after)) this.broken('a turn is said to have failed that the next one may answer');
    }
    for (const turn of findUntoldTurns(before)) {
      if (findUntoldTurns(after).includes(turn)) continue;
      if (isLeft(turn) !== isSaid(turn)) this.broken(isSaid(turn) ? 'it is told of nothing' : 'nobody hears of it');
    }
  }

  /** Earlier words cover it: the turn was stopped, the queue is full, or the carrier answers such a word itself. */
  #isTold(before: State, event: Event): boolean {
    const turn = findOpenTurn(before);
    return (
      turn?.stopping != null || turn?.toldFull === true || (event.type === 'message' && event.optOut !== undefined)
    );
  }

  /** Whoever asked for a schedule for others hears whether it was created. */
  #recipients(before: State, after: State): void {
    const open = ({ timers }: State): string[] => timers.filter((t) => t.kind === 'recipients').map(({ ref }) => ref);
    const isOver = open(before).some((ref) => !open(after).includes(ref));
    const said = after.conversation.nextReplySeq > before.conversation.nextReplySeq;
    if (isOver && !said) this.broken('nothing was said of a schedule for others');
  }

  #replies(before: State, after: State, event: Event, now: number): void {
    if (before.replies === after.replies) return;
    const moving = after.replies.filter((r) => r.state === 'sending' || r.state === 'unknown');
    if (moving.length > 1) this.broken('two replies are on their way');
    if (after.replies.filter((r) => r.state === 'held').length > HELD_MAX) this.broken('too many replies are held');
    const isWriting =
      event.type === 'message' && !event.late && event.optOut === undefined && !isBeforeRefusal(before, event.message);
    const isKept = after.conversation.optedOutAt === null && after.replies.some(isKeptBack);
    if (isWriting && isKept) this.broken('what was kept back stays, although the person writes');
    for (const reply of after.replies) {
      const was = before.replies.find((r) => r.id === reply.id);
      if (was?.state === reply.state) continue;
      Rules.coverage.changed('reply', was?.state ?? 'none', reply.state, event);
      if (!was) continue;
      const change = `reply ${reply.seq}: ${was.state} → ${reply.state}`;
      if (!REPLY_CHANGES[was.state].includes(reply.state)) this.broken(change);
      if (reply.state === 'held') this.#held(was, now, event, change);
      if (reply.state === 'replaced') this.#replaced(before, after, reply);
      if (reply.state === 'parked' || reply.state === 'failed') this.#givenUp(after, reply, event, change);
      if (reply.state === 'dropped') this.#dropped(after, reply, change);
    }
  }

  #held(was: Reply, now: number, event: Event, change: string): void {
    if (was.state === 'ready' && event.type === 'send-begin') return;
    // A day with a carrier that accepts nothing.
    const since = was.troubledSince ?? was.intentAt ?? now;
    if (now - since >= SEND_FOR_MS) return;
    const failure = 'failure' in event ? event.failure : event.type === 'reconciled' ? event.found?.failure : null;
    if (failure !== 'window') this.broken(`${change} without the carrier’s refusal`);
  }

  /** Its words are in a later row, or in several if they leave by a channel with shorter messages. */
  #replaced(before: State, after: State, reply: Reply): void {
    const heirs = after.replies.filter((r) => r.seq > reply.seq && !before.replies.some((b) => b.id === r.id));
    const words = heirs
      .sort((a, b) => a.seq - b.seq)
      .map(({ body }) => body)
      .join('');
    if (!withoutSpace(words).includes(withoutSpace(reply.body)))
      this.broken(`reply ${reply.seq} is replaced by nothing`);
  }

  /** Somebody hears of it. */
  #givenUp(after: State, reply: Reply, event: Event, change: string): void {
    const failure = 'failure' in event ? event.failure : null;
    const isPassing = failure !== null && ['rate', 'account', 'pair', 'barred'].includes(failure);
    const isUnheard = event.type === 'reconcile-failed' || (event.type === 'reconciled' && event.found === null);
    const isDoubted = isUnheard && reply.errorCode === DOUBTED_CODE && CHANNELS(reply.to).reconcile === 'probe';
    if (isPassing || (isUnheard && !isDoubted)) this.broken(`${change}, and the carrier was in its way`);
    const isRaised = after.timers.some((t) => t.kind === 'alert');
    const isOut = reply.errorCode === OPTED_OUT_CODE || after.conversation.optedOutAt !== null;
    if (!isRaised && !isOut && reply.kind !== 'alert') this.broken(`${change} and nobody is told`);
  }

  #dropped(after: State, reply: Reply, change: string): void {
    const isOut = after.conversation.optedOutAt !== null && reply.kind !== 'answer';
    // Skipped for a newer run of the same schedule.
    if (after.runs.some((r) => r.id === reply.run && r.note === 'newer')) return;
    const question = reply.choices?.question;
    const asked = [...this.#world.rows.all.questions, ...after.questions].filter((q) => q.id === question);
    const isSettled = reply.kind === 'question' && asked.some((q) => q.state !== 'open');
    if (reply.kind !== 'progress' && reply.kind !== 'nudge' && !isOut && !isSettled)
      this.broken(`${change} (${reply.kind})`);
  }

  /** Asked once, whatever is cut or lost in between, and never reopened. */
  #questions(before: State, after: State, event: Event): void {
    if (before.questions === after.questions) return;
    const { rows } = this.#world;
    for (const question of after.questions) {
      const was = before.questions.find((q) => q.id === question.id);
      if (was?.state === question.state) continue;
      Rules.coverage.changed('question', was?.state ?? 'none', question.state, event);
      if (was && question.state === 'open') this.broken('a question that was settled is open again');
      if (question.state !== 'open' && question.answer === null) this.broken('a question is settled without an answer');
      if (was) continue;
      if (question.kind === 'send_message') this.#owed.push(question.text);
      const twin = rows.all.questions.find(
        (q) => q.id !== question.id && q.turn === question.turn && q.text === question.text && q.kind === question.kind,
      );
      if (twin) this.broken(`“${question.text}” is asked twice`);
      const shown = after.replies.filter(
        (r) => r.copies === 0 && r.choices?.question === question.id && r.choices?.items.length,
      );
      if (shown.length > 1) this.broken(`“${question.text}” is shown twice`);
    }
  }

  #answers(before: State, event: Event): void {
    if (event.type !== 'machine' || event.event.type !== 'result') return;
    const open = findOpenAttempt(before);
    const isApplied =
      open?.turn === event.attempt.turn &&
      open.n === event.attempt.n &&
      open.journal === event.journal &&
      open.lastSeq + 1 === event.seq;
    if (!isApplied) return;
    const isOfRun = findOpenTurn(before)?.run !== null;
    // The person has read that it was dropped.
    if (!isOfRun && findOpenTurn(before)?.stopping != null) return;
    const isAnswer = !event.event.is_error && !isOfRun;
    // A failed text answers nothing: it waits for /retry.
    const listed = event.event.is_error && !isOfRun ? [] : event.event.user_message_uuids;
    for (const uuid of listed) {
      const row = this.#world.rows.all.messages.find((m) => m.uuid === uuid);
      // Only an answer for the person answers a text that was given up before.
      if (row?.state === 'failed' && !isAnswer) continue;
      this.#listed.add(uuid);
      if (this.#answered.has(uuid)) this.broken(`${uuid} was answered twice`);
      this.#answered.add(uuid);
    }
    // The product's own words report a run's failure.
    if (event.event.is_error && isOfRun) return;
    const words = event.event.text.match(/answer \d+;/g) ?? [];
    this.#owed.push(...(words.length > this.#world.maxParts ? words.slice(0, 1) : words));
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
      if (said.has(turn)) this.broken(`said twice in one turn: ${reply.body}`);
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
    if (now - last < NUDGE_EVERY_MS) this.broken('two nudges in a day');
    if (wroteAt === null || wroteAt < last) this.broken('two nudges for one closed window');
  }

  /**
   * Events that were applied before, or belong to another attempt, change nothing; events that come too early consume
   * nothing.
   */
  #stale(before: State, probe: (event: Event) => State): void {
    const attempt = findOpenAttempt(before);
    if (!attempt) return;
    const { turn, n, journal } = attempt;
    const uuids = before.messages.map((m) => m.uuid);
    const result = { type: 'result', text: 'stale', is_error: false, user_message_uuids: uuids, cost_usd: 0 } as const;
    const same = (event: Event, what: string): void => {
      if (probe(event) !== before) this.broken(`${what} changed something`);
    };
    const older = { turn, n: n - 1 };
    same({ type: 'machine', attempt: older, journal: 'J1', seq: 1, event: result }, 'an event of an older attempt');
    same({ type: 'attempt-lost', attempt: older, reason: '' }, 'the loss of an older attempt');
    same({ type: 'unreachable', attempt: { turn: 'other', n }, reason: '' }, 'an event of another turn');
    if (journal === null) return;
    if (attempt.lastSeq > 0) {
      const seq = attempt.lastSeq;
      same({ type: 'machine', attempt: { turn, n }, journal, seq, event: result }, 'an event that was applied');
    }
    for (const other of [
      { journal, seq: attempt.lastSeq + 2 },
      { journal: 'another', seq: attempt.lastSeq + 1 },
    ]) {
      const left = probe({ type: 'machine', attempt: { turn, n }, ...other, event: result });
      // The task of a run is consumed when it is given up.
      const isConsumed = ({ state, run }: Message): boolean => state === 'consumed' && run === null;
      if (left.messages.some((m, i) => isConsumed(m) && before.messages[i]?.state !== 'consumed')) {
        this.broken('an event with a gap or of another journal consumed a message');
      }
    }
  }

  /** After every commit: rows and cache agree, and everything that waits has a wake-up. */
  committed(rows: Rows, now: number): void {
    const state = rows.readHot();
    if (rows.hot) this.#compare(rows.hot, state);
    this.#runs.committed(state);
    const asked = rows.all.messages.find((m) => this.#listed.has(m.uuid) && m.state !== 'consumed');
    if (asked) this.broken(`message ${asked.seq} is answered and still ${asked.state}`);
    this.#listed.clear();
    const turn = findOpenTurn(state);
    const attempt = findOpenAttempt(state);
    const has = (kind: Timer['kind'], ref?: string): boolean =>
      state.timers.some((t) => t.kind === kind && (ref === undefined || t.ref === ref));
    const waits = (is: boolean, what: string): void => {
      if (is) this.broken(`${what}, and nothing will wake it`);
    };
    waits(turn !== null && !attempt && !has('attempt'), 'a turn is between attempts');
    waits(turn?.stopping != null && attempt?.state === 'running' && !has('stop'), 'a turn is being stopped');
    const isWaiting = state.messages.some((m) => m.state === 'waiting');
    waits(isWaiting && !turn && !has('gather'), 'a message waits');
    waits(state.messages.some((m) => m.state === 'active') && !turn, 'a message is active without a turn');
    const isLost = state.messages.some((m) => m.project !== null && !state.projects.some((p) => p.id === m.project));
    waits(isLost, 'a message is for a project that is archived');
    const steered = state.messages.find((m) => m.state === 'active' && m.steered && attempt && !has('steer', m.uuid));
    waits(steered !== undefined && !this.#world.machine.wasGiven(steered.uuid), 'a text is to be steered');
    const first = headOf(state);
    waits(first?.state === 'unknown' && !has('reconcile', first.id), 'a reply is of unknown fate');
    waits(state.replies.some((r) => r.state === 'held') && !has('held'), 'a reply is held');
    for (const { id, state: is, turn: of } of state.questions) {
      waits(is === 'open' && !has('question', id), 'a question is open');
      waits(is === 'answered' && !has('answer', id) && turn?.id !== of, 'an answer is not taken');
    }
    const wants = [wantsAttach, wantsSend, wantsMachine];
    const isWanted = wants.some((wanted) => wanted(state, now)) || findDueAlerts(state, now).length > 0;
    const isSomething = isWanted || turn !== null || isWaiting || first !== null || state.timers.length > 0;
    const wanted = findNextAlarm(state, now);
    waits(isSomething && wanted === null, 'something is wanted');
    waits(wanted !== null && (this.#world.alarmAt ?? Number.POSITIVE_INFINITY) > wanted, 'an alarm is wanted');
    const isAsked = ({ kind }: Timer): boolean => kind !== 'reconcile' || !waitsForCarrier(state);
    const soonest = Math.min(...state.timers.filter(isAsked).map(({ dueAt }) => dueAt));
    const latest = Math.max(soonest, now + HEARTBEAT_MS);
    waits((this.#world.alarmAt ?? Number.POSITIVE_INFINITY) > latest, 'a timer is due before the alarm');
    if (!isSomething && wanted !== null) this.broken('an idle conversation wakes');
  }

  #compare(hot: State, state: State): void {
    for (const rows of ['messages', 'turns', 'attempts', 'replies', 'questions', 'runs'] as const) {
      const [mine, theirs]: (readonly object[])[] = [hot[rows], state[rows]];
      const isSame = mine?.length === theirs?.length && mine?.every((row, i) => isLike(row, theirs?.[i] ?? {}));
      if (!isSame) {
        this.broken(`what is remembered of ${rows} is not what is written: ${JSON.stringify([mine, theirs])}`);
      }
    }
    for (const rows of ['projects', 'sessions'] as const) {
      const [mine, theirs]: (readonly { id: string }[])[] = [hot[rows], state[rows]];
      const isThere = (row: { id: string }): boolean => theirs?.some((r) => r.id === row.id && isLike(row, r)) ?? false;
      if (mine?.length !== theirs?.length || !mine?.every(isThere)) {
        this.broken(`what is remembered of ${rows} is not what is written: ${JSON.stringify([mine, theirs])}`);
      }
    }
    const timers = [hot, state].map((s) =>
      s.timers
        .map((t) => `${t.kind} ${t.ref} ${t.dueAt}`)
        .sort()
        .join(),
    );
    if (timers[0] !== timers[1]) this.broken('what is remembered of timers is not what is written');
  }

  /** A request is made: its intent is written, it is first in line, and the carrier's window is open. */
  handOver(reply: Reply, rows: Rows, now: number): void {
    const row = rows.all.replies.find((r) => r.id === reply.id);
    if (row?.state !== 'sending' || row.attempt !== reply.attempt) this.broken('a reply leaves without its intent');
    this.#places.handOver(reply, rows.all);
    const last = this.#handedOver.at(-1);
    // That the conversation is locked is said before what waits for the unlock.
    if (reply.body !== texts.access.locked('asked', false)) {
      if (last && reply.seq < last.seq) this.broken(`reply ${reply.seq} leaves after ${last.seq}`);
      this.#handedOver.push({ seq: reply.seq });
    }
    const isProbed = CHANNELS(reply.to).reconcile === 'probe';
    if (isProbed && (this.#doubts.get(reply.id) ?? 0) > 1)
      this.broken('a reply leaves a third time, and nobody knows of the two before');
    const wroteAt = this.#wroteAt(rows, reply.from);
    const { windowMs } = CHANNELS(reply.from);
    const isClosed = windowMs !== null && wroteAt !== null && now - wroteAt >= windowMs;
    if (isClosed && reply.template === null) this.broken('free text leaves while the window is closed');
  }

  #wroteAt(rows: Rows, sender: string): number | null {
    const own = 'own/';
    const theirs = rows.all.messages.filter((m) => m.to === sender && !m.providerId.startsWith(own));
    const times = theirs.map((m) => m.receivedAt);
    return times.length === 0 ? null : Math.max(...times);
  }

  /** The person's answer reached the agent, unless they stopped the turn, or is a separate text. */
  #answersHeard(): void {
    const { rows, machine } = this.#world;
    for (const question of rows.all.questions) {
      if (question.state !== 'closed' && question.state !== 'late')
        this.broken(`a question is ${question.state} for ever`);
      const { answer } = question;
      if (answer?.kind !== 'text') continue;
      const isStopped = rows.all.turns.some((t) => t.id === question.turn && t.stopping !== null);
      const isHeard = machine.heard.some(
        (h) => h.turn === question.turn && h.answer.kind === 'text' && h.answer.text === answer.text,
      );
      const message = rows.all.messages.find((m) => m.seq === question.message);
      const isText = message?.text === texts.questions.lateAnswer(question.text, answer.text ?? '');
      if (!isStopped && !isHeard && !isText) this.broken(`the answer to “${question.text}” was lost`);
    }
  }

  dropped(callback: Callback | null): void {
    if (callback) this.#droppedCallbacks.add(callback.sid);
  }

  /** When everything has come to rest. */
  atRest(): void {
    this.#event = null;
    const { rows, carriers } = this.#world;
    const open = rows.all.messages.find((m) => m.state !== 'consumed' && m.state !== 'failed');
    if (open) this.broken(`message ${open.seq} is ${open.state} for ever`);
    const isKept = (r: Reply): boolean => r.state === 'held' && !isLocked(rows.all, r.to);
    const kept = rows.all.replies.find((r) => isKept(r) && !carriers.of(r.from).isClosed(r.from, this.#world.now));
    if (kept) this.broken(`reply ${kept.seq} is held while the carrier’s window is open`);
    const idle = rows.load();
    if (wantsMachine(idle, this.#world.now)) this.broken('the provider is asked for ever');
    if (idle.timers.length === 0 && findNextAlarm(idle, this.#world.now) !== null) this.broken('it wakes for nothing');
    if (idle.machine !== null && idle.machine.awakeSince !== null) this.broken('the machine is awake for ever');
    this.#answersHeard();
    this.#places.atRest();
    this.money.atRest(idle);
    this.#runs.atRest((from) => carriers.of(from).isClosed(from, this.#world.now));
    const isLeftOut = (r: Reply): boolean => rows.all.runs.some((run) => run.id === r.run && run.note === 'newer');
    for (const words of this.#owed) {
      const taken = carriers.taken.filter((m) => m.row.body.includes(words));
      const reached = taken.filter((m) => m.fate === null);
      const holders = rows.all.replies.filter((r) => r.body.includes(words));
      const isUnheard = taken.some((m) => this.#droppedCallbacks.has(m.sid));
      if (
        reached.length === 0 &&
        !isUnheard &&
        !holders.some((r) => ['held', 'parked', 'failed'].includes(r.state) || isLeftOut(r))
      ) {
        this.broken(`“${words}” never reached the phone`);
      }
      const excused = reached.filter((m) => m.wasHidden).length;
      if (reached.length > 1 + excused) this.broken(`“${words}” reached the phone ${reached.length} times`);
      const isCounted = holders.some((r) => r.doubledSid !== null);
      // The first try may arrive after the marked one.
      const isMarked = reached.filter((m) => !m.words.includes(texts.mayRepeat)).length <= 1;
      if (reached.length > 1 && !isCounted && !isUnheard && !isMarked)
        this.broken(`“${words}” was doubled and nobody noticed`);
    }
  }
}

/** The message is older than the carrier's refusal: the service window has closed since. */
const isBeforeRefusal = ({ windows }: State, { to, receivedAt }: Message): boolean =>
  receivedAt < (windows.find(({ sender }) => sender === to)?.refusedAt ?? 0);

const withoutSpace = (words: string): string => words.replaceAll(/\s/g, '');

const isLike = (one: object, other: object): boolean =>
  one === other || Object.entries(one).every(([name, value]) => other[name as keyof typeof other] === value);
