import { addressOn, isSamePerson, keepOnePerPerson, schemeOf } from '../../addresses.ts';
import { hasRight } from '../../input/roles.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { GIVE_FOR_MS, GIVE_RETRY_MS, GIVEN_MAX_BYTES, GIVEN_UNHEARD_MS } from '../policy/schedules.ts';
import type { Context, Event } from '../state/events.ts';
import { addressesOfPerson, numbersOf } from '../state/person.ts';
import type { Read } from '../state/reads.ts';
import type { Became, Delivery, DeliveryNote, DeliveryState, Run, Schedule } from '../state/schedule-rows.ts';
import { deliveriesOf, scheduleOfRun, withSchedule } from '../state/schedules.ts';
import { isServed, roleOf } from '../state/standing.ts';
import { type State, withoutTimer, withTimer } from '../state/state.ts';
import { addressOfTimer, refOfRun, runOfTimer, type Timer } from '../state/timers.ts';

// A run for other people, on the owner's side: one row per person and text, given to that person's conversation
// (received-runs.ts is its side), which reports the outcome. A `deliver` timer stands for a call under way. One
// person's texts go one after the other.

/** True if the owner gets the words: the schedule names nobody, or names them. */
export function isForOwner(state: State, schedule: Schedule): boolean {
  const named = schedule.recipients;
  return named.length === 0 || named.some((name) => isOwner(state, name));
}

const isOwner = (state: State, name: string): boolean =>
  name === 'me' || numbersOf(state).some((number) => isSamePerson(name, number));

/** The other recipients' addresses: on the owner's channel that names people by number, else their numbers alone. */
export function othersOf(
  state: State,
  schedule: Pick<Schedule, 'recipients'>,
  { channelOf }: Pick<Context, 'channelOf'>,
): string[] {
  const own = addressesOfPerson(state).find((each) => channelOf(each).identity === 'number');
  const others = schedule.recipients.filter((name) => !isOwner(state, name));
  return keepOnePerPerson(others).map((other) => (own === undefined ? other : addressOn(schemeOf(own), other)));
}

/** Adds the words of a run (Markdown) for everybody except the owner. */
export function withDeliveries(state: State, run: string, words: string, ctx: Context): State {
  const schedule = scheduleOfRun(state, run);
  const others = schedule ? othersOf(state, schedule, ctx) : [];
  return others.reduce((next, address) => withWords(next, { run, address, text: bounded(words) }, ctx), state);
}

function withWords(state: State, of: Pick<Delivery, 'run' | 'address' | 'text'>, ctx: Context): State {
  const part = textsFor(state, of.run, of.address).length;
  const row: Delivery = { ...of, part, state: 'waiting', note: null, code: null, changedAt: ctx.now };
  const kept = { ...state, deliveries: [...state.deliveries, row] };
  const ref = refOfRun(of.run, of.address);
  const isUnderWay = state.timers.some((t) => t.kind === 'deliver' && t.ref === ref);
  return isUnderWay ? kept : giveNext(kept, of, 0, ctx);
}

const textsFor = (state: State, run: string, address: string): Delivery[] =>
  deliveriesOf(state, run).filter((d) => d.address === address);

/** The person's next text. */
export const findNextDelivery = (state: State, run: string, address: string): Delivery | null =>
  textsFor(state, run, address).find((d) => d.state === 'waiting') ?? null;

const encoder = new TextEncoder();
export const isTooLarge = (text: string): boolean => encoder.encode(text).length > GIVEN_MAX_BYTES;

function bounded(words: string): string {
  if (!isTooLarge(words)) return words;
  const mark = `\n\n${texts.deliveries.cut}`;
  const room = new Uint8Array(GIVEN_MAX_BYTES - encoder.encode(mark).length);
  return words.slice(0, encoder.encodeInto(words, room).read) + mark;
}

/** True if this person may still send to others. Whether the other may still text Roost, their home says. */
const mayGive = (state: State, ctx: Context): boolean =>
  isServed(state, ctx) && hasRight(roleOf(state, ctx), 'schedule texts for other people');

type Called = Pick<Delivery, 'run' | 'address'>;

/** Sets the timer for the person's next text. The call follows from the timer (received-runs.ts, passOn). */
function giveNext(state: State, { run, address }: Called, attempts: number, ctx: Context): State {
  const ref = refOfRun(run, address);
  const next = findNextDelivery(state, run, address);
  if (!next) return settleGiven(state, { run, address }, ctx);
  if (!mayGive(state, ctx)) {
    return giveNext(withBecame(state, next, ended('skipped', 'access'), ctx), next, 0, ctx);
  }
  if (ctx.now - next.changedAt >= GIVE_FOR_MS) {
    return giveNext(withBecame(state, next, ended('failed', 'unreachable'), ctx), next, 0, ctx);
  }
  const dueAt = ctx.now + backoffOf(GIVE_RETRY_MS, attempts);
  return withTimer(state, { kind: 'deliver', ref, dueAt, attempts });
}

