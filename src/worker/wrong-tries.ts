import { MINUTE } from '../units.ts';

// Counts the wrong tokens of the last minute in this isolate. Above a limit wrong tokens get 429; the right token
// always works, so that nobody can lock the operator out. In memory only.

export const WRONG_TRIES_MAX = 30;

export class WrongTries {
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** Counts a wrong token; true when there were too many. */
  add(now: number): boolean {
    // A clock may step back.
    if (now < this.#since || now - this.#since >= MINUTE) {
      this.#since = now;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count > WRONG_TRIES_MAX;
  }
}
