import type { Message } from '../../conversation/state/rows.ts';
import { groupOrNull } from './row-store.ts';

/** The newest change of a message's words. */
export const changed = groupOrNull<NonNullable<Message['changed']>>(
  { at: 'changed_at', number: 'change_number' },
  { words: 'change_words' },
);
