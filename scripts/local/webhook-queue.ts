// Keeps webhooks that wait for a restarting relay in the order in which they first came. A carrier that gives up and
// retries keeps its place, by its idempotency token. In memory only.

const PLACES_KEPT = 1_000;

export class WebhookLine {
  readonly #places = new Map<string, number>();
  #next = 0;
  #waiting: { place: number; begin: () => void }[] = [];
  #busy = false;

  /** The place of the message with this id, which is the same for all its tries. */
  placeOf(id: string): number {
    const known = this.#places.get(id);
    if (known !== undefined) return known;
    const oldest = this.#places.keys().next().value;
    if (this.#places.size >= PLACES_KEPT && oldest !== undefined) this.#places.delete(oldest);
    this.#places.set(id, this.#next);
    return this.#next++;
  }

  get isEmpty(): boolean {
    return !this.#busy && this.#waiting.length === 0;
  }

  /** Runs one at a time, in order of arrival. Resolves with a function that ends the turn. */
  turn(place: number): Promise<() => void> {
    return new Promise((resolve) => {
      this.#waiting.push({ place, begin: () => resolve(() => this.#end()) });
      this.#waiting.sort((a, b) => a.place - b.place);
      if (!this.#busy) this.#begin();
    });
  }

  #begin(): void {
    const first = this.#waiting.shift();
    this.#busy = first !== undefined;
    first?.begin();
  }

  #end(): void {
    this.#begin();
  }
}
