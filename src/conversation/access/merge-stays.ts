import { isSameAddress } from '../../addresses.ts';
import { hashText } from '../../hash-text.ts';
import { isAtLeast, type Role } from '../../input/roles.ts';
import { addSpent } from '../../money/merged-spending.ts';
import { onDay } from '../../money/spending.ts';
import { texts } from '../../texts/index.ts';
import { enqueue, sendNotice } from '../outbox/replies.ts';
import { keepHeld } from '../outbox/service-window.ts';
import { MERGE_KNOWN_MS, MERGE_LEASE_MS, MERGE_LEFT_MS, MERGE_WAITS_MS } from '../policy/merging.ts';
import { HELD_AGAIN_MS } from '../policy/outbox.ts';
import { withNextTimer } from '../schedules/due.ts';
import { spendingNow } from '../spending/limits.ts';
import { lookForBudget } from '../spending/stops.ts';
import type { Address } from '../state/address.ts';
import { NO_JOURNAL } from '../state/backup.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { withHeard } from '../state/heard.ts';
import type { HandedOver, MergedProject, MergeEvent } from '../state/merge-events.ts';
import { frozenUntil, isMerging, type ProjectIds, type Staying } from '../state/merging.ts';
import { isOfPerson, newAddress } from '../state/person.ts';
import { newProjectId } from '../state/project-labels.ts';
import type { Read } from '../state/reads.ts';
import { liveSchedulesOf } from '../state/schedules.ts';
import { roleOf } from '../state/standing.ts';
import { FIRST_PROJECT, findTimer, type State, withoutTimer, withTimer } from '../state/state.ts';
import { bindThread } from '../state/threads.ts';
import type { Timer } from '../state/timers.ts';
import type { Window } from '../state/window.ts';
import { answerTo, withAddress } from './addresses.ts';
import { maskAddress } from './change.ts';
import { beginMerge, takeTexts } from './merge.ts';
import { isBusy } from './merge-idle.ts';

// The elder home's part of a merge: it starts no turn while the younger one hands over, takes its rows, and at last its
// addresses. A younger home that never comes back holds nobody up: what it renews runs out.

const said = texts.merging;

export const stayingOf = ({ conversation: { merging } }: Pick<State, 'conversation'>): Staying | null =>
  merging?.role === 'stays' ? merging : null;

/** The job, unless it is over or another one. */
const openOf = (state: Pick<State, 'conversation'>, op: string): Staying | null => {
  const staying = stayingOf(state);
  return staying !== null && staying.op === op && !isDone(staying) ? staying : null;
};

const isDone = ({ step }: Staying): boolean => step === 'done' || step === 'settled';

/** The person has said yes. Safe to repeat. */
function expectMerge(
  state: State,
  { op, with: other, tells, isUnused = false }: Extract<MergeEvent, { type: 'merge-expected' }>,
  ctx: Context,
): State {
  const { merging } = state.conversation;
  if (merging?.op === op || isMerging(merging)) return state;
  const expected = withStaying(state, {
    role: 'stays',
    op,
    with: other,
    step: 'expected',
    until: ctx.now + MERGE_WAITS_MS + MERGE_LEASE_MS,
    frozenUntil: null,
    projects: {},
    schedules: {},
    ...(isUnused ? { isUnused } : {}),
  });
  return tells ? sendNotice(expected, said.begins, ctx) : expected;
}

/** Why the home can't freeze now, or null. A frozen one stays so. */
export function refusalToFreeze(
  state: State,
  op: string,
  role: Role,
  ctx: Pick<Context, 'now' | 'isAdmin' | 'isOwner'>,
): 'gone' | 'busy' | 'refused' | null {
  const staying = openOf(state, op);
  if (staying === null || state.conversation.forgetting !== null) return 'gone';
  if (!isAtLeast(roleOf(state, ctx), role)) return 'refused';
  const isFree = staying.isUnused === true || frozenUntil(state, ctx.now) !== null;
  return !isFree && isBusy(state, ctx.now) ? 'busy' : null;
}

