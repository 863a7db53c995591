import type { What } from './happening.ts';
import { findOpenTurn, type State, withTurn } from './state.ts';

// What happens in a turn beside its attempts and leaves no row of its own. The turn's row keeps it, for the operator's
// time line.

/** Kept in a turn's row: the newest. Days of deep work may compact often. */
export const HAPPENINGS_MAX = 20;

/** Adds it to the open turn, if there is one. */
export function noteHappening(state: State, what: What, at: number): State {
  const turn = findOpenTurn(state);
  if (!turn) return state;
  return withTurn(state, { ...turn, happened: [...(turn.happened ?? []), { what, at }].slice(-HAPPENINGS_MAX) });
}
