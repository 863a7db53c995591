import { isIn } from '../conversation/state/standing.ts';
import { attemptId, findOpenAttempt } from '../conversation/state/state.ts';
import type { ConversationStore } from './stores/conversation-store.ts';

// Decides whether this conversation's person is still served, and whether an attempt may use the model. The model
// gateway asks once a minute for each attempt, so a budget can be reserved and settled here. The running attempt's
// usage is counted in memory and nothing is written: a running attempt keeps its object in memory, and a new attempt
// starts a new count.

/**
 * The model limits of one attempt. Claude Code runs 20 subagents at once; at a request every 2 seconds they make 600 a
 * minute and 144,000 in the longest turn. A subagent's request has 40 KB at first, and up to 1 MB with a full context.
 */
const MODEL_REQUESTS_MAX = 150_000;
const MODEL_REQUESTS_A_MINUTE = 1000;
const MODEL_BYTES_MAX = 96 * 2 ** 30;
const MODEL_BYTES_A_MINUTE = 2 ** 30;

/**
 * nobody: no conversation yet · known: a person who may not write, or no longer may · served: a person who may write.
 */
export type Standing = 'nobody' | 'known' | 'served';
export type ModelUsed = { requests: number; bytes: number };
/** `requests`, `bytes`: allowed for a minute. */
export type ModelLeave = { standing: 'open' | 'ended' | 'removed' | 'used-up' } & ModelUsed;

const refused = (standing: Exclude<ModelLeave['standing'], 'open'>): ModelLeave => ({
  standing,
  requests: 0,
  bytes: 0,
});

export class Permission {
  readonly #store: ConversationStore;
  readonly #isAllowed: (number: string) => boolean;
  #attempt = '';
  #total: ModelUsed = { requests: 0, bytes: 0 };

  constructor(store: ConversationStore, isAllowed: (number: string) => boolean) {
    this.#store = store;
    this.#isAllowed = isAllowed;
  }

  standing(): Standing {
    if (!this.#store.exists()) return 'nobody';
    return isIn(this.#store.load(), { isAllowed: this.#isAllowed }) ? 'served' : 'known';
  }

  /** `used`: the caller's usage since its last check. */
  modelLeave(attempt: string, used: ModelUsed): ModelLeave {
    const open = this.#store.exists() ? findOpenAttempt(this.#store.load()) : null;
    if (!open || attemptId(open) !== attempt) return refused('ended');
    if (this.standing() !== 'served') return refused('removed');
    const before = attempt === this.#attempt ? this.#total : { requests: 0, bytes: 0 };
    this.#attempt = attempt;
    this.#total = { requests: before.requests + used.requests, bytes: before.bytes + used.bytes };
    const requests = Math.min(MODEL_REQUESTS_A_MINUTE, MODEL_REQUESTS_MAX - this.#total.requests);
    const bytes = Math.min(MODEL_BYTES_A_MINUTE, MODEL_BYTES_MAX - this.#total.bytes);
    return requests > 0 && bytes > 0 ? { standing: 'open', requests, bytes } : refused('used-up');
  }
}
