import { withoutEmphasis } from '../../src/channels/markup/plain.ts';
import { splitText } from '../../src/channels/markup/split.ts';
import { findNextAlarm } from '../../src/conversation/alarm.ts';
import { decide } from '../../src/conversation/decide.ts';
import type { Policy } from '../../src/conversation/policy/policy.ts';
import { readsOf } from '../../src/conversation/preload.ts';
import type { Context, Effect, Event } from '../../src/conversation/state/events.ts';
import { newAddress } from '../../src/conversation/state/person.ts';
import type { Reply } from '../../src/conversation/state/rows.ts';
import type { State } from '../../src/conversation/state/state.ts';
import type { Timer } from '../../src/conversation/state/timers.ts';
import { CHANNELS, PLACES } from './channels.ts';
import { emptyState } from './conversation.ts';
import { Attach } from './world-attach.ts';
import { Carriers } from './world-carrier.ts';
import { Directory } from './world-directory.ts';
import { Lanes } from './world-lanes.ts';
import { Machine } from './world-machine.ts';
import { Making } from './world-making.ts';
import { type AnswerEnd, Gateway, LIMITS, newGate } from './world-money.ts';
import { Network } from './world-network.ts';
import { Operator } from './world-operator.ts';
import { Person } from './world-person.ts';
import { Provider } from './world-provider.ts';
import { deepFreeze, Rows } from './world-rows.ts';
import { Rules } from './world-rules.ts';
import { Schedules } from './world-schedules.ts';
import { Sending } from './world-send.ts';

// A closed world around the decision: one person, the relay's object with its rows, alarm and lanes, a machine, a
// carrier and a network that delays and loses. Everything in it is simulated and repeatable. Here: the object, and time.

export type Setting = {
  channel: keyof typeof PLACES;
  /** Another channel, on which the person has linked an address. */
  second?: keyof typeof PLACES | null;
  gatherMs: number;
  queueMode: Policy['queueMode'];
  nudges: boolean;
  turnMs: number;
  /** A separate machine; absent: one that always runs. */
  makesMachines?: boolean;
  /** The model costs money, and budgets limit it. */
  hasBudget?: boolean;
};

export const SPIN_MAX = 2000;
const START = 1_800_000_000_000;

export class World {
  now = START;
  readonly rows: Rows;
  readonly machine = new Machine();
  readonly provider = new Provider();
  readonly carriers: Carriers;
  readonly person: Person;
  readonly operator = new Operator(this);
  readonly directory = new Directory(this);
  readonly schedules = new Schedules(this);
  readonly attach = new Attach(this);
  readonly making = new Making(this);
  readonly sending = new Sending(this);
  readonly network: Network;
  readonly lanes: Lanes;
  readonly rules: Rules;
  readonly gateway: Gateway;
  #gate;
  readonly policy: Policy;
  alarmAt: number | null = null;
  #uuids = 0;
  #firedTimers: Timer[] = [];
  #ids = 0;

