import { findFileToBring } from '../state/attachments.ts';
import type { State } from '../state/state.ts';
import { findOpenAttempt, findOpenTurn, findTimer } from '../state/state.ts';
import { holdsMachine } from './backup.ts';
// Whether a conversation needs its machine, whether it is ready, and when it may sleep. All of it follows from rows.

/** True if there is a machine to call, even a sleeping one. The shared machine is always there. */
export const isMachineReady = ({ machine }: State): boolean => machine === null || machine.step === 'ready';

/** True if the machine has work now or in a moment. */
export const needsMachine = (state: State, now: number): boolean =>
  findOpenTurn(state) !== null ||
  state.messages.some((m) => m.state === 'waiting') ||
  wantsAwake(state, now) ||
  findFileToBring(state, now) !== null ||
  // Never create a machine for this: the file was on the machine we lost.
  (state.machine?.step === 'ready' && fileToFetch(state, now));

/** True if our stream or call keeps the machine awake, or will once the machine is ready. */
export const isAtWork = (state: State): boolean => findOpenTurn(state) !== null || holdsMachine(state);

/** True if it is time to call the provider: to create or change the machine, or to ask about it. */
export function wantsMachine(state: State, now: number): boolean {
  const { machine } = state;
  // No machine is made for a conversation that is being deleted.
  if (machine === null || machine.refusal !== null || state.conversation.forgetting !== null) return false;
  const waits = (findTimer(state, 'machine')?.dueAt ?? 0) > now;
  if (machine.step !== 'ready') return !waits && (machine.image !== null || needsMachine(state, now));
  return (machine.doubtedSince !== null && !waits) || isSleepDue(state, now);
}

export const isSleepDue = (state: State, now: number): boolean =>
  (findTimer(state, 'sleep')?.dueAt ?? Number.POSITIVE_INFINITY) <= now;

export const wantsAwake = (state: State, now: number): boolean =>
  findOpenAttempt(state) === null && (state.conversation.deep !== null || isRunNear(state, now));

/** Ignores runs of a person who opted out. */
const isRunNear = ({ conversation, timers }: State, now: number): boolean =>
  conversation.optedOutAt === null && timers.some((t) => t.kind === 'wake' && t.dueAt <= now);

/** True if a file that the agent sends is still on the machine. */
const fileToFetch = (state: State, now: number): boolean =>
  state.outgoing.some(
    (f) => f.state === 'wanted' && !state.timers.some((t) => t.kind === 'outgoing' && t.ref === f.id && t.dueAt > now),
  );
