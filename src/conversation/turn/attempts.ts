import { backUpRunningTurn } from '../machine/backup.ts';
import { onOtherJournal, onRestored, withJournal } from '../machine/restore.ts';
import { upgradeRefusing } from '../machine/upgrade.ts';
import { noEffects } from '../state/decision.ts';
import type { AttemptRef, Context, Decision, Event } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import type { Attempt, Message, Turn } from '../state/rows.ts';
import { findOpenAttempt, findOpenTurn, type State, withAttempt, withoutTimer } from '../state/state.ts';
import { giveUpTurn } from './ending.ts';
import { endAttempt } from './queue.ts';
import { noteReachable, noteReopened, reachAgain, waitForBusy } from './reconnect.ts';
import { onEnded } from './retry.ts';
import { findUnconfirmed, steer } from './steer.ts';
import { askToStop } from './stop.ts';

// One try at a turn: taken by the machine, followed event by event, ended once. Events of another attempt, of another
// journal or already applied change nothing. What each event means: agent-events.ts.

/** Another machine answers: its journal isn't the one that had the attempt. */
const OTHER_JOURNAL = { outcome: 'lost', reason: 'other journal' } as const;

type AttemptEvent = Exclude<Extract<Event, { attempt: AttemptRef }>, { type: 'files-forgotten' | 'machine' }>;

export function decideAttempt(state: State, event: AttemptEvent, ctx: Context): Decision {
  const attempt = findOpenAttempt(state);
  const turn = findOpenTurn(state);
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
      return noEffects(event.steady ? noteReachable(state, turn) : noteReopened(state, turn, ctx.now));
    case 'unreachable':
      if (event.isBusy) return waitForBusy(state, turn, event.reason, ctx);
      return reachAgain(state, turn, event.reason, ctx);
    case 'attempt-lost':
      return onEnded(endAttempt(state, 'lost', event.reason, ctx), { outcome: 'lost', reason: event.reason }, ctx);
    case 'attempt-refused': {
      const changed = event.isOutdated === true && turn.stopping === null ? upgradeRefusing(state) : null;
      if (changed) return reachAgain(changed, turn, event.reason, ctx);
      const why = event.isFull ? 'disk-full' : 'refused';
      return giveUpTurn(endAttempt(state, 'refused', event.reason, ctx), why, event.reason, ctx);
    }
    case 'steered':
      return steerNext(withoutTimer(state, 'steer', event.uuid), ctx);
  }
}

/**
 * Receives an event of the agent. `applied`: it is the next of the open attempt and counts as read. Otherwise the
 * decision is complete.
 */
export function receiveEvent(
  state: State,
  event: Extract<Event, { type: 'machine' }>,
  ctx: Context,
): { applied: State; turn: Turn; attempt: Attempt } | { decision: Decision } {
  const attempt = findOpenAttempt(state);
  const turn = findOpenTurn(state);
  if (!attempt || !turn || !isOf(attempt, event)) return { decision: noEffects(state) };
  if (attempt.journal !== event.journal) {
    return { decision: onEnded(endAttempt(state, 'lost', OTHER_JOURNAL.reason, ctx), OTHER_JOURNAL, ctx) };
  }
  if (event.seq <= attempt.lastSeq) return { decision: noEffects(state) };
  // Events are missing. The journal has them all, so read again from the last applied one.
  if (event.seq !== attempt.lastSeq + 1) {
    return { decision: reachAgain(state, turn, `event ${event.seq} followed ${attempt.lastSeq}`, ctx) };
  }
  const applied = withAttempt(noteReachable(state, turn), { ...attempt, lastSeq: event.seq });
  return { applied, turn: findOpenTurn(applied) ?? turn, attempt: findOpenAttempt(applied) ?? attempt };
}

const isOf = ({ turn, n }: Attempt, { attempt }: { attempt: AttemptRef }): boolean =>
  attempt.turn === turn && attempt.n === n;

/** The machine has the attempt. Texts and a stop that came meanwhile follow. */
function onTaken(state: State, turn: Turn, attempt: Attempt, journal: string, ctx: Context): Decision {
  if (attempt.journal !== null && attempt.journal !== journal) {
    return onEnded(endAttempt(state, 'lost', OTHER_JOURNAL.reason, ctx), OTHER_JOURNAL, ctx);
  }
  const isNew = attempt.state === 'requested';
  // The attempt's time begins now, because creating or reaching the machine may take longer than a turn.
  const now: Attempt = { ...attempt, journal, ...(isNew ? { state: 'running', openedAt: ctx.now } : {}) };
  const taken = withAttempt(noteReachable(state, turn), now);
  const kept = backUpRunningTurn(withJournal(taken, journal), ctx);
  if (turn.stopping) return askToStop(kept, ctx);
  return steerNext(kept, ctx);
}

function steerNext(state: State, ctx: Context): Decision {
  const next = findUnconfirmed(state)[0];
  return next ? steer(state, next.uuid, ctx) : noEffects(state);
}

/** The text came too late for this turn. It waits for the next turn, and so do the texts behind it. */
function steerRefused(state: State, uuid: string): Decision {
  const refused = state.messages.find((m) => m.uuid === uuid && m.state === 'active' && m.steered);
  if (!refused) return noEffects(withoutTimer(state, 'steer', uuid));
  const back = findUnconfirmed(state).filter((m) => m.seq >= refused.seq || m.uuid === uuid);
  const settled = [uuid, ...back.map((m) => m.uuid)].reduce((next, ref) => withoutTimer(next, 'steer', ref), state);
  const isBack = (m: Message): boolean => m.uuid === uuid || back.some((b) => b.uuid === m.uuid);
  return noEffects(setMessages(settled, isBack, { state: 'waiting', turn: null, steered: false }));
}
