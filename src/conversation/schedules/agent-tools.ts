import type { ScheduleRequest } from '../../protocol/index.ts';
import { isSameRule } from '../../recurrence/rule.ts';
import { readZone, zoneOfNumber } from '../../recurrence/zones.ts';
import { texts } from '../../texts/index.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { numberOfPerson } from '../state/person.ts';
import { zoneOf } from '../state/person-clock.ts';
import type { Read } from '../state/reads.ts';
import type { Turn } from '../state/rows.ts';
import type { Schedule } from '../state/schedule-rows.ts';
import { liveSchedulesOf, scheduleByNumber } from '../state/schedules.ts';
import type { State } from '../state/state.ts';
import { cancelSchedule, changeSchedule, type Managed, pauseSchedule, resumeSchedule, runRefusalOf } from './change.ts';
import { createSchedule, type Made, type Plan, readHolidays } from './create.ts';
import { startRun } from './due.ts';
import { describeSchedule, listSchedules } from './format.ts';

// Requests from the agent's tools about the person's schedules. The answer is for the agent, which tells the person.

const said = texts.scheduleAnswers;

type Of<Op extends ScheduleRequest['op']> = Extract<ScheduleRequest, { op: Op }>;
/** The new rows, and the answer to the agent. */
export type Granted = { decision: Decision; ok: boolean; text: string };

/** The named schedule may be over, and so missing from the live schedules. */
export const readsOfScheduleRequest = (request: ScheduleRequest): Read[] => [
  { rows: 'schedules' },
  ...('id' in request ? [{ rows: 'schedule' as const, id: request.id }] : []),
];

export function onScheduleRequest(state: State, turn: Turn, request: ScheduleRequest, ctx: Context): Granted {
  const no = (text: string): Granted => ({ decision: noEffects(state), ok: false, text });
  // A run that creates schedules or starts runs could multiply while nobody looks.
  if (turn.run !== null && (request.op === 'create' || request.op === 'run_now')) return no(said.toAgent.inRun);
  if (request.op === 'list')
    return { decision: noEffects(state), ok: true, text: said.toAgent.list(listSchedules(state, ctx)) };
  if (request.op === 'create') return createFor(state, turn, request, ctx);
  const schedule = scheduleByNumber(state, request.id);
  if (!schedule) return no(said.toAgent.unknown(request.id));
  if (request.op === 'update') return update(state, schedule, request, ctx);
  if (request.op === 'run_now') return run(state, schedule, ctx);
  const managed = manage(state, schedule, request, ctx);
  if (managed === 'zone-needed') return no(said.toAgent.zoneNeededLater);
  return { decision: noEffects(managed.state), ok: managed.isDone, text: managed.text };
}

function manage(
  state: State,
  schedule: Schedule,
  request: Of<'pause'> | Of<'resume'> | Of<'cancel'>,
  ctx: Context,
): Managed {
  switch (request.op) {
    case 'pause':
      return pauseSchedule(state, schedule, request.until ?? null, said.toAgent.pauseUntil, ctx);
    case 'resume':
      return resumeSchedule(state, schedule, ctx);
    case 'cancel':
      return cancelSchedule(state, schedule, ctx);
  }
}

function run(state: State, schedule: Schedule, ctx: Context): Granted {
  const refusal = runRefusalOf(state, schedule);
  if (refusal !== null) return { decision: noEffects(state), ok: false, text: refusal };
  const text = said.running(schedule.id, schedule.kind === 'agent');
  return { decision: startRun(state, schedule, ctx.now, ctx), ok: true, text };
}

