// The events of each text and process, in the order in which the runner saw them. For the report of a red run.

type Moment = { at: number; what: string };

export class Timeline {
  readonly #began = Date.now();
  readonly #moments = new Map<string, Moment[]>();
  readonly #common: Moment[] = [];

  note(id: string, what: string): void {
    const moments = this.#moments.get(id) ?? [];
    moments.push({ at: Date.now(), what });
    this.#moments.set(id, moments);
  }

  /** An event that concerns every text. */
  noteAll(what: string): void {
    this.#common.push({ at: Date.now(), what });
  }

  /** From shortly before the text's first moment to its last, with its phone's events. */
  of(id: string, phone = ''): string[] {
    const own = this.#moments.get(id) ?? [];
    const [from = 0, to = 0] = [own[0]?.at, own.at(-1)?.at];
    const common = [...this.#common, ...(this.#moments.get(phone) ?? [])].filter(
      ({ at }) => at >= from - 1000 && at <= to + 5_000,
    );
    return [...own, ...common.map((moment) => ({ ...moment, what: `— ${moment.what}` }))]
      .sort((a, b) => a.at - b.at)
      .map(({ at, what }) => `${((at - this.#began) / 1000).toFixed(3).padStart(9)} s  ${what}`);
  }
}
