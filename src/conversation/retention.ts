import { DAY, HOUR, MINUTE } from '../units.ts';
import { noEffects } from './state/decision.ts';
import type { Context, Decision, Event } from './state/events.ts';
import { findTimer, type State, withoutTimer, withTimer } from './state/state.ts';

// Old texts are emptied where the deployment wants that (RETENTION_DAYS). The rows stay: they say what arrived and what
// it cost. One timer waits for the oldest text, so a conversation without texts has none. The object's store does the
// work (objects/stores/retention-store.ts), because the rows are many and no decision needs them.

/** Texts are looked through once a day at most, so they are emptied up to a day late. */
const LOOK_MS = DAY;
/** The rest of many old texts follows after this. */
const GO_ON_MS = MINUTE;
/** If the object ended meanwhile, the work is done again after this. */
const AGAIN_MS = HOUR;

/** Sets the timer with the first text that it should wait for. */
export function keepRetention(before: State, decision: Decision, ctx: Context): Decision {
  const { state } = decision;
  if (ctx.policy.retentionMs == null || findTimer(state, 'empty')) return decision;
  const isWritten =
    state.messages !== before.messages || state.conversation.nextReplySeq !== before.conversation.nextReplySeq;
  return isWritten ? { ...decision, state: wakeAt(state, ctx.now + LOOK_MS) } : decision;
}

/** The timer fired. Without a limit any more, it ends. */
export function emptyTexts(state: State, { now, policy }: Context): Decision {
  const { retentionMs } = policy;
  if (retentionMs == null) return noEffects(withoutTimer(state, 'empty'));
  return { ...noEffects(wakeAt(state, now + AGAIN_MS)), effects: [{ do: 'empty', before: now - retentionMs }] };
}

/** Old texts were emptied. The timer waits for the next ones. */
export function onEmptied(
  state: State,
  { oldestAt, isCut }: Extract<Event, { type: 'emptied' }>,
  { now, policy }: Context,
): State {
  if (isCut) return wakeAt(state, now + GO_ON_MS);
  if (oldestAt === null || policy.retentionMs == null) return withoutTimer(state, 'empty');
  return wakeAt(state, Math.max(now + LOOK_MS, oldestAt + policy.retentionMs));
}

const wakeAt = (state: State, dueAt: number): State => withTimer(state, { kind: 'empty', ref: '', dueAt, attempts: 0 });
