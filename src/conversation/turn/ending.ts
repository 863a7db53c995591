import type { GaveUp } from '../../texts/given-up.ts';
import { type Cause, raise } from '../state/alerts.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { hasUnanswered, setMessages } from '../state/messages.ts';
import type { Message, Turn } from '../state/rows.ts';
import { endRun } from '../state/schedules.ts';
import { openTurn, type State, withTimer, withTurn } from '../state/state.ts';
import { tellGivenUp, tellKeptBack } from './given-up.ts';
import { deliverProgress } from './progress.ts';
import { beginAttempt, closeTurn, endAttempt } from './queue.ts';
import { counted, type Ended, usedUp, waitBefore } from './retry.ts';
import { dropActive } from './stop.ts';

// What follows the end of an attempt: the turn is done, it is tried again, or it is given up and its messages wait for
// /retry.

/** The attempt is over, as its last event says or because the machine does not have it any more. */
export function onEnded(state: State, ended: Ended, ctx: Context): Decision {
  const turn = openTurn(state);
  if (!turn) return noEffects(state);
  const { outcome } = ended;
  const log = [{ level: 'info' as const, event: 'turn-done', turn: turn.id, attempts: turn.attempts, outcome }];
  if (turn.stopping || outcome === 'stopped') {
    const kept = hasUnanswered(state) ? deliverProgress(state, ctx) : state;
    return closeTurn({ state: dropActive(kept, turn.stopping ?? ctx.now), effects: [], log }, 'done', ctx);
  }
  // The machine did all it had: what was on its way to it is for the next turn.
  const isMissed = outcome === 'done' ? (m: Message) => m.state === 'active' && m.steered : () => false;
  const back = setMessages(state, isMissed, { state: 'waiting', turn: null, steered: false });
  if (!hasUnanswered(back)) return closeTurn({ state: back, effects: [], log }, 'done', ctx);
  return again(back, turn, ended, ctx);
}

/** The next attempt, now or after its wait, unless the tries are used up. */
function again(state: State, before: Turn, ended: Ended, ctx: Context): Decision {
  const turn = counted(before, ended);
  const { id, attempts: n, crashes, restarts } = turn;
  const { outcome, reason, cause } = ended;
  const so = { turn: id, n, crashes, restarts, outcome, cause: cause ?? null, reason };
  const log = [{ level: 'warn' as const, event: 'attempt-ended', ...so }];
  const noted = withTurn(state, turn);
  const why = outcome === 'failed' ? failed(cause) : cause === 'time' ? 'overdue' : usedUp(turn);
  if (why !== null) return withLog(giveUp(noted, why, reason, ctx), log);
  const wait = waitBefore(turn);
  if (wait === 0) return withLog(beginAttempt(noted, ctx), log);
  const waiting = withTimer(noted, { kind: 'attempt', ref: id, dueAt: ctx.now + wait, attempts: n });
  return { state: waiting, effects: [], log };
}

/** What a machine ends an attempt for by itself. */
const LIMITS = ['memory', 'disk', 'disk-full', 'output', 'model'] as const satisfies GaveUp[];
const failed = (cause: string | undefined): GaveUp => LIMITS.find((limit) => limit === cause) ?? 'agent';

/** Problems that the operator can fix or has to know about. */
const ALERTS: Partial<Record<GaveUp, Cause>> = {
  disk: 'disk-full',
  'disk-full': 'disk-full',
  agent: 'model-refused',
  refused: 'turn-refused',
  unreachable: 'machine-unreachable',
  'no-machine': 'machine-unreachable',
};

/** The same from outside the attempt: there is no machine for it. */
export const giveUpTurn = (state: State, why: GaveUp, reason: string, ctx: Context): Decision =>
  giveUp(endAttempt(state, 'no-machine', ctx), why, reason, ctx);

/** The turn ends without its answer: it delivers what it has and says so; its messages wait for /retry. */
export function giveUp(before: State, why: GaveUp, reason: string, ctx: Context): Decision {
  const turn = openTurn(before);
  if (!turn) return noEffects(before);
  // All of it was answered before the machine went away, or was stopped: there is nothing to say.
  if (!hasUnanswered(before) || turn.stopping) return onEnded(before, { outcome: 'done', reason }, ctx);
  const so = { turn: turn.id, attempts: turn.attempts, why, reason };
  const alert = ALERTS[why];
  const state = alert ? raise(before, alert, ctx.now) : before;
  if (turn.run !== null) {
    const log = [{ level: 'error' as const, event: 'run-failed', ...so }];
    return closeTurn({ state: runGivenUp(state, turn, ctx), effects: [], log }, 'failed', ctx);
  }
  const delivered = deliverProgress(tellKeptBack(state, ctx), ctx);
  const kept = setMessages(delivered, (m) => m.state === 'active', { state: 'failed', tried: true, steered: false });
  const log = [{ level: 'error' as const, event: 'turn-failed', ...so }];
  const closed = closeTurn({ state: kept, effects: [], log }, 'failed', ctx);
  return { ...closed, state: tellGivenUp(closed.state, turn.id, why, ctx) };
}

const withLog = (decision: Decision, log: Decision['log']): Decision => ({
  ...decision,
  log: [...log, ...decision.log],
});

/** The turn of a run ends without its answer: /run begins another, so nothing waits for /retry. */
export function runGivenUp(state: State, turn: Turn, ctx: Context): State {
  // What was asked beside it is not its own: it has a turn of its own.
  const isAside = (m: State['messages'][number]): boolean => m.state === 'active' && m.action === 'aside';
  const kept = setMessages(state, isAside, { state: 'waiting', turn: null, steered: false });
  const used = setMessages(kept, (m) => m.state === 'active', { state: 'consumed', steered: false });
  return endRun(used, turn, 'failed', 'turn', ctx);
}
