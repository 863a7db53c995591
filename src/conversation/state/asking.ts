// A question that the product itself asks the person, as the conversation's row keeps it (questions/own-prompts.ts).

/** `passed`: the person has written of something else since, so that a short word is no answer any more. */
export type Asking = { id: string; at: number; passed?: true } & (
  | {
      ask: 'zone';
      /** The command that needs the zone, as it was texted. */
      pending: string;
      /** As they were offered. */
      zones: readonly string[];
    }
  /** Whether the schedules of the one zone move to the other. */
  | { ask: 'move'; from: string; to: string }
);
