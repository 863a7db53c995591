import { RUN_GRACE_MS, RUN_WAITS_MS } from '../../src/conversation/policy/schedules.ts';
import type { Event } from '../../src/conversation/state/events.ts';
import type { Message } from '../../src/conversation/state/rows.ts';
import type { Run, RunState, Schedule } from '../../src/conversation/state/schedule-rows.ts';
import { findOpenTurn, type State } from '../../src/conversation/state/state.ts';
import type { Coverage } from './world-coverage.ts';
import type { Rows } from './world-rows.ts';

// The rules for schedules and their runs in the closed world.

/** The status of its words decides, whatever was assumed before. */
const TOLD: readonly RunState[] = ['sending', 'held', 'sent', 'delivered', 'failed', 'skipped'];
const CHANGES: Record<RunState, readonly RunState[]> = {
  waiting: ['running', 'skipped'],
  // Back to waiting: brought back by /retry while another turn runs.
  running: ['waiting', 'silent', ...TOLD],
  sending: TOLD,
  held: TOLD,
  sent: TOLD,
  delivered: ['sending'],
  silent: ['sending'],
  failed: TOLD,
  // Stopped texts come back.
  skipped: ['waiting', 'running'],
};

export class RunRules {
  readonly #rows: Rows;
  readonly #broken: (what: string) => never;
  readonly #coverage: Coverage;

  constructor(rows: Rows, broken: (what: string) => never, coverage: Coverage) {
    this.#rows = rows;
    this.#broken = broken;
    this.#coverage = coverage;
  }

  step(before: State, after: State, event: Event, now: number): void {
    if (before.runs !== after.runs) this.#runs(before, after, event);
    for (const { id, run, state } of after.turns) {
      const isNew = state === 'failed' && run !== null && before.turns.some((t) => t.id === id && t.state === 'open');
      const { state: is, note } = after.runs.find((r) => r.id === run) ?? {};
      if (isNew && is !== 'failed' && note !== 'budget')
        this.#broken(`the turn of a run was given up, and the run is ${is}`);
    }
    for (const schedule of after.schedules) {
      const was = before.schedules.find((s) => s.id === schedule.id);
      if (was && was !== schedule) this.#advanced(before, after, was, schedule, now);
    }
  }

