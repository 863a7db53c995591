import { hashText } from '../../hash-text.ts';
import { findLastUntil, findNextAfter } from '../../recurrence/occurrences.ts';
import { dateOf } from '../../recurrence/zones.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { enqueue } from '../outbox/replies.ts';
import { RUN_BACKOFF_MS, RUN_GRACE_MS, WAKE_AHEAD_MS, WAKE_SPREAD_MS } from '../policy/schedules.ts';
import { findBudgetStop } from '../spending/limits.ts';
import { endOfTrouble, needsOperator, troubleNow } from '../spending/model-trouble.ts';
import { offerReminderChoices } from '../state/choices.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { isAnswerDoubtful } from '../state/heard.ts';
import { clockOfPerson } from '../state/person-clock.ts';
import { markRead, type Read } from '../state/reads.ts';
import { exceptionsOf, type Run, type RunNote, type Schedule } from '../state/schedule-rows.ts';
import { newRun, scheduleByNumber, withRun, withSchedule } from '../state/schedules.ts';
import { isIn, isServed } from '../state/standing.ts';
import { findOpenTurn, findTimer, type State, withoutTimer, withTimer } from '../state/state.ts';
import { withOwnMessage } from '../state/synthetic-messages.ts';
import type { Timer } from '../state/timers.ts';
import { startTurn } from '../turn/queue.ts';
import { isForOwner, withDeliveries } from './fan-out.ts';

// A schedule is due. Its next time is written together with the run, so that a restart finds either both or neither.
// runs.ts follows the run.

/**
 * Stores the schedule with its timers: for the next run or the end of its pause, and before an agent's turn for the
 * machine.
 */
export function withNextTimer(state: State, schedule: Schedule): State {
  const ref = `${schedule.id}`;
  const cleared = withoutTimer(withoutTimer(withSchedule(state, schedule), 'schedule', ref), 'wake', ref);
  const { kind, nextAt, resumeAt } = schedule;
  const dueAt = { active: nextAt, paused: resumeAt, over: null }[schedule.state];
  if (dueAt === null) return cleared;
  const timed = withTimer(cleared, { kind: 'schedule', ref, dueAt, attempts: 0 });
  if (kind === 'text' || schedule.state !== 'active') return timed;
  const ahead = WAKE_AHEAD_MS + spread(`${state.conversation.address} ${ref}`) * WAKE_SPREAD_MS;
  return withTimer(timed, { kind: 'wake', ref, dueAt: dueAt - Math.round(ahead), attempts: 0 });
}

/** A fixed number from 0 to 1 for a text. */
function spread(text: string): number {
  let hash = hashText(text);
  // Texts that differ only in their last characters spread over the whole range.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0xffffffff;
}

/** The schedule with its first run after `after`. Over if there is none. */
export function withNextTime(schedule: Schedule, after: number): Schedule {
  const today = dateOf(after, schedule.zone);
  const dates = exceptionsOf(schedule).dates.filter((date) => date >= today);
  const kept = { ...schedule, skips: dates };
  const nextAt = findNextAfter(kept.rule, kept.zone, after, exceptionsOf(kept));
  return { ...kept, nextAt, state: nextAt === null ? 'over' : kept.state };
}

/** The shortest wait of a schedule with this many consecutive failures. */
export const failureWaitOf = (failures: number): number =>
  failures === 0 ? 0 : backoffOf(RUN_BACKOFF_MS, failures - 1);

/** The timer of a schedule also needs the last run. */
export const readsOfScheduleTimer = ({ ref }: Timer): Read[] => [{ rows: 'schedule', id: Number(ref) }];

/** The timer of a schedule fired. */
export function onScheduleTimer(state: State, id: number, ctx: Context): Decision {
  const found = scheduleByNumber(state, id);
  if (!found) return noEffects(withoutTimer(state, 'wake', `${id}`));
  const schedule = withLast(state, found);
  const { nextAt, resumeAt } = schedule;
  if (schedule.state === 'paused') {
    // A run due at or after the end of the pause counts, however late it is now.
    const isOver = resumeAt !== null && resumeAt <= ctx.now;
    return noEffects(withNextTimer(state, isOver ? asResumed(schedule, resumeAt - 1) : schedule));
  }
  if (nextAt === null || nextAt > ctx.now) return noEffects(withNextTimer(state, schedule));
  const due = findLastUntil(schedule.rule, schedule.zone, ctx.now, exceptionsOf(schedule)) ?? nextAt;
  const dueAt = Math.max(due, nextAt);
  const next = withNextTime(schedule, ctx.now + failureWaitOf(schedule.failures));
  const why = findReasonToSkip(state, next, dueAt, ctx);
  const until = why === 'model' ? findEndOfTrouble(state, nextAt, ctx.now) : null;
  if (until !== null) return noEffects(withTimer(state, { kind: 'schedule', ref: `${id}`, dueAt: until, attempts: 0 }));
  const advanced = withNextTimer(state, next);
  // Skips the runs due before the newest one, whatever becomes of the newest.
  const caughtUp = dueAt > nextAt ? recordSkipped(advanced, next, nextAt, 'missed', ctx) : advanced;
  if (why === null) return startRun(caughtUp, next, dueAt, ctx);
  const left = recordSkipped(caughtUp, next, dueAt, why, ctx);
  const pausedBy = why === 'project' ? 'project' : isIn(state, ctx) ? null : 'access';
  if (pausedBy !== null) {
    const paused = withNextTimer(left, { ...next, state: 'paused', pausedBy, resumeAt: null });
    return noEffects(
      why === 'project' ? sendScheduleNotice(paused, next, texts.schedules.projectGone(next.id), ctx) : paused,
    );
  }
  if (why === 'access' && next.state === 'over') {
    return noEffects(sendScheduleNotice(left, next, texts.schedules.whileLocked(schedule), ctx));
  }
  // People rely on reminders, so each missed one is told. A missed task is told only if it never comes again.
  const isLost = why === 'missed' && (schedule.kind === 'text' || next.state === 'over');
  if (!isLost) return noEffects(left);
  return noEffects(
    sendScheduleNotice(left, next, texts.schedules.missed(schedule, dueAt, clockOfPerson(state), ctx.now), ctx),
  );
}

