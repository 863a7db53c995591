import {
  ATTEMPT_RETRY_MAX_MS,
  ATTEMPT_RETRY_MS,
  ATTEMPTS_MAX,
  CRASHES_APART_MS,
  CRASHES_MAX,
  RESTARTS_MAX,
} from '../policy/turn.ts';
import type { Turn } from '../state/rows.ts';
import { type State, withTurn } from '../state/state.ts';

// How often a turn is tried again. A crash of the agent uses up a try, because the next attempt comes to the same point; a
// restart of the machine does not, but a turn that takes the machine down with it must come to an end too.

/** What the last attempt came to its end by, as the machine or the relay says. */
export type Ended = { outcome: string; reason: string; cause?: string | undefined };

/** The machine ended under the attempt: its server was restarted, or its memory is another's. */
const isRestart = ({ outcome, cause }: Ended): boolean => outcome === 'lost' || cause === 'restarted';

/** The turn with the end of its attempt counted. */
export const counted = (turn: Turn, ended: Ended): Turn =>
  isRestart(ended) ? { ...turn, restarts: turn.restarts + 1 } : { ...turn, crashes: turn.crashes + 1 };

/** Why there is no further attempt, or null. */
export function usedUp({ crashes, restarts, attempts }: Turn): 'tries' | 'restarts' | null {
  if (crashes >= CRASHES_MAX) return 'tries';
  if (restarts >= RESTARTS_MAX) return 'restarts';
  if (attempts < ATTEMPTS_MAX) return null;
  return crashes > 0 ? 'tries' : 'restarts';
}

/** How long the next attempt waits: a cut is usually a restart that is over, so the first does not. */
export const waitBefore = ({ attempts }: Turn): number =>
  attempts <= 1 ? 0 : Math.min(ATTEMPT_RETRY_MS * 2 ** (attempts - 2), ATTEMPT_RETRY_MAX_MS);

/** An answer came: what goes wrong from here on goes wrong elsewhere. */
export function gotOn(state: State, turn: Turn): State {
  return turn.crashes === 0 && turn.restarts === 0 ? state : withTurn(state, { ...turn, crashes: 0, restarts: 0 });
}

/** A tool came to its end. After a crash that alone says little: the same few steps may lead to it again. */
export function stepped(state: State, turn: Turn, workedMs: number): State {
  const crashes = workedMs >= CRASHES_APART_MS ? 0 : turn.crashes;
  if (turn.restarts === 0 && crashes === turn.crashes) return state;
  return withTurn(state, { ...turn, restarts: 0, crashes });
}
