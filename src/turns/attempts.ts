import type { MachineEvent } from '../protocol/index.ts';
import { texts } from '../texts.ts';
import type { AttemptRef, Context, Decision, Event } from './event.ts';
import { beginAttempt, continueQueue, setMessages } from './messages.ts';
import { enqueue } from './outbox.ts';
import * as policy from './policy.ts';
import {
  type Attempt,
  findTimer,
  openAttempt,
  openTurn,
  type State,
  type Turn,
  withAttempt,
  withoutTimer,
  withTimer,
  withTurn,
} from './state.ts';

// One try at a turn: taken by the machine, followed event by event, ended once. Events of another attempt, of another
// journal or already applied change nothing.

type AttemptEvent = Extract<Event, { attempt: AttemptRef }>;

export function decideAttempt(state: State, event: AttemptEvent, ctx: Context): Decision {
  const attempt = openAttempt(state);
  const turn = openTurn(state);
  if (!attempt || !turn || attempt.turn !== event.attempt.turn || attempt.n !== event.attempt.n) return same(state);
  switch (event.type) {
    case 'attempt-taken': {
      if (attempt.journal !== null && attempt.journal !== event.journal) return lost(state, 'other journal', ctx);
      const reached = reachable(state, turn);
      const running: Attempt = { ...attempt, state: attempt.state === 'requested' ? 'running' : attempt.state };
      return same(withAttempt(reached, { ...running, journal: event.journal }));
    }
    case 'attached':
      return same(event.steady ? reachable(state, turn) : reopened(state, turn, ctx.now));
    case 'unreachable':
      return unreachable(state, turn, event.reason, ctx);
    case 'attempt-lost':
      return lost(state, event.reason, ctx);
    case 'attempt-refused':
      return giveUp(endAttempt(state, 'refused', ctx), texts.refused, event.reason, ctx);
    case 'machine': {
      if (attempt.journal !== event.journal) return lost(state, 'other journal', ctx);
      if (event.seq <= attempt.lastSeq) return same(state);
      // The journal has them all: read again from the last applied one.
      if (event.seq !== attempt.lastSeq + 1) {
        return unreachable(state, turn, `event ${event.seq} came after ${attempt.lastSeq}`, ctx);
      }
      const reached = reachable(state, turn);
      return onEvent(withAttempt(reached, { ...attempt, lastSeq: event.seq }), event.event, ctx);
    }
  }
}

function onEvent(state: State, event: MachineEvent['event'], ctx: Context): Decision {
  const turn = openTurn(state);
  const attempt = openAttempt(state);
  if (!turn || !attempt) return same(state);
  switch (event.type) {
    case 'session':
      return same({ ...state, project: { ...state.project, sessionId: event.session_id } });
    case 'session_lost': {
      const forgotten = { ...state, project: { ...state.project, sessionId: null } };
      return {
        state: enqueue(forgotten, 'notice', turn.id, [texts.sessionLost], ctx),
        effects: [],
        log: [{ level: 'warn', event: 'session-lost', turn: turn.id }],
      };
    }
    case 'result': {
      const consumed = setMessages(state, (m) => event.user_message_uuids.includes(m.uuid), 'consumed', turn.id);
      const body = answerParts(event.text, event.is_error, ctx);
      return { state: enqueue(consumed, 'answer', turn.id, body, ctx), effects: [], log: [] };
    }
    case 'ending':
      return same(withAttempt(state, { ...attempt, state: 'ending' }));
    case 'ended':
      return onEnded(endAttempt(state, event.outcome, ctx), event.outcome, event.reason, ctx);
    default:
      return same(state);
  }
}

/** What the person reads. Words of an API are not for people; what the agent itself said is. */
function answerParts(text: string, isError: boolean, ctx: Context): string[] {
  const parts = isError && text.startsWith('API Error') ? [] : ctx.parts(text);
  if (isError) return [...parts, texts.agentError];
  return parts.length > 0 ? parts : [texts.emptyAnswer];
}

function onEnded(state: State, outcome: string, reason: string, ctx: Context): Decision {
  const turn = openTurn(state);
  if (!turn) return same(state);
  if (outcome === 'stopped' || !hasUnanswered(state)) {
    const closed = setMessages(state, (m) => m.state === 'active', 'consumed', turn.id);
    const log = [{ level: 'info' as const, event: 'turn-done', turn: turn.id, attempts: turn.attempts, outcome }];
    return continueQueue({ state: closeTurn(closed, turn, 'done', ctx), effects: [], log }, ctx);
  }
  return again(state, turn, outcome, reason, ctx);
}

