import type { GaveUp } from '../../texts/given-up.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import {
  DOUBT_AFTER_MS,
  MACHINE_BACKOFF_MS,
  REACH_GIVE_UP_MS,
  SLEEP_LOOKS_MAX,
  SLEEPS_AFTER_MS,
  SURELY_AWAKE_MS,
  SURELY_WARM_MS,
  TELL_WAKING_MS,
} from '../policy/machine.ts';
import { raise } from '../state/alerts.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import { type MachineRow, NOTHING_THERE, newMachine } from '../state/machine.ts';
import type { Turn } from '../state/rows.ts';
import { findOpenTurn, findTimer, projectOf, type State, withoutTimer, withTimer, withTurn } from '../state/state.ts';
import { isAtWork, isMachineReady, isSleepDue, needsMachine } from './readiness.ts';
import { upgradeIfIdle } from './upgrade.ts';

// The machine of a conversation: when it is needed, what its provider reports, when it should sleep. The row names the
// next step; the lane performs the step and reports the result here. A conversation that shares the common machine has
// no row, and nothing happens.

export type LifecycleEvent = Extract<
  Event,
  { type: 'machine-begin' | 'machine-step' | 'machine-seen' | 'machine-upgrade' | 'machine-release' }
>;
/** `gaveUp`: why the open turn must be given up, because it can have no machine. */
type MachineDecision = Decision & { gaveUp?: { why: GaveUp; reason: string } };

export function decideMachine(state: State, event: LifecycleEvent, ctx: Context): MachineDecision {
  const { machine } = state;
  if (!machine) return noEffects(state);
  switch (event.type) {
    case 'machine-begin': {
      const stepSince = machine.stepSince ?? ctx.now;
      return noEffects(withMachine(state, { ...machine, stepSince, inDoubtSince: ctx.now }));
    }
    case 'machine-step':
      return event.step === machine.step ? onStep(state, machine, event.outcome, ctx) : noEffects(state);
    case 'machine-seen':
      return onSeen(state, machine, event, ctx);
    case 'machine-upgrade':
      return noEffects(upgradeIfIdle(state, event, ctx));
    case 'machine-release':
      return noEffects(releaseIfIdle(state, machine, ctx.now));
  }
}

function onStep(
  state: State,
  machine: MachineRow,
  outcome: Extract<LifecycleEvent, { type: 'machine-step' }>['outcome'],
  ctx: Context,
): MachineDecision {
  const settled = withoutTimer(state, 'machine');
  switch (outcome.kind) {
    case 'done': {
      if (machine.step === 'update' && outcome.next.settings === machine.settings) {
        return onUpToDate(settled, machine);
      }
      // The machine answered, or was started in order to go back. Either way it is awake.
      const wentBack = machine.step === 'revert' && outcome.next.step === 'ready';
      const isUp = wentBack || (machine.step === 'health' && outcome.next.step === 'record');
      const awakeSince = machine.awakeSince ?? (isUp ? ctx.now : null);
      const next: MachineRow = { ...machine, awakeSince, ...outcome.next, inDoubtSince: null, refusal: null };
      const isNext = next.step !== machine.step;
      // Calls that waited because the machine didn't answer can go now.
      const free = next.step === 'ready' ? withoutTimer(settled, 'reach') : settled;
      const moved = withMachine(free, { ...next, stepSince: isNext ? null : machine.stepSince });
      const log = [{ level: 'info' as const, event: 'machine', step: machine.step, next: next.step }];
      if (wentBack) return { state: raise(moved, 'machine-reverted', ctx.now), effects: [], log };
      return { state: moved, effects: [], log: isNext ? log : [] };
    }
    case 'permanent': {
      const { refusal, reason } = outcome;
      const log = [{ level: 'error' as const, event: 'machine-refused', step: machine.step, refusal, reason }];
      const row: MachineRow = { ...machine, refusal, inDoubtSince: null, stepSince: null };
      const told = raise(withMachine(settled, row), `machine-refused/${refusal}`, ctx.now);
      // After a refused change the machine still works as before.
      if (machine.step === 'update') {
        const asBefore: MachineRow = { ...row, step: 'ready', previous: null, refusal: null };
        return { state: withMachine(told, asBefore), effects: [], log };
      }
      const decision = noEffects(told, ...log);
      return findOpenTurn(told) ? { ...decision, gaveUp: { why: `machine/${refusal}`, reason } } : decision;
    }
    default:
      return tryLater(state, machine, outcome, ctx);
  }
}

