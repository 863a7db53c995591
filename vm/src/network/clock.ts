/** A clock that is behind is set within this time. Afterwards the relay's clock was ahead, and is no longer believed. */
const BEHIND_MS = 5 * 60_000;

/**
 * The time by which tokens are judged. The clock of a machine that was suspended is behind for a moment, but no token
 * comes from the future: it can't be earlier than the newest of them.
 */
export class Clock {
  #atLeast = 0;
  #heardAt = Number.NEGATIVE_INFINITY;
  readonly #read: () => number;
  readonly #steady: () => number;

  /** `steady`: a clock that nobody sets. */
  constructor(read: () => number = Date.now, steady: () => number = () => performance.now()) {
    this.#read = read;
    this.#steady = steady;
  }

  now = (): number => Math.max(this.#read(), this.#newest());

  /** A valid token was issued at this time, by the relay's clock. */
  heard(issuedAt: number): void {
    if (issuedAt < this.#newest()) return;
    this.#atLeast = issuedAt;
    this.#heardAt = this.#steady();
  }

  #newest(): number {
    return this.#steady() - this.#heardAt < BEHIND_MS ? this.#atLeast : 0;
  }
}
