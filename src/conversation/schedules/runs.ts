import { numberOf } from '../../addresses.ts';
import type { MachineEvent } from '../../protocol/index.ts';
import { texts } from '../../texts/index.ts';
import { withAnswer } from '../outbox/answer-replies.ts';
import type { Policy } from '../policy/policy.ts';
import { RUN_FAILURES_MAX } from '../policy/schedules.ts';
import { spendingNow, withSpending } from '../spending/limits.ts';
import type { Context, Decision } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import { clockOfPerson } from '../state/person-clock.ts';
import type { Reply, Turn } from '../state/rows.ts';
import type { Delivery, Run, Schedule } from '../state/schedule-rows.ts';
import {
  deliveriesOf,
  endRun,
  findRun,
  findSchedule,
  scheduleOfRun,
  withRun,
  withSchedule,
} from '../state/schedules.ts';
import { OPEN_REPLIES, type State } from '../state/state.ts';
import { consume } from '../turn/agent-status.ts';
import { failureWaitOf, sendScheduleNotice, withNextTime, withNextTimer } from './due.ts';
import { isForOwner, summariseDeliveries, withDeliveries } from './fan-out.ts';

// Follows a run. Its state follows from its message and its replies after every event, so nothing has to be reported
// twice. The effects on its schedule (consecutive failures, the last arrival) are written with it.

type Told<Type extends MachineEvent['event']['type']> = Extract<MachineEvent['event'], { type: Type }>;

/** The agent answered in a run: with words for the person, with nothing to report, or with a failure. */
export function onRunResult(state: State, turn: Turn, event: Told<'result'>, ctx: Context): State {
  const paid = withCost(
    // A run's answer may be for others or for nobody, so it consumes none of the person's texts in passing.
    consume(state, turn, event.user_message_uuids, ctx, { inPassing: false }),
    turn,
    event,
    ctx.policy,
  );
  // A result that leaves the task undone doesn't end the run: the next attempt may do it.
  const isUndone = paid.messages.some((m) => m.run === turn.run && m.state === 'active');
  // Nor does a failure after the agent has said that there is nothing to report.
  const wasSilent = turn.run !== null && findRun(state, turn.run)?.state === 'silent';
  if (event.is_error) return isUndone || wasSilent ? paid : endRun(paid, turn, 'failed', 'agent', ctx);
  if (texts.schedules.isNothing(event.text)) return paid;
  const schedule = turn.run === null ? undefined : scheduleOfRun(paid, turn.run);
  const given = turn.run === null ? paid : withDeliveries(paid, turn.run, event.text, ctx);
  if (schedule && !isForOwner(given, schedule)) return given;
  return withAnswer(given, { turn: turn.id, text: event.text }, ctx);
}

/** Applies the result of the command that runs before the agent. It consumes the message unless it woke the agent. */
export function onChecked(state: State, turn: Turn, event: Told<'checked'>, ctx: Context): State {
  if (event.outcome === 'wake') return state;
  const used = setMessages(state, (m) => m.uuid === event.uuid && m.turn === turn.id, { state: 'consumed' });
  return event.outcome === 'nothing'
    ? endRun(used, turn, 'silent', 'check', ctx)
    : endRun(used, turn, 'failed', event.late ? 'check-late' : 'check-failed', ctx);
}

function withCost(state: State, { run: id }: Turn, { cost_usd: cost }: Told<'result'>, { isFree }: Policy): State {
  if (isFree) return state;
  const run = id === null ? undefined : findRun(state, id);
  return run && cost > 0 ? withRun(state, { ...run, costUsd: run.costUsd + cost }) : state;
}

/** Runs after every event: updates the runs whose message or replies changed, and their schedules. */
export function keepRuns(before: State, decision: Decision, ctx: Context): Decision {
  const state = decision.state.runs.reduce((next, { id }) => keepRun(before, next, id, ctx), decision.state);
  return state === decision.state ? decision : { ...decision, state };
}

function keepRun(before: State, state: State, id: string, ctx: Context): State {
  const run = findRun(state, id);
  if (!run) return state;
  const now = settleRun(before, state, run, ctx.now);
  const next = now === run ? state : withRun(state, now);
  const was = findRun(before, id)?.state ?? 'waiting';
  const schedule = findSchedule(next, now.schedule);
  const after = schedule && was !== now.state ? withOutcome(next, schedule, now, ctx) : next;
  const unreached = schedule && now.state !== 'failed' ? unreachedSince(before, state, now) : [];
  return schedule && unreached.length > 0
    ? sendScheduleNotice(after, schedule, texts.schedules.unreached(schedule, unreached), ctx)
    : after;
}

/**
 * The numbers that couldn't be reached, once all recipients were tried. If nobody was reached, the run itself failed.
 */
function unreachedSince(before: State, state: State, run: Run): string[] {
  const isWaiting = (of: State): boolean => of.deliveries.some((d) => d.run === run.id && d.state === 'waiting');
  if (!isWaiting(before) || isWaiting(state)) return [];
  const lost = state.deliveries.filter((d) => d.run === run.id && d.note === 'unreachable');
  return [...new Set(lost.map((d) => numberOf(d.address)))];
}

/** Notes that stand whatever becomes of words sent earlier: the run was skipped, done, or ended without a result. */
const STANDS: readonly Run['note'][] = [
  'newer',
  'done',
  'stopped',
  'check',
  'check-failed',
  'check-late',
  'agent',
  'turn',
  'budget',
  'model',
];

