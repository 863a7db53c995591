import { schemeOf } from '../../addresses.ts';
import type { Context } from '../state/events.ts';

// In a local run our links lead to this computer. Simulated phones open them, real phones can't.

/** False if the words have a link that the phone with this address can't open. */
export const canOpen = (
  to: string,
  words: string,
  { policy: { localLinks = [], simulated = [] } }: Pick<Context, 'policy'>,
): boolean => simulated.includes(schemeOf(to)) || !localLinks.some((beginning) => words.includes(beginning));
