import type { AccessChange } from '../input/access-command.ts';
import type { Role } from '../input/roles.ts';
import type { Usage } from '../money/cost.ts';

// What a replayed past consists of (local-replay.ts): data that `npm run demo` sends.

type Step = { name: string; ms: number; isError?: boolean };
type Request = { model: string; usage: Usage };

/**
 * A text at a time, and what happens to it. `steps`, `requests`: of the agent. `ends`: the turn is answered; it fails;
 * it still runs; or its machine doesn't answer. `fate`: of the replies.
 */
export type Scene = {
  at: number;
  text: string;
  progress?: string;
  steps?: Step[];
  requests?: Request[];
  answer?: string;
  /** From the text to the agent's first words, in milliseconds. */
  wordsAfterMs?: number;
  ends?: 'answered' | 'failed' | 'runs' | 'unreachable';
  stopsFor?: 'day';
  fate?: 'read' | 'delivered' | 'failed';
};

/** A person with a past. `until`: the end of the past, milliseconds since 1970. */
export type Past = {
  address: string;
  sender: string;
  name: string;
  admitted: { role: Role; budget: number | null } | null;
  scenes: Scene[];
  change: AccessChange | null;
  until: number;
};