/** No turn starts from now on. The younger home's projects get their ids here. */
function freeze(
  state: State,
  { op, role, projects }: Extract<MergeEvent, { type: 'merge-freeze' }>,
  ctx: Context,
): State {
  const staying = openOf(state, op);
  if (staying === null || refusalToFreeze(state, op, role, ctx) !== null) return state;
  // Until rows come, the younger home may have worked in its first project.
  const ids = staying.step === 'expected' ? nameProjects(state, op, projects) : staying.projects;
  return withStaying(state, { ...staying, projects: ids, frozenUntil: leaseOf(staying, ctx.now) });
}

/** No lease for an unused home: turns go on here while it hands over. */
const leaseOf = ({ isUnused }: Staying, now: number): number | null => (isUnused ? null : now + MERGE_LEASE_MS);

/** An id for each project of the other home. Its first project is this home's, if nothing was done in it. */
function nameProjects(state: State, op: string, projects: readonly MergedProject[]): ProjectIds {
  const ids: Record<string, string> = {};
  const isTaken = (id: string): boolean =>
    state.projects.some((p) => p.id === id) || Object.values(ids).includes(id) || projects.some((p) => p.id === id);
  for (const { id, label, isUsed } of projects) {
    const isKept = id === FIRST_PROJECT ? !isUsed : !state.projects.some((p) => p.id === id);
    let n = 0;
    const digits = (): string => hashText(`${op} ${id} ${n++}`).toString(16).padStart(8, '0');
    ids[id] = isKept ? id : newProjectId(label, digits, isTaken);
  }
  return ids;
}

/** Rows have come. Schedules of the other home get numbers here. */
function takePart(state: State, { op, schedules }: Extract<MergeEvent, { type: 'merge-part' }>, ctx: Context): State {
  const staying = openOf(state, op);
  if (staying === null) return state;
  let next = state.conversation.nextSchedule;
  const numbers = { ...staying.schedules };
  for (const there of schedules) numbers[`${there}`] ??= next++;
  const numbered = { ...state, conversation: { ...state.conversation, nextSchedule: next } };
  const frozen = { frozenUntil: leaseOf(staying, ctx.now), until: ctx.now + MERGE_LEFT_MS };
  return withStaying(numbered, { ...staying, step: 'taking', schedules: numbers, ...frozen });
}

export const readsOfMergeOver = (): Read[] => [{ rows: 'schedules' }];

/** Everything has come: the other home's addresses are this person's. A repeat brings only texts that came since. */
function endMerge(state: State, over: HandedOver, ctx: Context): Decision {
  const staying = stayingOf(state);
  if (staying === null || staying.op !== over.op) return noEffects(state);
  const waiting = withTexts(state, over, ctx.now);
  if (isDone(staying)) return noEffects(waiting);
  const known = [...over.addresses].reduce((next, row) => takeAddress(next, row, ctx), waiting);
  const heard = withHeard(known, over.ends.to, ctx.now);
  const due = timed(withTopics(withWindows(heard, over.windows), staying, over), staying, over, ctx);
  const done: Staying = { ...staying, step: 'done', frozenUntil: null, until: ctx.now + MERGE_KNOWN_MS };
  const paid = keepHeld(withSpent(withStaying(due, done), over, staying, ctx), ctx.now);
  if (staying.isUnused) return noEffects(tellLinked(paid, state, over, ctx), { level: 'info', event: 'merged' });
  return noEffects(thawed(tell(paid, staying, over, ctx), ctx.now), { level: 'info', event: 'merged' });
}

function withTexts(state: State, { keptTexts }: HandedOver, now: number): State {
  const isKnown = (id: string): boolean => state.keptTexts.some(({ providerId }) => providerId === id);
  const fresh = keptTexts.filter(({ providerId }) => !isKnown(providerId));
  return fresh.length === 0 ? state : takeTexts({ ...state, keptTexts: [...state.keptTexts, ...fresh] }, now);
}