/** A recipient's conversation took the text, but its report got lost. After a while the text counts as sent. */
function settleGiven(state: State, { run, address }: Called, ctx: Context): State {
  const isLate = ({ changedAt }: Delivery): boolean => ctx.now - changedAt >= GIVEN_UNHEARD_MS;
  const given = textsFor(state, run, address).filter((d) => d.state === 'given');
  const sent = { state: 'sent', note: null, code: null } as const;
  const settled = given.filter(isLate).reduce((next, delivery) => withBecame(next, delivery, sent, ctx), state);
  const open = given.find((d) => !isLate(d));
  const ref = refOfRun(run, address);
  if (!open) return withoutTimer(settled, 'deliver', ref);
  const dueAt = open.changedAt + GIVEN_UNHEARD_MS;
  return withTimer(settled, { kind: 'deliver', ref, dueAt, attempts: 0 });
}

const ended = (state: DeliveryState, note: DeliveryNote): Became => ({ state, note, code: null });

/** The reads of reports on a run, and of its timers. */
export const readsOfRun = (run: string): Read[] => [{ rows: 'run', id: run }];

/** Nobody has answered the call. `state` is without the timer. */
export function deliverAgain(state: State, timer: Timer, ctx: Context): State {
  return giveNext(state, { run: runOfTimer(timer), address: addressOfTimer(timer) }, timer.attempts + 1, ctx);
}

/** The recipient's conversation took the text, or says why not. */
export function onRunTaken(state: State, event: Extract<Event, { type: 'run-taken' }>, ctx: Context): State {
  const taken = findNextDelivery(state, event.run, event.address);
  if (taken?.part !== event.part) return state;
  return giveNext(withBecame(state, taken, event, ctx), event, 0, ctx);
}

/** The recipient's conversation reports on its parts so far. The report may arrive before the answer to the call. */
export function onRunReported(state: State, report: Extract<Event, { type: 'run-reported' }>, ctx: Context): State {
  const { run, address, parts } = report;
  const told = textsFor(state, run, address)
    .filter((d) => d.part < parts)
    .reduce((next, delivery) => withBecame(next, delivery, report, ctx), state);
  const next = findNextDelivery(told, run, address);
  return next === null || next !== findNextDelivery(state, run, address) ? giveNext(told, report, 0, ctx) : told;
}

/** Deliveries move forward only, except after a late refusal by the carrier or a resend by the operator. */
const AFTER: Readonly<Record<DeliveryState, readonly DeliveryState[]>> = {
  waiting: ['given', 'held', 'sent', 'delivered', 'failed', 'skipped'],
  given: ['held', 'sent', 'delivered', 'failed', 'skipped'],
  held: ['sent', 'delivered', 'failed', 'skipped'],
  sent: ['held', 'delivered', 'failed', 'skipped'],
  failed: ['sent', 'delivered'],
  delivered: [],
  skipped: [],
};

function withBecame(state: State, before: Delivery, { state: to, note, code }: Became, ctx: Context): State {
  if (!AFTER[before.state].includes(to)) return state;
  const after: Delivery = { ...before, state: to, note, code, text: null, changedAt: ctx.now };
  const next = { ...state, deliveries: state.deliveries.map((d) => (d === before ? after : d)) };
  return to === 'delivered' ? withArrival(next, before.run) : next;
}

/** A standup covers the time since the last one that reached anybody. */
function withArrival(state: State, run: string): State {
  const schedule = scheduleOfRun(state, run);
  const row = state.runs.find((r) => r.id === run);
  if (!schedule || !row) return state;
  const deliveredAt = Math.max(schedule.deliveredAt ?? 0, row.startedAt ?? row.dueAt);
  return deliveredAt === schedule.deliveredAt ? state : withSchedule(state, { ...schedule, deliveredAt });
}

/** The state of a run for others only. It failed if nobody could be reached. */
export function summariseDeliveries(run: Run, given: readonly Delivery[], now: number): Partial<Run> {
  const endedAt = run.endedAt ?? now;
  const reached = given.filter((d) => d.state !== 'failed' && d.state !== 'skipped');
  const failed = given.find((d) => d.state === 'failed');
  if (reached.length === 0 && failed) return { state: 'failed', note: 'undelivered', code: failed.code, endedAt };
  if (reached.length === 0) return { state: 'skipped', note: skippedBecause(given), endedAt };
  if (reached.some((d) => d.state === 'held')) return { state: 'held', note: null, endedAt: null };
  if (reached.some((d) => d.state === 'waiting' || d.state === 'given')) {
    return { state: 'sending', note: null, endedAt: null };
  }
  const isThere = reached.every((d) => d.state === 'delivered');
  return { state: isThere ? 'delivered' : 'sent', note: null, endedAt };
}

function skippedBecause(given: readonly Delivery[]): Run['note'] {
  const notes = given.map((d) => d.note);
  if (notes.includes('newer')) return 'newer';
  return notes.includes('opted-out') ? 'opted-out' : 'access';
}

/** From worst to best: the worst of one person's texts counts for that person. */
const ORDER: readonly DeliveryState[] = ['failed', 'skipped', 'held', 'waiting', 'given', 'sent', 'delivered'];

/** One line for each recipient of a run, however many texts they were given. */
export function groupByRecipient(given: readonly Delivery[]): Delivery[] {
  const behind = [...given].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  return [...new Map(behind.reverse().map((d) => [d.address, d])).values()].sort((a, b) =>
    a.address < b.address ? -1 : 1,
  );
}
