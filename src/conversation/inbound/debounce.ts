import { GATHER_COMPLETE_MS, GATHER_MAX_MS, LONG_TEXT_CHARS } from '../policy/turn.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findWaiting } from '../state/messages.ts';
import type { Message } from '../state/rows.ts';
import { findOpenTurn, type State, withTimer } from '../state/state.ts';
import { queueModeOf, startTurn } from '../turn/queue.ts';
import { joinTurn } from '../turn/steer.ts';

// Texts sent in quick succession become one prompt: a turn starts once the burst is complete.

/** A text came while no turn runs. The turn starts now, or when the burst is complete (timer `gather`). */
export function debounce(state: State, ctx: Context): Decision {
  const ahead = findWaiting(state);
  const until = burstEndsAt(ahead, ctx.policy.gatherMs);
  const isAlone = queueModeOf(state, ctx.policy) === 'queue' || ahead.some((m) => m.action !== null);
  if (ctx.policy.gatherMs === 0 || isAlone || until <= ctx.now) return askAside(startTurn(state, ctx), ctx);
  return noEffects(withTimer(state, { kind: 'gather', ref: '', dueAt: until, attempts: 0 }));
}

/** When the burst of these messages (oldest first) is complete, if the person must be quiet for `quietMs`. */
function burstEndsAt(messages: readonly Message[], quietMs: number): number {
  const first = messages[0];
  const last = messages[messages.length - 1];
  if (!first || !last) return 0;
  const isComplete = last.text.length >= LONG_TEXT_CHARS || /[.!?…。！？]["'”’)\]]*\s*$/u.test(last.text);
  const quiet = last.attachments > 0 ? 0 : isComplete ? Math.min(quietMs, GATHER_COMPLETE_MS) : quietMs;
  return Math.min(last.receivedAt + quiet, first.receivedAt + GATHER_MAX_MS);
}

/** A side question that waits behind the texts of the new turn is asked beside that turn at once. */
function askAside(started: Decision, ctx: Context): Decision {
  return andThen(started, (state) => {
    const aside = findWaiting(state).find((m) => m.action === 'aside');
    return aside && findOpenTurn(state) ? joinTurn(state, aside, ctx) : noEffects(state);
  });
}
