import { splitText } from '../../src/channels/markup/split.ts';
import { findNextAlarm } from '../../src/conversation/alarm.ts';
import { decide } from '../../src/conversation/decide.ts';
import { findDueAlerts, findDueLookUp, wantsAttach, wantsOutage, wantsSend } from '../../src/conversation/lanes.ts';
import { isSleepDue, wantsMachine } from '../../src/conversation/machine/readiness.ts';
import { findDueNews, outageOf } from '../../src/conversation/outbox/carrier-outage.ts';
import { headOf } from '../../src/conversation/outbox/replies.ts';
import { ATTACH_MAX_MS, MACHINE_ANSWER_MS, STEADY_MS } from '../../src/conversation/policy/machine.ts';
import { SEND_TIMEOUT_MS } from '../../src/conversation/policy/outbox.ts';
import type { Policy } from '../../src/conversation/policy/policy.ts';
import { ASK_TIMEOUT_MS } from '../../src/conversation/policy/schedules.ts';
import { readsOf } from '../../src/conversation/preload.ts';
import { asResumed, withNextTime, withNextTimer } from '../../src/conversation/schedules/due.ts';
import { choiceIdOf } from '../../src/conversation/state/choices.ts';
import type { AttemptRef, Context, Effect, Event } from '../../src/conversation/state/events.ts';
import type { OperatorAct } from '../../src/conversation/state/operating.ts';
import type { Reply } from '../../src/conversation/state/rows.ts';
import type { Schedule } from '../../src/conversation/state/schedule-rows.ts';
import { attemptId, findOpenAttempt, findOpenTurn, type State } from '../../src/conversation/state/state.ts';
import type { Timer } from '../../src/conversation/state/timers.ts';
import { applyNews, isOutageOver, PROBE_MAX_MS, type SenderOutage } from '../../src/objects/outage-rounds.ts';
import { arrivalEventOf } from '../../src/objects/received-calls.ts';
import { CHANNELS, PLACES } from './channels.ts';
import { emptyState } from './conversation.ts';
import { Carrier } from './world-carrier.ts';
import { type Answer, Machine } from './world-machine.ts';
import { type AnswerEnd, Gateway, LIMITS, newGate } from './world-money.ts';
import { Provider } from './world-provider.ts';
import { deepFreeze, Rows } from './world-rows.ts';
import { Rules } from './world-rules.ts';

// A closed world around the decision: one person, the relay's object with its rows, alarm and lanes, a machine, a
// carrier and a network that delays and loses. Everything in it is simulated and repeatable.

export type Lane = 'attach' | 'send' | 'alert' | 'machine' | 'outage';
/** A request on its way: it arrives or is lost, and so does its answer. */
type Call = {
  name: string;
  lane: Lane | null;
  to: 'machine' | 'carrier' | 'operator' | 'provider' | 'directory';
  /** Does its work at the other side and returns the effect of the answer here. */
  arrive: (isLate: boolean) => () => void;
  /** The effect here when no answer came. */
  lost: () => void;
  answer: (() => void) | null;
  /** The earliest time of arrival. */
  hangsUntil: number | null;
  timeoutMs: number;
};
type Stream = { ref: AttemptRef; after: number; openedAt: number; isSteady: boolean };
type InAir = { id: string; text: string; to: string; attachments: number; at: number; choice: string | null };
export type Setting = {
  channel: keyof typeof PLACES;
  gatherMs: number;
  queueMode: Policy['queueMode'];
  nudges: boolean;
  turnMs: number;
  /** A separate machine; absent: one that always runs. */
  makesMachines?: boolean;
  /** The model costs money, and budgets limit it. */
  hasBudget?: boolean;
};

const HOUR = 60 * 60_000;
const PLAIN: Omit<Schedule, 'id' | 'kind' | 'rule' | 'overlap' | 'isolated' | 'prompt' | 'nextAt' | 'createdAt'> = {
  project: 'main',
  zone: 'Etc/UTC',
  holidays: null,
  skips: [],
  checkCommand: null,
  standup: false,
  recipients: [],
  state: 'active',
  pausedBy: null,
  resumeAt: null,
  failures: 0,
  heldRuns: 0,
  toldWindow: false,
  deliveredAt: null,
};
const SPIN_MAX = 2000;
const START = 1_800_000_000_000;

