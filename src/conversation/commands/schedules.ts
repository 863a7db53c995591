import { findNearest } from '../../input/nearest-name.ts';
import { readTarget } from '../../input/schedule-target.ts';
import { texts } from '../../texts/index.ts';
import { labelOf } from '../../texts/schedules.ts';
import { sendNotice } from '../outbox/replies.ts';
import {
  cancelSchedule,
  type Managed,
  pauseSchedule,
  resumeSchedule,
  runRefusalOf,
  skipRun,
} from '../schedules/change.ts';
import { startRun } from '../schedules/due.ts';
import { isForOwner } from '../schedules/fan-out.ts';
import { describeRuns, describeSchedule, listSchedules } from '../schedules/format.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { Read } from '../state/reads.ts';
import type { Schedule } from '../state/schedule-rows.ts';
import { liveSchedulesOf, scheduleByNumber } from '../state/schedules.ts';
import { findOpenTurn, type State } from '../state/state.ts';
import { askZoneFor, isMaking, type Making, makeSchedule } from './make-schedule.ts';

// The person's commands about schedules. The relay answers all of them at once.

const said = texts.scheduleAnswers;

const MANAGING = ['schedules', 'pause', 'resume', 'skip', 'cancel', 'run'] as const;
export type ScheduleCommand = { name: Making | (typeof MANAGING)[number]; rest: string };

type Managing = (typeof MANAGING)[number];
/** Reads all schedules: for an unknown number the answer lists those that exist. */
export function readsOfScheduleCommand({ name, rest }: ScheduleCommand): Read[] {
  const target = isMaking(name) ? null : readTarget(rest);
  if (target?.kind !== 'schedule') return [{ rows: 'schedules' }];
  const named: Read[] = [{ rows: 'schedules' }, { rows: 'schedule', id: target.id }];
  return name === 'schedules' ? [...named, { rows: 'past-runs', schedule: target.id }] : named;
}

export function onScheduleCommand(state: State, { name, rest }: ScheduleCommand, ctx: Context): Decision {
  const say = (text: string, next = state): Decision => noEffects(sendNotice(next, text, ctx));
  if (isMaking(name)) return makeSchedule(state, { name, rest }, ctx);
  const target = readTarget(rest);
  if (target.kind === 'none') {
    const all = listSchedules(state, ctx);
    return say(all.length === 0 ? said.none : said.list(all, EXAMPLES[name]));
  }
  if (target.kind === 'unknown') {
    const meant = scheduleMeant(state, rest) ?? scheduleMeant(state, target.named);
    return say(meant ? said.didYouMean(`“${target.named}”`, meant) : said.use[name]);
  }
  const schedule = scheduleByNumber(state, target.id);
  if (!schedule) return say(noSuchSchedule(state, target.id));
  if (name === 'run') return target.words === '' ? run(state, schedule, ctx) : say(said.use.run);
  if (name === 'schedules') {
    if (target.words !== '') return say(said.use.schedules);
    return say(said.details(describeSchedule(state, schedule, true, ctx), describeRuns(state, schedule, ctx)));
  }
  const managed = manage(state, name, schedule, target.words, ctx);
  return managed === 'zone-needed' ? askZoneFor(state, { name, rest }, ctx) : say(managed.text, managed.state);
}

/** The schedule whose words the person typed instead of its number. The state must have all schedules. */
function scheduleMeant(state: State, typed: string): Schedule | null {
  const all = liveSchedulesOf(state);
  const label = findNearest(typed, all.map(labelOf));
  return all.find((schedule) => labelOf(schedule) === label) ?? null;
}

function noSuchSchedule(state: State, id: number): string {
  const [only, ...more] = liveSchedulesOf(state);
  return only && more.length === 0
    ? said.didYouMean(`${id}`, only)
    : said.unknown(
        id,
        liveSchedulesOf(state).map((s) => s.id),
      );
}

const EXAMPLES: Record<Managing, string | null> = {
  schedules: null,
  pause: '/pause 2',
  resume: '/resume 2',
  skip: '/skip 2',
  cancel: '/cancel 2',
  run: '/run 2',
};

function manage(
  state: State,
  name: 'pause' | 'resume' | 'skip' | 'cancel',
  schedule: Schedule,
  words: string,
  ctx: Context,
): Managed {
  const use: Managed = { isDone: false, state, text: said.use[name] };
  switch (name) {
    case 'pause': {
      const until = /^(?:until|till)\s+(.+)$/i.exec(words)?.[1] ?? null;
      return words !== '' && until === null ? use : pauseSchedule(state, schedule, until, use.text, ctx);
    }
    case 'skip':
      return skipRun(state, schedule, words === '' ? null : words, use.text, ctx);
    case 'resume':
      return words === '' ? resumeSchedule(state, schedule, ctx) : use;
    case 'cancel':
      return words === '' ? cancelSchedule(state, schedule, ctx) : use;
  }
}

function run(state: State, schedule: Schedule, ctx: Context): Decision {
  const refusal = runRefusalOf(state, schedule);
  if (refusal !== null) return noEffects(sendNotice(state, refusal, ctx));
  const { id, kind } = schedule;
  // A reminder that leaves at once needs no other answer.
  const text =
    kind === 'agent'
      ? said.running(id, findOpenTurn(state) !== null)
      : !isForOwner(state, schedule)
        ? said.sentToOthers(id)
        : null;
  return startRun(text === null ? state : sendNotice(state, text, ctx), schedule, ctx.now, ctx);
}
