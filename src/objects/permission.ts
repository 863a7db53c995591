import { numberOf } from '../addresses.ts';
import type { Written } from '../conversation/access/addresses.ts';
import { readSender } from '../conversation/inbound/sender.ts';
import { isServed, standingOf } from '../conversation/state/standing.ts';
import type { Took } from './received-calls.ts';
import type { ConversationStore } from './stores/conversation-store.ts';

// Decides whether this conversation's person is still served.

/**
 * nobody: no conversation yet · known: a person who may not write, or no longer may · served: a person who may write.
 */
export type Standing = 'nobody' | 'known' | 'served';

export class Permission {
  readonly #store: ConversationStore;
  readonly #lists: { isAllowed: (number: string) => boolean };

  constructor(store: ConversationStore, isAllowed: (number: string) => boolean) {
    this.#store = store;
    this.#lists = { isAllowed };
  }

  standing(): Standing {
    if (!this.#store.exists()) return 'nobody';
    return isServed(this.#store.load(), this.#lists) ? 'served' : 'known';
  }

  /** Whether nobody has a conversation here, and this address may begin none. */
  isStranger(address: string): boolean {
    return !this.#store.exists() && !this.#lists.isAllowed(numberOf(address));
  }

  /** Why a text isn't taken; null for one that is. `opens`: the address may begin a conversation. */
  refusalOf(written: Written, opens: boolean, now: number): Exclude<Took['state'], 'kept'> | null {
    if (!this.#store.exists()) return opens ? null : 'unset';
    const state = this.#store.load();
    const standing = standingOf(state, this.#lists);
    if (standing === 'out' || standing === 'blocked') return standing === 'out' ? 'out' : 'refused';
    const sender = readSender(state, written, now);
    if (sender === 'unknown') return 'unset';
    return sender === 'locked' || sender === 'recycled' || sender === 'doubtful' ? 'locked' : null;
  }
}
