import { type Command, parseCommand } from '../../input/command.ts';
import { findSimilarZones, readZone, zoneOfNumber } from '../../recurrence/zones.ts';
import { texts } from '../../texts/index.ts';
import type { ZoneSource } from '../../texts/zones.ts';
import { enqueue } from '../outbox/replies.ts';
import { askMove, askZone, openAskingOf, withAsking } from '../questions/own-prompts.ts';
import { withNextTimer } from '../schedules/due.ts';
import { rezone, schedulesAffectedBy } from '../schedules/rezone.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { numberOfPerson } from '../state/person.ts';
import { clockOfPerson, zoneOf } from '../state/person-clock.ts';
import type { Read } from '../state/reads.ts';
import { liveSchedulesOf } from '../state/schedules.ts';
import type { State } from '../state/state.ts';

// /timezone: shows the person's zone and where it comes from, changes it, and offers to move schedules along.

const said = texts.zones;
/** Carries out a command. */
type Again = (state: State, command: Command, ctx: Context) => Decision;

const tell = (state: State, text: string, ctx: Context): Decision => noEffects(enqueue(state, 'notice', [text], ctx));

export const readsOfTimezone = (): Read[] => [{ rows: 'schedules' }];

export function onTimezone(state: State, rest: string, ctx: Context, again: Again): Decision {
  if (rest === '') return show(state, ctx);
  const zone = rest.toLowerCase() === 'auto' ? null : readZone(rest);
  if (zone === null && rest.toLowerCase() !== 'auto') return tell(state, said.unknown(findSimilarZones(rest)), ctx);
  return chooseZone(state, zone, ctx, again);
}

function show(state: State, ctx: Context): Decision {
  const zone = zoneOf(state, ctx.policy);
  if (zone === null) return noEffects(askZone(state, '/timezone', ctx));
  return tell(state, said.zone(zone, sourceOf(state), ctx.now, clockOfPerson(state)), ctx);
}

function sourceOf(state: State): ZoneSource {
  if (state.conversation.zone !== null) return 'chosen';
  return zoneOfNumber(numberOfPerson(state)) === null ? 'default' : 'number';
}

/** The person has chosen a zone, or has reset it (null). A command that waited for the zone runs now. */
export function chooseZone(state: State, chosen: string | null, ctx: Context, again: Again): Decision {
  const before = zoneOf(state, ctx.policy);
  const asking = openAskingOf(state, ctx.now);
  const known: State = { ...state, conversation: { ...state.conversation, zone: chosen } };
  const zone = zoneOf(known, ctx.policy);
  if (zone === null) return tell(asking?.ask === 'move' ? withAsking(known, null) : known, said.forgotten, ctx);
  const settled = withMoments(withAsking(known, null), zone, ctx.now);
  const pending = asking?.ask === 'zone' ? parseCommand(asking.pending) : null;
  const done = pending
    ? again(settled, pending, ctx)
    : tell(settled, said.set(zone, ctx.now, clockOfPerson(state)), ctx);
  return { ...done, state: askWhatMoves(done.state, before, zone, ctx) };
}

/** Schedules that run at the same moment in every zone show their times in the new zone. */
function withMoments(state: State, zone: string, now: number): State {
  const stays = schedulesAffectedBy(state, zone);
  const these = liveSchedulesOf(state).filter((s) => s.zone !== zone && !stays.includes(s));
  return these.reduce((so, s) => withNextTimer(so, rezone(s, zone, now)), state);
}

function askWhatMoves(state: State, before: string | null, to: string, ctx: Context): State {
  const others = schedulesAffectedBy(state, to);
  const from = (others.find((s) => s.zone === before) ?? others[0])?.zone;
  return from === undefined ? state : askMove(state, from, to, others.filter((s) => s.zone === from).length, ctx);
}

/** Applies the person's answer: whether the schedules of the old zone move to the new one. */
export function rezoneSchedules(state: State, from: string, to: string, moves: boolean, ctx: Context): Decision {
  const settled = withAsking(state, null);
  const these = schedulesAffectedBy(settled, to).filter((s) => s.zone === from);
  if (!moves) return tell(settled, said.stay(from), ctx);
  const next = these.reduce((so, s) => withNextTimer(so, rezone(s, to, ctx.now)), settled);
  return tell(next, said.moved(these.length, to), ctx);
}
