// Random numbers from a seed: the same seed always gives the same numbers (mulberry32).

export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }

  /** One of the names, with probabilities by weight. */
  weighted<T extends string>(weights: Readonly<Record<T, number>>): T {
    const entries = Object.entries(weights) as [T, number][];
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    return (entries[0] as [T, number])[0];
  }

  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let i = result.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [result[i], result[j]] = [result[j] as T, result[i] as T];
    }
    return result;
  }
}

/** Draws every item equally often, in random order, without end. */
export type Endless<T> = { all: readonly T[]; left: T[]; chance: Chance };

export function endless<T>(chance: Chance, all: readonly T[]): Endless<T> {
  return { all, left: [], chance };
}

export function next<T>(from: Endless<T>, fits: (item: T) => boolean = () => true): T {
  for (;;) {
    const index = from.left.findIndex(fits);
    if (index >= 0) return from.left.splice(index, 1)[0] as T;
    from.left.push(...from.chance.shuffled(from.all));
  }
}
