import { findFileToBring } from '../state/attachments.ts';
import type { State } from '../state/state.ts';
import { findOpenAttempt, findOpenTurn, findTimer } from '../state/state.ts';
import { holdsMachine } from './backup.ts';
// Whether a conversation needs its machine, whether it is ready, and when it may sleep. All of it follows from rows.

/** There is a machine to talk to; it may sleep. Without a row of its own the conversation shares one that is always there. */
export const isMachineReady = ({ machine }: State): boolean => machine === null || machine.step === 'ready';

/** Something is to be done there, now or in a moment. */
export const needsMachine = (state: State, now: number): boolean =>
  findOpenTurn(state) !== null ||
  state.messages.some((m) => m.state === 'waiting') ||
  wantsAwake(state, now) ||
  findFileToBring(state, now) !== null ||
  // Never create a machine for this: the file was on the machine we lost.
  (state.machine?.step === 'ready' && fileToFetch(state, now));

/** It is kept awake by a stream or a call of ours, or will be as soon as it is there. */
export const isAtWork = (state: State): boolean => findOpenTurn(state) !== null || holdsMachine(state);

/** The provider of the machine is to be called now: to make or change it, or to ask what became of it. */
export function wantsMachine(state: State, now: number): boolean {
  const { machine } = state;
  if (machine === null || machine.refusal !== null) return false;
  const waits = (findTimer(state, 'machine')?.dueAt ?? 0) > now;
  if (machine.step !== 'ready') return !waits && (machine.image !== null || needsMachine(state, now));
  return (machine.doubtedSince !== null && !waits) || isSleepDue(state, now);
}

/** It should be asleep by now. */
export const isSleepDue = (state: State, now: number): boolean =>
  (findTimer(state, 'sleep')?.dueAt ?? Number.POSITIVE_INFINITY) <= now;

export const wantsAwake = (state: State, now: number): boolean =>
  findOpenAttempt(state) === null && (state.conversation.deepProject !== null || isRunNear(state, now));

/** Runs for somebody who wants nothing are left out. */
const isRunNear = ({ conversation, timers }: State, now: number): boolean =>
  conversation.optedOutAt === null && timers.some((t) => t.kind === 'wake' && t.dueAt <= now);

/** A file that the agent sends is still on the machine. */
const fileToFetch = (state: State, now: number): boolean =>
  state.outgoing.some(
    (f) => f.state === 'wanted' && !state.timers.some((t) => t.kind === 'outgoing' && t.ref === f.id && t.dueAt > now),
  );
