import { decideAttempt, watchAttempt } from './attempts.ts';
import type { Context, Decision, Event } from './event.ts';
import { beginAttempt, onGathered, onMessage } from './messages.ts';
import { decideOutbox } from './outbox.ts';
import { type Policy, TYPING_REFRESH_MS } from './policy.ts';
import { openAttempt, type State, showsTyping, type Timer, withoutTimer } from './state.ts';

// The one decision: what was, what happened → what is, and what to do about it. Pure: no clock, no storage, no network.
// The object loads the state, commits what comes out in one transaction, and performs the effects after it.

export function decide(state: State, event: Event, ctx: Context, policy: Policy): Decision {
  switch (event.type) {
    case 'message':
      return onMessage(state, event.message, ctx, policy.gatherMs);
    case 'timer':
      return onTimer(state, event.timer, ctx);
    case 'heartbeat':
      return onHeartbeat(state, ctx, policy.turnMs);
    case 'attempt-taken':
    case 'attached':
    case 'unreachable':
    case 'attempt-lost':
    case 'attempt-refused':
    case 'machine':
      return decideAttempt(state, event, ctx);
    default:
      return decideOutbox(state, event, ctx);
  }
}

/** A timer is only a wake-up: what is done depends on what is true now. Lanes settle the timers they wait for. */
function onTimer(state: State, timer: Timer, ctx: Context): Decision {
  const settled = withoutTimer(state, timer.kind, timer.ref);
  switch (timer.kind) {
    case 'gather':
      return onGathered(settled, ctx);
    case 'attempt':
      return openAttempt(settled) ? { state: settled, effects: [], log: [] } : beginAttempt(settled, ctx);
    case 'send':
      return { state: settled, effects: [], log: [] };
    case 'reach':
    case 'reconcile':
      return { state, effects: [], log: [] };
  }
}

function onHeartbeat(state: State, ctx: Context, turnMs: number): Decision {
  const watched = watchAttempt(state, ctx, turnMs);
  const typing = keepTyping(watched.state, ctx.now);
  return { ...typing, effects: [...watched.effects, ...typing.effects], log: watched.log };
}

/** The carrier shows typing for a short while only; shown again as long as the agent works. */
function keepTyping(state: State, now: number): Decision {
  const { lastInboundId, typingAt } = state.conversation;
  if (!openAttempt(state) || lastInboundId === null || !showsTyping(state) || now - typingAt < TYPING_REFRESH_MS) {
    return { state, effects: [], log: [] };
  }
  const conversation = { ...state.conversation, typingAt: now };
  return { state: { ...state, conversation }, effects: [{ do: 'typing', messageId: lastInboundId }], log: [] };
}
