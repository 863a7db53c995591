import { WAKE_AHEAD_MS, WAKE_SPREAD_MS } from '../policy/schedules.ts';
import type { Decision } from '../state/events.ts';
import { noteHappening } from '../state/happenings.ts';
import { findOpenTurn, type State } from '../state/state.ts';

// Which turn a machine was woken for, for the operator's time line. The row of the machine knows only the last time.

/** Runs after every decision. Writes nothing where the turn's row isn't written anyway, except when a machine was made. */
export function noteWake(before: State, decision: Decision): Decision {
  const { state } = decision;
  const { machine } = state;
  const turn = findOpenTurn(state);
  if (!turn || machine?.awakeSince == null) return decision;
  const isFirst = findOpenTurn(before) === null;
  if (!isFirst && before.machine?.awakeSince === machine.awakeSince) return decision;
  const texts = state.messages.filter((m) => m.turn === turn.id).map((m) => m.receivedAt);
  const ahead = turn.run === null ? 0 : WAKE_AHEAD_MS + WAKE_SPREAD_MS;
  const since = Math.min(turn.openedAt, ...texts) - ahead;
  if (machine.awakeSince < since) return decision;
  const step = before.machine?.step;
  // Its image was changed, and it came up again.
  if (step === 'revert') return decision;
  // A machine that was lost is made again under its name.
  const what = machine.createdAt >= since || step === 'health' ? 'machine-made' : 'machine-woken';
  return { ...decision, state: noteHappening(state, what, machine.awakeSince) };
}
