import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findWaiting } from '../state/messages.ts';
import { findOpenTurn, type State, withTimer } from '../state/state.ts';
import { burstEndsAt } from '../turn/burst.ts';
import { queueModeOf, startTurn } from '../turn/queue.ts';
import { joinTurn } from '../turn/steer.ts';

// Texts sent in quick succession become one turn. It starts at once, or when the burst looks complete.

/** A text came while no turn runs. The turn starts now, or when the burst is complete (timer `gather`). */
export function debounce(state: State, ctx: Context): Decision {
  const ahead = findWaiting(state);
  const until = burstEndsAt(ahead, ctx.policy.gatherMs);
  const isAlone = queueModeOf(state, ctx.policy) === 'queue' || ahead.some((m) => m.action !== null);
  if (ctx.policy.gatherMs === 0 || isAlone || until <= ctx.now) return askAside(startTurn(state, ctx), ctx);
  return noEffects(withTimer(state, { kind: 'gather', ref: '', dueAt: until, attempts: 0 }));
}

/** A side question that waits behind the texts of the new turn is asked beside that turn at once. */
function askAside(started: Decision, ctx: Context): Decision {
  return andThen(started, (state) => {
    const aside = findWaiting(state).find((m) => m.action === 'aside');
    return aside && findOpenTurn(state) ? joinTurn(state, aside, ctx) : noEffects(state);
  });
}
