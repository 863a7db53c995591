// The waits of a run and their durations: for a condition, checked after every event; for work beside it. In memory.

export class Waits {
  /** Reason for waiting → seconds. */
  readonly spent = new Map<string, number>();
  readonly #background = new Set<Promise<unknown>>();
  #changed = Promise.withResolvers<void>();
  #heardAt = Date.now();

  /** Something has happened. */
  wake(): void {
    this.#heardAt = Date.now();
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  get quietForMs(): number {
    return Date.now() - this.#heardAt;
  }

  /** Checks after every event, for at most `ms`. */
  async until(isTrue: () => boolean, ms: number): Promise<void> {
    const deadline = Date.now() + ms;
    while (!isTrue() && Date.now() < deadline) await bounded(this.#changed.promise, deadline - Date.now());
  }

  /** Looks whenever something happened, until the run ends. */
  async forAsLongAsItTakes(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await this.#changed.promise;
  }

  /** Waits, and records how long. */
  async spend<T>(what: string, work: Promise<T>): Promise<T> {
    const from = Date.now();
    const done = await work;
    this.spent.set(what, (this.spent.get(what) ?? 0) + (Date.now() - from) / 1000);
    return done;
  }

  /** Continues beside the run. */
  beside(work: Promise<unknown>): void {
    const done = work.finally(() => this.#background.delete(done));
    this.#background.add(done);
  }

  get isAnythingBeside(): boolean {
    return this.#background.size > 0;
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Until the work is done, or the time is over. */
export async function bounded(work: Promise<unknown>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.max(0, ms));
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