/** The run according to its message and replies, or, if it is for others only, according to their deliveries. */
function settleRun(before: State, state: State, run: Run, now: number): Run {
  const message = state.messages.find((m) => m.run === run.id);
  const replies = state.replies.filter((r) => isOf(r, run.id) && r.state !== 'replaced');
  const isGiven = (d: Delivery): boolean => d.run === run.id && !before.deliveries.includes(d);
  const schedule = findSchedule(state, run.schedule);
  // Words that only the owner got say nothing about the others.
  const isForOthers = schedule !== undefined && !isForOwner(state, schedule);
  const isTouched =
    (message !== undefined && !before.messages.includes(message)) ||
    (!isForOthers && replies.some((r) => !before.replies.includes(r))) ||
    state.deliveries.some(isGiven);
  if (!isTouched) return run;
  if (message?.state === 'waiting') return changed(run, { state: 'waiting', note: null, endedAt: null });
  if (message?.state === 'active') {
    return changed(run, { state: 'running', note: null, startedAt: run.startedAt ?? now, endedAt: null });
  }
  if (message?.state === 'failed') return changed(run, { state: 'skipped', note: 'stopped', endedAt: now });
  if (STANDS.includes(run.note)) return run;
  const given = isForOthers ? deliveriesOf(state, run.id) : [];
  if (given.length > 0) return changed(run, summariseDeliveries(run, given, now));
  if (!isForOthers && replies.length > 0) return fromReplies(run, replies, now);
  const isSaid = run.state === 'running' || run.state === 'waiting';
  return isSaid ? changed(run, { state: 'silent', note: 'nothing', endedAt: now }) : run;
}

/** Its own answer or reminder in this person's outbox. */
const isOf = ({ run, owner }: Reply, id: string): boolean => run === id && owner === null;

function fromReplies(run: Run, replies: readonly Reply[], now: number): Run {
  const refused = replies.find((r) => ['failed', 'parked', 'dropped'].includes(r.state));
  if (refused) return changed(run, { state: 'failed', note: 'undelivered', code: refused.errorCode, endedAt: now });
  if (replies.some((r) => r.state === 'held')) return changed(run, { state: 'held', note: null, endedAt: null });
  if (replies.some((r) => OPEN_REPLIES.includes(r.state))) {
    return changed(run, { state: 'sending', note: null, endedAt: null });
  }
  const isThere = replies.every((r) => r.state === 'delivered' || r.state === 'read');
  return changed(run, { state: isThere ? 'delivered' : 'sent', note: null, endedAt: run.endedAt ?? now });
}

function changed(run: Run, change: Partial<Run>): Run {
  const next = { ...run, ...change };
  return (Object.keys(change) as (keyof Run)[]).every((key) => run[key] === next[key]) ? run : next;
}

/** Updates the schedule after its run changed state. */
function withOutcome(state: State, schedule: Schedule, run: Run, ctx: Context): State {
  switch (run.state) {
    case 'failed':
      return onRunFailure(state, schedule, run, ctx);
    case 'delivered':
      return withSchedule(state, {
        ...schedule,
        failures: 0,
        heldRuns: run.wasHeld ? schedule.heldRuns : 0,
        deliveredAt: Math.max(schedule.deliveredAt ?? 0, run.startedAt ?? run.dueAt),
      });
    case 'silent':
      return schedule.failures === 0 ? state : withSchedule(state, { ...schedule, failures: 0 });
    case 'waiting':
    case 'running':
    case 'sending':
    case 'held':
    // The carrier may still refuse the words (due.ts).
    case 'sent':
      return state;
    case 'skipped':
      return run.note === 'budget' || run.note === 'model' ? tellSkip(state, schedule, run.note, ctx) : state;
  }
}

/** Told once a day: more runs may be skipped for the same reason. */
function tellSkip(state: State, schedule: Schedule, why: 'budget' | 'model', ctx: Context): State {
  const spending = spendingNow(state, ctx);
  const key = `runs without ${why}/day`;
  if (spending.warned.includes(key)) return state;
  const noted = withSpending(state, { ...spending, warned: [...spending.warned, key] });
  const text = texts.spending.runSkipped(schedule.id, why, schedule.state === 'over');
  return sendScheduleNotice(noted, schedule, text, ctx);
}

/**
 * Tells the person about the first consecutive failure and pauses the schedule at the eighth. Failures between them
 * lengthen the wait.
 */
function onRunFailure(state: State, before: Schedule, run: Run, ctx: Context): State {
  const failures = before.failures + 1;
  const counted: Schedule = { ...before, failures };
  if (failures >= RUN_FAILURES_MAX && counted.state === 'active') {
    const paused = withNextTimer(state, { ...counted, state: 'paused', pausedBy: 'failures', resumeAt: null });
    return sendScheduleNotice(paused, counted, texts.schedules.pausedByFailures(counted, failures), ctx);
  }
  // A schedule without a next run can't be postponed.
  const backoff = failureWaitOf(failures);
  const isSooner = counted.state === 'active' && counted.nextAt !== null && counted.nextAt < ctx.now + backoff;
  const putOff = isSooner ? withNextTime(counted, ctx.now + backoff - 1) : counted;
  const later = putOff.state === 'over' ? counted : putOff;
  const next = later === counted ? withSchedule(state, counted) : withNextTimer(state, later);
  // A notice about undelivered words couldn't be delivered either.
  if (failures > 1 || (run.note === 'undelivered' && isForOwner(state, before))) return next;
  return sendScheduleNotice(next, later, texts.schedules.failed(later, run, clockOfPerson(state), ctx.now), ctx);
}
