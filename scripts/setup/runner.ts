import { Refused, Unreachable } from '../accounts/ask.ts';
import type { Vars } from '../local/dev-vars.ts';
import { progressAt } from './progress.ts';
import { type Question, SetupProblem, type Step, Trouble, type Verdict, type World } from './step.ts';
import { problemWords, words } from './words.ts';

// Runs the steps in order: asks for missing answers, checks each one, and does what is not done yet. Keeps nothing
// itself: answers are saved one by one, and each step looks for what it created before, so that the next run continues
// where this one stopped.

/** `change`: the step whose questions are asked again, with the answers so far offered. */
export async function runSteps(steps: readonly Step[], world: World, change?: string): Promise<void> {
  for (const step of steps) {
    if (step.applies && !step.applies(world.answers())) continue;
    world.screen.step(words.step(progressAt(steps, step, world), step.title));
    await answerAll(step, world, step.name === change);
    const { perform } = step;
    if (!perform) continue;
    const done = await patiently(world, async () =>
      (await step.isDone?.(world)) ? words.doneBefore : await perform(world),
    );
    world.screen.done(done);
  }
}

/** An answer may bring further questions, and a refused answer may invalidate another. */
async function answerAll(step: Step, world: World, isChange: boolean): Promise<void> {
  const settled = new Set<string>();
  /** The previous answer, to be corrected rather than typed again. */
  const refused = new Map<string, string>();
  const toChange = new Set(isChange ? Object.keys(world.answers()) : []);
  for (;;) {
    const next = step.questions?.(world.answers()).find(({ name }) => !settled.has(name));
    if (!next) return;
    const { name } = next;
    const isOpen = refused.has(name) || toChange.has(name);
    const before = world.answers()[name];
    const known = isOpen ? undefined : before;
    const value =
      known ??
      (await answerOf(next, world, { refused: refused.get(name), before: toChange.has(name) ? before : undefined }));
    toChange.delete(name);
    const verdict = await judge(next, value, world);
    if (verdict.ok) {
      keep(name, value, known === undefined, verdict, world);
      settled.add(name);
      refused.delete(name);
      continue;
    }
    world.screen.problem(world.screen.asks ? verdict.problem : words.named(name, verdict.problem));
    if (!world.screen.asks) throw new SetupProblem(words.refusedAnswer(name));
    refused.set(name, value);
    for (const other of verdict.again ?? []) {
      settled.delete(other);
      refused.set(other, world.answers()[other] ?? '');
    }
  }
}

async function judge({ shape, check }: Question, value: string, world: World): Promise<Verdict> {
  if (value === '') return { ok: true };
  const problem = shape?.(value);
  if (problem) return { ok: false, problem };
  try {
    return await patiently(world, async () => (await check?.(value, world)) ?? { ok: true }, words.tryAnswerAgain);
  } catch (error) {
    if (error instanceof Refused) return { ok: false, problem: problemWords(error) };
    throw error;
  }
}

/**
 * When a service doesn't answer or has an outage, nothing is known to be wrong: the person may retry the same answer.
 */
async function patiently<T>(world: World, action: () => Promise<T>, again: string = words.tryAgain): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!isTrouble(error)) throw error;
      if (!world.screen.asks) throw new SetupProblem(problemWords(error));
      world.screen.problem(problemWords(error));
      if (!(await world.screen.confirm(again, true))) throw new SetupProblem(words.notTried);
    }
  }
}

const isTrouble = (error: unknown): boolean =>
  error instanceof Unreachable ||
  error instanceof Trouble ||
  (error instanceof Refused && (error.status >= 500 || error.status === 429));

function keep(name: string, value: string, isNew: boolean, verdict: Verdict & { ok: true }, world: World): void {
  const changes: Vars = { ...(isNew ? { [name]: value } : {}), ...verdict.learned };
  if (Object.keys(changes).length > 0) world.save(changes);
  if (verdict.note) world.screen.done(verdict.note);
}

/** `refused`: the answer just rejected; `before`: the current value that the person wants to change. */
type Earlier = { refused: string | undefined; before: string | undefined };

async function answerOf(question: Question, world: World, { refused, before }: Earlier): Promise<string> {
  const { name, message, where, link, isSecret, shape } = question;
  const offered = await patiently(world, async () => question.initial?.(world));
  if (!world.screen.asks) {
    const taken = before ?? offered;
    if (taken === undefined) throw new SetupProblem(words.missing([name]));
    return taken;
  }
  const keeps = isSecret ? before : undefined;
  const answer = await world.screen.ask({
    message: keeps === undefined ? message : words.keepsSecret(message),
    where: refused === undefined ? where : undefined,
    link: refused === undefined ? link : undefined,
    isSecret,
    initial: (isSecret ? undefined : (refused ?? before)) ?? offered,
    choices: await patiently(world, async () => question.choices?.(world)),
    shape: (value) => {
      if (value === '') return offered === '' || keeps !== undefined ? undefined : words.empty;
      return shape?.(value);
    },
  });
  return answer === '' && keeps !== undefined ? keeps : answer;
}
