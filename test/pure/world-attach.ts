import { wantsAttach } from '../../src/conversation/lanes.ts';
import { ATTACH_MAX_MS, MACHINE_ANSWER_MS, STEADY_MS } from '../../src/conversation/policy/machine.ts';
import type { AttemptRef, Effect, Event } from '../../src/conversation/state/events.ts';
import { attemptId, findOpenAttempt, findOpenTurn } from '../../src/conversation/state/state.ts';
import type { World } from './world.ts';
import type { Lane } from './world-lanes.ts';
import type { Answer } from './world-machine.ts';

// The object's requests to the machine about an attempt, and the stream of its events.

type Stream = { ref: AttemptRef; after: number; openedAt: number; isSteady: boolean };

export class Attach {
  #stream: Stream | null = null;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  get hasStream(): boolean {
    return this.#stream !== null;
  }

  /** When the open stream counts as steady. */
  get steadyAt(): number[] {
    return this.#stream ? [this.#stream.openedAt + STEADY_MS / 2] : [];
  }

  crash(): void {
    this.#stream = null;
  }

  /** The lane's next request. */
  work(): boolean {
    const { rows, now, machine } = this.#world;
    const state = rows.load();
    const attempt = findOpenAttempt(state);
    if (!attempt || !wantsAttach(state, now)) return false;
    const ref = { turn: attempt.turn, n: attempt.n };
    const taken = (answer: Answer): void => {
      if (answer.kind === 'ok') this.#world.apply({ type: 'attempt-taken', attempt: ref, journal: answer.journal });
      else this.#failed(ref, answer.kind);
    };
    if (attempt.state !== 'requested') this.#follow(ref, attempt.lastSeq);
    else if (findOpenTurn(state)?.stopping) {
      this.#ask('prevent', 'attach', ref, (id) => machine.interrupt(id), taken);
    } else {
      const active = state.messages.filter((m) => m.state === 'active').map(({ uuid, text }) => ({ uuid, text }));
      this.#ask('put', 'attach', ref, (id, isLate) => machine.put(id, active, isLate), taken);
    }
    return true;
  }

  /** A short request that a decision asked for. */
  perform(effect: Extract<Effect, { do: 'interrupt' | 'steer' | 'answer' }>): void {
    const { machine } = this.#world;
    const { attempt } = effect;
    const nothing = (): void => undefined;
    if (effect.do === 'interrupt') {
      this.#ask('interrupt', null, attempt, (id) => machine.interrupt(id), nothing, nothing);
      return;
    }
    if (effect.do === 'answer') {
      const { question, request, answer } = effect;
      const settled = ({ kind }: Answer): void => {
        if (kind === 'ok') this.#world.apply({ type: 'answer-taken', question, request });
        else if (kind !== 'unreachable') this.#world.apply({ type: 'answer-refused', question, request });
      };
      this.#ask('answer', null, attempt, (id) => machine.answer(id, request, answer), settled, nothing);
      return;
    }
    const { uuid, text } = effect;
    const answered = ({ kind }: Answer): void => {
      if (kind === 'ok') this.#world.apply({ type: 'steered', attempt, uuid });
      else if (kind !== 'unreachable') this.#world.apply({ type: 'steer-refused', attempt, uuid });
    };
    this.#ask('steer', null, attempt, (id) => machine.steer(id, { uuid, text }), answered, nothing);
  }

  /** The next events of the stream arrive. True when there were some. */
  read(most: number): boolean {
    const { machine, lanes } = this.#world;
    const stream = this.#stream;
    if (!stream || machine.mode === 'down') return false;
    const { ref } = stream;
    const attempt = machine.attempts.get(attemptId(ref));
    const events = attempt?.events.slice(stream.after, stream.after + most) ?? [];
    if (events.length === 0) {
      if (!attempt || attempt.state === 'ended') this.cut();
      return false;
    }
    const first = stream.after + 1;
    stream.after += events.length;
    const { journal } = machine;
    const state = this.#world.apply(
      ...events.map((event, i): Event => ({ type: 'machine', attempt: ref, journal, seq: first + i, event })),
    );
    const open = findOpenAttempt(state);
    if (this.#stream === stream && (open?.turn !== ref.turn || open.n !== ref.n)) {
      this.#stream = null;
      lanes.goOn('attach');
    }
    return true;
  }

  cut(): void {
    if (!this.#stream) return;
    const { ref } = this.#stream;
    this.#stream = null;
    this.#failed(ref, 'unreachable');
    this.#world.lanes.goOn('attach');
  }

  /** The stream becomes steady, and later so old that it is opened anew. */
  age(): void {
    const stream = this.#stream;
    if (!stream) return;
    const age = this.#world.now - stream.openedAt;
    if (age > ATTACH_MAX_MS) {
      this.#stream = null;
      this.#world.lanes.goOn('attach');
    } else if (!stream.isSteady && age >= STEADY_MS / 2) {
      stream.isSteady = true;
      this.#world.apply({ type: 'attached', attempt: stream.ref, steady: true });
    }
  }

  #failed(ref: AttemptRef, kind: 'lost' | 'refused' | 'unreachable' | 'busy'): void {
    if (kind === 'busy') {
      this.#world.apply({ type: 'unreachable', attempt: ref, reason: kind, isBusy: true });
      return;
    }
    const type = { unreachable: 'unreachable', lost: 'attempt-lost', refused: 'attempt-refused' } as const;
    const event: Event = { type: type[kind], attempt: ref, reason: kind };
    const { makesMachines } = this.#world;
    this.#world.apply(event.type === 'attempt-refused' ? { ...event, isOutdated: makesMachines } : event);
  }

  #follow(ref: AttemptRef, after: number): void {
    const { machine, rows } = this.#world;
    const opened = (answer: Answer): void => {
      if (answer.kind !== 'ok') {
        this.#failed(ref, answer.kind);
        return;
      }
      const known = findOpenAttempt(rows.load())?.journal;
      if (known && known !== answer.journal) {
        this.#failed(ref, 'lost');
        return;
      }
      this.#world.apply({ type: 'attached', attempt: ref, steady: false });
      this.#stream = { ref, after, openedAt: this.#world.now, isSteady: false };
    };
    this.#ask('follow', 'attach', ref, (id) => machine.follow(id), opened);
  }

  #ask(
    name: string,
    lane: Lane | null,
    ref: AttemptRef,
    ask: (id: string, isLate: boolean) => Answer,
    answered: (answer: Answer) => void,
    lost = () => this.#failed(ref, 'unreachable'),
  ): void {
    const { rules, rows, network } = this.#world;
    if (lane !== null) rules.asked(rows.load(), name);
    const arrive = (isLate: boolean) => {
      const answer = ask(attemptId(ref), isLate);
      return () => answered(answer);
    };
    network.call({ name, lane, to: 'machine', arrive, lost, timeoutMs: MACHINE_ANSWER_MS });
  }
}
