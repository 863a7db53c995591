import { findLastUntil } from '../../recurrence/occurrences.ts';
import { findQuietEnd } from '../../recurrence/quiet-hours.ts';
import { texts } from '../../texts/index.ts';
import type { Policy } from '../policy/policy.ts';
import { AWAKE_MS, HELD_RUNS_MAX } from '../policy/schedules.ts';
import { withOffer } from '../state/choices.ts';
import type { Context, Decision } from '../state/events.ts';
import { zoneOf } from '../state/person-clock.ts';
import type { Reply } from '../state/rows.ts';
import { findRun, findSchedule, withRun, withSchedule } from '../state/schedules.ts';
import { type State, withTimer } from '../state/state.ts';
import { enqueue, withReply } from './replies.ts';

// Keeps back the words of schedules: all of them in quiet hours, and all but a schedule's newest run while the service
// window is closed. service-window.ts releases them like everything that is held.

/** When the present quiet hours end, or null. A person who has just texted is awake. */
export function quietEndOf(state: State, now: number, policy: Policy): number | null {
  const { quiet } = state.conversation;
  const zone = zoneOf(state, policy);
  if (quiet === null || zone === null) return null;
  if (state.windows.some((w) => now - w.lastInboundAt < AWAKE_MS)) return null;
  return findQuietEnd(quiet, zone, now);
}

/** Runs after every event: new words of schedules wait for the end of quiet hours. */
export function deferForQuiet(before: State, decision: Decision, ctx: Context): Decision {
  const { state } = decision;
  const isNew = (r: Reply): boolean => r.schedule !== null && r.state === 'ready' && !before.replies.includes(r);
  const fresh = state.replies.filter((r) => isNew(r) && !before.replies.some(({ id }) => id === r.id));
  const ends = fresh.length === 0 ? null : quietEndOf(state, ctx.now, ctx.policy);
  if (ends === null) return decision;
  const kept = fresh.filter((r) => !isForThisMinute(state, r) && !isReleased(before, r));
  if (kept.length === 0) return decision;
  const held = kept.reduce(
    (next, reply) => onlyNewest(withReply(next, reply.id, { state: 'held' }), reply, ctx.now),
    state,
  );
  return { ...decision, state: withTimer(held, { kind: 'quiet', ref: '', dueAt: ends, attempts: 0 }) };
}

/** A one-time reminder, or one snoozed until now. The person chose that time knowing about quiet hours. */
function isForThisMinute(state: State, { kind, schedule, run: id }: Reply): boolean {
  const row = schedule === null ? undefined : findSchedule(state, schedule);
  const run = id === null ? undefined : findRun(state, id);
  if (kind !== 'reminder' || !row || !run) return false;
  const rule = row.rule;
  return rule.kind === 'once' || findLastUntil(rule, row.zone, run.dueAt) !== run.dueAt;
}

/** True if the reply was held before and leaves now. */
const isReleased = (before: State, { run, body }: Reply): boolean =>
  before.replies.some((r) => r.state === 'held' && r.run === run && r.body === body);

/**
 * Holds the reply until the person writes. Counts once per run where a service window is closed: a schedule that keeps
 * meeting a closed window gets advice.
 */
export function deferForWindow(state: State, reply: Reply, { now, channelOf }: ChannelsNow): State {
  const run = reply.run === null || reply.owner !== null ? undefined : findRun(state, reply.run);
  const schedule = run && !run.wasHeld ? findSchedule(state, run.schedule) : undefined;
  if (!run || !schedule) return onlyNewest(state, reply, now);
  const more = channelOf(reply.from).windowMs === null ? 0 : 1;
  const counted = withSchedule(state, { ...schedule, heldRuns: schedule.heldRuns + more });
  return onlyNewest(withRun(counted, { ...run, wasHeld: true }), reply, now);
}

type ChannelsNow = Pick<Context, 'now' | 'channelOf'>;

/**
 * Keeps only the newest run of a schedule, because the words of earlier runs are out of date, whichever was held first.
 */
export function onlyNewest(state: State, { run, schedule, owner }: Reply, now: number): State {
  if (run === null) return state;
  const isHeld = (r: Reply): boolean =>
    r.state === 'held' && r.schedule === schedule && r.owner === owner && r.run !== null;
  const runs = [...new Set(state.replies.filter(isHeld).map((r) => r.run ?? ''))].sort();
  const newest = runs.pop();
  if (newest === undefined || runs.length === 0) return state;
  const isOlder = (r: Reply): boolean => isHeld(r) && r.run !== newest;
  const replies = state.replies.map((r) => (isOlder(r) ? { ...r, state: 'dropped' as const } : r));
  return runs.reduce<State>((next, id) => leaveOut(next, id, newest, now), { ...state, replies });
}

function leaveOut(state: State, older: string, newer: string, now: number): State {
  const before = findRun(state, older);
  const after = findRun(state, newer);
  const settled = before ? withRun(state, { ...before, state: 'skipped', note: 'newer', endedAt: now }) : state;
  return after ? withRun(settled, { ...after, earlier: after.earlier + (before?.earlier ?? 0) + 1 }) : settled;
}

/** The held replies, with the number of omitted runs below the schedule's last words. */
export function withEarlier(state: State, held: readonly Reply[]): Reply[] {
  return held.map((reply, n) => {
    const run = reply.run === null ? undefined : findRun(state, reply.run);
    const isLast = !held.slice(n + 1).some((r) => r.run === reply.run);
    if (!run || run.earlier === 0 || !isLast) return reply;
    const line = texts.schedules.earlier(run.earlier, run.schedule);
    // The reply was released before and held again.
    if (reply.body.endsWith(line)) return reply;
    const offer = reply.choices;
    const choices = offer && withOffer(reply, { text: `${offer.text}\n\n${line}` });
    return { ...reply, body: `${reply.body}\n\n${line}`, choices };
  });
}

/** Advises the person once, after the release, if a schedule keeps meeting a closed window. */
export function adviseOnWindow(state: State, held: readonly Reply[], ctx: Context): State {
  const ids = new Set(held.flatMap((r) => (r.schedule === null || r.owner !== null ? [] : [r.schedule])));
  return [...ids].reduce((next, id) => {
    const schedule = findSchedule(next, id);
    const met = held.find((r) => r.schedule === id && ctx.channelOf(r.from).windowMs !== null);
    if (!schedule || !met || schedule.toldWindow || schedule.heldRuns < HELD_RUNS_MAX) return next;
    const told = withSchedule(next, { ...schedule, toldWindow: true });
    return enqueue(told, 'notice', [texts.schedules.windowAdvice(schedule, ctx.channelOf(met.from).name)], ctx);
  }, state);
}