export class World {
  now = START;
  readonly rows: Rows;
  readonly machine = new Machine();
  readonly carrier: Carrier;
  readonly provider = new Provider();
  readonly rules: Rules;
  readonly gateway: Gateway;
  #gate;
  readonly #policy: Policy;
  readonly #address: string;
  readonly #senders: readonly string[];
  operatorIsAway = false;
  /** The directory's knowledge of a carrier outage. */
  outage: SenderOutage | null = null;
  alarmAt: number | null = null;
  #lanes = new Set<Lane>();
  #uuids = 0;
  #calls: Call[] = [];
  /** Requests whose callers are gone or have given up; they may still arrive. */
  #ghosts: Call[] = [];
  #stream: Stream | null = null;
  #inAir: InAir[] = [];
  #sent: InAir[] = [];
  #firedTimers: Timer[] = [];
  #ids = 0;

  constructor({ channel, gatherMs, queueMode, nudges, turnMs, makesMachines = false, hasBudget = false }: Setting) {
    const place = PLACES[channel];
    this.#address = place.address;
    this.#senders = place.senders;
    this.carrier = new Carrier(CHANNELS(place.address), place.hasReceipts);
    const empty = emptyState();
    const conversation = { ...empty.conversation, address: this.#address, sender: this.#senders[0] as string };
    this.rows = new Rows({ ...empty, conversation });
    const words = { models: { allowed: [], fallback: null }, assistant: { name: null, tone: null } };
    const none = { deleteMedia: false, archiveAfterMs: null, defaultZone: null, makesMachines };
    const usual = { maxParts: 4, nudgeTemplate: nudges ? 'HX1' : null, ...none, ...words };
    const money = { isCarrierFree: true, ...(hasBudget ? { limits: LIMITS } : {}) };
    this.#policy = { gatherMs, turnMs, queueMode, ...money, ...usual };
    this.rules = new Rules(this, this.#policy);
    this.#gate = newGate(this, this.#policy);
    this.gateway = new Gateway(() => this.#gate, this.rules.money);
  }

  get queueMode(): Policy['queueMode'] {
    return this.#policy.queueMode;
  }

  get makesMachines(): boolean {
    return this.#policy.makesMachines === true;
  }

  get maxParts(): number {
    return this.#policy.maxParts;
  }

  get isQuiet(): boolean {
    return this.#calls.length === 0 && this.#stream === null && this.carrier.callbacks.length === 0;
  }

  // The person.

  text(text: string, { attachments = 0, sender = 0, lose = false, choice = null as string | null } = {}): void {
    this.now++;
    const to = this.#senders[sender] as string;
    const inbound: InAir = { id: `IN${this.#sent.length + 1}`, text, to, attachments, at: this.now, choice };
    this.#sent.push(inbound);
    this.carrier.wrote(to, this.now);
    const word = text.toLowerCase();
    if (this.#hasOptOut && word === 'stop') this.carrier.optedOut = true;
    if (word === 'start') this.carrier.optedOut = false;
    if (lose) this.#inAir.push(inbound);
    else this.#accept(inbound, this.now, false);
  }

  /** Late webhooks arrive; `fromList`: texts without a webhook are found in the carrier's list. */
  land(fromList: boolean): void {
    const landing = this.#inAir;
    this.#inAir = [];
    for (const inbound of landing) {
      // The list contains no taps.
      if (fromList) this.#accept({ ...inbound, choice: null }, inbound.at, inbound.text === '');
      else this.#accept(inbound, this.now, false);
    }
  }

  repeatWebhook(index: number): void {
    const known = this.#sent.filter((inbound) => !this.#inAir.includes(inbound));
    const inbound = known[index % Math.max(1, known.length)];
    const before = this.rows.all;
    if (!inbound) return;
    this.#accept(inbound, this.now, false);
    if (before.messages.length !== this.rows.all.messages.length)
      this.rules.broken('a repeated webhook added a message');
  }

  get #hasOptOut(): boolean {
    return CHANNELS(this.#address).optOutWords;
  }

  #accept({ id, text, to, attachments, choice }: InAir, receivedAt: number, late: boolean): void {
    const uuid = `00000000-0000-5000-8000-${id.slice(2).padStart(12, '0')}`;
    if (this.rows.knowsMessage(id)) {
      this.#keepLanes(this.rows.load());
      return;
    }
    const word = text.toLowerCase();
    const optOut = word === 'start' || (this.#hasOptOut && (word === 'stop' || word === 'help')) ? word : null;
    const message = { providerId: id, uuid, from: this.#address, to, text, attachments, receivedAt };
    this.apply(arrivalEventOf({ ...message, late, optOut, choice: choice ?? null }, this.rows.nextMessageSeq()));
  }

  /** The person taps an option of some question, however old. */
  tap(index: number, option: number): void {
    const { questions } = this.rows.all;
    const question = questions[index % Math.max(1, questions.length)];
    const title = question?.options[option];
    if (question && title) this.text(title, { choice: choiceIdOf(question.id, option) });
  }

  // The object.

  apply(...events: Event[]): State {
    const before = this.rows.load((hot) => readsOf(events, hot));
    const effects: Effect[] = [];
    let state = before;
    for (const event of events) {
      const context: Context = {
        now: this.now,
        policy: this.#policy,
        id: () => `01${String(++this.#ids).padStart(24, '0')}`,
        channelOf: CHANNELS,
        cut: splitText,
        parts: (text) => text.split('\n\n').filter((part) => part !== ''),
        uuid: () => `00000000-0000-4000-8000-${String(++this.#uuids).padStart(12, '0')}`,
        messageSeq: () => this.rows.nextMessageSeq(),
        pageUrl: (page) => `https://relay.example.com/read/${page}`,
        accountUrl: (link) => `https://relay.example.com/account/${link}`,
        diffUrl: (diff) => `https://relay.example.com/diff/${diff}`,
        isAllowed: () => true,
        isAdmin: () => true,
        isOwner: () => false,
        sealPin: (pin: string) => `sealed ${pin}`,
        machineName: () => 'roost-aaaaaaaaaaaaaaaaaaaa',
        chance: () => 0.5,
      };
      const decision = decide(state, deepFreeze(event), context);
      deepFreeze(decision);
      this.rules.step(state, event, decision, this.now, (other) => decide(state, other, context).state);
      state = decision.state;
      effects.push(...decision.effects);
    }
    this.rows.save(before, state);
    this.#arm(this.rows.load());
    this.rules.committed(this.rows, this.now);
    this.#keepLanes(state);
    for (const effect of effects) this.#perform(effect);
    return state;
  }

  alarm(): void {
    this.alarmAt = null;
    for (const timer of this.rows.dueTimers(this.now)) this.fire(timer);
    this.apply({ type: 'heartbeat' });
    this.#arm(this.rows.load());
  }

  fire(timer: Timer): void {
    this.#firedTimers.push(timer);
    this.apply({ type: 'timer', timer });
  }

  /** A timer that is early, or has fired before. */
  fireAny(index: number): void {
    const timers = [...this.rows.all.timers, ...this.#firedTimers.slice(-5)];
    const timer = timers[index % Math.max(1, timers.length)];
    if (timer) this.fire(timer);
  }

  /** The object disappears at once; requests on their way may still arrive. */
  crash(): void {
    this.#ghosts.push(...this.#calls.filter((call) => call.answer === null));
    this.#calls = [];
    this.#lanes = new Set();
    this.#stream = null;
    this.#gate = newGate(this, this.#policy);
    this.rows.forget();
  }

  /** The agent asks the model. A budget that is used up ends its turn. */
  askModel(): void {
    const attempt = this.machine.running;
    if (attempt?.state === 'running' && !this.gateway.ask(attempt.id)) this.machine.usedUp();
  }

  answerOfModel(index: number, end: AnswerEnd, output: number): void {
    this.gateway.end(index, end, output);
  }

  #arm(state: State): void {
    const wanted = findNextAlarm(state, this.now);
    if (wanted === null) this.alarmAt = null;
    else if (this.alarmAt === null || wanted < this.alarmAt) this.alarmAt = wanted;
  }

  #keepLanes(state: State): void {
    if (wantsAttach(state, this.now)) this.#startLane('attach');
    if (wantsMachine(state, this.now)) this.#startLane('machine');
    if (wantsSend(state, this.now)) this.#startLane('send');
    if (wantsOutage(state, this.now)) this.#startLane('outage');
    if (findDueAlerts(state, this.now).length > 0) this.#startLane('alert');
  }

  #startLane(lane: Lane): void {
    if (this.#lanes.has(lane)) return;
    this.#lanes.add(lane);
    this.#goOn(lane);
  }

  #goOn(lane: Lane): void {
    const lanes = {
      attach: () => this.#attach(),
      send: () => this.#send(),
      alert: () => this.#alert(),
      outage: () => this.#tellOutage(),
      machine: () => this.#make(),
    };
    const isBusy = lanes[lane]();
    if (isBusy) return;
    this.#lanes.delete(lane);
    this.#keepLanes(this.rows.load());
  }

  #attach(): boolean {
    const state = this.rows.load();
    const attempt = findOpenAttempt(state);
    if (!attempt || !wantsAttach(state, this.now)) return false;
    const ref = { turn: attempt.turn, n: attempt.n };
    if (attempt.state !== 'requested') this.#follow(ref, attempt.lastSeq);
    else if (findOpenTurn(state)?.stopping) {
      this.#askMachine(
        'prevent',
        'attach',
        ref,
        (id) => this.machine.interrupt(id),
        (answer) => this.#taken(ref, answer),
      );
    } else {
      const active = state.messages.filter((m) => m.state === 'active').map(({ uuid, text }) => ({ uuid, text }));
      this.#askMachine(
        'put',
        'attach',
        ref,
        (id, isLate) => this.machine.put(id, active, isLate),
        (answer) => this.#taken(ref, answer),
      );
    }
    return true;
  }

