import type { Vars } from '../local/dev-vars.ts';
import type { CreatedRecord } from './record.ts';
import type { Screen } from './screen.ts';

// The types of setup: questions, each checked as soon as it is answered, and steps that do something once. The order is
// in steps.ts, and runner.ts runs them.

/** `again`: names whose answers are likelier to be wrong than this one; they are asked for once more. */
export type Verdict = { ok: true; note?: string; learned?: Vars } | { ok: false; problem: string; again?: string[] };

export type Choice = { value: string; label: string; hint?: string };

export type Question = {
  /** As in .prod.vars and in the environment. */
  name: string;
  message: string;
  /** Where a person finds the answer; shown above the question. */
  where?: string;
  /** The page it is found on. */
  link?: string;
  isSecret?: boolean;
  choices?: (world: World) => Promise<Choice[]>;
  /** What is offered, and taken where nobody can be asked. An empty string says that the answer may be left out. */
  initial?: (world: World) => Promise<string | undefined>;
  /** What is wrong with how it looks, as a sentence; before anybody is asked about it. */
  shape?: (value: string) => string | undefined;
  check?: (value: string, world: World) => Promise<Verdict>;
};

export type Step = {
  name: string;
  title: string;
  /** About how long it takes a person the first time, waiting included. */
  minutes: number;
  /** Left out altogether when it says no. */
  applies?: (answers: Vars) => boolean;
  questions?: (answers: Vars) => Question[];
  /** What it creates or changes, to be read after “will” or “would”. */
  changes?: (answers: Vars) => string[];
  /** Whether it seems done, from what is noted on this computer alone. */
  isNoted?: (world: Pick<World, 'answers' | 'record'>) => boolean;
  isDone?: (world: World) => Promise<boolean>;
  /** Does it, and says in one line what it came to. May be repeated after having been cut anywhere. */
  perform?: (world: World) => Promise<string>;
};

export type World = {
  /** What is known so far. */
  answers(): Vars;
  /** Kept for the next run before it returns. */
  save(changes: Vars): void;
  record: CreatedRecord;
  screen: Screen;
};

/** What stops set-up, in a sentence for the person who runs it. */
export class SetupProblem extends Error {}

/** A service has trouble of its own: what was to be checked or done there is neither wrong nor done. */
export class Trouble extends Error {}

/** Ctrl-C or Escape at a question. */
export class Interrupted extends Error {}
