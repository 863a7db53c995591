import { ATTEMPTS_MAX, CRASHES_MAX, QUEUE_MAX, RESTARTS_MAX } from '../../src/conversation/policy/turn.ts';
import type { Event } from '../../src/conversation/state/events.ts';
import type { Message } from '../../src/conversation/state/rows.ts';
import { attemptId, findOpenAttempt, findOpenTurn, type State } from '../../src/conversation/state/state.ts';
import type { World } from './world.ts';
import type { Coverage } from './world-coverage.ts';
import type { RunRules } from './world-runs.ts';

// The rules for turns, their attempts, and the machine they run on.

const ATTEMPT_CHANGES: Record<string, readonly string[]> = {
  requested: ['running', 'ended'],
  running: ['ending', 'ended'],
  ending: ['ended'],
  ended: [],
};

export class TurnRules {
  readonly #world: World;
  readonly #broken: (what: string) => never;
  readonly #coverage: Coverage;
  readonly #runs: RunRules;

  constructor(world: World, broken: (what: string) => never, coverage: Coverage, runs: RunRules) {
    this.#world = world;
    this.#broken = broken;
    this.#coverage = coverage;
    this.#runs = runs;
  }

  step(before: State, after: State, event: Event, now: number): void {
    this.#turns(before, after, event, now);
    this.#machine(before, after, event);
  }

  /** A request to the machine about an attempt. */
  asked({ machine }: State, what: string): void {
    const isReady = this.#world.makesMachines ? machine?.step === 'ready' : machine === null;
    if (!isReady) this.#broken(`${what} is asked of a machine that is at ${machine?.step ?? 'nothing'}`);
  }

  #machine(before: State, after: State, event: Event): void {
    const [was, is] = [before.machine, after.machine];
    if (!this.#world.makesMachines && is) this.#broken('a machine is made where all share one');
    if (was && is?.name !== was.name) this.#broken('the machine has another name');
    if (was?.step !== is?.step) this.#coverage.changed('machine', was?.step ?? 'none', is?.step ?? 'none', event);
    const isRefused = event.type === 'attempt-refused';
    if (is?.step === 'update' && was?.step !== 'update' && findOpenTurn(before) && !isRefused)
      this.#broken('a machine at work is changed');
  }

  #turns(before: State, after: State, event: Event, now: number): void {
    if (after.turns.filter((t) => t.state === 'open').length > 1) this.#broken('two turns are open');
    if (after.attempts.filter((a) => a.state !== 'ended').length > 1) this.#broken('two attempts are open');
    for (const turn of after.turns) {
      const was = before.turns.find((t) => t.id === turn.id);
      if (was?.state !== turn.state) this.#coverage.changed('turn', was?.state ?? 'none', turn.state, event);
      if (was && was.state !== 'open' && was.state !== turn.state) this.#broken('a turn that was over changed');
      if (was && turn.attempts < was.attempts) this.#broken('the number of attempts fell');
    }
    for (const attempt of after.attempts) {
      const was = before.attempts.find((a) => attemptId(a) === attemptId(attempt));
      if (was?.state !== attempt.state) this.#coverage.changed('attempt', was?.state ?? 'none', attempt.state, event);
      if (!was) {
        const newest = Math.max(
          0,
          ...this.#world.rows.all.attempts.filter((a) => a.turn === attempt.turn).map((a) => a.n),
        );
        if (attempt.n <= newest) this.#broken(`attempt ${attempt.n} came after ${newest}`);
        const { crashes = 0, restarts = 0 } = before.turns.find((t) => t.id === attempt.turn) ?? {};
        const isOver = crashes >= CRASHES_MAX || restarts >= RESTARTS_MAX;
        if (isOver || attempt.n > ATTEMPTS_MAX) this.#broken('more attempts than a turn has');
        continue;
      }
      if (was === attempt) continue;
      const isAllowed = was.state === attempt.state || ATTEMPT_CHANGES[was.state]?.includes(attempt.state);
      if (!isAllowed) this.#broken(`attempt: ${was.state} → ${attempt.state}`);
      if (attempt.lastSeq < was.lastSeq) this.#broken('the number of the last applied event fell');
      if (was.journal !== null && was.journal !== attempt.journal) this.#broken('an attempt changed its journal');
    }
    const open = findOpenAttempt(after);
    if (open && findOpenTurn(after)?.id !== open.turn) this.#broken('an attempt is open and its turn is not');
    const opened = after.turns.find((t) => t.state === 'open' && !before.turns.some((b) => b.id === t.id));
    if (opened) this.#opened(opened.id, after, now);
  }

  #opened(turn: string, after: State, now: number): void {
    const active = after.messages.filter((m) => m.turn === turn && m.state === 'active');
    // A side question is asked beside the texts that opened the turn.
    const taken = active.filter((m) => m.action !== 'aside' || !m.steered);
    const waiting = after.messages.filter((m) => m.state === 'waiting');
    const left = waiting.filter((m) => m.run === null || taken.some((t) => t.run !== null));
    if (taken.length === 0) this.#broken('a turn was opened over nothing');
    if (taken.some((m) => m.run !== null)) {
      this.#runs.opened(taken, left, now);
      return;
    }
    const newest = Math.max(...taken.map((m) => m.seq));
    if (left.some((m) => m.seq < newest)) this.#broken('a message was taken before an older one');
    const mode = after.conversation.queueMode ?? this.#world.queueMode;
    if (mode === 'queue' && taken.length > 1) this.#broken('in queue mode a turn has one message');
    const { project } = after.turns.find((t) => t.id === turn) ?? {};
    if (taken.some((m) => m.project !== project)) this.#broken('a message runs in another project than its own');
    const isAsked = taken.some((m) => m.action !== null);
    if (isAsked && taken.length > 1) this.#broken('an action shares its turn');
    const next = left[0];
    const fits = next?.project === project && next?.action === null && !isAsked;
    if (mode !== 'queue' && taken.length < QUEUE_MAX && fits) this.#broken('a message was left behind');
  }

  /**
   * Events that were applied before, or belong to another attempt, change nothing; events that come too early consume
   * nothing.
   */
  stale(before: State, probe: (event: Event) => State): void {
    const attempt = findOpenAttempt(before);
    if (!attempt) return;
    const { turn, n, journal } = attempt;
    const uuids = before.messages.map((m) => m.uuid);
    const result = { type: 'result', text: 'stale', is_error: false, user_message_uuids: uuids, cost_usd: 0 } as const;
    const same = (event: Event, what: string): void => {
      if (probe(event) !== before) this.#broken(`${what} changed something`);
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
        this.#broken('an event with a gap or of another journal consumed a message');
      }
    }
  }
}
