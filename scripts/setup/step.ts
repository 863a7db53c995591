import type { Vars } from '../local/dev-vars.ts';
import type { CreatedRecord } from './record.ts';
import type { Screen } from './screen.ts';

// The types of setup: questions, each checked as soon as it is answered, and steps that do something once. The order is
// in steps.ts, and runner.ts runs them.

/** `again`: names whose answers are more likely wrong than this one; they are asked again. */
export type Verdict = { ok: true; note?: string; learned?: Vars } | { ok: false; problem: string; again?: string[] };

export type Choice = { value: string; label: string; hint?: string };

export type Question = {
  /** The name in .prod.vars and in the environment. */
  name: string;
  message: string;
  /** Where a person finds the answer; shown above the question. */
  where?: string;
  /** The page with the answer. */
  link?: string;
  isSecret?: boolean;
  choices?: (context: SetupContext) => Promise<Choice[]>;
  /** The default, also used when nobody can be asked. An empty string marks an optional answer. */
  initial?: (context: SetupContext) => Promise<string | undefined>;
  /** A sentence about a malformed answer, before any service is asked. */
  shape?: (value: string) => string | undefined;
  check?: (value: string, context: SetupContext) => Promise<Verdict>;
};

export type Step = {
  name: string;
  title: string;
  /** The approximate time for a person's first run, with waiting. */
  minutes: number;
  /** The step is skipped when this is false. */
  applies?: (answers: Vars) => boolean;
  questions?: (answers: Vars) => Question[];
  /** What it creates or changes, to be read after “will” or “would”. */
  changes?: (answers: Vars) => string[];
  /** Whether the step seems done, by the records on this computer. */
  isNoted?: (context: Pick<SetupContext, 'answers' | 'record'>) => boolean;
  isDone?: (context: SetupContext) => Promise<boolean>;
  /** Does the step and returns its result in one line. May be repeated after an interruption anywhere. */
  perform?: (context: SetupContext) => Promise<string>;
};

export type SetupContext = {
  /** The answers so far. */
  answers(): Vars;
  /** Saves the answer for the next run before it returns. */
  save(changes: Vars): void;
  record: CreatedRecord;
  screen: Screen;
};

/** Stops setup with a sentence for the person. */
export class SetupProblem extends Error {}

/** A service has an outage: the check or action there is neither wrong nor done. */
export class Trouble extends Error {}

/** Ctrl-C or Escape at a question. */
export class Interrupted extends Error {}
