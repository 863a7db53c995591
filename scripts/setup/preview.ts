import type { Vars } from '../local/dev-vars.ts';
import type { Question, Step } from './step.ts';
import { words } from './words.ts';

// Lists what a run would ask, create and change, from the answers alone: for --dry-run, and to report all missing
// answers at once. Pure.

const relevant = (steps: readonly Step[], answers: Vars): Step[] =>
  steps.filter((step) => step.applies?.(answers) ?? true);

export const unansweredOf = (step: Step, answers: Vars): Question[] =>
  (step.questions?.(answers) ?? []).filter(({ name }) => answers[name] === undefined);

/** Names that only the person can know. */
export const missingAnswers = (steps: readonly Step[], answers: Vars): string[] =>
  relevant(steps, answers).flatMap((step) =>
    unansweredOf(step, answers)
      .filter(({ initial }) => initial === undefined)
      .map(({ name }) => name),
  );

export const previewLines = (steps: readonly Step[], answers: Vars): string[] =>
  relevant(steps, answers).flatMap((step) => [
    step.title,
    ...unansweredOf(step, answers).map(({ name, message }) => words.wouldAsk(name, message)),
    ...(step.changes?.(answers) ?? []).map((change) => words.would(change)),
  ]);
