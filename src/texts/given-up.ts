import { limitTexts } from './limits.ts';
import { machineTexts } from './machines.ts';
import { excerpt } from './phrasing.ts';

// What a person hears when their messages are not worked on any more: why, and what to do. They wait for /retry.

export const GAVE_UP = [
  'tries',
  'restarts',
  'unreachable',
  'no-machine',
  'overdue',
  'refused',
  'agent',
  'memory',
  'disk',
  'disk-full',
  'output',
  'model',
  'machine/limit',
  'machine/quota',
  'machine/token',
  'machine/image',
  'machine/other',
] as const;
/** Why a turn was given up; it is kept in rows. */
export type GaveUp = (typeof GAVE_UP)[number];

const limit = (cause: string): string => limitTexts.get(cause) ?? '';
const SENTENCES: Record<GaveUp, string> = {
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
  memory: limit('memory'),
  disk: limit('disk'),
  'disk-full': limit('disk-full'),
  output: limit('output'),
  model: limit('model'),
  'machine/limit': machineTexts.refused('limit'),
  'machine/quota': machineTexts.refused('quota'),
  'machine/token': machineTexts.refused('token'),
  'machine/image': machineTexts.refused('image'),
  'machine/other': machineTexts.refused('other'),
};

/** A reason that only another release knows is told as the usual one. */
export const whyGivenUp = (why: string): string => SENTENCES[GAVE_UP.find((known) => known === why) ?? 'tries'];

/** `named`: words of the messages it is about, where others could be meant as well. */
export function givenUp(why: string, named: readonly string[]): string {
  const [first, ...more] = named.map((words) => `“${excerpt(words, 60)}”`);
  if (first === undefined) return whyGivenUp(why);
  const [second] = more;
  const beside = more.length > 1 ? ` and ${more.length} more` : second === undefined ? '' : ` and ${second}`;
  return `Re ${first}${beside}: ${whyGivenUp(why)}`;
}
