import { backUpEndedTurn } from '../machine/backup.ts';
import { dropFiles } from '../outbox/outgoing-files.ts';
import { TELL_UNREACHABLE_MS, TELL_WAKING_MS } from '../policy/machine.ts';
import type { Policy } from '../policy/policy.ts';
import { RUN_WAITS_MS } from '../policy/schedules.ts';
import { QUEUE_MAX } from '../policy/turn.ts';
import { endQuestions } from '../questions/agent-questions.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { frozenUntil } from '../state/merging.ts';
import { findWaiting, findWaitingRuns, setMessages } from '../state/messages.ts';
import type { Message, Turn } from '../state/rows.ts';
import { scheduleOfRun } from '../state/schedules.ts';
import {
  attemptId,
  findOpenAttempt,
  findOpenTurn,
  findTimer,
  projectOf,
  type State,
  withAttempt,
  withoutTimer,
  withTimer,
  withTurn,
} from '../state/state.ts';
import { namesOf, traceOf } from '../state/trace.ts';
import { ISOLATED } from './sessions.ts';

// Opens a turn over waiting messages, begins its attempts, and starts the next turn after it. Oldest first: the
// person's messages before runs of schedules, until a run has waited long.

export const queueModeOf = (state: State, { queueMode: configured }: Policy): Policy['queueMode'] =>
  state.conversation.queueMode ?? configured;

/**
 * Opens a turn over the waiting messages: all as one prompt, or with `queue` only the oldest. Does nothing if none
 * waits.
 */
export function startTurn(state: State, ctx: Context): Decision {
  const frozen = frozenUntil(state, ctx.now);
  // Two homes are being merged: the texts wait.
  if (frozen !== null) return noEffects(withTimer(state, { kind: 'gather', ref: '', dueAt: frozen, attempts: 0 }));
  const settled = withoutTimer(withoutTimer(state, 'gather'), 'waiting');
  const most = queueModeOf(state, ctx.policy) === 'queue' ? 1 : QUEUE_MAX;
  const oldest = nextUp(settled, most, ctx.now);
  const [first] = oldest;
  if (!first) return noEffects(settled);
  const project = projectOf(settled, first.project ?? settled.conversation.project);
  const schedule = first.run === null ? undefined : scheduleOfRun(settled, first.run);
  const isIsolated = schedule?.isolated === true;
  const turn: Turn = {
    id: ctx.id(),
    project: project.id,
    generation: isIsolated ? ISOLATED : project.generation,
    deep: first.run === null && settled.conversation.deep?.project === project.id,
    state: 'open',
    openedAt: ctx.now,
    endedAt: null,
    attempts: 0,
    crashes: 0,
    restarts: 0,
    tellAt: null,
    toldUnreachable: false,
    unreachableSince: null,
    stopping: null,
    toldWaiting: false,
    toldFull: false,
    progress: null,
    progressAt: null,
    sessionId: isIsolated ? null : project.sessionId,
    place: null,
    toldPlace: false,
    run: first.run,
    trace: traceOf(first),
    spent: 0,
    why: null,
    happened: null,
  };
  const taken = setMessages(settled, (m) => oldest.includes(m), { state: 'active', turn: turn.id });
  return beginAttempt(withTurn(taken, turn), ctx);
}

/** The messages of the next turn. */
function nextUp(state: State, most: number, now: number): Message[] {
  const [run] = findWaitingRuns(state);
  const said = together(findWaiting(state)).slice(0, most);
  if (!run) return said;
  return said.length === 0 || now - run.receivedAt >= RUN_WAITS_MS ? [run] : said;
}

/**
 * The messages at the head of the queue that may share a turn: those for one project. An action gets a turn of its own.
 */
function together(messages: readonly Message[]): Message[] {
  const [first] = messages;
  if (!first || first.action !== null) return messages.slice(0, 1);
  const end = messages.findIndex((m) => m.project !== first.project || m.action !== null);
  return messages.slice(0, end === -1 ? messages.length : end);
}

