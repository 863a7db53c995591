import type { Policy } from '../policy/policy.ts';
import { DEEP_TURN_MS } from '../policy/turn.ts';
import type { Turn } from '../state/rows.ts';
// How long an attempt may take.

/** Wall clock of an attempt. */
export const timeLimitOf = (turn: Pick<Turn, 'deep'>, policy: Policy): number =>
  turn.deep ? DEEP_TURN_MS : policy.turnMs;