/** Already up to date, so a refusal would repeat: the waiting turn is given up. */
function onUpToDate(settled: State, machine: MachineRow): MachineDecision {
  const ready: MachineRow = { ...machine, step: 'ready', previous: null, stepSince: null, inDoubtSince: null };
  const state = withMachine(settled, ready);
  if (findOpenTurn(state)?.unreachableSince == null) return noEffects(state);
  return { ...noEffects(state), gaveUp: { why: 'refused', reason: 'the machine is up to date but refuses the relay' } };
}

/** A passing failure: tries again after a wait, until the time for an unreachable machine is over. */
function tryLater(
  state: State,
  machine: MachineRow,
  outcome: Extract<Extract<LifecycleEvent, { type: 'machine-step' }>['outcome'], { kind: 'retryable' | 'unknown' }>,
  ctx: Context,
): MachineDecision {
  const { reason } = outcome;
  const isKnown = outcome.kind === 'retryable';
  const tried = findTimer(state, 'machine')?.attempts ?? 0;
  const wait = (isKnown ? outcome.waitMs : undefined) ?? jitter(backoffOf(MACHINE_BACKOFF_MS, tried), machine, tried);
  const changed = { ...machine, ...(isKnown ? outcome.next : {}), inDoubtSince: isKnown ? null : ctx.now };
  const timer = { kind: 'machine', ref: '', dueAt: ctx.now + wait, attempts: tried + 1 } as const;
  const waits = withTimer(withMachine(state, changed), timer);
  const log = [{ level: 'warn' as const, event: 'machine-later', step: machine.step, tried: tried + 1, reason }];
  const turn = findOpenTurn(waits);
  const since = turn?.unreachableSince ?? ctx.now;
  if (!turn) return { state: waits, effects: [], log };
  if (ctx.now - since >= REACH_GIVE_UP_MS) {
    const why = isBeingMade(machine) ? 'no-machine' : 'unreachable';
    return { state: waits, effects: [], log, gaveUp: { why, reason } };
  }
  return { state: withTurn(waits, { ...turn, unreachableSince: since }), effects: [], log };
}

/**
 * Jitter from half to one and a half of the wait. Fly limits calls per second: conversations that were refused together
 * must not come back together. Names are random, so a hash of the name spreads them.
 */
function jitter(wait: number, { name }: MachineRow, tried: number): number {
  let hash = tried;
  for (const character of name) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return Math.round(wait * (0.5 + (Math.imul(hash, 2654435761) >>> 0) / 2 ** 32));
}

/** The provider was asked because the machine didn't answer or should be asleep. */
function onSeen(
  state: State,
  machine: MachineRow,
  { seen, stopped }: Extract<LifecycleEvent, { type: 'machine-seen' }>,
  ctx: Context,
): Decision {
  if (seen === null) return lookAgain(state, ctx.now);
  if (seen.state === 'gone') {
    const log = [{ level: 'error' as const, event: 'machine-gone', reason: seen.reason }];
    return {
      state: raise(rebuild(noteAsleep(state, machine, seen.stoppedAt, ctx.now)), 'machine-gone', ctx.now),
      effects: [],
      log,
    };
  }
  const isDoubted = machine.doubtedSince !== null;
  // The host can be reached, so if the machine gets lost, it counts as lost from now at the earliest.
  const since = isDoubted && seen.state !== 'starting' ? ctx.now : machine.doubtedSince;
  const known = withMachine(state, { ...machine, doubtedSince: since });
  const asked = isDoubted ? lookLater(known, 'machine', DOUBT_AFTER_MS, ctx.now) : state;
  const isAsleep = stopped || seen.state === 'asleep';
  if (!isSleepDue(asked, ctx.now)) return noEffects(asked);
  return isAsleep ? noEffects(noteAsleep(asked, asked.machine, seen.stoppedAt, ctx.now)) : lookAgain(asked, ctx.now);
}

