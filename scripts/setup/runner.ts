import { Refused, Unreachable } from '../accounts/ask.ts';
import type { Vars } from '../dev-vars.ts';
import { type Question, SetupProblem, type Step, type Verdict, type World } from './step.ts';
import { problemWords, words } from './words.ts';

// Runs the steps in order: asks what is not known, checks every answer, does what is not done. Keeps nothing itself: answers
// are saved one by one and each step looks for what it made before, so that a run cut anywhere is gone on with by the next.

export async function runSteps(steps: readonly Step[], world: World): Promise<void> {
  for (const step of steps) {
    if (step.applies && !step.applies(world.answers())) continue;
    world.screen.step(step.title);
    await answerAll(step, world);
    if (!step.perform) continue;
    if (await step.isDone?.(world)) world.screen.done(words.doneBefore);
    else world.screen.done(await step.perform(world));
  }
}

/** Answers may bring further questions; and one that is refused may take another with it. */
async function answerAll(step: Step, world: World): Promise<void> {
  const settled = new Set<string>();
  /** What was answered, to be put right rather than typed again. */
  const refused = new Map<string, string>();
  for (;;) {
    const next = step.questions?.(world.answers()).find(({ name }) => !settled.has(name));
    if (!next) return;
    const { name } = next;
    const known = refused.has(name) ? undefined : world.answers()[name];
    const value = known ?? (await answerOf(next, world, refused.get(name)));
    const verdict = await judge(next, value, world);
    if (verdict.ok) {
      keep(name, value, known === undefined, verdict, world);
      settled.add(name);
      refused.delete(name);
      continue;
    }
    world.screen.problem(verdict.problem);
    if (!world.screen.asks) throw new SetupProblem(words.refusedAnswer(name));
    refused.set(name, value);
    for (const other of verdict.again ?? []) {
      settled.delete(other);
      refused.set(other, world.answers()[other] ?? '');
    }
  }
}

async function judge({ name, shape, check }: Question, value: string, world: World): Promise<Verdict> {
  if (value === '') return { ok: true };
  const problem = shape?.(value);
  if (problem) return { ok: false, problem: words.named(name, problem) };
  try {
    return (await check?.(value, world)) ?? { ok: true };
  } catch (error) {
    if (error instanceof Unreachable || error instanceof Refused) return { ok: false, problem: problemWords(error) };
    throw error;
  }
}

function keep(name: string, value: string, isNew: boolean, verdict: Verdict & { ok: true }, world: World): void {
  const changes: Vars = { ...(isNew ? { [name]: value } : {}), ...verdict.learned };
  if (Object.keys(changes).length > 0) world.save(changes);
  if (verdict.note) world.screen.done(verdict.note);
}

async function answerOf(question: Question, world: World, refused: string | undefined): Promise<string> {
  const { name, message, where, isSecret, shape } = question;
  const offered = await question.initial?.(world);
  if (!world.screen.asks) {
    if (offered === undefined) throw new SetupProblem(words.missing([name]));
    return offered;
  }
  return world.screen.ask({
    message,
    where: refused === undefined ? where : undefined,
    isSecret,
    initial: (isSecret ? undefined : refused) ?? offered,
    choices: await question.choices?.(world),
    shape: (value) => {
      if (value === '') return offered === '' ? undefined : words.empty;
      return shape?.(value);
    },
  });
}
