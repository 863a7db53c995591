import { decideAll } from '../conversation/decide.ts';
import { wantsAttach, wantsSend } from '../conversation/lanes.ts';
import { isMachineReady, wantsMachine } from '../conversation/machine/readiness.ts';
import { headOf } from '../conversation/outbox/replies.ts';
import { readsOf } from '../conversation/preload.ts';
import type { Context, Event } from '../conversation/state/events.ts';
import { MACHINE_STEPS } from '../conversation/state/machine.ts';
import { findOpenAttempt, type State } from '../conversation/state/state.ts';
import type { Timer, TimerKind } from '../conversation/state/timers.ts';
import { costOf } from '../money/cost.ts';
import type { EventBody } from '../protocol/index.ts';
import type { Step } from '../protocol/steps.ts';
import type { Scene } from './local-past.ts';
import type { Arrival } from './received-calls.ts';
import { arrivalEventOf } from './received-calls.ts';
import type { ConversationStore } from './stores/conversation-store.ts';

// Replays a past in a conversation of a local run, for `npm run demo`: real decisions write the rows, at times that the
// script says, and nothing leaves. The machine and the carrier of the past are played here.

export type ReplayParts = {
  store: ConversationStore;
  /** The context of a decision at that time. */
  context: (now: number) => Context;
  id: (now: number) => string;
  /** The state after a commit, with what is counted of it. */
  count: (before: State, after: State) => State;
};

/** Timers of lanes, which have nothing to do here. */
const OF_LANES: readonly TimerKind[] = ['archive', 'machine', 'reach', 'reconcile', 'outgoing'];
const JOURNAL = '01REPLAYED000000000000000';
/** More decisions than any scene needs. */
const ROUNDS_MAX = 300;
const AFTER_LAST_MS = 1500;
const UNREACHABLE = 'The machine doesn’t answer (ECONNREFUSED).';

/** What comes of a run. */
const RUN: Scene = { at: 0, text: '', answer: 'Everything is as it should be.', steps: [{ name: 'Bash', ms: 4000 }] };

export class Replay {
  readonly #parts: ReplayParts;
  readonly alerts: { cause: string; at: number }[] = [];
  readonly #session = crypto.randomUUID();
  #now = 0;
  #scene: Scene | null = null;
  #steps: Step[] = [];
  #taken = 0;

  constructor(parts: ReplayParts) {
    this.#parts = parts;
  }

  get now(): number {
    return this.#now;
  }

  play(scene: Scene, arrival: Omit<Arrival, 'receivedAt' | 'text' | 'attachments'>): void {
    this.passTo(scene.at);
    this.#scene = scene;
    const { text, at: receivedAt } = scene;
    const seq = this.#parts.store.nextMessageSeq();
    this.#apply(arrivalEventOf({ ...arrival, text, receivedAt, attachments: 0 }, seq));
    this.#settle();
    // The rest of a burst, for which a text waits.
    this.passTo(this.#now + AFTER_LAST_MS);
  }

  /** Lets time pass, and does what becomes due. */
  passTo(until: number): void {
    // Some timers stay when they are due.
    const fired = new Set<string>();
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const isNew = (each: Timer): boolean => !OF_LANES.includes(each.kind) && !fired.has(JSON.stringify(each));
      const timer = this.#parts.store.dueTimers(until).find(isNew);
      if (!timer) break;
      fired.add(JSON.stringify(timer));
      this.#now = Math.max(this.#now, timer.dueAt);
      this.#onDue(timer);
      this.#settle();
    }
    this.#now = Math.max(this.#now, until);
  }

