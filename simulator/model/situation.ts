// The input of an ability of the demo model, and its possible answers.

import type { Picture } from './received.ts';

export type Outcome = { tool: string; input: Record<string, unknown>; text: string; failed: boolean };
export type Situation = {
  tools: ReadonlySet<string>;
  /** The agent's working folder; null when unknown. */
  folder: string | null;
  /** The person's texts before this one, oldest first. */
  earlier: readonly string[];
  /** The visible attachments of this text. */
  pictures: readonly Picture[];
  /** The results of the tools used for this text, oldest first. */
  outcomes: readonly Outcome[];
};
export type Step = { do: 'say'; text: string } | { do: 'use'; tool: string; input: Record<string, unknown> };