/** The next attempt of the open turn. Its row is the intent: the machine is called after the commit. */
export function beginAttempt(state: State, ctx: Context): Decision {
  const turn = findOpenTurn(state);
  if (!turn) return noEffects(state);
  const n = turn.attempts + 1;
  // Every active message is part of the attempt's body.
  const settled = ['attempt', 'reach', 'steer'] as const;
  const cleared = settled.reduce((next, kind) => withoutTimer(next, kind), state);
  const body = withoutAsides(setMessages(cleared, (m) => m.state === 'active', { steered: false }));
  const isOwn = state.machine !== null && state.machine.toldTurn !== turn.id;
  const tellIn = isOwn ? TELL_WAKING_MS : TELL_UNREACHABLE_MS;
  const tellAt = turn.toldUnreachable ? null : ctx.now + tellIn;
  const next = withAttempt(withTurn(body, { ...turn, attempts: n, tellAt, place: null }), {
    turn: turn.id,
    n,
    state: 'requested',
    journal: null,
    lastSeq: 0,
    openedAt: ctx.now,
    endedAt: null,
    outcome: null,
    waitedMs: 0,
    reason: null,
  });
  // The line at the turn's end tells the first attempt too.
  return { state: next, effects: [], log: n === 1 ? [] : [{ level: 'info', event: 'attempt', ...namesOf(turn), n }] };
}

/** The open turn, if the decision begins an attempt of it. */
export function findBegun(before: State, state: State): Turn | null {
  const attempt = findOpenAttempt(state);
  if (attempt?.state !== 'requested') return null;
  const was = findOpenAttempt(before);
  return was && attemptId(was) === attemptId(attempt) ? null : findOpenTurn(state);
}

/** Closes the attempt for good: later events of it change nothing. `reason` is for the operator. */
export function endAttempt(state: State, outcome: string, reason: string, ctx: Context): State {
  const settled = withoutTimer(withoutTimer(state, 'reach'), 'stop');
  const attempt = findOpenAttempt(settled);
  const ended = { state: 'ended', endedAt: ctx.now, outcome, reason: reason === '' ? null : reason } as const;
  return attempt ? withAttempt(settled, { ...attempt, ...ended }) : settled;
}

/** A side question of an ended turn waits for a turn of its own. */
function withoutAsides(state: State): State {
  const isText = (m: Message): boolean => m.state === 'active' && m.action !== 'aside';
  if (!state.messages.some(isText)) return state;
  return setMessages(state, (m) => m.state === 'active' && !isText(m), { state: 'waiting', turn: null });
}

/** Closes the turn and starts the next one over the texts that came in meanwhile. */
export function closeTurn(decision: Decision, to: 'done' | 'failed', ctx: Context): Decision {
  const turn = findOpenTurn(decision.state);
  if (!turn) return decision;
  const kinds = ['attempt', 'reach', 'stop', 'steer', 'waiting'] as const;
  const cleared = kinds.reduce((next, kind) => withoutTimer(next, kind), decision.state);
  // Progress messages of an ended turn are out of date.
  const replies = cleared.replies.map((r) =>
    r.kind === 'progress' && r.turn === turn.id && r.state === 'ready' ? { ...r, state: 'dropped' as const } : r,
  );
  const settled = endQuestions({ ...cleared, replies }, turn, ctx);
  // A file still on its way belongs to the stopped turn.
  const closed = withTurn(turn.stopping === null ? settled : dropFiles(settled, turn.id), {
    ...turn,
    state: to,
    endedAt: ctx.now,
    progress: null,
    progressAt: null,
  });
  const kept = backUpEndedTurn(closed, turn, ctx);
  const over = { ...decision, state: kept };
  return findTimer(kept, 'gather') ? over : andThen(over, (next) => startTurn(next, ctx));
}

/** Sets a timer only if it isn't set yet. */
export function withFirstTimer(state: State, kind: 'waiting', ref: string, dueAt: number): State {
  return findTimer(state, kind) ? state : withTimer(state, { kind, ref, dueAt, attempts: 0 });
}
