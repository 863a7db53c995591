import { holdsMachine } from './machine/backup.ts';
import { newsDue, waitsForCarrier } from './outbox/carrier-outage.ts';
import { sendable } from './outbox/outbox.ts';
import { head } from './outbox/replies.ts';
import { HEARTBEAT_MS } from './policy/turn.ts';
import { filesPending, fileToBring } from './state/attachments.ts';
import type { OutgoingFile } from './state/outgoing-file.ts';
import type { Reply } from './state/rows.ts';
import { findTimer, openAttempt, openTurn, type State } from './state/state.ts';
import type { Timer } from './state/timers.ts';

// What should be running for a state, and when the object must wake. Both follow from rows alone, so a restart or a
// lost lane changes nothing: the next alarm starts what is wanted and missing.

/** There is a machine to talk to; it may sleep. Without a row of its own the conversation shares one that is always there. */
export const isMachineReady = ({ machine }: State): boolean => machine === null || machine.step === 'ready';

/** Something is to be done there, now or in a moment. */
export const needsMachine = (state: State, now: number): boolean =>
  openTurn(state) !== null ||
  state.messages.some((m) => m.state === 'waiting') ||
  wantsAwake(state, now) ||
  fileToBring(state, now) !== null ||
  // None is made for it: the file was on the one that is gone.
  (state.machine?.step === 'ready' && fileToFetch(state, now));

/** It is kept awake by a stream or a call of ours, or will be as soon as it is there. */
export const atWork = (state: State): boolean => openTurn(state) !== null || holdsMachine(state);

/** The provider of the machine is to be called now: to make or change it, or to ask what became of it. */
export function wantsMachine(state: State, now: number): boolean {
  const { machine } = state;
  if (machine === null || machine.refusal !== null) return false;
  const waits = (findTimer(state, 'machine')?.dueAt ?? 0) > now;
  if (machine.step !== 'ready') return !waits && (machine.image !== null || needsMachine(state, now));
  return (machine.doubtedSince !== null && !waits) || sleepDue(state, now);
}

/** It should be asleep by now. */
export const sleepDue = (state: State, now: number): boolean =>
  (findTimer(state, 'sleep')?.dueAt ?? Number.POSITIVE_INFINITY) <= now;

/** The event stream of the open attempt is to be held now. */
export function wantsAttach(state: State, now: number): boolean {
  if (!isMachineReady(state)) return false;
  const reach = findTimer(state, 'reach');
  const attempt = openAttempt(state);
  // The machine must have the files before it is asked for an attempt that names them.
  const lacks = attempt?.state === 'requested' && openTurn(state)?.stopping == null && filesPending(state);
  return attempt !== null && !lacks && !(reach && reach.dueAt > now);
}

/** The machine is to be awake although no attempt runs there: the person is at work with it, or a run is near. */
export const wantsHold = (state: State, now: number): boolean => isMachineReady(state) && wantsAwake(state, now);

const wantsAwake = (state: State, now: number): boolean =>
  openAttempt(state) === null && (state.conversation.deepProject !== null || isRunNear(state, now));

/** Runs for somebody who wants nothing are left out. */
const isRunNear = ({ conversation, timers }: State, now: number): boolean =>
  conversation.optedOutAt === null && timers.some((t) => t.kind === 'wake' && t.dueAt <= now);

/** A file is to be brought to the machine now. */
export const wantsFiles = (state: State, now: number): boolean =>
  isMachineReady(state) && fileToBring(state, now) !== null;

/** The outbox has something to do now: hand the head over, look up what became of it, or take it from a dead sender. */
export function wantsSend(state: State, now: number): boolean {
  const reply = head(state);
  return sendable(state, now) !== null || reply?.state === 'sending' || lookUpDue(state, now) !== null;
}

/** The head of unknown outcome that the carrier's list is to be asked about now. */
export function lookUpDue(state: State, now: number): Reply | null {
  const reply = head(state);
  const timer = findTimer(state, 'reconcile');
  const isDue = !waitsForCarrier(state) && (!timer || timer.dueAt <= now);
  return reply?.state === 'unknown' && isDue ? reply : null;
}

/** The directory is to hear of an outage of the carrier now, or that it is over. */
export const wantsOutage = (state: State, now: number): boolean => newsDue(state, now) !== null;

/** The alerts that are due for the operator. */
export const alertsDue = (state: State, now: number): Timer[] =>
  state.timers.filter((t) => t.kind === 'alert' && t.dueAt <= now);

/** The file that is to be fetched or removed now. */
export function outgoingDue(state: State, now: number): OutgoingFile | null {
  const waits = (id: string): boolean =>
    state.timers.some((t) => t.kind === 'outgoing' && t.ref === id && t.dueAt > now);
  const canFetch = isMachineReady(state);
  return state.outgoing.find((f) => ((f.state === 'wanted' && canFetch) || f.state === 'over') && !waits(f.id)) ?? null;
}

/** A file that the agent sends is still on the machine. */
const fileToFetch = (state: State, now: number): boolean =>
  state.outgoing.some(
    (f) => f.state === 'wanted' && !state.timers.some((t) => t.kind === 'outgoing' && t.ref === f.id && t.dueAt > now),
  );

export const inFlight = (state: State, now: number): boolean =>
  openAttempt(state) !== null || wantsSend(state, now) || wantsHold(state, now) || wantsMachine(state, now);

/** The moment of the next alarm, or null for none. A timer whose work is under way is looked at again by the heartbeat. */
export function nextAlarm(state: State, now: number): number | null {
  const waits = waitsForCarrier(state);
  // The directory's word comes first, or the timer that asks for it.
  const due = state.timers.filter((t) => !(waits && t.kind === 'reconcile')).map((t) => t.dueAt);
  const tellAt = openTurn(state)?.tellAt;
  if (tellAt) due.push(tellAt);
  const putOff = Math.max(state.conversation.paceUntil, findTimer(state, 'send')?.dueAt ?? 0);
  if (head(state)?.state === 'ready' && !waits) due.push(putOff);
  if (holdsMachine(state) && isMachineReady(state)) due.push(now);
  const later = due.map((at) => (at <= now ? now + HEARTBEAT_MS : at));
  if (inFlight(state, now)) later.push(now + HEARTBEAT_MS);
  if (outgoingDue(state, now)) later.push(now + HEARTBEAT_MS);
  return later.length === 0 ? null : Math.min(...later);
}
