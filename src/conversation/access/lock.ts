import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { lookForBudget } from '../spending/stops.ts';
import { accessOf, withAccess } from '../state/access.ts';
import type { LockReason } from '../state/access-row.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import type { State } from '../state/state.ts';
import { haltWork } from '../turn/stop.ts';

// Locks a conversation: work stops, nothing leaves but the sentence that says so, and no text is read but /unlock. What
// waits leaves after the unlock.

const said = texts.access;

export function lock(state: State, because: LockReason, ctx: Context): Decision {
  const locked = withAccess(state, { state: 'locked', because });
  return andThen(haltWork(locked, ctx), (idle) => noEffects(sayLocked(idle, ctx)));
}

/** Says that the conversation is locked, and how to unlock it. */
export function sayLocked(state: State, ctx: Context, ends: Ends = {}): State {
  const { because, pin } = accessOf(state);
  return sayAnyway(withAccess(state, { toldAt: ctx.now }), said.locked(because ?? 'asked', pin !== null), ctx, ends);
}

/** Our address and the writer's; by default those of the newest text that was read. */
export type Ends = { from?: string; to?: string };

/** Sends a sentence that leaves although the conversation is locked. */
export function sayAnyway(state: State, text: string, ctx: Context, ends: Ends = {}): State {
  const told = enqueue(state, 'notice', [text], ctx, ends);
  return withAccess(told, { word: told.replies.at(-1)?.id ?? null });
}

/**
 * Opens the conversation again. Replies that waited leave, and /retry brings back what was stopped. The sentence about
 * the lock stays named: it may be under way.
 */
export function unlock(state: State, ctx: Context): State {
  const open = withAccess(state, { state: 'in', because: null, wrong: 0, waitUntil: 0, refusedAt: null });
  return enqueue(lookForBudget(open, ctx), 'notice', [said.unlocked], ctx);
}
