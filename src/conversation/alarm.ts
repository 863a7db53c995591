import { findDueOutgoing, wantsHold, wantsSend } from './lanes.ts';
import { holdsMachine } from './machine/backup.ts';
import { isMachineReady, wantsMachine } from './machine/readiness.ts';
import { leavesAt } from './outbox/answer-on-file.ts';
import { waitsForCarrier } from './outbox/carrier-outage.ts';
import { headOf } from './outbox/replies.ts';
import { TIMER_FAILED_MAX_MS } from './policy/alerts.ts';
import { CALM_AFTER_MS, CALM_HEARTBEAT_MS, HEARTBEAT_MS } from './policy/turn.ts';
import type { State } from './state/state.ts';
import { findOpenAttempt, findOpenTurn, findTimer } from './state/state.ts';
import type { Timer } from './state/timers.ts';

// When the object wakes next. The alarm follows from rows alone, so a restart loses none.

export const hasWorkInFlight = (state: State, now: number): boolean =>
  findOpenAttempt(state) !== null || wantsSend(state, now) || wantsHold(state, now) || wantsMachine(state, now);

/** True if the attempt runs and has run for a while, or the machine only stays awake. */
function isCalm(state: State, now: number): boolean {
  if (wantsSend(state, now) || wantsMachine(state, now)) return false;
  const attempt = findOpenAttempt(state);
  if (attempt === null) return true;
  const turn = findOpenTurn(state);
  const isUndisturbed = attempt.state === 'running' && turn?.unreachableSince == null && turn?.stopping == null;
  return isUndisturbed && now - attempt.openedAt >= CALM_AFTER_MS;
}

/** The wait after a timer whose work failed. It doubles each time, up to an hour. */
export const waitAfter = ({ attempts }: Timer): number => Math.min(HEARTBEAT_MS * 2 ** attempts, TIMER_FAILED_MAX_MS);

/** The time of the next alarm, or null for none. The heartbeat looks again at a timer whose work is under way. */
export function findNextAlarm(state: State, now: number): number | null {
  const waits = waitsForCarrier(state);
  // While the conversation waits for the directory, the directory's answer or the `outage` timer comes before any
  // look-up.
  const due = state.timers.filter((t) => !(waits && t.kind === 'reconcile')).map((t) => t.dueAt);
  const tellAt = findOpenTurn(state)?.tellAt;
  if (tellAt) due.push(tellAt);
  const head = headOf(state);
  const putOff = Math.max(state.conversation.paceUntil, findTimer(state, 'send')?.dueAt ?? 0);
  if (head?.state === 'ready' && !waits) due.push(Math.max(putOff, leavesAt(state, head)));
  const later = due.map((at) => (at <= now ? now + HEARTBEAT_MS : at));
  if (hasWorkInFlight(state, now)) later.push(now + (isCalm(state, now) ? CALM_HEARTBEAT_MS : HEARTBEAT_MS));
  if (holdsMachine(state) && isMachineReady(state)) later.push(now + CALM_HEARTBEAT_MS);
  if (findDueOutgoing(state, now)) later.push(now + HEARTBEAT_MS);
  return later.length === 0 ? null : Math.min(...later);
}
