import { isIn } from '../conversation/state/standing.ts';
import type { ConversationStore } from './stores/conversation-store.ts';

// Decides whether this conversation's person is still served.

/**
 * nobody: no conversation yet · known: a person who may not write, or no longer may · served: a person who may write.
 */
export type Standing = 'nobody' | 'known' | 'served';
export class Permission {
  readonly #store: ConversationStore;
  readonly #isAllowed: (number: string) => boolean;

  constructor(store: ConversationStore, isAllowed: (number: string) => boolean) {
    this.#store = store;
    this.#isAllowed = isAllowed;
  }

  standing(): Standing {
    if (!this.#store.exists()) return 'nobody';
    return isIn(this.#store.load(), { isAllowed: this.#isAllowed }) ? 'served' : 'known';
  }
}