  constructor({ channel, second = null, gatherMs, queueMode, nudges, turnMs, ...more }: Setting) {
    const { makesMachines = false, hasBudget = false } = more;
    const place = PLACES[channel];
    const other = second === null || second === channel ? [] : [PLACES[second]];
    this.person = new Person(this, [place, ...other]);
    this.carriers = new Carriers([place, ...other]);
    const empty = emptyState();
    const conversation = { ...empty.conversation, address: place.address, sender: place.senders[0] };
    const addresses = other.map(({ address }) => newAddress(address, 'code', START));
    this.rows = new Rows({ ...empty, conversation, addresses });
    const words = { models: { allowed: [], fallback: null }, assistant: { name: null, tone: null } };
    const none = { deleteMedia: false, archiveAfterMs: null, defaultZone: null, makesMachines };
    const usual = { maxParts: 4, nudgeTemplate: nudges ? 'HX1' : null, ...none, ...words };
    const money = { simulated: Object.keys(PLACES), ...(hasBudget ? { limits: LIMITS } : {}) };
    this.policy = { gatherMs, turnMs, queueMode, ...money, ...usual };
    this.rules = new Rules(this, this.policy);
    this.#gate = newGate(this, this.policy);
    this.gateway = new Gateway(() => this.#gate, this.rules.money);
    const now = (): number => this.now;
    this.network = new Network({
      now,
      isMachineAway: () => this.making.isAway(),
      ended: ({ lane }) => {
        if (lane && !(lane === 'attach' && this.attach.hasStream)) this.lanes.goOn(lane);
      },
    });
    const load = (): State => this.rows.load();
    this.lanes = new Lanes(
      { now, load },
      {
        attach: () => this.attach.work(),
        send: () => this.sending.work(),
        alert: () => this.operator.work(),
        outage: () => this.directory.work(),
        machine: () => this.making.work(),
      },
    );
  }

  get queueMode(): Policy['queueMode'] {
    return this.policy.queueMode;
  }

  get makesMachines(): boolean {
    return this.policy.makesMachines === true;
  }

  get maxParts(): number {
    return this.policy.maxParts;
  }

  get isQuiet(): boolean {
    return this.network.isEmpty && !this.attach.hasStream && !this.carriers.hasCallbacks;
  }

  // The object.

  apply(...events: Event[]): State {
    const before = this.rows.load((hot) => readsOf(events, hot));
    const effects: Effect[] = [];
    let state = before;
    const context = this.#context();
    for (const event of events) {
      const decision = decide(state, deepFreeze(event), context);
      deepFreeze(decision);
      this.rules.step(state, event, decision, this.now, (other) => decide(state, other, context).state);
      state = decision.state;
      effects.push(...decision.effects);
    }
    this.rows.save(before, state);
    this.#arm();
    this.rules.committed(this.rows, this.now);
    this.lanes.keep(state);
    for (const effect of effects) this.#perform(effect);
    return state;
  }

  /** Rows written by somebody else. */
  edit(change: (all: State) => State): void {
    this.rows.edit(change);
    this.#arm();
  }

  alarm(): void {
    this.alarmAt = null;
    for (const timer of this.rows.dueTimers(this.now)) this.fire(timer);
    this.apply({ type: 'heartbeat' });
    this.#arm();
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
    this.network.crash();
    this.lanes.crash();
    this.attach.crash();
    this.#gate = newGate(this, this.policy);
    this.rows.forget();
  }

  /** The object sleeps past everything due; when it wakes, its memory is empty. */
  sleep(ms: number): void {
    this.now += ms;
    this.crash();
    if (this.alarmAt !== null && this.alarmAt <= this.now) this.alarm();
  }

  /** The agent asks the model. A budget that is used up ends its turn. */
  askModel(): void {
    const attempt = this.machine.running;
    if (attempt?.state === 'running' && !this.gateway.ask(attempt.id)) this.machine.usedUp();
  }

  answerOfModel(index: number, end: AnswerEnd, output: number): void {
    this.gateway.end(index, end, output);
  }

  #context(): Context {
    return {
      now: this.now,
      policy: this.policy,
      id: () => `01${String(++this.#ids).padStart(24, '0')}`,
      channelOf: CHANNELS,
      cut: splitText,
      plain: withoutEmphasis,
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
  }

  #arm(): void {
    const wanted = findNextAlarm(this.rows.load(), this.now);
    if (wanted === null) this.alarmAt = null;
    else if (this.alarmAt === null || wanted < this.alarmAt) this.alarmAt = wanted;
  }

  #perform(effect: Effect): void {
    this.rules.effects.push(effect.do);
    if (effect.do === 'interrupt' || effect.do === 'steer' || effect.do === 'answer') this.attach.perform(effect);
    else this.directory.perform(effect);
  }

  // Time.

  /** Every request and the event stream move one step. True when something moved. */
  move(batch: number): boolean {
    const hasMoved = this.network.move();
    return this.attach.read(batch) || hasMoved;
  }

  settle(): void {
    for (let n = 0; this.move(100); n++) if (n > SPIN_MAX) this.rules.broken('the world spins');
  }

  /** Time passes; requests on their way arrive. Over long waits alarms come late. */
  wait(ms: number): void {
    const end = this.now + ms;
    const grain = ms / 300;
    for (;;) {
      this.settle();
      const due = this.#due.map((at) => Math.max(at, this.now));
      const next = Math.min(end, ...this.network.hangingUntil, ...due);
      const steady = this.attach.steadyAt.filter((at) => at > this.now);
      this.now = Math.min(end, Math.max(Math.min(next, ...steady), Math.ceil(this.now + grain)));
      this.network.timeOut();
      this.#tick();
      if (this.now >= end) break;
    }
    this.settle();
  }

  /** Without further faults, everything has to come to rest. */
  heal(): void {
    this.making.set('up');
    this.carriers.heal();
    this.operator.isAway = false;
    this.provider.mode = 'ok';
    this.schedules.endAll();
    this.network.heal();
    this.person.land(true);
    for (let n = 0; n < SPIN_MAX; n++) {
      this.settle();
      this.machine.work();
      while (this.carriers.hasCallbacks) this.sending.callback(0, 'deliver');
      this.settle();
      if (this.#isAtRest()) return;
      const due = this.#due;
      this.now = Math.max(this.now + 200, due.length === 0 ? this.now : Math.min(...due));
      this.#tick();
    }
    this.rules.broken('the world does not come to rest');
  }

  get #due(): number[] {
    return [this.alarmAt, this.directory.outage?.nextAt].filter((at) => at != null);
  }

  #tick(): void {
    this.attach.age();
    if (this.alarmAt !== null && this.alarmAt <= this.now) this.alarm();
    this.directory.direct();
  }

  #isAtRest(): boolean {
    const { timers, turns, replies } = this.rows.all;
    const isOpen = turns.some((t) => t.state === 'open') || replies.some((r) => isMoving(r));
    return this.isQuiet && !isOpen && timers.every((t) => t.kind === 'held');
  }
}

const isMoving = ({ state }: Reply): boolean => state === 'ready' || state === 'sending' || state === 'unknown';
