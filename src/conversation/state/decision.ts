import type { Log } from '../../log.ts';
import type { Decision } from './events.ts';
import type { State } from './state.ts';

// Builds and joins decisions: the new state, the effects that the object performs after its commit, and log lines.

/** This state without effects. */
export const noEffects = (state: State, ...log: Log[]): Decision => ({ state, effects: [], log });

/** Makes the next decision from the state of the first, and joins effects and log lines in order. */
export function andThen(first: Decision, next: (state: State) => Decision): Decision {
  const { state, effects, log } = next(first.state);
  return { state, effects: [...first.effects, ...effects], log: [...first.log, ...log] };
}
