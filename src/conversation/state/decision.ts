import type { Log } from '../../log.ts';
import type { Decision } from './events.ts';
import type { State } from './state.ts';

// How decisions are made and joined: the new state, the effects that the object performs after its commit, and lines for
// the log.

/** This state, and nothing for the object to perform. */
export const noEffects = (state: State, ...log: Log[]): Decision => ({ state, effects: [], log });

/** The next decision, made from the state of the first. Effects and log lines keep their order. */
export function andThen(first: Decision, next: (state: State) => Decision): Decision {
  const { state, effects, log } = next(first.state);
  return { state, effects: [...first.effects, ...effects], log: [...first.log, ...log] };
}
