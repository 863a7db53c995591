// Failures on demand: each applies to a number of calls.

export type CallFault = {
  method: string;
  /** Matches the path after /client/v4, without the query. */
  path: RegExp;
  /** Sent in place of the real answer; without it the call is only delayed. */
  status?: 400 | 403 | 404 | 409 | 429 | 500 | 502 | 503;
  code?: number;
  message?: string;
  delayMs?: number;
  /** Default: once. */
  times?: number;
};

export class Faults {
  #open: { fault: CallFault; left: number }[] = [];

  add(fault: CallFault): void {
    this.#open.push({ fault, left: fault.times ?? 1 });
  }

  take(method: string, path: string): CallFault | undefined {
    const met = this.#open.find(({ fault }) => fault.method === method && fault.path.test(path));
    if (!met) return undefined;
    met.left -= 1;
    this.#open = this.#open.filter(({ left }) => left > 0);
    return met.fault;
  }
}