/** A run that the carrier took counts as delivered by the next run: some carriers never report more. */
function withLast(state: State, schedule: Schedule): Schedule {
  const last = state.runs.filter((r) => r.schedule === schedule.id).at(-1);
  if (last?.state !== 'sent') return schedule;
  return { ...schedule, failures: 0, deliveredAt: Math.max(schedule.deliveredAt ?? 0, last.startedAt ?? last.dueAt) };
}

/** `schedule`: with its next time. */
export function findReasonToSkip(state: State, schedule: Schedule, dueAt: number, ctx: Context): RunNote | null {
  if (!isIn(state, ctx)) return 'access';
  if (state.conversation.optedOutAt !== null) return 'opted-out';
  if (isAnswerDoubtful(state, ctx.now)) return 'unheard';
  if (ctx.now - dueAt > RUN_GRACE_MS) return 'missed';
  // Reminders are held like any reply; nobody may see what the agent does for a locked number.
  if (schedule.kind === 'text') return null;
  if (!isServed(state, ctx)) return 'access';
  if (!state.projects.some((p) => p.id === schedule.project && p.archivedAt === null)) return 'project';
  if (findBudgetStop(state, schedule.project, ctx) !== null) return 'budget';
  const trouble = troubleNow(state, ctx.now);
  // A task that never comes again is tried: the model may answer the next request.
  if (trouble !== null && (needsOperator(trouble) || schedule.state !== 'over')) return 'model';
  const before = state.runs.filter((r) => r.schedule === schedule.id);
  const isWaiting = before.some((r) => r.state === 'waiting');
  const isRunning = before.some((r) => r.state === 'running');
  return isWaiting || (isRunning && schedule.overlap === 'skip') ? 'overlap' : null;
}

/** When a run that waits for the model is tried again. Null: nobody knows, or the run would be too late. */
function findEndOfTrouble(state: State, dueAt: number, now: number): number | null {
  const end = endOfTrouble(state, now);
  return end !== null && end <= dueAt + RUN_GRACE_MS ? end : null;
}

export function recordSkipped(state: State, { id }: Schedule, dueAt: number, note: RunNote, ctx: Context): State {
  return withRun(state, { ...newRun(ctx.id(), id, dueAt), state: 'skipped', note, endedAt: ctx.now });
}

/** Starts the run: a reminder leaves, or the agent's task waits for its turn. */
export function startRun(state: State, schedule: Schedule, dueAt: number, ctx: Context): Decision {
  const run = newRun(ctx.id(), schedule.id, dueAt);
  if (schedule.kind === 'text') {
    const fresh = markRead(withRun(state, begun(run, ctx.now)), { rows: 'run', id: run.id });
    const given = withDeliveries(fresh, run.id, schedule.prompt, ctx);
    return noEffects(isForOwner(given, schedule) ? remind(given, schedule, run, ctx) : given);
  }
  const { project, checkCommand } = schedule;
  const { repository = null } = state.projects.find((p) => p.id === project) ?? {};
  const named = repository && `${repository.host}/${repository.path}`;
  const text = texts.schedules.task(schedule, dueAt, clockOfPerson(state), ctx.now, named);
  const made = withRun(state, run);
  const asked = withOwnMessage(made, { text, project, action: null, run: run.id, checkCommand }, ctx);
  return findOpenTurn(asked) || findTimer(asked, 'gather') ? noEffects(asked) : startTurn(asked, ctx);
}

/** Sends a reminder to the person alone, with its buttons. */
export function remind(state: State, schedule: Schedule, run: Run, ctx: Context): State {
  const body = ctx.parts(schedule.prompt).join('\n\n') || schedule.prompt;
  const of = { choices: offerReminderChoices(run.id, body), run: run.id, schedule: schedule.id };
  const told = enqueue(withRun(state, begun(run, ctx.now)), 'reminder', [body], ctx, of);
  return { ...told, conversation: { ...told.conversation, reminded: run.id } };
}

const begun = (run: Run, now: number): Run => ({ ...run, startedAt: now, state: 'sending' });

/** Resumes the schedule with its first run after `after`. */
export const asResumed = (schedule: Schedule, after: number): Schedule =>
  withNextTime({ ...schedule, state: 'active', pausedBy: null, resumeAt: null, failures: 0 }, after);

/** Sends a notice about a schedule. Like all words of schedules it waits for the end of quiet hours. */
export const sendScheduleNotice = (state: State, { id }: Schedule, text: string, ctx: Context): State =>
  enqueue(state, 'notice', [text], ctx, { schedule: id });

/**
 * The instant after which the next run is looked for. If a run is due but its timer hasn't fired, the search begins
 * before that run: a change at that moment neither loses the run nor starts it twice.
 */
export const searchStartOf = ({ state, nextAt }: Schedule, now: number): number =>
  state === 'active' && nextAt !== null && nextAt <= now ? nextAt - 1 : now;
