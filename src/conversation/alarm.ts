import { findDueOutgoing, wantsHold, wantsSend } from './lanes.ts';
import { holdsMachine } from './machine/backup.ts';
import { isMachineReady, wantsMachine } from './machine/readiness.ts';
import { waitsForCarrier } from './outbox/carrier-outage.ts';
import { headOf } from './outbox/replies.ts';
import { HEARTBEAT_MS } from './policy/turn.ts';
import type { State } from './state/state.ts';
import { findOpenAttempt, findOpenTurn, findTimer } from './state/state.ts';
// When the object wakes next. The alarm follows from rows alone, so a restart loses none.

export const hasWorkInFlight = (state: State, now: number): boolean =>
  findOpenAttempt(state) !== null || wantsSend(state, now) || wantsHold(state, now) || wantsMachine(state, now);

/** The time of the next alarm, or null for none. The heartbeat looks again at a timer whose work is under way. */
export function findNextAlarm(state: State, now: number): number | null {
  const waits = waitsForCarrier(state);
  // While the conversation waits for the directory, the directory's answer or the `outage` timer comes before any
  // look-up.
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
