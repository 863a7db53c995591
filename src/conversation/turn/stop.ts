import { texts } from '../../texts/index.ts';
import { isMachineReady } from '../machine/readiness.ts';
import { enqueue } from '../outbox/replies.ts';
import { STOP_AGAIN_MS } from '../policy/turn.ts';
import { dropQuestions } from '../questions/agent-questions.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision, Effect, Event } from '../state/events.ts';
import { findWaiting, findWaitingRuns, setMessages } from '../state/messages.ts';
import type { Message, Turn } from '../state/rows.ts';
import { scheduleOfRun } from '../state/schedules.ts';
import { isServed } from '../state/standing.ts';
import type { State } from '../state/state.ts';
import { findOpenAttempt, findOpenTurn, withoutTimer, withTimer, withTurn } from '../state/state.ts';
import { namesOfTurn } from '../state/trace.ts';
import { nameMessage, stopKeptBack } from './given-up.ts';
import { closeTurn, endAttempt, findBegun } from './queue.ts';

// Stops a turn: drops its questions, asks the machine to end the attempt, and keeps unanswered texts for /retry.

type Arrival = Extract<Event, { type: 'message' }>;

/** /stop: drops the waiting texts, so that none of them starts the next turn, then stops the running turn. */
export function stopAll(state: State, rest: string, ctx: Context): Decision {
  const { idle, turn, stopped } = dropQueued(state, ctx);
  const active = state.messages.filter((m) => m.state === 'active' && turn?.stopping == null);
  const dropped = [...stopped, ...active].sort((a, b) => a.seq - b.seq);
  if (!turn && dropped.length === 0) {
    const text = rest === '' ? texts.nothingToStop : texts.nothingToStopBefore(rest);
    return noEffects(enqueue(state, 'notice', [text], ctx));
  }
  const wordsOfTask = (m: Message): string | undefined =>
    m.run === null ? undefined : scheduleOfRun(state, m.run)?.prompt;
  const named = dropped.map((m) => nameMessage(m, wordsOfTask(m)));
  const told = enqueue(idle, 'notice', [texts.stopped(named)], ctx, { turn: turn?.id ?? null });
  return turn ? stopTurn(told, turn, ctx) : noEffects(told);
}

/**
 * True for the stop of a draft that isn't the running turn's: the press was held up until its turn had ended, or comes a
 * second time. It stops nothing, because the person meant what the draft showed.
 */
export function isPastStop(state: State, { message, stops }: Arrival, { channelOf }: Context): boolean {
  if (stops === undefined) return false;
  const turn = findOpenTurn(state);
  return turn === null || turn.stopping !== null || channelOf(message.from).draft?.stopId?.(turn.id) !== stops;
}

/** Stops all work without a word: waiting texts and the running turn wait for /retry. */
export function haltWork(state: State, ctx: Context): Decision {
  const { idle, turn } = dropQueued(state, ctx);
  return turn ? stopTurn(idle, turn, ctx) : noEffects(idle);
}

/** No attempt begins for somebody who is out: the machine isn't asked for it. */
export function haltUnserved(before: State, decision: Decision, ctx: Context): Decision {
  if (findBegun(before, decision.state) === null || isServed(decision.state, ctx)) return decision;
  return andThen(decision, (state) => haltWork(endAttempt(state, 'stopped', 'access', ctx), ctx));
}

/** Waiting texts, and those whose notice waited, start no turn. */
function dropQueued(state: State, ctx: Context): { idle: State; turn: Turn | null; stopped: Message[] } {
  const turn = findOpenTurn(state);
  const queued = [...findWaiting(state), ...findWaitingRuns(state)];
  // A second /stop belongs to the first: /retry brings back what both dropped.
  const stoppedAt = turn?.stopping ?? ctx.now;
  const kept = stopKeptBack(state, stoppedAt);
  const emptied = setMessages(kept.state, (m) => queued.includes(m), { state: 'failed', stoppedAt });
  const idle = withoutTimer(withoutTimer(emptied, 'gather'), 'waiting');
  return { idle, turn, stopped: [...kept.stopped, ...queued] };
}

export function stopTurn(state: State, turn: Turn, ctx: Context): Decision {
  const attempt = findOpenAttempt(state);
  const marked = withTurn(state, { ...turn, stopping: turn.stopping ?? ctx.now });
  const stopping = dropQuestions(marked, turn.id, ctx.now);
  // Without a machine nothing runs: it is still being created, or the one with the attempt is gone.
  const isOver = attempt === null || !isMachineReady(state);
  if (isOver) return closeTurn(noEffects(dropActive(endAttempt(stopping, 'stopped', '', ctx), ctx.now)), 'done', ctx);
  return askToStop(stopping, ctx);
}

/** Asks the machine to stop the open attempt; the timer asks again until the attempt has ended. */
export function askToStop(state: State, ctx: Context): Decision {
  const attempt = findOpenAttempt(state);
  if (!attempt) return noEffects(state);
  const { turn, n } = attempt;
  const again = withTimer(state, { kind: 'stop', ref: turn, dueAt: ctx.now + STOP_AGAIN_MS, attempts: 0 });
  // Sent even if the attempt's request is still unanswered: the machine may be at work on it, and doesn't begin an
  // attempt that it was told to stop.
  const effects: Effect[] = [{ do: 'interrupt', attempt: { turn, n } }];
  return { state: again, effects, log: [{ level: 'info', event: 'stop', ...namesOfTurn(state, turn), n }] };
}

/** Unanswered texts of a stopped turn wait for /retry. */
export const dropActive = (state: State, now: number): State =>
  setMessages(state, (m) => m.state === 'active', { state: 'failed', stoppedAt: now, tried: true, steered: false });
