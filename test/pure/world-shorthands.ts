import type { Setting } from './world.ts';
import type { Action } from './world-actions.ts';
import type { AnswerEnd } from './world-money.ts';

// Short names for the actions of known conversations.

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export const USUAL: Setting = {
  channel: 'whatsapp',
  gatherMs: 0,
  queueMode: 'collect',
  nudges: false,
  turnMs: 30 * MINUTE,
};

/** Titles, and what happens. */
export type Plays = Record<string, Action[]>;

export const text = (words: string): Action => ({ do: 'text', text: words });
/** On the person's second channel. */
export const there = (words: string): Action => ({ do: 'text', text: words, at: 1 });
export const wait = (ms: number): Action => ({ do: 'wait', ms });
export const sleep = (ms: number): Action => ({ do: 'sleep', ms });
export const move: Action = { do: 'move', batch: 100 };
export const flow: Action = { do: 'flow', rounds: 4 };
export const crash: Action = { do: 'crash' };
export const call = (how: Extract<Action, { do: 'call' }>['how']): Action => ({ do: 'call', which: 0, how });
export const carrier = (mode: Extract<Action, { do: 'carrier' }>['mode'], at = 0): Action => ({
  do: 'carrier',
  mode,
  ...(at === 0 ? {} : { at }),
});
export const callback = (which: number): Action => ({ do: 'callback', which, how: 'deliver' });
export const agent = (step: Extract<Action, { do: 'agent' }>['step']): Action => ({ do: 'agent', step });
export const ask = (times: number): Action => ({ do: 'ask the model', times });
export const model = (end: AnswerEnd, output = 5000): Action => ({ do: 'the model', which: 0, end, output });
export const plan = (
  kind: 'agent' | 'text',
  minutes: number | null,
  more: { overlap?: 'queue'; isolated?: true } = {},
): Action => ({
  do: 'plan',
  kind,
  minutes,
  overlap: 'skip',
  isolated: false,
  ...more,
});
export const address = (is: Extract<Action, { do: 'address' }>['is']): Action => ({ do: 'address', is });

/** A text is at the agent. */
export const atLook: Action[] = [text('look at it'), wait(300)];
/** A schedule's first run is at work. */
export const atWork: Action[] = [text('/help'), plan('agent', 20), wait(6 * MINUTE), move, move];
