import { Refused, Unreachable } from '../accounts/ask.ts';
import type { Vars } from '../local/dev-vars.ts';
import { progressAt } from './progress.ts';
import { type Question, type SetupContext, SetupProblem, type Step, Trouble, type Verdict } from './step.ts';
import { problemWords, words } from './words.ts';

// Runs the steps in order: asks for missing answers, checks each one, and does what is not done yet. Keeps nothing
// itself: answers are saved one by one, and each step looks for what it created before, so that the next run continues
// where this one stopped.

/** `change`: the step whose questions are asked again, with the answers so far offered. */
export async function runSteps(steps: readonly Step[], context: SetupContext, change?: string): Promise<void> {
  for (const step of steps) {
    if (step.applies && !step.applies(context.answers())) continue;
    context.screen.step(words.step(progressAt(steps, step, context), step.title));
    await answerAll(step, context, step.name === change);
    const { perform } = step;
    if (!perform) continue;
    const done = await patiently(context, async () =>
      (await step.isDone?.(context)) ? words.doneBefore : await perform(context),
    );
    context.screen.done(done);
  }
}

/** An answer may bring further questions, and a refused answer may invalidate another. */
async function answerAll(step: Step, context: SetupContext, isChange: boolean): Promise<void> {
  const settled = new Set<string>();
  /** The previous answer, to be corrected rather than typed again. */
  const refused = new Map<string, string>();
  const toChange = new Set(isChange ? Object.keys(context.answers()) : []);
  for (;;) {
    const next = step.questions?.(context.answers()).find(({ name }) => !settled.has(name));
    if (!next) return;
    const { name } = next;
    const isOpen = refused.has(name) || toChange.has(name);
    const before = context.answers()[name];
    const known = isOpen ? undefined : before;
    const value =
      known ??
      (await answerOf(next, context, { refused: refused.get(name), before: toChange.has(name) ? before : undefined }));
    toChange.delete(name);
    const verdict = await judge(next, value, context);
    if (verdict.ok) {
      keep(name, value, known === undefined, verdict, context);
      settled.add(name);
      refused.delete(name);
      continue;
    }
    context.screen.problem(context.screen.asks ? verdict.problem : words.named(name, verdict.problem));
    if (!context.screen.asks) throw new SetupProblem(words.refusedAnswer(name));
    refused.set(name, value);
    for (const other of verdict.again ?? []) {
      settled.delete(other);
      refused.set(other, context.answers()[other] ?? '');
    }
  }
}

async function judge({ shape, check }: Question, value: string, context: SetupContext): Promise<Verdict> {
  if (value === '') return { ok: true };
  const problem = shape?.(value);
  if (problem) return { ok: false, problem };
  try {
    return await patiently(context, async () => (await check?.(value, context)) ?? { ok: true }, words.tryAnswerAgain);
  } catch (error) {
    if (error instanceof Refused) return { ok: false, problem: problemWords(error) };
    throw error;
  }
}

/**
 * When a service doesn't answer or has an outage, nothing is known to be wrong: the person may retry the same answer.
 */
async function patiently<T>(
  context: SetupContext,
  action: () => Promise<T>,
  again: string = words.tryAgain,
): Promise<T> {
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (!isTrouble(error)) throw error;
      if (!context.screen.asks) throw new SetupProblem(problemWords(error));
      context.screen.problem(problemWords(error));
      if (!(await context.screen.confirm(again, true))) throw new SetupProblem(words.notTried);
    }
  }
}

const isTrouble = (error: unknown): boolean =>
  error instanceof Unreachable ||
  error instanceof Trouble ||
  (error instanceof Refused && (error.status >= 500 || error.status === 429));

function keep(
  name: string,
  value: string,
  isNew: boolean,
  verdict: Verdict & { ok: true },
  context: SetupContext,
): void {
  const changes: Vars = { ...(isNew ? { [name]: value } : {}), ...verdict.learned };
  if (Object.keys(changes).length > 0) context.save(changes);
  if (verdict.note) context.screen.done(verdict.note);
}

/** `refused`: the answer just rejected; `before`: the current value that the person wants to change. */
type Earlier = { refused: string | undefined; before: string | undefined };

async function answerOf(question: Question, context: SetupContext, { refused, before }: Earlier): Promise<string> {
  const { name, message, where, link, isSecret, shape } = question;
  const offered = await patiently(context, async () => question.initial?.(context));
  if (!context.screen.asks) {
    const taken = before ?? offered;
    if (taken === undefined) throw new SetupProblem(words.missing([name]));
    return taken;
  }
  const keeps = isSecret ? before : undefined;
  const answer = await context.screen.ask({
    message: keeps === undefined ? message : words.keepsSecret(message),
    where: refused === undefined ? where : undefined,
    link: refused === undefined ? link : undefined,
    isSecret,
    initial: (isSecret ? undefined : (refused ?? before)) ?? offered,
    choices: await patiently(context, async () => question.choices?.(context)),
    shape: (value) => {
      if (value === '') return offered === '' || keeps !== undefined ? undefined : words.empty;
      return shape?.(value);
    },
  });
  return answer === '' && keeps !== undefined ? keeps : answer;
}
