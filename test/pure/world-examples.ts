import type { Setting } from './world.ts';
import type { Action } from './world-actions.ts';
import { moneyPlays } from './world-money-examples.ts';
import { placePlays } from './world-place-examples.ts';
import { schedulePlays } from './world-schedule-examples.ts';
import { callback, carrier, type Plays, USUAL } from './world-shorthands.ts';
import { forOthersPlays, senderPlays, textPlays } from './world-text-examples.ts';

// Conversations that every run plays: the shortest known way to states that random ones rarely reach, and to past
// mistakes.

type Example = [title: string, setting: Setting, actions: Action[]];

const played = (plays: Plays, setting: Setting): Example[] =>
  Object.entries(plays).map(([title, actions]) => [title, setting, actions]);

const queued: Setting = { ...USUAL, queueMode: 'queue' };
const refusedAll: Action[] = [
  { do: 'burst', of: 103 },
  { do: 'machine', mode: 'refuses' },
  { do: 'flow', rounds: 1 },
  carrier('refuses opted-out'),
  callback(2),
  { do: 'move', batch: 1 },
];

export const examples: Example[] = [
  ...played({ ...textPlays, ...senderPlays, ...schedulePlays, ...forOthersPlays }, USUAL),
  ...played(moneyPlays, { ...USUAL, hasBudget: true }),
  ...played(placePlays, { ...USUAL, second: 'telegram' }),
  ['more replies wait than are loaded', queued, refusedAll],
];
