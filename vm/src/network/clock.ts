/**
 * The time by which tokens are judged. The clock of a machine that was suspended is behind for a moment, but no token
 * comes from the future: it can't be earlier than the newest of them.
 */
export class Clock {
  #atLeast = 0;
  readonly #read: () => number;

  constructor(read: () => number = Date.now) {
    this.#read = read;
  }

  now = (): number => Math.max(this.#read(), this.#atLeast);

  /** A valid token was issued at this time, by the relay's clock. */
  heard(issuedAt: number): void {
    this.#atLeast = Math.max(this.#atLeast, issuedAt);
  }
}
