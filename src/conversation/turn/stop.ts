import { isMachineReady } from '../machine/readiness.ts';
import { STOP_AGAIN_MS } from '../policy/turn.ts';
import { dropQuestions } from '../questions/questions.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Effect } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import type { Turn } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import { openAttempt, withTimer, withTurn } from '../state/state.ts';
import { closeTurn, endAttempt } from './queue.ts';
// How a turn is stopped: its questions are dropped, the machine is asked to end the attempt, and what was not answered waits for /retry.

export function stopTurn(state: State, turn: Turn, ctx: Context): Decision {
  const attempt = openAttempt(state);
  const marked = withTurn(state, { ...turn, stopping: turn.stopping ?? ctx.now });
  const stopping = dropQuestions(marked, turn.id, ctx.now);
  // Without a machine nothing runs: it is still being made, or the one that had the attempt is gone.
  const isOver = attempt === null || !isMachineReady(state);
  if (isOver) return closeTurn(noEffects(dropActive(endAttempt(stopping, 'stopped', ctx), ctx.now)), 'done', ctx);
  return askToStop(stopping, ctx);
}

/** Asks the machine to stop the open attempt; the timer asks again until the attempt has ended. */
export function askToStop(state: State, ctx: Context): Decision {
  const attempt = openAttempt(state);
  if (!attempt) return noEffects(state);
  const { turn, n } = attempt;
  const again = withTimer(state, { kind: 'stop', ref: turn, dueAt: ctx.now + STOP_AGAIN_MS, attempts: 0 });
  // Also one whose request is still unanswered: the machine may be at work on it, and does not begin one it was told to stop.
  const effects: Effect[] = [{ do: 'interrupt', attempt: { turn, n } }];
  return { state: again, effects, log: [{ level: 'info', event: 'stop', turn, n }] };
}

/** What a stopped turn did not answer waits for /retry. */
export const dropActive = (state: State, now: number): State =>
  setMessages(state, (m) => m.state === 'active', { state: 'failed', stoppedAt: now, tried: true, steered: false });
