import type { GitPermission } from '../../git/permissions.ts';
import type { JoinHow } from '../../input/access-command.ts';

// An own prompt, as stored in the conversation's row (questions/own-prompts.ts).

/** `passed`: the person has texted about something else since, so a short word no longer answers the prompt. */
export type Asking = { id: string; at: number; passed?: true } & (
  | {
      ask: 'zone';
      /** The command that needs the zone, as texted. */
      pending: string;
      /** In the order offered. */
      zones: readonly string[];
    }
  /** Asks whether schedules move from one zone to the other. */
  | { ask: 'move'; from: string; to: string }
  /** Asks for the word that confirms /forget. `carrier`: the carrier's copies too. */
  | { ask: 'forget'; carrier: boolean }
  /** Asks whether a misspelt command was meant like this. */
  | { ask: 'meant'; says: string }
  /** Asks whether the agent may do this in the project's repository. */
  | { ask: 'permission'; project: string; permission: GitPermission }
  /** Asks whether to take this address from the person. */
  | { ask: 'unlink'; address: string }
  /** Asks whether to make one conversation of this one and that of the code. The release before knows merges alone. */
  | { ask: 'join'; code: string; how?: JoinHow }
  /** Asks whether to merge a pull request as it is at this commit. */
  | { ask: 'merge'; project: string; number: number; head: string }
);
