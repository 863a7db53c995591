import { findDueOutgoing, wantsHold, wantsSend } from './lanes.ts';
import { holdsMachine } from './machine/backup.ts';
import { isMachineReady, wantsMachine } from './machine/readiness.ts';
import { waitsForCarrier } from './outbox/carrier-outage.ts';
import { headOf } from './outbox/replies.ts';
import { HEARTBEAT_MS } from './policy/turn.ts';
import type { State } from './state/state.ts';
import { findOpenAttempt, findOpenTurn, findTimer } from './state/state.ts';
// When the object wakes next. It follows from rows alone, so a restart loses no alarm.

export const hasWorkInFlight = (state: State, now: number): boolean =>
  findOpenAttempt(state) !== null || wantsSend(state, now) || wantsHold(state, now) || wantsMachine(state, now);

/** The moment of the next alarm, or null for none. A timer whose work is under way is looked at again by the heartbeat. */
export function findNextAlarm(state: State, now: number): number | null {
  const waits = waitsForCarrier(state);
  // The directory's word comes first, or the timer that asks for it.
  const due = state.timers.filter((t) => !(waits && t.kind === 'reconcile')).map((t) => t.dueAt);
  const tellAt = findOpenTurn(state)?.tellAt;
  if (tellAt) due.push(tellAt);
  const putOff = Math.max(state.conversation.paceUntil, findTimer(state, 'send')?.dueAt ?? 0);
  if (headOf(state)?.state === 'ready' && !waits) due.push(putOff);
  if (holdsMachine(state) && isMachineReady(state)) due.push(now);
  const later = due.map((at) => (at <= now ? now + HEARTBEAT_MS : at));
  if (hasWorkInFlight(state, now)) later.push(now + HEARTBEAT_MS);
  if (findDueOutgoing(state, now)) later.push(now + HEARTBEAT_MS);
  return later.length === 0 ? null : Math.min(...later);
}
