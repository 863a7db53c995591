import { isSamePerson, keepOnePerPerson } from '../../addresses.ts';
import { hasRight } from '../../input/roles.ts';
import { readRegion } from '../../recurrence/holidays.ts';
import { refusalOfRule } from '../../recurrence/limits.ts';
import { readWhen } from '../../recurrence/parse/phrases.ts';
import type { Rule } from '../../recurrence/rule.ts';
import { texts } from '../../texts/index.ts';
import type { Policy } from '../policy/policy.ts';
import { PROMPT_MAX_BYTES, REMINDER_MAX_CHARS, SCHEDULES_MAX } from '../policy/schedules.ts';
import type { Context } from '../state/events.ts';
import { numbersOf } from '../state/person.ts';
import { clockOfPerson, zoneOf } from '../state/person-clock.ts';
import { exceptionsOf, type Schedule } from '../state/schedule-rows.ts';
import { liveSchedulesOf } from '../state/schedules.ts';
import { roleOf } from '../state/standing.ts';
import type { State } from '../state/state.ts';
import { withNextTime, withNextTimer } from './due.ts';

// Creates schedules, for the person's commands and for the agent's tools: checks the plan and builds the row.

const said = texts.scheduleAnswers;

/** `when`, `holidays` and `recipients` in the words of the person or the agent. */
export type Plan = Pick<
  Schedule,
  'kind' | 'project' | 'prompt' | 'holidays' | 'isolated' | 'checkCommand' | 'standup'
> & {
  when: string;
  queue: boolean;
  recipients: readonly string[];
};
export type ScheduleRefusal = { kind: 'refused'; reason: string } | { kind: 'zone-needed' };
export type Made = { kind: 'made'; state: State; schedule: Schedule } | ScheduleRefusal;

/** Stands in for the zone of a schedule that was created before Roost knew the person's zone, and that needs none. */
const NO_ZONE = 'UTC';

const refused = (reason: string): ScheduleRefusal => ({ kind: 'refused', reason });

/** The state must have every live schedule: they are counted. The caller asks the other recipients' homes. */
export function createSchedule(state: State, plan: Plan, ctx: Context): Made {
  const { when, queue, recipients, ...of } = plan;
  const fault = findPlanFault(plan) ?? recipientFault(state, recipients, ctx);
  if (fault !== null) return refused(fault);
  const read = readScheduleRule(state, when, zoneOf(state, ctx.policy), of.holidays, ctx);
  if (read.kind !== 'rule') return read;
  const { rule, zone } = read;
  const id = state.conversation.nextSchedule;
  const fresh: Schedule = {
    ...of,
    id,
    rule,
    zone,
    skips: [],
    overlap: queue ? 'queue' : 'skip',
    recipients: namedRecipients(state, recipients),
    state: 'active',
    pausedBy: null,
    resumeAt: null,
    nextAt: null,
    failures: 0,
    heldRuns: 0,
    toldWindow: false,
    deliveredAt: null,
    createdAt: ctx.now,
  };
  const refusal = refusalOfRule(rule, of.kind, zone, ctx.now, exceptionsOf(fresh));
  if (refusal !== null) return refused(texts.scheduleRefusal(refusal));
  if (liveSchedulesOf(state).length >= SCHEDULES_MAX) return refused(said.full(SCHEDULES_MAX));
  const schedule = withNextTime(fresh, ctx.now);
  const counted = { ...state, conversation: { ...state.conversation, nextSchedule: id + 1 } };
  return { kind: 'made', state: withNextTimer(counted, schedule), schedule };
}

export function readScheduleRule(
  state: State,
  when: string,
  zone: string | null,
  holidays: string | null,
  ctx: Context,
): { kind: 'rule'; rule: Rule; zone: string } | ScheduleRefusal {
  const read = readWhen(when, { now: ctx.now, zone, clock: clockOfPerson(state) });
  if (read.kind === 'refused') return refused(texts.scheduleRefusal(read.refusal));
  if (read.kind === 'zone-needed') return read;
  // Holidays are days of some place.
  if (zone === null && holidays !== null) return { kind: 'zone-needed' };
  return { kind: 'rule', rule: read.rule, zone: zone ?? NO_ZONE };
}

/** The region as the holiday table spells it. Null for `none`; undefined when the table has no such region. */
export function readHolidays(text: string): string | null | undefined {
  return text.trim().toLowerCase() === 'none' ? null : (readRegion(text) ?? undefined);
}

export function findPlanFault({
  kind,
  prompt,
  isolated,
  queue,
  checkCommand,
}: Omit<Plan, 'when' | 'recipients'>): string | null {
  if (kind === 'text' && (isolated || queue || checkCommand !== null)) return said.agentOnly;
  if (kind === 'text' && [...prompt].length > REMINDER_MAX_CHARS) {
    return said.longReminder(REMINDER_MAX_CHARS);
  }
  return new TextEncoder().encode(prompt).length > PROMPT_MAX_BYTES ? said.longPrompt : null;
}

/** Phone numbers and `me`. Empty when the schedule is for the person alone. */
function namedRecipients(state: State, recipients: readonly string[]): string[] {
  const own = numbersOf(state);
  const isOwn = (each: string): boolean => own.some((number) => isSamePerson(each, number));
  const all = keepOnePerPerson(recipients.map((each) => (isOwn(each) ? 'me' : each)));
  return all.every((each) => each === 'me') ? [] : all;
}

/** The other recipients' homes decide whether they may be some (ask-recipients.ts). */
function recipientFault(state: State, recipients: readonly string[], ctx: Context): string | null {
  const isForOthers = namedRecipients(state, recipients).some((each) => each !== 'me');
  return isForOthers && !hasRight(roleOf(state, ctx), 'schedule texts for other people') ? said.others : null;
}

/** The zone for reading and writing the schedule's times. Null: Roost doesn't know the person's zone yet. */
export function zoneOfSchedule(schedule: Schedule, state: State, policy: Policy): string | null {
  const rule = schedule.rule;
  const isFree = rule.kind === 'once' || (rule.kind === 'interval' && rule.unit === 'minutes');
  return isFree && schedule.zone === NO_ZONE ? zoneOf(state, policy) : schedule.zone;
}