/** Starts over with a new disk and a new machine under the same name. */
const rebuild = (state: State): State =>
  state.machine === null
    ? state
    : withMachine(withoutTimer(state, 'machine'), { ...state.machine, ...NOTHING_THERE, step: 'volume' });

/** Forgets the machine and keeps its volume, so that a machine made later continues there. */
function releaseIfIdle(state: State, machine: MachineRow, now: number): State {
  if (isAtWork(state) || needsMachine(state, now)) return state;
  const asleep = noteAsleep(withoutTimer(state, 'machine'), machine, null, now);
  const { volume, region } = machine;
  const kept = { ...(asleep.machine ?? machine), ...NOTHING_THERE, step: 'claim' as const, refusal: null };
  return withMachine(asleep, { ...kept, volume, region });
}

function noteAsleep(state: State, machine: MachineRow | null, stoppedAt: number | null, now: number): State {
  const settled = withoutTimer(state, 'sleep');
  if (!machine || machine.awakeSince === null) return settled;
  const until = Math.min(now, Math.max(machine.awakeSince, stoppedAt ?? now));
  return withMachine(settled, {
    ...machine,
    awakeSince: null,
    awakeMs: machine.awakeMs + until - machine.awakeSince,
  });
}

/**
 * The provider didn't answer, or the machine isn't asleep yet. After the last look its own idle timeout has to end it.
 */
function lookAgain(state: State, now: number): Decision {
  if (!isSleepDue(state, now)) return noEffects(lookLater(state, 'machine', DOUBT_AFTER_MS, now));
  const looks = (findTimer(state, 'sleep')?.attempts ?? 0) + 1;
  if (looks >= SLEEP_LOOKS_MAX) {
    const log = [{ level: 'warn' as const, event: 'machine-not-asleep', looks }];
    return { state: noteAsleep(state, state.machine, null, now), effects: [], log };
  }
  const dueAt = now + DOUBT_AFTER_MS * 2 ** looks;
  return noEffects(withTimer(state, { kind: 'sleep', ref: '', dueAt, attempts: looks }));
}

const lookLater = (state: State, kind: 'machine', wait: number, now: number): State =>
  withTimer(state, { kind, ref: '', dueAt: now + wait, attempts: findTimer(state, kind)?.attempts ?? 0 });

/**
 * Runs after every decision: requests a machine when one is first needed, wakes it when work is coming, and notes when
 * it was last used.
 */
export function keepMachine(before: State, event: Event, decision: Decision, ctx: Context): Decision {
  const { state } = decision;
  const isNeeded = needsMachine(state, ctx.now);
  const isNew = isNeeded && !needsMachine(withoutMessageOf(before, event), ctx.now);
  if (!ctx.policy.makesMachines) {
    const shared = state.machine === null ? decision : { ...decision, state: { ...state, machine: null } };
    return isNew && isAgentCold(state, ctx.now) ? withAgentStarted(shared) : shared;
  }
  if (state.machine === null) {
    return isNeeded
      ? { ...decision, state: withMachine(tellSooner(state), newMachine(ctx.machineName(), ctx.now)) }
      : decision;
  }
  const used = noteUse(isNeeded ? state : clearSuspicion(state), ctx.now);
  const { machine } = state;
  const turn = findOpenTurn(state);
  // A new turn or a new need may try again after a refusal.
  if (machine.refusal && (isNew || (turn !== null && turn.id !== findOpenTurn(before)?.id))) {
    return { ...decision, state: withMachine(withoutTimer(used, 'machine'), { ...machine, refusal: null }) };
  }
  if (!isNew) return { ...decision, state: used };
  const isAwake = machine.awakeSince !== null && ctx.now - machine.usedAt < SURELY_AWAKE_MS;
  if (isAwake || !isMachineReady(used)) return { ...decision, state: used };
  return withAgentStarted({ ...decision, state: used });
}

