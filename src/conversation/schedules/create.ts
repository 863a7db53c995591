import { isSamePerson, numberOf, onePerPerson } from '../../phone-numbers.ts';
import { readRegion } from '../../recurrence/holidays.ts';
import { refusalOfRule } from '../../recurrence/limits.ts';
import { readWhen } from '../../recurrence/parse/phrases.ts';
import { isSameRule, type Rule } from '../../recurrence/rule.ts';
import { texts } from '../../texts/index.ts';
import type { Policy } from '../policy/policy.ts';
import { PROMPT_MAX_BYTES, REMINDER_MAX_CHARS, SCHEDULES_MAX } from '../policy/schedules.ts';
import type { Context } from '../state/events.ts';
import { clockOfPerson, zoneOf } from '../state/person-clock.ts';
import { exceptionsOf, type Schedule } from '../state/schedule-rows.ts';
import { withSchedule } from '../state/schedules.ts';
import type { State } from '../state/state.ts';
import { withNextTime, withNextTimer } from './due.ts';

// Making and changing schedules, for the person's commands and for the agent's tools alike: what is taken, and the row it
// becomes. Pausing and ending them is change.ts.

const said = texts.scheduleAnswers;

/** `when`, `holidays`, `recipients` are as they were said. */
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
/** Omitted fields keep their value. */
export type Change = Partial<Pick<Schedule, 'prompt' | 'holidays' | 'isolated' | 'checkCommand'>> & {
  when?: string | undefined;
  queue?: boolean | undefined;
};

/** Of a schedule that was made before the person's zone was known, and does not need it. */
const NO_ZONE = 'UTC';

/** The zone in which times of a schedule are said and read; null when it is not known. */
export function zoneFor(schedule: Schedule, state: State, policy: Policy): string | null {
  const rule = schedule.rule;
  const isFree = rule.kind === 'once' || (rule.kind === 'interval' && rule.unit === 'minutes');
  return isFree && schedule.zone === NO_ZONE ? zoneOf(state, policy) : schedule.zone;
}

/**
 * From where the next time is looked for. One that is due, but whose timer has not fired, is still to come: a change at
 * that very moment neither loses it nor lets it run twice.
 */
export const searchFrom = ({ state, nextAt }: Schedule, now: number): number =>
  state === 'active' && nextAt !== null && nextAt <= now ? nextAt - 1 : now;

const refused = (reason: string): ScheduleRefusal => ({ kind: 'refused', reason });

/** All that are not over are loaded. */
export function createSchedule(state: State, plan: Plan, ctx: Context): Made {
  const { when, queue, recipients, ...of } = plan;
  const fault = faultOf(plan) ?? recipientFault(state, recipients, ctx);
  if (fault !== null) return refused(fault);
  const read = readRule(state, when, zoneOf(state, ctx.policy), of.holidays, ctx);
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
  const live = state.schedules.filter((s) => s.state !== 'over').length;
  if (live >= SCHEDULES_MAX) return refused(said.full(SCHEDULES_MAX));
  const schedule = withNextTime(fresh, ctx.now);
  const counted = { ...state, conversation: { ...state.conversation, nextSchedule: id + 1 } };
  return { kind: 'made', state: withNextTimer(counted, schedule), schedule };
}

/** A live schedule with changes. The next time is looked for anew only where they are about it. */
export function changeSchedule(state: State, before: Schedule, { when, queue, ...of }: Change, ctx: Context): Made {
  const wanted: Schedule = { ...before, ...of, ...(queue === undefined ? {} : { overlap: queue ? 'queue' : 'skip' }) };
  const fault = faultOf({ ...wanted, queue: queue ?? false });
  if (fault !== null) return refused(fault);
  const zone = zoneFor(before, state, ctx.policy);
  const read =
    when === undefined
      ? { kind: 'rule' as const, rule: before.rule, zone: before.zone }
      : readRule(state, when, zone, wanted.holidays, ctx);
  if (read.kind !== 'rule') return read;
  const changed: Schedule = { ...wanted, rule: read.rule, zone: read.zone };
  const isSameTime =
    isSameRule(changed.rule, before.rule) && changed.zone === before.zone && changed.holidays === before.holidays;
  if (isSameTime) return { kind: 'made', state: withSchedule(state, changed), schedule: changed };
  const from = searchFrom(before, ctx.now);
  const refusal = refusalOfRule(read.rule, before.kind, read.zone, from, exceptionsOf(changed));
  if (refusal !== null) return refused(texts.scheduleRefusal(refusal));
  const schedule = withNextTime({ ...changed, failures: 0 }, from);
  return { kind: 'made', state: withNextTimer(state, schedule), schedule };
}

function readRule(
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

/** The region as the table has it; `none` leaves nothing out. Undefined when it is none. */
export function readHolidays(text: string): string | null | undefined {
  return text.trim().toLowerCase() === 'none' ? null : (readRegion(text) ?? undefined);
}

function faultOf({ kind, prompt, isolated, queue, checkCommand }: Omit<Plan, 'when' | 'recipients'>): string | null {
  if (kind === 'text' && (isolated || queue || checkCommand !== null)) return said.agentOnly;
  if (kind === 'text' && [...prompt].length > REMINDER_MAX_CHARS) {
    return said.longReminder(REMINDER_MAX_CHARS);
  }
  return new TextEncoder().encode(prompt).length > PROMPT_MAX_BYTES ? said.longPrompt : null;
}

/** Numbers and `me`; none when it is for the person alone. */
function namedRecipients(state: State, recipients: readonly string[]): string[] {
  const own = numberOf(state.conversation.address);
  const all = onePerPerson(recipients.map((each) => (isSamePerson(each, own) ? 'me' : each)));
  return all.every((each) => each === 'me') ? [] : all;
}

/** One sentence for all that is wrong with them, so that nobody learns which number may write to us. */
function recipientFault(state: State, recipients: readonly string[], ctx: Context): string | null {
  const others = namedRecipients(state, recipients).filter((each) => each !== 'me');
  if (others.length === 0) return null;
  const mayBe = ctx.isAdmin(numberOf(state.conversation.address)) && others.every((each) => ctx.isAllowed(each));
  return mayBe ? null : said.others;
}