function createFor(before: State, turn: Turn, request: Of<'create'>, ctx: Context): Granted {
  const no = (text: string): Granted => ({ decision: noEffects(before), ok: false, text });
  const holidays = request.except_holidays === undefined ? null : readHolidays(request.except_holidays);
  if (holidays === undefined) return no(said.unknownRegion(request.except_holidays ?? ''));
  const zone = zoneGiven(before, request.zone);
  if (zone.kind === 'unknown') return no(said.toAgent.unknownZone(request.zone ?? ''));
  const plan: Plan = {
    kind: request.does === 'remind' ? 'text' : 'agent',
    when: request.when,
    project: turn.project,
    prompt: request.text,
    holidays,
    isolated: request.isolated ?? false,
    queue: request.queue ?? false,
    checkCommand: request.check ?? null,
    // A standup is told when the last one was delivered, so that Monday's covers the weekend.
    standup: request.does === 'agent' && /\bstand-?up\b/i.test(request.text),
    recipients: [],
  };
  const made = createSchedule(zone.state, plan, ctx);
  if (made.kind !== 'made') return no(refusalFor(made, true));
  const show = (state: State, schedule: Schedule): string =>
    said.toAgent.made(describeSchedule(state, schedule, true, ctx));
  const twin = liveSchedulesOf(before).find((s) => isTwin(s, made.schedule));
  if (twin) return { decision: noEffects(before), ok: true, text: `${show(before, twin)}\n${said.twice}` };
  const known = zone.kind === 'known' ? `\n${said.toAgent.zoneKnown(zoneOf(before, ctx.policy) ?? '')}` : '';
  return { decision: noEffects(made.state), ok: true, text: `${show(made.state, made.schedule)}${known}` };
}

/** A zone that the agent asked for becomes the person's, if nothing else tells it. */
function zoneGiven(state: State, given: string | undefined): { kind: 'taken' | 'known' | 'unknown'; state: State } {
  if (given === undefined) return { kind: 'taken', state };
  const zone = readZone(given);
  if (zone === null) return { kind: 'unknown', state };
  const own = state.conversation.zone ?? zoneOfNumber(numberOfPerson(state));
  if (own !== null) return { kind: own === zone ? 'taken' : 'known', state };
  return { kind: 'taken', state: { ...state, conversation: { ...state.conversation, zone } } };
}

/** An unsure agent may create the same schedule twice within this time. */
const TWIN_MS = 60_000;

function isTwin(one: Schedule, other: Schedule): boolean {
  const keys = ['kind', 'zone', 'prompt', 'project', 'holidays', 'isolated', 'overlap', 'checkCommand'] as const;
  return (
    other.createdAt - one.createdAt < TWIN_MS && keys.every((key) => one[key] === other[key]) && isSameTime(one, other)
  );
}

/** Times counted from now differ by the time between the two calls. */
function isSameTime(one: Schedule, other: Schedule): boolean {
  const [a, b] = [one.rule, other.rule];
  if (a.kind === 'once' && b.kind === 'once') return Math.abs(a.at - b.at) < TWIN_MS;
  if (a.kind === 'interval' && b.kind === 'interval') {
    return a.every === b.every && a.unit === b.unit && Math.abs(a.anchor - b.anchor) <= TWIN_MS;
  }
  return isSameRule(a, b);
}

function update(state: State, schedule: Schedule, request: Of<'update'>, ctx: Context): Granted {
  const no = (text: string): Granted => ({ decision: noEffects(state), ok: false, text });
  if (schedule.state === 'over') return no(said.isOver(schedule.id));
  const { when, text, isolated, queue, check, except_holidays: except } = request;
  if ([when, text, isolated, queue, check, except].every((each) => each === undefined)) {
    return no(said.toAgent.nothingToChange);
  }
  const holidays = except === undefined ? schedule.holidays : readHolidays(except);
  if (holidays === undefined) return no(said.unknownRegion(except ?? ''));
  const wanted = {
    when,
    queue,
    holidays,
    prompt: text ?? schedule.prompt,
    isolated: isolated ?? schedule.isolated,
    checkCommand: check ?? schedule.checkCommand,
  };
  const made = changeSchedule(state, schedule, wanted, ctx);
  if (made.kind !== 'made') return no(refusalFor(made, false));
  return {
    decision: noEffects(made.state),
    ok: true,
    text: said.changed(describeSchedule(made.state, made.schedule, true, ctx)),
  };
}

const refusalFor = (made: Exclude<Made, { kind: 'made' }>, hasZone: boolean): string => {
  if (made.kind === 'refused') return made.reason;
  return hasZone ? said.toAgent.zoneNeeded : said.toAgent.zoneNeededLater;
};