  #onDue(timer: Timer): void {
    if (timer.kind === 'alert') {
      this.alerts.push({ cause: timer.ref, at: this.#now });
      this.#apply({ type: 'alert-raised', cause: timer.ref });
    } else if (timer.kind === 'sleep') {
      const seen = { state: 'asleep', reason: '', stoppedAt: this.#now } as const;
      this.#apply({ type: 'machine-seen', seen, stopped: false });
    } else {
      this.#apply({ type: 'timer', timer });
    }
  }

  /** Plays the machine and the carrier until nothing is wanted of them. */
  #settle(): void {
    for (let round = 0; round < ROUNDS_MAX && this.#settleOne(); round++);
  }

  #settleOne(): boolean {
    const state = this.#load();
    if (wantsMachine(state, this.#now) && !isMachineReady(state)) return this.#makeMachine(state);
    const attempt = findOpenAttempt(state);
    if (attempt?.state === 'requested' && wantsAttach(state, this.#now)) return this.#work(state);
    return wantsSend(state, this.#now) && this.#send();
  }

  #makeMachine({ machine }: State): boolean {
    if (machine === null) return false;
    this.#pass(400);
    this.#apply({ type: 'machine-begin' });
    const ids = {
      app: {},
      volume: { volume: `vol_${machine.name.slice(-12)}`, region: 'fra' },
      machine: { machine: machine.name.slice(-14) },
    };
    const made = { image: 'registry.fly.io/roost@sha256:1', settings: 's1' };
    const next = {
      step: MACHINE_STEPS[MACHINE_STEPS.indexOf(machine.step) + 1] ?? 'ready',
      ...(machine.step === 'volume' ? ids.volume : {}),
      ...(machine.step === 'machine' ? { ...ids.machine, ...made } : {}),
    } as const;
    this.#apply({ type: 'machine-step', step: machine.step, outcome: { kind: 'done', next } });
    return true;
  }

  #work(state: State): boolean {
    const attempt = findOpenAttempt(state);
    const isRun = state.turns.some(({ id, run }) => id === attempt?.turn && run !== null);
    const scene = isRun ? RUN : this.#scene;
    if (!attempt || !scene) return false;
    const ref = { turn: attempt.turn, n: attempt.n };
    if (scene.ends === 'unreachable') {
      this.#apply({ type: 'unreachable', attempt: ref, reason: UNREACHABLE });
      return false;
    }
    this.#pass(250);
    this.#taken = this.#now;
    this.#apply({ type: 'attempt-taken', attempt: ref, journal: JOURNAL });
    this.#apply({ type: 'attached', attempt: ref, steady: false });
    let seq = 0;
    const tell = (event: EventBody): void =>
      void this.#apply({ type: 'machine', attempt: ref, journal: JOURNAL, seq: ++seq, event });
    tell({ type: 'started' });
    tell({ type: 'session', session_id: this.#session });
    this.#pass(scene.wordsAfterMs ?? 2500);
    if (scene.progress) tell({ type: 'progress', text: scene.progress });
    this.#playSteps(scene, tell);
    this.#playRequests(scene, attempt.turn);
    if (scene.ends === 'runs') return false;
    this.#end(scene, tell);
    return true;
  }

  #playSteps({ steps = [] }: Scene, tell: (event: EventBody) => void): void {
    this.#steps = [];
    for (const [n, { name, ms, isError = false }] of steps.entries()) {
      tell({ type: 'tool_started', tool_use_id: `t${n}`, name });
      this.#steps.push({ name, after_ms: this.#now - this.#taken, ms, outcome: isError ? 'error' : 'ok' });
      this.#pass(ms);
      tell({ type: 'tool_ended', tool_use_id: `t${n}`, is_error: isError });
    }
  }

  #playRequests({ requests = [], stopsFor }: Scene, turn: string): void {
    const state = this.#load();
    const project = state.turns.find(({ id }) => id === turn)?.project ?? '';
    for (const { model, usage } of requests) {
      const id = this.#parts.id(this.#now);
      const micros = costOf(model, usage);
      this.#apply({ type: 'model-asked', request: { id, turn, project, model, reserve: micros, at: this.#now } });
      this.#pass(900);
      this.#apply({ type: 'model-answered', report: { id, micros, output: usage.output } });
    }
    if (stopsFor) this.#apply({ type: 'model-stopped', turn, why: stopsFor });
  }

  #end({ answer, ends = 'answered', steps = [], stopsFor }: Scene, tell: (event: EventBody) => void): void {
    const state = this.#load();
    const uuids = state.messages.filter((m) => m.state === 'active').map((m) => m.uuid);
    const isFailed = ends === 'failed';
    if (answer !== undefined && !stopsFor)
      tell({ type: 'result', text: answer, is_error: isFailed, user_message_uuids: uuids, cost_usd: 0 });
    tell({ type: 'usage', context_percent: 8 + steps.length, memory_free: 1_400_000_000, disk_free: 6_100_000_000 });
    tell({ type: 'ending' });
    if (this.#steps.length > 0) tell({ type: 'steps', steps: this.#steps, left_out: 0 });
    const outcome = stopsFor ? 'interrupted' : isFailed ? 'failed' : 'done';
    tell({
      type: 'ended',
      outcome,
      reason: isFailed ? 'the agent’s process ended with code 1' : '',
      ...(stopsFor ? { cause: 'model' } : {}),
    });
  }

  #send(): boolean {
    this.#apply({ type: 'send-begin' });
    const reply = headOf(this.#load());
    if (reply?.state !== 'sending') return false;
    const named = {
      reply: reply.id,
      attempt: reply.attempt,
      sid: `SM${this.#parts.id(this.#now).toLowerCase().padStart(32, '0')}`,
    };
    this.#pass(350);
    this.#apply({ type: 'send-accepted', ...named });
    const fate = this.#scene?.fate ?? 'read';
    for (const status of fate === 'failed'
      ? (['failed'] as const)
      : fate === 'read'
        ? (['sent', 'delivered', 'read'] as const)
        : (['sent', 'delivered'] as const)) {
      this.#pass(300);
      const failed = status === 'failed';
      this.#apply({
        type: 'status',
        ...named,
        status,
        errorCode: failed ? 63024 : null,
        failure: failed ? 'recipient' : null,
      });
    }
    return true;
  }

  #pass(ms: number): void {
    this.#now += ms;
  }

  #load(): State {
    return this.#parts.store.load();
  }

  /** Commits the event at this time, without its effects. */
  apply(event: Event, now: number): void {
    const { store, context, count } = this.#parts;
    this.#now = now;
    store.transaction(() => {
      const before = store.load((hot) => readsOf([event], hot));
      const { state } = decideAll(before, [event], () => context(now));
      store.save(before, count(before, state));
    });
  }

  #apply(event: Event): void {
    this.apply(event, this.#now);
  }
}
