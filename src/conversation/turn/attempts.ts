import { turnRuns } from '../machine/backup.ts';
import { doubt, trusted } from '../machine/lifecycle.ts';
import { onOtherJournal, onRestored, withJournal } from '../machine/restore.ts';
import { broughtUpToDate } from '../machine/upgrade.ts';
import { backoff } from '../policy/backoff.ts';
import { REACH_BACKOFF_MS, REACH_GIVE_UP_MS, STEADY_MS, TELL_UNREACHABLE_MS } from '../policy/machine.ts';
import { BUSY_GIVE_UP_MS } from '../policy/turn.ts';
import { noEffects } from '../state/decision.ts';
import type { AttemptRef, Context, Decision, Event } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import type { Attempt, Message, Turn } from '../state/rows.ts';
import {
  findTimer,
  openAttempt,
  openTurn,
  type State,
  withAttempt,
  withoutTimer,
  withTimer,
  withTurn,
} from '../state/state.ts';
import { giveUp, onEnded } from './ending.ts';
import { endAttempt } from './queue.ts';
import { onTheWay, steer } from './steer.ts';
import { askToStop } from './stop.ts';

// One try at a turn: taken by the machine, followed event by event, ended once. Events of another attempt, of another
// journal or already applied change nothing. What each event means: agent-events.ts.

/** The machine that answers has another memory than the one that had the attempt. */
const OTHER_JOURNAL = { outcome: 'lost', reason: 'other journal' } as const;

type AttemptEvent = Exclude<Extract<Event, { attempt: AttemptRef }>, { type: 'files-forgotten' | 'machine' }>;

export function decideAttempt(state: State, event: AttemptEvent, ctx: Context): Decision {
  const attempt = openAttempt(state);
  const turn = openTurn(state);
  if (event.type === 'steer-refused') return steerRefused(state, event.uuid);
  if (!attempt || !turn || !isOf(attempt, event)) return noEffects(state);
  switch (event.type) {
    case 'attempt-taken':
      return onTaken(state, turn, attempt, event.journal, ctx);
    case 'other-journal':
      return onOtherJournal(state, event.journal, ctx);
    case 'restored':
      return onRestored(state, event.restored, ctx);
    case 'attached':
      return noEffects(event.steady ? reachable(state, turn) : reopened(state, turn, ctx.now));
    case 'unreachable':
      if (event.isBusy) return busy(state, turn, event.reason, ctx);
      return unreachable(state, turn, event.reason, ctx);
    case 'attempt-lost':
      return onEnded(endAttempt(state, 'lost', ctx), { outcome: 'lost', reason: event.reason }, ctx);
    case 'attempt-refused': {
      const changed = event.isOutdated === true && turn.stopping === null ? broughtUpToDate(state) : null;
      if (changed) return unreachable(changed, turn, event.reason, ctx);
      const why = event.isFull ? 'disk-full' : 'refused';
      return giveUp(endAttempt(state, 'refused', ctx), why, event.reason, ctx);
    }
    case 'steered':
      return steerNext(withoutTimer(state, 'steer', event.uuid), ctx);
  }
}

/** An event of the agent, if it is the next of the open attempt: `applied` counts it as read. Otherwise the decision is made. */
export function receiveEvent(
  state: State,
  event: Extract<Event, { type: 'machine' }>,
  ctx: Context,
): { applied: State; turn: Turn; attempt: Attempt } | { decision: Decision } {
  const attempt = openAttempt(state);
  const turn = openTurn(state);
  if (!attempt || !turn || !isOf(attempt, event)) return { decision: noEffects(state) };
  if (attempt.journal !== event.journal) {
    return { decision: onEnded(endAttempt(state, 'lost', ctx), OTHER_JOURNAL, ctx) };
  }
  if (event.seq <= attempt.lastSeq) return { decision: noEffects(state) };
  // The journal has them all: read again from the last applied one.
  if (event.seq !== attempt.lastSeq + 1) {
    return { decision: unreachable(state, turn, `event ${event.seq} followed ${attempt.lastSeq}`, ctx) };
  }
  const applied = withAttempt(reachable(state, turn), { ...attempt, lastSeq: event.seq });
  return { applied, turn: openTurn(applied) ?? turn, attempt: openAttempt(applied) ?? attempt };
}

const isOf = ({ turn, n }: Attempt, { attempt }: { attempt: AttemptRef }): boolean =>
  attempt.turn === turn && attempt.n === n;