/** The next attempt, now or after its wait, unless the tries are used up. */
function again(state: State, turn: Turn, outcome: string, reason: string, ctx: Context): Decision {
  const log = [{ level: 'warn' as const, event: 'attempt-ended', turn: turn.id, n: turn.attempts, outcome, reason }];
  if (outcome === 'failed') return withLog(giveUp(state, texts.agentFailed, reason, ctx), log);
  if (turn.attempts >= policy.ATTEMPTS_MAX) return withLog(giveUp(state, texts.failed, reason, ctx), log);
  if (turn.attempts === 1) return withLog(beginAttempt(state, ctx), log);
  const wait = policy.ATTEMPT_RETRY_MS * 2 ** (turn.attempts - 1);
  const waiting = withTimer(state, { kind: 'attempt', ref: turn.id, dueAt: ctx.now + wait, attempts: turn.attempts });
  return { state: waiting, effects: [], log };
}

function lost(state: State, reason: string, ctx: Context): Decision {
  const turn = openTurn(state);
  return turn ? onEnded(endAttempt(state, 'lost', ctx), 'lost', reason, ctx) : same(state);
}

/** The machine does not answer: the same attempt is asked for again, because it may well be running there. */
function unreachable(state: State, turn: Turn, reason: string, ctx: Context): Decision {
  const since = turn.unreachableSince ?? ctx.now;
  if (ctx.now - since >= policy.REACH_GIVE_UP_MS) {
    return giveUp(endAttempt(state, 'unreachable', ctx), texts.gaveUpUnreachable, reason, ctx);
  }
  const tried = findTimer(state, 'reach')?.attempts ?? 0;
  const dueAt = ctx.now + policy.backoff(policy.REACH_BACKOFF_MS, tried);
  const tellAt = turn.toldUnreachable ? null : (turn.tellAt ?? ctx.now + policy.TELL_UNREACHABLE_MS);
  const noted = withTurn(state, { ...turn, unreachableSince: since, tellAt });
  const log = [{ level: 'warn' as const, event: 'machine-unreachable', turn: turn.id, tried: tried + 1, reason }];
  const next = withTimer(noted, { kind: 'reach', ref: turn.id, dueAt, attempts: tried + 1 });
  return { state: next, effects: [], log };
}

/** The machine answered: what was waiting for it is settled. */
function reachable(state: State, turn: Turn): State {
  const settled = withoutTimer(state, 'reach');
  if (turn.unreachableSince === null && turn.tellAt === null) return settled;
  return withTurn(settled, { ...turn, unreachableSince: null, tellAt: null });
}

/** The stream is open again, but has yet to show that it lasts: nothing is forgotten, only the person hears later. */
function reopened(state: State, turn: Turn, now: number): State {
  if (turn.tellAt === null) return state;
  return withTurn(state, { ...turn, tellAt: Math.max(turn.tellAt, now + policy.STEADY_MS) });
}

/** Looked at by every heartbeat: the person is told of a machine that does not answer, and no attempt outlives its time. */
export function watchAttempt(state: State, ctx: Context, turnMs: number): Decision {
  const turn = openTurn(state);
  const attempt = openAttempt(state);
  if (!turn || !attempt) return same(state);
  if (ctx.now >= attempt.openedAt + turnMs + policy.TURN_MARGIN_MS && turn.unreachableSince === null) {
    return giveUp(endAttempt(state, 'overdue', ctx), texts.overdue, 'the attempt outlived its time', ctx);
  }
  if (turn.tellAt === null || turn.tellAt > ctx.now) return same(state);
  const told = withTurn(state, { ...turn, tellAt: null, toldUnreachable: true });
  if (!hasUnanswered(told)) return same(told);
  return same(enqueue(told, 'notice', turn.id, [texts.unreachable], ctx));
}

/** The turn ends without its answer: said in plain words, its messages wait for /retry, the queue goes on. */
function giveUp(state: State, text: string, reason: string, ctx: Context): Decision {
  const turn = openTurn(state);
  if (!turn) return same(state);
  // All of it was answered before the machine went away: there is nothing to say.
  if (!hasUnanswered(state)) return onEnded(state, 'done', reason, ctx);
  const tried = state.messages.map((m) => (m.state === 'active' ? { ...m, tried: true } : m));
  const failed = setMessages({ ...state, messages: tried }, (m) => m.state === 'active', 'failed', turn.id);
  const closed = closeTurn(failed, turn, 'failed', ctx);
  return continueQueue(
    {
      state: enqueue(closed, 'notice', turn.id, [text], ctx),
      effects: [],
      log: [{ level: 'error', event: 'turn-failed', turn: turn.id, attempts: turn.attempts, reason }],
    },
    ctx,
  );
}

function endAttempt(state: State, outcome: string, ctx: Context): State {
  const settled = withoutTimer(state, 'reach');
  const attempt = openAttempt(settled);
  return attempt ? withAttempt(settled, { ...attempt, state: 'ended', endedAt: ctx.now, outcome }) : settled;
}

const hasUnanswered = (state: State): boolean => state.messages.some((m) => m.state === 'active');
const closeTurn = (state: State, turn: Turn, to: 'done' | 'failed', ctx: Context): State =>
  withTurn(state, { ...turn, state: to, endedAt: ctx.now });
const same = (state: State): Decision => ({ state, effects: [], log: [] });
const withLog = (decision: Decision, log: Decision['log']): Decision => ({
  ...decision,
  log: [...log, ...decision.log],
});
