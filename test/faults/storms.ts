import type { Weather } from './plan.ts';

// When the carrier's API fares badly. After refusals the product asks ever more rarely, at last once an hour: a carrier that
// refused again at every try would be asked next when the run is long over. A storm therefore lasts for one episode and what
// is left of it, and the next one comes when nothing waits for the carrier any more. In memory.

const REFUSING: readonly Weather[] = [
  'refuses (429)',
  'refuses for long (429)',
  'refuses everybody (429)',
  'breaks (5xx)',
];
const isRefusing = (weather: Weather): boolean => REFUSING.includes(weather);

/** After a storm the product's own waits are over within this. */
export const FREE_AFTER_MS = 10 * 60_000;

export type StormsSetup = {
  sky: { weather: Weather };
  /** A conversation waits until the carrier takes messages again. */
  isAnybodyWaiting: () => boolean;
};
export type Span = { from: number; to: number };

export class Storms {
  readonly #sky: StormsSetup['sky'];
  readonly #isAnybodyWaiting: () => boolean;
  /** When the carrier refused everything. */
  readonly outages: Span[] = [];
  /** Weather → how often it came. */
  readonly counts = new Map<Weather, number>();

  constructor({ sky, isAnybodyWaiting }: StormsSetup) {
    this.#sky = sky;
    this.#isAnybodyWaiting = isAnybodyWaiting;
  }

  /** Returns whether this begins a storm that `end` has to end. */
  begin(weather: Weather, now: number): boolean {
    if (weather === 'fine') return false;
    const isCalm = !isRefusing(this.#sky.weather);
    if (isRefusing(weather) && isCalm && this.#isAnybodyWaiting()) return false;
    const isFirst = this.#sky.weather === 'fine';
    this.counts.set(weather, (this.counts.get(weather) ?? 0) + 1);
    this.#turn(weather, now);
    return isFirst;
  }

  end(now: number): void {
    this.#turn('fine', now);
  }

  #turn(weather: Weather, now: number): void {
    const before = this.#sky.weather;
    this.#sky.weather = weather;
    const last = this.outages.at(-1);
    if (isRefusing(before) && last) last.to = isRefusing(weather) ? Number.POSITIVE_INFINITY : now;
    else if (isRefusing(weather)) this.outages.push({ from: now, to: Number.POSITIVE_INFINITY });
  }
}