/** An address that both know is bound here: its object leads here, or will in a moment. */
function takeAddress(state: State, row: Address, ctx: Context): State {
  if (isSameAddress(row.address, state.conversation.address)) return state;
  const known = state.addresses.find(({ address }) => isSameAddress(address, row.address));
  if (known !== undefined && known.state === 'bound') return state;
  const bound: Address = { ...newAddress(row.address, 'code', ctx.now), externalId: row.externalId };
  return withAddress(state, { ...bound, lockedBy: row.lockedBy, told: row.told });
}

/** The person wrote to a sender of ours when either of them did last. */
function withWindows(state: State, windows: readonly Window[]): State {
  const newer = windows.filter((w) =>
    state.windows.every(({ sender, lastInboundAt }) => sender !== w.sender || lastInboundAt < w.lastInboundAt),
  );
  const others = state.windows.filter((w) => newer.every(({ sender }) => sender !== w.sender));
  return { ...state, windows: [...others, ...newer] };
}

/** Topics stay with their projects. A project that has one here keeps that. */
const withTopics = (state: State, { projects }: Staying, { threads }: HandedOver): State =>
  Object.entries(threads).reduce((next, [there, thread]) => {
    const here = projects[there];
    return here === undefined || next.conversation.threads.of[here] !== undefined
      ? next
      : bindThread(next, thread, here);
  }, state);

/**
 * Schedules that came run here, snoozed reminders come again, files that came expire, held replies are tried, and those
 * that wait for the end of quiet hours leave when these are over here.
 */
function timed(state: State, { schedules }: Staying, { snoozes }: HandedOver, ctx: Context): State {
  const ours = Object.values(schedules);
  const started = liveSchedulesOf(state)
    .filter(({ id }) => ours.includes(id))
    .reduce((next, schedule) => withNextTimer(next, schedule), state);
  const running = snoozes.reduce((next, { schedule, dueAt }) => {
    const here = schedules[schedule];
    return here === undefined ? next : withTimer(next, { kind: 'snooze', ref: `${here}`, dueAt, attempts: 0 });
  }, started);
  const isHeld = running.replies.some((r) => r.state === 'held' && r.troubledSince !== null);
  const expiring = withOne(running, { kind: 'expire', ref: '', dueAt: ctx.now, attempts: 0 });
  const isQuiet = running.replies.some((r) => r.state === 'held' && r.schedule !== null);
  const quiet: Timer = { kind: 'quiet', ref: '', dueAt: ctx.now, attempts: 0 };
  const woken = isQuiet ? withOne(expiring, quiet) : expiring;
  const trying: Timer = { kind: 'again', ref: '', dueAt: ctx.now + HELD_AGAIN_MS, attempts: 0 };
  return isHeld ? withOne(woken, trying) : woken;
}

/** A timer of this kind that is set already stays. */
const withOne = (state: State, timer: Timer): State => (findTimer(state, timer.kind) ? state : withTimer(state, timer));

function withSpent(state: State, { spent }: HandedOver, { projects, isUnused }: Staying, ctx: Context): State {
  const now = spendingNow(state, ctx);
  const spending = addSpent(onDay(now, spent.day), spent, projects);
  // So that the first machine is asked for what it lacks.
  const journal = state.conversation.journal ?? (isUnused ? null : NO_JOURNAL);
  return lookForBudget({ ...state, conversation: { ...state.conversation, spending, journal } }, ctx);
}

/** Both chats hear what came over. */
function tell(state: State, { projects, schedules }: Staying, { ends }: HandedOver, ctx: Context): State {
  const names = Object.entries(projects)
    .filter(([there, here]) => there !== here || there !== FIRST_PROJECT)
    .flatMap(([, here]) => state.projects.filter(({ id }) => id === here).map(({ label }) => label));
  const numbers = liveSchedulesOf(state)
    .filter(({ id }) => Object.values(schedules).includes(id))
    .map(({ id }) => id);
  const words = [said.done(names, numbers)];
  const here = enqueue(state, 'notice', words, ctx);
  const isThere = isOfPerson(state, ends.to);
  return isThere ? enqueue(here, 'notice', words, ctx, ends) : here;
}

