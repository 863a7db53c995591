import { isMachineReady, wantsAwake } from './machine/readiness.ts';
import { findDueNews, waitsForCarrier } from './outbox/carrier-outage.ts';
import { findSendable } from './outbox/outbox.ts';
import { headOf } from './outbox/replies.ts';
import { findFileToBring, hasPendingFiles } from './state/attachments.ts';
import type { OutgoingFile } from './state/outgoing-file.ts';
import type { Reply } from './state/rows.ts';
import { findOpenAttempt, findOpenTurn, findTimer, type State } from './state/state.ts';
import type { Timer } from './state/timers.ts';

// Which lanes a state wants. It follows from rows alone, so a restart or a
// lost lane changes nothing: the next alarm starts what is wanted and missing.

/** The event stream of the open attempt is to be held now. */
export function wantsAttach(state: State, now: number): boolean {
  if (!isMachineReady(state)) return false;
  const reach = findTimer(state, 'reach');
  const attempt = findOpenAttempt(state);
  // The machine must have the files before it is asked for an attempt that names them.
  const lacks = attempt?.state === 'requested' && findOpenTurn(state)?.stopping == null && hasPendingFiles(state);
  return attempt !== null && !lacks && !(reach && reach.dueAt > now);
}

/** The machine is to be awake although no attempt runs there: the person is at work with it, or a run is near. */
export const wantsHold = (state: State, now: number): boolean => isMachineReady(state) && wantsAwake(state, now);

/** A file is to be brought to the machine now. */
export const wantsFiles = (state: State, now: number): boolean =>
  isMachineReady(state) && findFileToBring(state, now) !== null;

/** The send lane has work: send the head, look up an unknown outcome, or recover a reply stuck in `sending`. */
export function wantsSend(state: State, now: number): boolean {
  const reply = headOf(state);
  return findSendable(state, now) !== null || reply?.state === 'sending' || findDueLookUp(state, now) !== null;
}

/** The head of unknown outcome that the carrier's list is to be asked about now. */
export function findDueLookUp(state: State, now: number): Reply | null {
  const reply = headOf(state);
  const timer = findTimer(state, 'reconcile');
  const isDue = !waitsForCarrier(state) && (!timer || timer.dueAt <= now);
  return reply?.state === 'unknown' && isDue ? reply : null;
}

/** The directory is to hear of an outage of the carrier now, or that it is over. */
export const wantsOutage = (state: State, now: number): boolean => findDueNews(state, now) !== null;

/** The alerts that are due for the operator. */
export const findDueAlerts = (state: State, now: number): Timer[] =>
  state.timers.filter((t) => t.kind === 'alert' && t.dueAt <= now);

/** The file that is to be fetched or removed now. */
export function findDueOutgoing(state: State, now: number): OutgoingFile | null {
  const waits = (id: string): boolean =>
    state.timers.some((t) => t.kind === 'outgoing' && t.ref === id && t.dueAt > now);
  const canFetch = isMachineReady(state);
  return state.outgoing.find((f) => ((f.state === 'wanted' && canFetch) || f.state === 'over') && !waits(f.id)) ?? null;
}
