import { machineTexts } from './machines.ts';
import { excerpt } from './phrasing.ts';

// Tells a person that work on their messages was given up: why, and what to do. The messages wait for /retry.

const SENTENCES = {
  tries: 'I couldn’t finish this after several tries. Text /retry to try again.',
  restarts: 'Your machine kept restarting while I worked on this, so I stopped. Text /retry to try again.',
  unreachable:
    'I couldn’t reach your machine for an hour, so I stopped trying. The operator has been notified. Text /retry to try again.',
  'no-machine':
    'I couldn’t get a machine for you for an hour, so I stopped trying. The operator has been notified. Text /retry to try again.',
  overdue: 'This hit the time limit, so I stopped. Text /retry to try again.',
  refused:
    'Your machine refused this task, so I won’t try again on my own. The operator has been notified. Text /retry once that’s fixed.',
  agent:
    'The agent couldn’t work on this: the model refused or isn’t set up. The operator has been notified. Text /retry once that’s fixed.',
  memory:
    'What I was running used up your machine’s memory, so I stopped it. Text /retry, or ask for it in smaller steps.',
  disk: 'Your machine’s disk is full, so I stopped. Ask me to make room there, then text /retry.',
  'disk-full':
    'Your machine’s disk is completely full, so I couldn’t start. Ask me to make room there, then text /retry. If I still can’t start, the operator has to help: they’ve been notified.',
  output: 'I wrote far more than anyone could read, so I stopped. Text /retry, or ask for less at once.',
  model:
    'This took far more requests to the model than one piece of work should need, so I stopped. Text /retry to continue from here, or ask for it in smaller steps.',
  'model/key':
    'The AI model doesn’t accept this deployment’s key, so I stopped. The operator has been notified. Text /retry once that’s fixed.',
  'model/billing':
    'The AI model’s credit or spend limit is used up, so I stopped. The operator has been notified. Text /retry once that’s fixed.',
  'model/rate':
    'The AI model gets more requests from here than it takes, so I stopped after several tries. Text /retry in a few minutes.',
  'model/overloaded':
    'The AI model is overloaded or doesn’t answer, so I stopped after several tries. Text /retry in a few minutes.',
  'budget/turn':
    'This used up your budget for one task, so I stopped. Text /retry to continue from here with as much again; /budget shows and changes it.',
  'budget/any-turn':
    'This used up what one task may cost here, so I stopped. Text /retry to continue from here with as much again. Only the person who runs this number can change that limit.',
  'budget/day':
    'Your budget for today is used up, so I stopped. I’ll continue from here tomorrow, or now if you raise it: /budget 20 today.',
  'budget/month':
    'Your budget for this month is used up, so I stopped. I’ll continue from here next month, or now if you raise it: /budget shows how.',
  'budget/project':
    'This project’s budget is used up, so I stopped. I’ll continue from here when there’s budget again; /budget shows and changes it.',
  'budget/deployment':
    'The budget of everybody here together is used up, so I stopped. I’ll continue from here when there’s budget again. The operator has been notified.',
  'machine/limit': machineTexts.refused('limit'),
  'machine/quota': machineTexts.refused('quota'),
  'machine/token': machineTexts.refused('token'),
  'machine/image': machineTexts.refused('image'),
  'machine/other': machineTexts.refused('other'),
} as const;
/** Why a turn was given up. Stored in rows. */
export type GaveUp = keyof typeof SENTENCES;
export const GAVE_UP = Object.keys(SENTENCES) as readonly GaveUp[];

/** An unknown reason, from another release, gets the usual words. */
export const whyGivenUp = (why: string): string => SENTENCES[GAVE_UP.find((known) => known === why) ?? 'tries'];

/** `named`: words of the messages meant, if others could be meant too. */
export function explainGivenUp(why: string, named: readonly string[]): string {
  const [first, ...more] = named.map((words) => `“${excerpt(words, 60)}”`);
  if (first === undefined) return whyGivenUp(why);
  const [second] = more;
  const beside = more.length > 1 ? ` and ${more.length} more` : second === undefined ? '' : ` and ${second}`;
  return `Re ${first}${beside}: ${whyGivenUp(why)}`;
}
