import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { REMINDED_MS, SNOOZE_MS } from '../policy/schedules.ts';
import { type REMINDER_CHOICES, readReminderChoice, readReminderWord } from '../state/choices.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { clockOfPerson, zoneOf } from '../state/person-clock.ts';
import { findQuotedReply } from '../state/quoted-reply.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Reply } from '../state/rows.ts';
import { findRun, findSchedule, newRun, scheduleByNumber, withRun } from '../state/schedules.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import type { Timer } from '../state/timers.ts';
import { findReasonToSkip, recordSkipped, remind } from './due.ts';

// Reads what a person does with a reminder (Snooze or Done, tapped, texted, or as a reply to it) and sends it again
// when the snooze ends. A schedule has one snooze, a timer named after the schedule: a new one moves it.

type Arrival = Extract<Event, { type: 'message' }>;
type Choice = { run: string; choice: (typeof REMINDER_CHOICES)[number] };

/** The run of the tapped reminder, or for plain words of the newest one. A quoted reply is read with its run anyway. */
export function readsOfReminder({ message, choice, quoted }: Arrival, { conversation: { reminded } }: State): Read[] {
  const tapped = choice === undefined ? null : readReminderChoice(choice);
  const isMeant = choice === undefined && quoted === undefined && readReminderWord(message.text) !== null;
  const run = tapped?.run ?? (isMeant ? reminded : null);
  return run === null ? [] : [{ rows: 'run', id: run }];
}

/** A tap on the reminder or a reply to it names that reminder. */
function named(state: State, { message, choice, quoted }: Arrival): Choice | null {
  if (choice !== undefined) return readReminderChoice(choice);
  const word = quoted === undefined ? null : readReminderWord(message.text);
  const reply = word === null || quoted === undefined ? null : findQuotedReply(state, quoted);
  return word !== null && reply?.run && isReminder(reply) ? { run: reply.run, choice: word } : null;
}

const isReminder = ({ kind, owner }: Reply): boolean => kind === 'reminder' && owner === null;

/** Plain words count soon after the newest reminder. */
function meant(state: State, { message, choice, quoted }: Arrival, now: number): Choice | null {
  const word = choice !== undefined || quoted !== undefined ? null : readReminderWord(message.text);
  const { reminded } = state.conversation;
  if (word === null || reminded === null || message.attachments > 0) return null;
  requireRead(state, { rows: 'run', id: reminded });
  const has = (r: Reply): boolean => r.run === reminded && isReminder(r) && HAS_LEFT.includes(r.state);
  const reply = state.replies.findLast(has);
  const isRecent = reply !== undefined && now - reply.createdAt <= REMINDED_MS;
  const isDone = word === 'done' && findRun(state, reminded)?.note === 'done';
  return isRecent && !isDone ? { run: reminded, choice: word } : null;
}

const HAS_LEFT: readonly Reply['state'][] = ['sending', 'unknown', 'accepted', 'sent', 'delivered', 'read'];

/**
 * The words of a tap on a reminder or of a reply to it, so that the parser doesn't read them as words about deep work.
 */
export const findReminderWords = (state: State, event: Arrival): string[] =>
  named(state, event) === null ? [] : [event.message.text];

export function answerNamedReminder(state: State, event: Arrival, ctx: Context): Decision | null {
  const choice = named(state, event);
  return choice && onChoice(state, choice, event.choice !== undefined, ctx);
}

export function answerMeantReminder(state: State, event: Arrival, ctx: Context): Decision | null {
  const choice = meant(state, event, ctx.now);
  return choice && onChoice(state, choice, false, ctx);
}

function onChoice(state: State, { run: id, choice }: Choice, isTap: boolean, ctx: Context) {
  const say = (text: string, next = state): Decision => noEffects(enqueue(next, 'notice', [text], ctx));
  if (isTap) requireRead(state, { rows: 'run', id });
  const run = findRun(state, id);
  const schedule = run && findSchedule(state, run.schedule);
  if (!run || !schedule) return say(texts.zones.reminders.gone);
  const ref = `${schedule.id}`;
  if (choice === 'snooze') {
    const dueAt = ctx.now + SNOOZE_MS;
    const zone = zoneOf(state, ctx.policy);
    const snoozed = withTimer(state, { kind: 'snooze', ref, dueAt, attempts: 0 });
    return say(texts.zones.reminders.snoozed(dueAt, zone, clockOfPerson(state), ctx.now), snoozed);
  }
  // An answer proves that the reminder was delivered.
  const done = withRun(state, { ...run, state: 'delivered', note: 'done', endedAt: run.endedAt ?? ctx.now });
  return say(texts.zones.reminders.done, withoutTimer(done, 'snooze', ref));
}

/** The snooze is over: the reminder is sent again, to this person alone, even if the schedule itself is over. */
export function onSnooze(state: State, { ref, dueAt }: Timer, ctx: Context): Decision {
  const schedule = scheduleByNumber(state, Number(ref));
  if (!schedule) return noEffects(state);
  const why = findReasonToSkip(state, schedule, dueAt, ctx);
  if (why === null) {
    const run = newRun(ctx.id(), schedule.id, dueAt);
    return noEffects(remind(state, schedule, run, ctx));
  }
  const left = recordSkipped(state, schedule, dueAt, why, ctx);
  const text = texts.schedules.missed(schedule, dueAt, clockOfPerson(state), ctx.now);
  return noEffects(why === 'missed' ? enqueue(left, 'notice', [text], ctx) : left);
}
