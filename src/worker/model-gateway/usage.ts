import type { ModelLeave, ModelUsed } from '../../objects/permission.ts';

// Remembers for a minute, in this isolate, which attempts may use the model and how much they have used. A request
// therefore writes no row, and only the first request in a minute calls the conversation's object.

export const REMEMBERED_MS = 60_000;
/** The number of remembered attempts. The oldest is forgotten first, and is checked again. */
const ATTEMPTS_MAX = 1000;

export type Refused = 'ended' | 'removed' | 'used-up' | 'too-many';
type Use = { askedAt: number; leave: Promise<ModelLeave>; used: ModelUsed };
type Ask = (used: ModelUsed) => Promise<ModelLeave>;

export class ModelUse {
  readonly #uses = new Map<string, Use>();

  /** Counts one request. The caller adds the request's bytes to the result. */
  async begin(attempt: string, ask: Ask, now: number): Promise<ModelUsed | Refused> {
    const use = this.#of(attempt, ask, now);
    const leave = await use.leave.catch((error: unknown) => {
      // After a failed check the next request checks again, and reports the usage.
      use.askedAt = Number.NEGATIVE_INFINITY;
      throw error;
    });
    if (leave.standing !== 'open') return leave.standing;
    if (use.used.requests >= leave.requests || use.used.bytes >= leave.bytes) return 'too-many';
    use.used.requests += 1;
    return use.used;
  }

  #of(attempt: string, ask: Ask, now: number): Use {
    const known = this.#uses.get(attempt);
    if (known && now - known.askedAt < REMEMBERED_MS) return known;
    const use: Use = {
      askedAt: now,
      leave: ask(known?.used ?? { requests: 0, bytes: 0 }),
      used: { requests: 0, bytes: 0 },
    };
    this.#uses.delete(attempt);
    this.#uses.set(attempt, use);
    const [oldest] = this.#uses.keys();
    if (this.#uses.size > ATTEMPTS_MAX && oldest !== undefined) this.#uses.delete(oldest);
    return use;
  }
}
