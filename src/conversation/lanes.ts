import { isMachineReady, wantsAwake } from './machine/readiness.ts';
import { findDueNews, waitsForCarrier } from './outbox/carrier-outage.ts';
import { findSendable } from './outbox/outbox.ts';
import { headOf } from './outbox/replies.ts';
import { findFileToBring, hasPendingFiles } from './state/attachments.ts';
import type { OutgoingFile } from './state/outgoing-file.ts';
import type { Reply } from './state/rows.ts';
import { findOpenAttempt, findOpenTurn, findTimer, type State } from './state/state.ts';
import type { Timer } from './state/timers.ts';

// Which lanes a state wants. The answer follows from rows alone: if a restart loses a lane, the next alarm starts it
// again.

/** True if the event stream of the open attempt should be open now. */
export function wantsAttach(state: State, now: number): boolean {
  if (!isMachineReady(state)) return false;
  const reach = findTimer(state, 'reach');
  const attempt = findOpenAttempt(state);
  // The machine needs the files before a request for an attempt that names them.
  const lacks = attempt?.state === 'requested' && findOpenTurn(state)?.stopping == null && hasPendingFiles(state);
  return attempt !== null && !lacks && !(reach && reach.dueAt > now);
}

/** True if the machine should stay awake without an attempt: deep work is open, or a run is near. */
export const wantsHold = (state: State, now: number): boolean => isMachineReady(state) && wantsAwake(state, now);

/** True if a file should go to the machine now. */
export const wantsFiles = (state: State, now: number): boolean =>
  isMachineReady(state) && findFileToBring(state, now) !== null;

/** The send lane has work: send the head, look up an unknown outcome, or recover a reply stuck in `sending`. */
export function wantsSend(state: State, now: number): boolean {
  const reply = headOf(state);
  return findSendable(state, now) !== null || reply?.state === 'sending' || findDueLookUp(state, now) !== null;
}

/** The head of the outbox, if its outcome is unknown and it is time to read the carrier's list. */
export function findDueLookUp(state: State, now: number): Reply | null {
  const reply = headOf(state);
  const timer = findTimer(state, 'reconcile');
  const isDue = !waitsForCarrier(state) && (!timer || timer.dueAt <= now);
  return reply?.state === 'unknown' && isDue ? reply : null;
}

/** True if the directory should hear now that an outage of the carrier began or ended. */
export const wantsOutage = (state: State, now: number): boolean => findDueNews(state, now) !== null;

/** The alerts that are due for the operator. */
export const findDueAlerts = (state: State, now: number): Timer[] =>
  state.timers.filter((t) => t.kind === 'alert' && t.dueAt <= now);

/** The outgoing file to fetch or remove now. */
export function findDueOutgoing(state: State, now: number): OutgoingFile | null {
  const waits = (id: string): boolean =>
    state.timers.some((t) => t.kind === 'outgoing' && t.ref === id && t.dueAt > now);
  const canFetch = isMachineReady(state);
  return state.outgoing.find((f) => ((f.state === 'wanted' && canFetch) || f.state === 'over') && !waits(f.id)) ?? null;
}
