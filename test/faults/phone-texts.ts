import type { Evidence, Written } from './verdict.ts';

// The texts of one phone and their states while its story is read: open until answered, dropped by a /stop, or given
// up; and what a /retry brings back. In memory.

export type TextStanding = {
  text: Written;
  /**
   * `told`: the person was told that it did not arrive whole and has to be sent again. `edited`: its words were changed
   * before the agent had them.
   */
  is: 'open' | 'stopped' | 'answered' | 'told' | 'edited';
  answeredAt: number | null;
  keptAt?: number;
};
/** A sentence about something given up, with the texts open at that moment. */
export type GivenUp = { at: number; open: readonly TextStanding[] };
export type Retried = { at: number; count: number; kept: readonly TextStanding[] };

/** The person hears of an absent machine after ten seconds, and the words may have to wait for the carrier. */
export const TOLD_WITHIN_MS = 60_000;

export class PhoneTexts {
  /** Including commands and choices. */
  readonly written: readonly Written[];
  /** Text → how often a /retry may have brought it back. */
  readonly broughtBack = new Map<string, number>();
  readonly givenUp: GivenUp[] = [];
  readonly retried: Retried[] = [];
  readonly #phone: string;
  readonly #evidence: Evidence;
  readonly #standings: ReadonlyMap<string, TextStanding>;

  constructor(phone: string, evidence: Evidence) {
    this.#phone = phone;
    this.#evidence = evidence;
    this.written = evidence.written.filter((text) => text.phone === phone);
    this.#standings = new Map(
      this.written
        .filter(({ what }) => what === 'words')
        .map((text) => [text.id, { text, is: 'open', answeredAt: null }]),
    );
  }

  get(id: string): TextStanding | undefined {
    return this.#standings.get(id);
  }

  writtenAs(id: string): Written | undefined {
    return this.written.find((text) => text.id === id);
  }

  answered(): string[] {
    return this.all(({ is }) => is === 'answered').map(({ text }) => text.id);
  }

  /** The clock of the conversation at that time of the run. */
  clockAt(at: number): number {
    const moves = (this.#evidence.clockMoves ?? []).filter((move) => move.phone === this.#phone && move.at <= at);
    return moves.reduce((sum, { byMs }) => sum + byMs, at);
  }

  /** Neither answered nor dropped. */
  open(): TextStanding[] {
    return this.all(({ is, text }) => is === 'open' && text.handed !== null);
  }

  /** The texts that a /retry may bring back. */
  kept(): TextStanding[] {
    return this.all(({ is, text }) => is === 'stopped' || (is === 'open' && this.mayBeGivenUp(text.id)));
  }

  mayBeGivenUp(id: string): boolean {
    return this.givenUp.some(({ open }) => open.some(({ text }) => text.id === id));
  }

  /** The plan makes the agent fail at it, or its machine's disk was full. */
  hasReason({ text }: TextStanding, at: number): boolean {
    const wasFull = this.#evidence.away.some(
      ({ from, to, isFull }) => isFull && from <= at && to >= (text.handed ?? at) - TOLD_WITHIN_MS,
    );
    return text.mayBeGivenUp === true || wasFull;
  }

  /** The last time before that at which such a message was handed over; 0: never. */
  lastHanded(what: Written['what'], before: number): number {
    return this.#last(before, (text) => text.what === what);
  }

  /** As above, of the last /project or message in a topic of the chat. */
  lastElsewhere(before: number): number {
    return this.#last(before, ({ what, thread }) => what === '/project' || thread !== undefined);
  }

  #last(before: number, is: (text: Written) => boolean): number {
    return Math.max(
      0,
      ...this.written.flatMap((text) => (is(text) && (text.handed ?? before) < before ? [text.handed ?? 0] : [])),
    );
  }

  /** Whether an open text gave a reason for it. */
  giveUp(at: number): boolean {
    const open = this.open();
    this.givenUp.push({ at, open });
    for (const standing of open) standing.keptAt = at;
    return open.some((standing) => this.hasReason(standing, at));
  }

  /** Null, or the problem with the number. */
  bringBack(count: number, at: number): string | null {
    const all = this.kept();
    const wanted = all.filter(({ text }) => !text.staysStopped);
    // Brings back the texts that were dropped or given up last: all of them, or the part that the person wants. Earlier
    // ones stay.
    const [whole, newest] = [newestOf(all), newestOf(wanted)];
    const kept = [whole.length === count ? whole : [], newest, wanted].find((some) => some.length >= count) ?? all;
    this.retried.push({ at, count: Math.min(count, kept.length), kept });
    for (const standing of kept) {
      const { id } = standing.text;
      standing.is = 'open';
      this.broughtBack.set(id, (this.broughtBack.get(id) ?? 0) + 1);
    }
    return kept.length < count ? `${count}, and only ${kept.length} are kept` : null;
  }

  all(is: (standing: TextStanding) => boolean): TextStanding[] {
    return [...this.#standings.values()].filter(is);
  }
}

function newestOf(kept: readonly TextStanding[]): TextStanding[] {
  const last = Math.max(...kept.map(({ keptAt = 0 }) => keptAt));
  return kept.filter(({ keptAt = 0 }) => keptAt === last);
}