  #runs(before: State, after: State, event: Event): void {
    for (const run of after.runs) {
      const was = before.runs.find((r) => r.id === run.id);
      if (was === run) continue;
      if (was?.state !== run.state) this.#coverage.changed('run', was?.state ?? 'none', run.state, event);
      if (was && was.state !== run.state && !CHANGES[was.state].includes(run.state)) {
        this.#broken(`run: ${was.state} → ${run.state}`);
      }
      const isOver = ['silent', 'failed', 'skipped', 'delivered', 'sent'].includes(run.state);
      if (isOver && run.endedAt === null) this.#broken(`a run is ${run.state} and has no end`);
      if (['failed', 'skipped', 'silent'].includes(run.state) && run.note === null) {
        this.#broken(`a run is ${run.state} and nothing says why`);
      }
      if (was) continue;
      const twin = this.#rows.all.runs.find((r) => r.schedule === run.schedule && r.dueAt === run.dueAt);
      if (twin) this.#broken(`schedule ${run.schedule} ran twice for one time`);
    }
  }

  /** Every due time has its run, its line in the log, or a line for all runs missed with it. */
  #advanced(before: State, after: State, was: Schedule, schedule: Schedule, now: number): void {
    if (was.state !== 'active' || was.nextAt === null || was.nextAt > now || was.nextAt === schedule.nextAt) return;
    const made = after.runs.filter((r) => r.schedule === was.id && !before.runs.some((b) => b.id === r.id));
    const times = new Set(made.map((r) => r.dueAt));
    const rule = was.rule;
    const period = rule.kind === 'interval' ? rule.every * 60_000 : 0;
    const newest = period === 0 ? was.nextAt : was.nextAt + Math.floor((now - was.nextAt) / period) * period;
    if (!times.has(was.nextAt)) this.#broken(`a time of schedule ${was.id} has come, and nothing is noted of it`);
    if (!times.has(newest)) this.#broken(`the newest time of schedule ${was.id} has neither run nor line`);
    if (made.length !== new Set([was.nextAt, newest]).size) this.#broken('more runs than times');
    if (newest !== was.nextAt && made.find((r) => r.dueAt === was.nextAt)?.note !== 'missed') {
      this.#broken('what was missed is not noted as missed');
    }
    const last = made.find((r) => r.dueAt === newest);
    const isLate = now - newest > RUN_GRACE_MS;
    if (isLate && last?.state !== 'skipped') this.#broken('a run began after its grace');
    if (last?.note === 'missed' && !isLate) this.#broken('a run within its grace was left out as missed');
    if (schedule.nextAt !== null && schedule.nextAt <= now) this.#broken('a schedule is advanced into the past');
    if (schedule.state === 'over' && rule.kind !== 'once') this.#broken('a series ended');
  }

  /** A turn of a run: the run alone, oldest first, and before the person's texts only after a long wait. */
  opened(taken: readonly Message[], left: readonly Message[], now: number): void {
    const [first] = taken;
    if (!first || taken.length > 1) this.#broken('a run shares its turn');
    if (left.some((m) => m.run !== null && m.seq < first.seq)) this.#broken('a run was taken before an older one');
    const isPast = now - first.receivedAt >= RUN_WAITS_MS;
    if (!isPast && left.some((m) => m.run === null && m.action !== 'aside')) {
      this.#broken('a run went before what the person said');
    }
  }

  /** Timers match the rows, and no more questions are open than allowed. */
  committed(state: State): void {
    const { schedules, runs, messages } = this.#rows.all;
    for (const { id, kind, state: is, nextAt, resumeAt } of schedules) {
      const timers = state.timers.filter((t) => t.kind === 'schedule' && t.ref === `${id}`);
      const dueAt = { active: nextAt, paused: resumeAt, over: null }[is];
      if (timers.length !== (dueAt === null ? 0 : 1)) this.#broken(`schedule ${id} has ${timers.length} timers`);
      if (dueAt !== null && timers[0]?.dueAt !== dueAt)
        this.#broken(`the timer of schedule ${id} is not its next time`);
      const wake = state.timers.find((t) => t.kind === 'wake' && t.ref === `${id}`);
      if (!wake) continue;
      const ahead = (nextAt ?? 0) - wake.dueAt;
      const isRight = is === 'active' && kind === 'agent' && ahead >= 20_000 && ahead <= 60_000;
      if (!isRight) this.#broken(`a machine is woken for schedule ${id}, which does not want it`);
    }
    const open = runs.filter((r) => ['waiting', 'running', 'held'].includes(r.state));
    const count = new Map<string, number>();
    for (const { schedule, state: is } of open) {
      const key = `${schedule} ${is}`;
      count.set(key, (count.get(key) ?? 0) + 1);
    }
    for (const [key, n] of count) if (n > 1) this.#broken(`runs of schedule ${key}: ${n}`);
    const working = open.filter((r) => r.state === 'running');
    if (working.length > 1) this.#broken('two runs are at work');
    const [work] = working;
    if (work && findOpenTurn(state)?.run !== work.id) this.#broken('a run is at work without its turn');
    for (const run of open) {
      const tasks = messages.filter((m) => m.run === run.id);
      if (tasks.length > 1) this.#broken('a run has two tasks');
      const isWaiting = tasks.some((m) => m.state === 'waiting');
      if (run.state === 'waiting' && !isWaiting) this.#broken('a run waits and its task does not');
    }
  }

  atRest(isClosed: (from: string) => boolean): void {
    const { runs, replies } = this.#rows.all;
    const moving: readonly Run['state'][] = ['waiting', 'running', 'sending'];
    const open = runs.find((r) => moving.includes(r.state));
    if (open) this.#broken(`a run is ${open.state} for ever`);
    for (const run of runs.filter((r) => r.state === 'held')) {
      const words = replies.filter((r) => r.run === run.id && r.state === 'held');
      if (words.length === 0 || !words.some((r) => isClosed(r.from)))
        this.#broken('a run is held, and nothing holds it');
    }
  }
}
