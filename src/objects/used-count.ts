import { MINUTE } from '../units.ts';

type Used = { requests: number; bytes: number };
const NONE: Used = { requests: 0, bytes: 0 };

/** Counts the requests and bytes of the newest attempt, in total and in the current minute. */
export class UsedCount {
  #attempt = '';
  #began = 0;
  total = NONE;
  minute = NONE;

  /** Adds to the count. Without `more`, only starts a new minute if one is due. Another attempt starts at zero. */
  add(attempt: string, now: number, more: Partial<Used> = {}): void {
    const isOther = attempt !== this.#attempt;
    if (isOther) {
      this.#attempt = attempt;
      this.total = NONE;
    }
    if (isOther || now - this.#began >= MINUTE) {
      this.#began = now;
      this.minute = NONE;
    }
    this.total = sum(this.total, more);
    this.minute = sum(this.minute, more);
  }
}

const sum = (used: Used, { requests = 0, bytes = 0 }: Partial<Used>): Used => ({
  requests: used.requests + requests,
  bytes: used.bytes + bytes,
});
