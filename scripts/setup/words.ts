import { ZodError } from 'zod';
import { Unreachable } from '../accounts/ask.ts';

// The general sentences of setup. The words of single steps are in account-words.ts and creation-words.ts.

const list = (names: readonly string[]): string => names.map((name) => `  ${name}`).join('\n');
const minutes = (count: number): string => `${count} minute${count === 1 ? '' : 's'}`;

export const words = {
  title: 'Roost: setup',
  intro:
    'Your answers are saved in .prod.vars, which only you can read; whatever setup creates is noted in .prod.created.json. ' +
    'Stop at any time with Ctrl-C and run `npm run setup` again to continue.',
  needs: (left: number, rows: readonly string[]) =>
    [
      `You need the following (about ${minutes(left)}, waiting included):`,
      ...rows.map((row) => `  ${row}`),
      'Nothing is created until you have seen the price and agreed.',
    ].join('\n'),
  step: (at: { number: number; of: number; minutesLeft: number }, title: string) =>
    `Step ${at.number} of ${at.of}: ${title}${at.minutesLeft > 0 ? ` (about ${minutes(at.minutesLeft)} left)` : ''}`,
  fromEnvironment: (names: readonly string[]) =>
    `From the environment (overrides .prod.vars, not saved): ${names.join(', ')}.`,
  contact: (number: string) => `add ${number} to your contacts, for example as “Roost”`,
  ready: 'Ready.',
  interrupted: 'Stopped. Your progress is saved; run `npm run setup` to continue.',
  goOn: 'Your progress is saved; run `npm run setup` to continue.',
  usage: 'Usage: npm run setup [-- --dry-run | --non-interactive | --change <step>]',
  noSuchStep: (name: string, names: readonly string[]) =>
    `There is no step named ${name} to change. These can be changed: ${names.join(', ')}.`,
  needsTerminal:
    'This needs a terminal, because it asks questions. Without one, set the answers in the environment and add --non-interactive.',
  nobodyToAsk: 'This needs a terminal.',
  doneBefore: 'Already done.',
  empty: 'Please enter a value.',
  keepsSecret: (message: string) => `${message} (press Enter to keep the current one)`,
  named: (name: string, problem: string) => `${name}: ${problem}`,
  missing: (names: readonly string[]) =>
    `These answers are missing. Set them in the environment or in .prod.vars, then run this again:\n${list(names)}`,
  refusedAnswer: (name: string) => `${name} was refused. Correct it, then run this again.`,
  dryRun: 'This is a dry run: nothing is asked, created or changed.',
  wouldAsk: (name: string, message: string) => `  would ask for ${name}: ${message}`,
  would: (change: string) => `  would ${change}`,
  unreachable: (what: string) => `${what}. Check your network.`,
  tryAgain: 'Try again?',
  tryAnswerAgain: 'Your answer was not checked and may be fine. Try it again?',
  notTried: 'Nothing more was tried.',
  notUnderstood: 'A service sent an answer that setup doesn’t understand. Update Roost, then try again.',
  trouble: (who: string, status: number) => `${who} has a problem of its own (status ${status}).`,
} as const;

export const problemWords = (error: unknown): string => {
  if (error instanceof Unreachable) return words.unreachable(error.message);
  if (error instanceof ZodError) return words.notUnderstood;
  return error instanceof Error ? error.message : String(error);
};
