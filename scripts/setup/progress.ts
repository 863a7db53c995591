import type { Vars } from '../local/dev-vars.ts';
import { unansweredOf } from './preview.ts';
import type { SetupContext, Step } from './step.ts';

// The progress of setup: the number of the step, and about how long the rest takes. Uses only what is recorded on this
// computer.

/** Counts the longest way until an answer shortens it: the count may shrink, never grow. */
const ASSUMED: Vars = {
  CHANNELS: 'both',
  MACHINE_PROVIDER: 'fly',
  TWILIO_SENDERS: 'whatsapp:+15555550100',
  NUDGE_TEMPLATE: 'create',
};

export type Progress = { number: number; of: number; minutesLeft: number };

export function progressAt(
  steps: readonly Step[],
  at: Step,
  context: Pick<SetupContext, 'answers' | 'record'>,
): Progress {
  const expected = applicable(steps, context);
  const number = expected.indexOf(at) + 1;
  return { number, of: expected.length, minutesLeft: minutesFor(expected.slice(number - 1), context) };
}

export const minutesLeft = (steps: readonly Step[], context: Pick<SetupContext, 'answers' | 'record'>): number =>
  minutesFor(applicable(steps, context), context);

function applicable(steps: readonly Step[], context: Pick<SetupContext, 'answers'>): Step[] {
  const answers = { ...ASSUMED, ...context.answers() };
  return steps.filter((step) => step.applies?.(answers) ?? true);
}

function minutesFor(steps: readonly Step[], context: Pick<SetupContext, 'answers' | 'record'>): number {
  const left = steps.filter((step) => !isSettled(step, context)).reduce((sum, { minutes }) => sum + minutes, 0);
  return left > 10 ? Math.round(left / 5) * 5 : left;
}

const isSettled = (step: Step, context: Pick<SetupContext, 'answers' | 'record'>): boolean =>
  unansweredOf(step, context.answers()).length === 0 &&
  (step.perform === undefined || (step.isNoted?.(context) ?? false));
