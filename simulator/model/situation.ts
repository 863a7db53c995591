// What an ability of the demo model can see, and what it can do next.

import type { Picture } from './received.ts';

export type Outcome = { tool: string; input: Record<string, unknown>; text: string; failed: boolean };
export type Situation = {
  tools: ReadonlySet<string>;
  /** The folder the agent works in, null when it was not told. */
  folder: string | null;
  /** The person's texts before this one, oldest first. */
  earlier: readonly string[];
  /** What was sent with this text and can be seen. */
  pictures: readonly Picture[];
  /** What the tools used for this text returned, oldest first. */
  outcomes: readonly Outcome[];
};
export type Step = { do: 'say'; text: string } | { do: 'use'; tool: string; input: Record<string, unknown> };
