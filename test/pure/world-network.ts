import type { Lane } from './world-lanes.ts';

// The network of the closed world: requests that arrive, are lost, hang, or arrive after their caller gave them up.

/** A request on its way: it arrives or is lost, and so does its answer. */
export type Call = {
  name: string;
  lane: Lane | null;
  to: 'machine' | 'carrier' | 'operator' | 'provider' | 'directory';
  /** Does its work at the other side and returns the effect of the answer here. */
  arrive: (isLate: boolean) => () => void;
  /** The effect here when no answer came. */
  lost: () => void;
  timeoutMs: number;
};
/** `hangsUntil`: the earliest time of arrival. */
type OnItsWay = Call & { answer: (() => void) | null; hangsUntil: number | null };

type Around = {
  now: () => number;
  /** Nothing answers at the machine's address. */
  isMachineAway: () => boolean;
  /** The caller of this request goes on. */
  ended: (call: Call) => void;
};

export class Network {
  #calls: OnItsWay[] = [];
  /** Requests whose callers are gone or have given up; they may still arrive. */
  #ghosts: OnItsWay[] = [];
  readonly #around: Around;

  constructor(around: Around) {
    this.#around = around;
  }

  get isEmpty(): boolean {
    return this.#calls.length === 0;
  }

  get hangingUntil(): number[] {
    return this.#calls.flatMap((call) => call.hangsUntil ?? []);
  }

  call(call: Call): void {
    this.#calls.push({ ...call, answer: null, hangsUntil: null });
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
      call.hangsUntil = this.#around.now() + call.timeoutMs;
      return;
    }
    if (how === 'lose answer' && !call.answer) call.arrive(false);
    this.#finish(call, call.lost);
  }

  /** A request that was given up arrives after all. */
  haunt(): void {
    const ghost = this.#ghosts.shift();
    if (!ghost || (ghost.to === 'machine' && this.#around.isMachineAway())) return;
    ghost.arrive(true);
  }

  /** Every request moves one step. True when something moved. */
  move(): boolean {
    const calls = this.#calls.filter((call) => call.hangsUntil === null);
    for (const call of calls) if (this.#calls.includes(call)) this.#advance(call);
    return calls.length > 0;
  }

  /** The callers of requests that hung until now give them up. */
  timeOut(): void {
    const now = this.#around.now();
    for (const call of this.#calls.filter((c) => c.hangsUntil !== null && c.hangsUntil <= now)) {
      this.#ghosts.push(...(call.answer ? [] : [call]));
      this.#finish(call, call.lost);
    }
  }

  /** All callers disappear at once; requests on their way may still arrive. */
  crash(): void {
    this.#ghosts.push(...this.#calls.filter((call) => call.answer === null));
    this.#calls = [];
  }

  /** Requests on their way to the machine never arrive: another one took its place. */
  loseMachine(): void {
    this.#ghosts = this.#ghosts.filter(({ to }) => to !== 'machine');
    for (const call of this.#calls.filter(({ to, answer }) => to === 'machine' && answer === null)) {
      this.#finish(call, call.lost);
    }
  }

  /** Nothing hangs any longer, and whatever was given up arrives. */
  heal(): void {
    for (const call of this.#calls) call.hangsUntil = null;
    while (this.#ghosts.length > 0) this.haunt();
  }

  #finish(call: OnItsWay, outcome: () => void): void {
    this.#calls = this.#calls.filter((other) => other !== call);
    outcome();
    this.#around.ended(call);
  }

  /** One request moves one step: it arrives, or its answer does. */
  #advance(call: OnItsWay): void {
    if (call.answer) {
      this.#finish(call, call.answer);
      return;
    }
    if (call.to === 'machine' && this.#around.isMachineAway()) {
      this.#finish(call, call.lost);
      return;
    }
    call.answer = call.arrive(false);
  }
}
