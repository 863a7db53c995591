// Points at which a run waits until it is released: each is set for one text, reached by any call with that text, and
// all are released at once. Aims a kill. In memory.

/** The points of a text's way, in the order in which it passes them. */
export const POINTS = [
  'start-undelivered',
  'start-unanswered',
  'tool',
  'streaming',
  'asked',
  /** The answer to a question is on its way to the machine. */
  'heard',
  'answer',
  'ended',
  'send-untaken',
  'send-unanswered',
] as const;
export type Point = (typeof POINTS)[number];

type Hold = { reached: PromiseWithResolvers<void>; released: PromiseWithResolvers<void> };

export class Holds {
  readonly #armed = new Map<string, Hold>();
  /** Text → when its tool was released. */
  readonly wentOn = new Map<string, number>();

  arm(point: Point, id: string): Promise<void> {
    const hold = { reached: Promise.withResolvers<void>(), released: Promise.withResolvers<void>() };
    this.#armed.set(key(point, id), hold);
    return hold.reached.promise;
  }

  isArmed(point: Point, id: string): boolean {
    return this.#armed.has(key(point, id));
  }

  /** Waits if the point is set for one of the texts; until released, or until `gone`. */
  async reach(point: Point, ids: string | readonly string[], gone?: AbortSignal): Promise<void> {
    for (const id of typeof ids === 'string' ? [ids] : ids) {
      const hold = this.#armed.get(key(point, id));
      if (!hold) continue;
      hold.reached.resolve();
      const left = Promise.withResolvers<void>();
      gone?.addEventListener('abort', () => left.resolve(), { once: true });
      if (!gone?.aborted) await Promise.race([hold.released.promise, left.promise]);
    }
  }

  release(): void {
    for (const [armed, hold] of this.#armed) {
      const [point, id = ''] = armed.split(' ');
      if (point === 'tool') this.wentOn.set(id, Date.now());
      hold.reached.resolve();
      hold.released.resolve();
    }
    this.#armed.clear();
  }
}

const key = (point: Point, id: string): string => `${point} ${id}`;
