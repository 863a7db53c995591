import { parseArgs } from 'node:util';
import type { Vars } from './local/dev-vars.ts';
import { namesFromEnvironment, readProdVars, writeProdVars } from './production/prod-vars.ts';
import { botLink, channelsOf, usesTwilio } from './setup/channels.ts';
import { readyWords } from './setup/creation-words.ts';
import { useOwnTemp } from './setup/own-temp.ts';
import { missingAnswers, previewLines } from './setup/preview.ts';
import { needRows, priceLines } from './setup/price.ts';
import { minutesLeft } from './setup/progress.ts';
import { openRecord } from './setup/record.ts';
import { runSteps } from './setup/runner.ts';
import { plainScreen, terminalScreen } from './setup/screen.ts';
import { Interrupted, type SetupContext, SetupProblem } from './setup/step.ts';
import { STEPS } from './setup/steps.ts';
import { inviteLink, mainSender } from './setup/steps-hello.ts';
import { problemWords, words } from './setup/words.ts';

// `npm run setup`: from accounts to a working number. Answers are saved and created things are noted immediately, so
// that setup can be stopped anywhere and continued.

const OPTIONS = {
  'dry-run': { type: 'boolean' },
  'non-interactive': { type: 'boolean' },
  change: { type: 'string' },
} as const;

/** Only setup asks for these, so nothing else reads them from the environment. */
function answersAtStart(): Vars {
  const { CHANNELS, NUDGE_TEMPLATE, SANDBOX_JOIN } = process.env;
  const vars = { ...readProdVars(), ...(CHANNELS ? { CHANNELS } : {}) };
  const channels = channelsOf(vars);
  return {
    ...vars,
    ...(channels ? { CHANNELS: channels } : {}),
    ...(NUDGE_TEMPLATE ? { NUDGE_TEMPLATE } : {}),
    ...(SANDBOX_JOIN ? { SANDBOX_JOIN } : {}),
  };
}

async function main(): Promise<number> {
  let flags: { 'dry-run'?: boolean; 'non-interactive'?: boolean; change?: string };
  try {
    flags = parseArgs({ options: OPTIONS }).values;
  } catch {
    console.error(words.usage);
    return 2;
  }
  const { change } = flags;
  let answers = answersAtStart();
  const changeable = STEPS.filter((step) => (step.questions?.(answers) ?? []).length > 0).map(({ name }) => name);
  if (change !== undefined && !changeable.includes(change)) {
    console.error(words.noSuchStep(change, changeable));
    return 2;
  }
  if (flags['dry-run']) {
    console.log([words.dryRun, ...previewLines(STEPS, answers), ...priceLines(answers)].join('\n'));
    return 0;
  }
  const asks = !flags['non-interactive'];
  const missing = asks ? [] : missingAnswers(STEPS, answers);
  const problem =
    asks && !process.stdin.isTTY ? words.needsTerminal : missing.length > 0 ? words.missing(missing) : null;
  if (problem !== null) {
    console.error(problem);
    return 1;
  }
  const screen = asks ? terminalScreen() : plainScreen();
  const context: SetupContext = {
    answers: () => answers,
    save(changes) {
      writeProdVars(changes);
      answers = { ...answers, ...changes };
    },
    record: openRecord(),
    screen,
  };
  screen.title(words.title);
  screen.note(words.intro);
  const fromEnvironment = namesFromEnvironment();
  if (fromEnvironment.length > 0) screen.note(words.fromEnvironment(fromEnvironment));
  if (missingAnswers(STEPS, answers).length > 0)
    screen.note(words.needs(minutesLeft(STEPS, context), needRows(answers)));
  try {
    await runSteps(STEPS, context, change);
  } catch (error) {
    return ended(error, context);
  }
  const number = mainSender(context.answers()).replace('whatsapp:', '');
  const [contact, link] = usesTwilio(context.answers())
    ? [words.contact(number), inviteLink(context.answers())]
    : [botLink(context.answers()), botLink(context.answers())];
  screen.note(readyWords(contact, link));
  screen.end(words.ready);
  return 0;
}

function ended(error: unknown, { screen }: SetupContext): number {
  if (error instanceof Interrupted) {
    screen.end(words.interrupted);
    return 130;
  }
  screen.problem(problemWords(error));
  if (!(error instanceof SetupProblem) || screen.asks) screen.end(words.goOn);
  return 1;
}

// During work, Ctrl-C arrives as a signal; at a question, the prompt handles it.
useOwnTemp(words.interrupted);
process.exitCode = await main();