/** Both chats hear that one was linked to the other. Answers go to where the person wrote last. */
function tellLinked(state: State, before: State, { ends, windows }: HandedOver, ctx: Context): State {
  const told = enqueue(state, 'notice', [texts.links.linked(maskAddress(ends.to, ctx.channelOf))], ctx);
  if (!isOfPerson(state, ends.to)) return told;
  const conversation = { ...told.conversation, sender: ends.from, answerTo: answerTo(told, { from: ends.to }) };
  const moved = newestOf(windows) > newestOf(before.windows) ? { ...told, conversation } : told;
  return enqueue(moved, 'notice', [texts.links.isYou], ctx, ends);
}

const newestOf = (windows: readonly Window[]): number => Math.max(0, ...windows.map((w) => w.lastInboundAt));

/** Notes that the younger home knows the merge is done. */
function settle(state: State, op: string): State {
  const staying = stayingOf(state);
  return staying?.op === op && staying.step === 'done' ? withStaying(state, { ...staying, step: 'settled' }) : state;
}

/** The younger home gives up, or the person calls the job off before the switch. */
export function callOff(state: State, op: string, ctx: Context): State {
  const staying = openOf(state, op);
  if (staying === null || staying.step !== 'expected') return state;
  return sendNotice(without(state, ctx.now), said.isOff, ctx);
}

/** Nothing was heard of the younger home for long, or the job has been over for long. */
export function onMergeTimer(state: State, ctx: Context): State {
  const staying = stayingOf(state);
  if (staying === null) return state;
  if (staying.until <= ctx.now && staying.step !== 'done') return without(state, ctx.now);
  // The younger home doesn't know yet that everything is here: if the job were forgotten, both would keep the rows.
  if (staying.until <= ctx.now) return withStaying(state, { ...staying, until: ctx.now + MERGE_KNOWN_MS });
  const isThawed = staying.frozenUntil !== null && staying.frozenUntil <= ctx.now;
  return isThawed
    ? thawed(withStaying(state, { ...staying, frozenUntil: null }), ctx.now)
    : withStaying(state, staying);
}

const without = (state: State, now: number): State =>
  thawed(withoutTimer({ ...state, conversation: { ...state.conversation, merging: null } }, 'merge'), now);

/** Texts that waited meanwhile get their turn. */
const thawed = (state: State, now: number): State =>
  state.messages.some((m) => m.state === 'waiting')
    ? withTimer(state, { kind: 'gather', ref: '', dueAt: now, attempts: 0 })
    : state;

/** The timer wakes for whatever ends first. */
function withStaying(state: State, staying: Staying): State {
  const dueAt = Math.min(staying.until, staying.frozenUntil ?? staying.until);
  const noted = { ...state, conversation: { ...state.conversation, merging: staying } };
  return withTimer(noted, { kind: 'merge', ref: '', dueAt, attempts: 0 });
}

export const isOfMerge = (event: Event): event is MergeEvent => event.type.startsWith('merge-');

/** The events of a merge at a home that goes on as usual. */
export function decideMerge(state: State, event: MergeEvent, ctx: Context): Decision {
  switch (event.type) {
    case 'merge-begun':
      return noEffects(beginMerge(state, event, ctx));
    case 'merge-expected':
      return noEffects(expectMerge(state, event, ctx));
    case 'merge-freeze':
      return noEffects(freeze(state, event, ctx));
    case 'merge-part':
      return noEffects(takePart(state, event, ctx));
    case 'merge-over':
      return endMerge(state, event, ctx);
    case 'merge-settled':
      return noEffects(settle(state, event.op));
    case 'merge-called-off':
      return noEffects(callOff(state, event.op, ctx));
    case 'merge-step':
    case 'merge-hurried':
      return noEffects(state);
  }
}