  /** The machine is created, changed, inspected or put to sleep. */
  #make(): boolean {
    const state = this.rows.load();
    const { machine } = state;
    if (machine === null || !wantsMachine(state, this.now)) return false;
    const of = { lane: 'machine', to: 'provider', timeoutMs: MACHINE_ANSWER_MS } as const;
    if (machine.step === 'ready') {
      const lost = () => void this.apply({ type: 'machine-seen', seen: null, stopped: false });
      const arrive = () => {
        const told = this.provider.describe(isSleepDue(this.rows.load(), this.now));
        if (told.stopped) this.restartMachine();
        return () => void this.apply({ type: 'machine-seen', ...told });
      };
      this.#call({ ...of, name: 'describe', arrive, lost });
      return true;
    }
    this.apply({ type: 'machine-begin' });
    const { step } = machine;
    const lost = () => void this.apply({ type: 'machine-step', step, outcome: { kind: 'unknown', reason: 'cut' } });
    const arrive = () => {
      const outcome = this.provider.ensure(machine);
      if (step === 'update' || step === 'revert') this.restartMachine();
      return () => void this.apply({ type: 'machine-step', step, outcome });
    };
    this.#call({ ...of, name: step, arrive, lost });
    return true;
  }

  /** A new image, for an idle machine. */
  upgrade(first: boolean): void {
    this.provider.settings++;
    this.apply({ type: 'machine-upgrade', settings: `s${this.provider.settings}`, first });
  }

  /** Others need the slot: the machine goes if it is idle, and its disk stays. */
  release(): void {
    this.apply({ type: 'machine-release' });
    if (this.rows.load().machine?.step !== 'claim' || this.provider.machine === 'none') return;
    this.provider.machine = 'none';
    this.restartMachine();
  }

  /** The machine and its disk are gone, or it went to sleep without being told. */
  takeMachine(how: 'gone' | 'asleep'): void {
    if (!this.makesMachines || (how === 'asleep' && this.machine.running)) return;
    if (this.provider.machine !== 'none') this.provider.machine = how === 'gone' ? 'none' : 'asleep';
    if (how === 'gone') this.loseMachine();
    else this.cutStream();
  }

  /** Nothing answers at its address: it is down, not created, or asleep and woken by this request. */
  #isAway(): boolean {
    if (this.machine.mode === 'down') return true;
    if (!this.makesMachines || this.provider.machine === 'started') return false;
    if (this.provider.machine === 'asleep') this.provider.machine = 'started';
    return true;
  }

  #taken(ref: AttemptRef, answer: Answer): void {
    if (answer.kind === 'ok') this.apply({ type: 'attempt-taken', attempt: ref, journal: answer.journal });
    else this.#failed(ref, answer.kind);
  }

  #failed(ref: AttemptRef, kind: 'lost' | 'refused' | 'unreachable' | 'busy'): void {
    if (kind === 'busy') {
      this.apply({ type: 'unreachable', attempt: ref, reason: kind, isBusy: true });
      return;
    }
    const type = { unreachable: 'unreachable', lost: 'attempt-lost', refused: 'attempt-refused' } as const;
    const event: Event = { type: type[kind], attempt: ref, reason: kind };
    this.apply(event.type === 'attempt-refused' ? { ...event, isOutdated: this.makesMachines } : event);
  }

  #follow(ref: AttemptRef, after: number): void {
    const opened = (answer: Answer): void => {
      if (answer.kind !== 'ok') {
        this.#failed(ref, answer.kind);
        return;
      }
      const known = findOpenAttempt(this.rows.load())?.journal;
      if (known && known !== answer.journal) {
        this.#failed(ref, 'lost');
        return;
      }
      this.apply({ type: 'attached', attempt: ref, steady: false });
      this.#stream = { ref, after, openedAt: this.now, isSteady: false };
    };
    this.#askMachine('follow', 'attach', ref, (id) => this.machine.follow(id), opened);
  }

  #askMachine(
    name: string,
    lane: Lane | null,
    ref: AttemptRef,
    ask: (id: string, isLate: boolean) => Answer,
    answered: (answer: Answer) => void,
    lost = () => this.#failed(ref, 'unreachable'),
  ): void {
    if (lane !== null) this.rules.asked(this.rows.load(), name);
    const arrive = (isLate: boolean) => {
      const answer = ask(attemptId(ref), isLate);
      return () => answered(answer);
    };
    this.#call({ name, lane, to: 'machine', arrive, lost, timeoutMs: MACHINE_ANSWER_MS });
  }

  #send(): boolean {
    for (let n = 0; ; n++) {
      if (n > SPIN_MAX) this.rules.broken('the send lane spins');
      const state = this.rows.load();
      if (!wantsSend(state, this.now)) return false;
      const lookUpFor = findDueLookUp(state, this.now);
      if (lookUpFor) {
        this.#lookUp(lookUpFor);
        return true;
      }
      if (headOf(state)?.state === 'sending') this.apply({ type: 'send-abandoned' });
      else {
        const reply = headOf(this.apply({ type: 'send-begin' }));
        if (reply?.state !== 'sending') continue;
        this.#handOver(reply);
        return true;
      }
    }
  }

  #handOver(reply: Reply): void {
    this.rules.askedCarrier(this.rows.load(), 'a reply leaves');
    const named = { reply: reply.id, attempt: reply.attempt };
    this.rules.handOver(reply, this.rows, this.now);
    const lost = () => void this.apply({ type: 'send-unknown', ...named });
    const arrive = (isLate: boolean) => {
      const answer = this.carrier.send(reply, this.now, isLate);
      return () => {
        if (answer.kind === 'unknown') return lost();
        if (answer.kind === 'accepted') this.apply({ type: 'send-accepted', ...named, sid: answer.sid });
        else {
          const { code, failure, retryAfterMs } = answer;
          this.apply({ type: 'send-refused', ...named, code, failure, retryAfterMs });
        }
      };
    };
    this.#call({ name: 'send', lane: 'send', to: 'carrier', arrive, lost, timeoutMs: SEND_TIMEOUT_MS });
  }

  #lookUp(reply: Reply): void {
    this.rules.askedCarrier(this.rows.load(), 'its list is read');
    const lost = () => void this.apply({ type: 'reconcile-failed', reply: reply.id, reason: 'no answer' });
    const arrive = () => {
      const list = this.carrier.list(reply, this.now);
      return () => {
        if (list === null) return lost();
        const found = list.find(({ sid }) => !this.rows.hasSid(sid)) ?? null;
        this.apply({ type: 'reconciled', reply: reply.id, found });
      };
    };
    this.#call({ name: 'look up', lane: 'send', to: 'carrier', arrive, lost, timeoutMs: SEND_TIMEOUT_MS });
  }

  #alert(): boolean {
    const due = findDueAlerts(this.rows.load(), this.now)[0];
    if (!due) return false;
    const lost = () => void this.apply({ type: 'alert-failed', cause: due.ref });
    const arrive = () => () => {
      if (this.operatorIsAway) lost();
      else this.apply({ type: 'alert-raised', cause: due.ref });
    };
    this.#call({ name: 'alert', lane: 'alert', to: 'operator', arrive, lost, timeoutMs: SEND_TIMEOUT_MS });
    return true;
  }

  #tellOutage(): boolean {
    const state = this.rows.load();
    const news = findDueNews(state, this.now);
    const outage = outageOf(state);
    if (news === null || !outage?.sender) return false;
    const { sender, failure, code, since, notBefore } = outage;
    const times = { lastedMs: this.now - since, waitMs: Math.max(0, notBefore - this.now) };
    const lost = () => void this.apply({ type: 'outage-not-told' });
    const arrive = () => {
      const of = { sender, conversation: 'C', news, failure, code, ...times };
      this.outage = news === 'leaves' ? null : applyNews(this.outage, of, this.now, 0.5);
      return () => void this.apply({ type: 'outage-told', news });
    };
    this.#call({ name: 'outage', lane: 'outage', to: 'directory', arrive, lost, timeoutMs: SEND_TIMEOUT_MS });
    return true;
  }

  /** The directory sends its word when it is due. */
  #direct(): void {
    const { outage } = this;
    if (outage === null || outage.nextAt > this.now) return;
    const word = isOutageOver(outage) ? 'back' : 'try';
    this.outage = word === 'back' ? null : { ...outage, prober: 'C', nextAt: this.now + PROBE_MAX_MS };
    if (outageOf(this.rows.load())?.sender !== outage.sender) this.outage = null;
    else if (headOf(this.apply({ type: 'carrier-word', word, sender: outage.sender })) === null) this.outage = null;
  }

  #askDirectory(answer: Event): void {
    const arrive = () => () => void this.apply(answer);
    const lost = (): void => undefined;
    this.#call({ name: 'ask', lane: null, to: 'directory', arrive, lost, timeoutMs: ASK_TIMEOUT_MS });
  }

  #perform(effect: Effect): void {
    this.rules.effects.push(effect.do);
    if (effect.do === 'wish') {
      this.#askDirectory({ type: 'wish-answered', ref: effect.ref, said: { text: 'noted' } });
    }
    // The recipient is somebody who is blocked.
    if (effect.do === 'ask-recipients') {
      this.#askDirectory({ type: 'recipients-answered', ref: effect.ref, mayAll: false });
    }
    if (effect.do !== 'interrupt' && effect.do !== 'steer' && effect.do !== 'answer') return;
    const { attempt } = effect;
    const nothing = () => {};
    if (effect.do === 'interrupt') {
      this.#askMachine('interrupt', null, attempt, (id) => this.machine.interrupt(id), nothing, nothing);
      return;
    }
    if (effect.do === 'answer') {
      const { question, request, answer } = effect;
      const settled = ({ kind }: Answer): void => {
        if (kind === 'ok') this.apply({ type: 'answer-taken', question, request });
        else if (kind !== 'unreachable') this.apply({ type: 'answer-refused', question, request });
      };
      this.#askMachine('answer', null, attempt, (id) => this.machine.answer(id, request, answer), settled, nothing);
      return;
    }
    const { uuid, text } = effect;
    const answered = ({ kind }: Answer): void => {
      if (kind === 'ok') this.apply({ type: 'steered', attempt, uuid });
      else if (kind !== 'unreachable') this.apply({ type: 'steer-refused', attempt, uuid });
    };
    this.#askMachine('steer', null, attempt, (id) => this.machine.steer(id, { uuid, text }), answered, nothing);
  }

  press(act: OperatorAct['do']): void {
    const state = this.rows.all;
    const last = state.messages.filter((m) => m.state === 'failed').at(-1);
    const session = state.projects.find((p) => p.id === state.conversation.project)?.sessionId ?? '';
    const about = {
      turn: findOpenTurn(state)?.id ?? null,
      failed: last?.turn ?? last?.uuid ?? '',
      session,
      schedule: 1,
    };
    this.apply({ type: 'operated', act: { ...about, do: act } as OperatorAct });
  }

  /** The operator asks to send a held, parked or failed reply. */
  resend(index: number): void {
    const troubled = this.rows.all.replies.filter((r) => ['parked', 'held', 'failed'].includes(r.state));
    const reply = troubled[index % Math.max(1, troubled.length)];
    if (reply) this.apply({ type: 'resend', reply: reply.id });
  }

  // Schedules.

  /** Another schedule; there are only a few at a time. */
  plan(made: Pick<Schedule, 'kind' | 'rule' | 'overlap' | 'isolated'>): void {
    const id = this.rows.all.schedules.length + 1;
    const isFull = this.rows.all.schedules.filter((s) => s.state !== 'over').length >= 3;
    if (isFull || id > 8) return;
    const schedule: Schedule = { ...PLAIN, ...made, id, prompt: `task ${id};`, createdAt: this.now, nextAt: null };
    this.#edit((all) => withNextTimer(all, withNextTime(schedule, this.now)));
  }

  /** Pauses, resumes or ends a schedule, depending on its row. */
  alter(index: number, to: 'paused' | 'active' | 'over'): void {
    const live = this.rows.all.schedules.filter((s) => s.state !== 'over');
    const schedule = live[index % Math.max(1, live.length)];
    if (!schedule || schedule.state === to) return;
    const paused = {
      ...schedule,
      state: to,
      pausedBy: 'person',
      resumeAt: to === 'paused' ? this.now + HOUR : null,
    } as const;
    this.#edit((all) => withNextTimer(all, to === 'active' ? asResumed(schedule, this.now) : paused));
  }

  /** The object sleeps past everything due; when it wakes, its memory is empty. */
  sleep(ms: number): void {
    this.now += ms;
    this.crash();
    if (this.alarmAt !== null && this.alarmAt <= this.now) this.alarm();
  }

  #edit(change: (all: State) => State): void {
    this.rows.edit(change);
    this.#arm(this.rows.load());
  }

  // The network.

  #call(call: Omit<Call, 'answer' | 'hangsUntil'>): void {
    this.#calls.push({ ...call, answer: null, hangsUntil: null });
  }

  #finish(call: Call, outcome: () => void): void {
    this.#calls = this.#calls.filter((other) => other !== call);
    outcome();
    if (call.lane && !(call.lane === 'attach' && this.#stream)) this.#goOn(call.lane);
  }

  /** One request moves one step: it arrives, or its answer does. */
  #advance(call: Call): void {
    if (call.answer) {
      this.#finish(call, call.answer);
      return;
    }
    if (call.to === 'machine' && this.#isAway()) {
      this.#finish(call, call.lost);
      return;
    }
    call.answer = call.arrive(false);
  }

  /** A fault of one request: it is lost, its answer is lost, or nothing comes before its time-out. */
  disturb(index: number, how: 'advance' | 'lose' | 'lose answer' | 'hang'): void {
    const call = this.#calls[index % Math.max(1, this.#calls.length)];
    if (!call || call.hangsUntil !== null) return;
    if (how === 'advance') {
      this.#advance(call);
      return;
    }
    if (how === 'hang') {
      call.hangsUntil = this.now + call.timeoutMs;
      return;
    }
    if (how === 'lose answer' && !call.answer) call.arrive(false);
    this.#finish(call, call.lost);
  }

  /** A request that was given up arrives after all. */
  haunt(): void {
    const ghost = this.#ghosts.shift();
    if (!ghost || (ghost.to === 'machine' && this.#isAway())) return;
    ghost.arrive(true);
  }

  /** Every request and the event stream move one step. True when something moved. */
  move(batch: number): boolean {
    const calls = this.#calls.filter((call) => call.hangsUntil === null);
    for (const call of calls) if (this.#calls.includes(call)) this.#advance(call);
    return this.#readStream(batch) || calls.length > 0;
  }

  settle(): void {
    for (let n = 0; this.move(100); n++) if (n > SPIN_MAX) this.rules.broken('the world spins');
  }

  #readStream(most: number): boolean {
    const stream = this.#stream;
    if (!stream || this.machine.mode === 'down') return false;
    const { ref } = stream;
    const attempt = this.machine.attempts.get(attemptId(ref));
    const events = attempt?.events.slice(stream.after, stream.after + most) ?? [];
    if (events.length === 0) {
      if (!attempt || attempt.state === 'ended') this.cutStream();
      return false;
    }
    const first = stream.after + 1;
    stream.after += events.length;
    const { journal } = this.machine;
    const state = this.apply(
      ...events.map((event, i): Event => ({ type: 'machine', attempt: ref, journal, seq: first + i, event })),
    );
    const open = findOpenAttempt(state);
    if (this.#stream === stream && (open?.turn !== ref.turn || open.n !== ref.n)) {
      this.#stream = null;
      this.#goOn('attach');
    }
    return true;
  }

  cutStream(): void {
    if (!this.#stream) return;
    const { ref } = this.#stream;
    this.#stream = null;
    this.#failed(ref, 'unreachable');
    this.#goOn('attach');
  }

  restartMachine(): void {
    this.machine.restart();
    this.cutStream();
  }

  /** Another machine takes its place: requests on their way to the old one never arrive. */
  loseMachine(): void {
    this.machine.loseMemory();
    this.cutStream();
    this.#ghosts = this.#ghosts.filter(({ to }) => to !== 'machine');
    for (const call of this.#calls.filter(({ to, answer }) => to === 'machine' && answer === null)) {
      this.#finish(call, call.lost);
    }
  }

  setMachine(mode: Machine['mode']): void {
    this.machine.mode = mode;
    if (mode === 'down') this.cutStream();
  }

  callback(index: number, how: 'deliver' | 'copy' | 'drop'): void {
    const callback = this.carrier.nextCallback(index, how === 'copy');
    if (how === 'drop') this.rules.dropped(callback);
    else if (callback) this.apply({ type: 'status', ...callback });
  }

  // Time.

  /** Time passes; requests on their way arrive. Over long waits alarms come late. */
  wait(ms: number): void {
    const end = this.now + ms;
    const grain = ms / 300;
    for (;;) {
      this.settle();
      const hanging = this.#calls.flatMap((call) => call.hangsUntil ?? []);
      const stream = this.#stream ? [this.#stream.openedAt + STEADY_MS / 2] : [];
      const due = [this.alarmAt, this.outage?.nextAt].filter((at) => at != null);
      const next = Math.min(end, ...hanging, ...due.map((at) => Math.max(at, this.now)));
      const steady = stream.filter((at) => at > this.now);
      this.now = Math.min(end, Math.max(Math.min(next, ...steady), Math.ceil(this.now + grain)));
      for (const call of this.#calls.filter((c) => c.hangsUntil !== null && c.hangsUntil <= this.now)) {
        this.#ghosts.push(...(call.answer ? [] : [call]));
        this.#finish(call, call.lost);
      }
      this.#ageStream();
      if (this.alarmAt !== null && this.alarmAt <= this.now) this.alarm();
      this.#direct();
      if (this.now >= end) break;
    }
    this.settle();
  }

  #ageStream(): void {
    const stream = this.#stream;
    if (!stream) return;
    const age = this.now - stream.openedAt;
    if (age > ATTACH_MAX_MS) {
      this.#stream = null;
      this.#goOn('attach');
    } else if (!stream.isSteady && age >= STEADY_MS / 2) {
      stream.isSteady = true;
      this.apply({ type: 'attached', attempt: stream.ref, steady: true });
    }
  }

  /** Without further faults, everything has to come to rest. */
  heal(): void {
    this.setMachine('up');
    Object.assign(this.carrier, { mode: 'ok', listFails: false, listLagMs: 0 });
    this.operatorIsAway = false;
    this.provider.mode = 'ok';
    for (let n = 0; n < this.rows.all.schedules.length; n++) this.alter(0, 'over');
    for (const call of this.#calls) call.hangsUntil = null;
    while (this.#ghosts.length > 0) this.haunt();
    this.land(true);
    for (let n = 0; n < SPIN_MAX; n++) {
      this.settle();
      this.machine.work();
      while (this.carrier.callbacks.length > 0) this.callback(0, 'deliver');
      this.settle();
      if (this.#isAtRest()) return;
      const due = [this.alarmAt, this.outage?.nextAt].filter((at) => at != null);
      this.now = Math.max(this.now + 200, due.length === 0 ? this.now : Math.min(...due));
      this.#ageStream();
      if (this.alarmAt !== null && this.alarmAt <= this.now) this.alarm();
      this.#direct();
    }
    this.rules.broken('the world does not come to rest');
  }

  #isAtRest(): boolean {
    const { timers, turns, replies } = this.rows.all;
    const isOpen = turns.some((t) => t.state === 'open') || replies.some((r) => isMoving(r));
    return this.isQuiet && !isOpen && timers.every((t) => t.kind === 'held');
  }
}

const isMoving = ({ state }: Reply): boolean => state === 'ready' || state === 'sending' || state === 'unknown';