/** The agent starts, and its machine wakes, while the burst may still go on. */
const withAgentStarted = (decision: Decision): Decision => ({
  ...decision,
  effects: [...decision.effects, { do: 'start-agent' }],
});

/** True if the next turn has not begun and will hardly find a warm agent on the shared machine. */
function isAgentCold(state: State, now: number): boolean {
  const { sessionId, usedAt } = projectOf(state, state.conversation.project);
  return findOpenTurn(state) === null && (sessionId === null || now - usedAt >= SURELY_WARM_MS);
}

/** The first attempt may have begun in this same decision. */
function tellSooner(state: State): State {
  const turn = findOpenTurn(state);
  return turn?.tellAt ? withTurn(state, { ...turn, tellAt: turn.openedAt + TELL_WAKING_MS }) : state;
}

/** The state before the message came. The message's row is there already when its event is decided. */
const withoutMessageOf = (state: State, event: Event): State =>
  event.type === 'message' ? { ...state, messages: state.messages.filter((m) => m.seq !== event.message.seq) } : state;

function noteUse(state: State, now: number): State {
  const { machine } = state;
  if (!machine || !isMachineReady(state)) return state;
  const isUsed = isAtWork(state) || needsMachine(state, now);
  const waits = findTimer(state, 'sleep') !== undefined;
  if (isUsed) {
    if (machine.awakeSince !== null && !waits) return state;
    return withMachine(withoutTimer(state, 'sleep'), {
      ...machine,
      awakeSince: machine.awakeSince ?? now,
      usedAt: now,
    });
  }
  if (machine.awakeSince === null || waits) return state;
  const asleep = { kind: 'sleep', ref: '', dueAt: now + SLEEPS_AFTER_MS, attempts: 0 } as const;
  return withTimer(withMachine(state, { ...machine, usedAt: now }), asleep);
}

/** The machine doesn't answer, so its provider is asked until the machine answers again. */
export function suspectMachine(state: State, since: number, now: number): State {
  const { machine } = state;
  if (machine?.step !== 'ready' || machine.doubtedSince !== null) return state;
  if (now - since < DOUBT_AFTER_MS || findTimer(state, 'machine')) return state;
  return withMachine(state, { ...machine, doubtedSince: now });
}

/** The machine has answered, or nothing waits for it. */
export const clearSuspicion = (state: State): State =>
  state.machine?.doubtedSince == null
    ? state
    : withMachine(withoutTimer(state, 'machine'), { ...state.machine, doubtedSince: null });

/**
 * The sentence for a person who waits for the machine, once per turn. Null if it was sent, or if the machine is shared.
 */
export function wakingNoticeOf({ machine }: State, turn: Turn): string | null {
  if (!machine || machine.toldTurn === turn.id) return null;
  if (!isBeingMade(machine)) return texts.machines.waking;
  return machine.awakeMs > 0 ? texts.machines.again : texts.machines.making;
}

/** True while a machine is created. A row with `previous` gets a new image instead. */
const isBeingMade = ({ step, previous }: MachineRow): boolean =>
  ['claim', 'app', 'addresses', 'volume', 'machine'].includes(step) || (step === 'health' && previous === null);

export const withWakingTold = (state: State, turn: Turn): State =>
  state.machine ? withMachine(state, { ...state.machine, toldTurn: turn.id }) : state;

const withMachine = (state: State, machine: MachineRow): State => ({ ...state, machine });