/** The machine has the attempt: what was meant for it in the meantime follows. */
function onTaken(state: State, turn: Turn, attempt: Attempt, journal: string, ctx: Context): Decision {
  if (attempt.journal !== null && attempt.journal !== journal) {
    return onEnded(endAttempt(state, 'lost', ctx), OTHER_JOURNAL, ctx);
  }
  const isNew = attempt.state === 'requested';
  // Its time begins now: the machine may have been away, or have had to be made, for longer than a turn may take.
  const now: Attempt = { ...attempt, journal, ...(isNew ? { state: 'running', openedAt: ctx.now } : {}) };
  const taken = withAttempt(reachable(state, turn), now);
  const kept = turnRuns(withJournal(taken, journal), ctx);
  if (turn.stopping) return askToStop(kept, ctx);
  return steerNext(kept, ctx);
}

function steerNext(state: State, ctx: Context): Decision {
  const next = onTheWay(state)[0];
  return next ? steer(state, next.uuid, ctx) : noEffects(state);
}

/** The machine does not answer: the same attempt is asked for again, because it may well be running there. */
function unreachable(state: State, turn: Turn, reason: string, ctx: Context): Decision {
  const since = turn.unreachableSince ?? ctx.now;
  if (ctx.now - since >= REACH_GIVE_UP_MS) {
    return giveUp(endAttempt(state, 'unreachable', ctx), 'unreachable', reason, ctx);
  }
  const tried = findTimer(state, 'reach')?.attempts ?? 0;
  const dueAt = ctx.now + backoff(REACH_BACKOFF_MS, tried);
  const tellAt = turn.toldUnreachable ? null : (turn.tellAt ?? ctx.now + TELL_UNREACHABLE_MS);
  const noted = withTurn(state, { ...turn, unreachableSince: since, tellAt });
  const log = [{ level: 'warn' as const, event: 'machine-unreachable', turn: turn.id, tried: tried + 1, reason }];
  const next = withTimer(noted, { kind: 'reach', ref: turn.id, dueAt, attempts: tried + 1 });
  return { state: doubt(next, since, ctx.now), effects: [], log };
}

/** It answers, and still works on what was given up before: this attempt is next there, and asked for again until then. */
function busy(state: State, turn: Turn, reason: string, ctx: Context): Decision {
  if (ctx.now - turn.openedAt >= BUSY_GIVE_UP_MS) {
    return giveUp(endAttempt(state, 'busy', ctx), 'refused', reason, ctx);
  }
  const tried = findTimer(state, 'reach')?.attempts ?? 0;
  const dueAt = ctx.now + backoff(REACH_BACKOFF_MS, tried);
  const tellAt = turn.toldPlace ? null : (turn.tellAt ?? ctx.now + TELL_UNREACHABLE_MS);
  const answered = trusted(withTurn(state, { ...turn, unreachableSince: null, place: 1, tellAt }));
  const log = [{ level: 'warn' as const, event: 'machine-busy', turn: turn.id, tried: tried + 1, reason }];
  const next = withTimer(answered, { kind: 'reach', ref: turn.id, dueAt, attempts: tried + 1 });
  return { state: next, effects: [], log };
}

/** The machine answered: what was waiting for it is settled. */
export function reachable(state: State, turn: Turn): State {
  const settled = trusted(withoutTimer(state, 'reach'));
  if (turn.unreachableSince === null && turn.tellAt === null) return settled;
  return withTurn(settled, { ...turn, unreachableSince: null, tellAt: null });
}

/** The stream is open again, but has yet to show that it lasts: nothing is forgotten, only the person hears later. */
function reopened(state: State, turn: Turn, now: number): State {
  if (turn.tellAt === null) return state;
  return withTurn(state, { ...turn, tellAt: Math.max(turn.tellAt, now + STEADY_MS) });
}

/** It came too late for that turn: it waits for the next, and so do those behind it. */
function steerRefused(state: State, uuid: string): Decision {
  const refused = state.messages.find((m) => m.uuid === uuid && m.state === 'active' && m.steered);
  if (!refused) return noEffects(withoutTimer(state, 'steer', uuid));
  const back = onTheWay(state).filter((m) => m.seq >= refused.seq || m.uuid === uuid);
  const settled = [uuid, ...back.map((m) => m.uuid)].reduce((next, ref) => withoutTimer(next, 'steer', ref), state);
  const isBack = (m: Message): boolean => m.uuid === uuid || back.some((b) => b.uuid === m.uuid);
  return noEffects(setMessages(settled, isBack, { state: 'waiting', turn: null, steered: false }));
}
