import * as z from 'zod/mini';
import { STEPS_CHARS, STEPS_MAX } from './limits.ts';

// The steps of an attempt: its tool calls, without their input.

/**
 * One tool call. `after_ms`: when it began, counted from the machine's taking the attempt. `ms`: how long it took; null
 * if it never ended, and then `cut`.
 */
export const Step = z.object({
  name: z.string().check(z.maxLength(200)),
  after_ms: z.int().check(z.minimum(0)),
  ms: z.nullable(z.int().check(z.minimum(0))),
  outcome: z.enum(['ok', 'error', 'cut']),
});
export type Step = z.infer<typeof Step>;

/** The newest steps that fit, oldest first, and how many don't. */
export function fitSteps(steps: readonly Step[]): { steps: Step[]; leftOut: number } {
  let first = steps.length;
  for (let room = STEPS_CHARS; first > 0 && steps.length - first < STEPS_MAX; first -= 1) {
    room -= JSON.stringify(steps[first - 1]).length + 1;
    if (room < 0) break;
  }
  return { steps: steps.slice(first), leftOut: first };
}
