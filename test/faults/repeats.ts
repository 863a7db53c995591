import type { Guarantees } from './guarantees.ts';
import { idsIn } from './said.ts';
import { noticeIn } from './sentences.ts';
import type { Shown } from './verdict.ts';

// Takes out what a message marked as a possible repeat says again, and counts the copies: as many as the channel's
// guarantee allows, and more only after the person has written. An unmarked copy is news, and judged as such. In memory.

export type WithoutRepeats = {
  /** What the message says for the first time. */
  news: Shown;
  /** What came more often than promised. */
  tooOften: string[];
  /** It calls itself a possible repeat. */
  isMarked: boolean;
  /** …where none can be. */
  isUntrue: boolean;
};

const fileOf = (id: string): string => `the file of ${id}`;

type Copies = { count: number; at: number };

export class Repeats {
  readonly #most: number;
  readonly #copies = new Map<string, Copies>();
  /** What the message before said: nothing overtakes a reply of unknown outcome, until it is kept back. */
  #before: readonly string[] = [];

  constructor({ copiesOfDoubtful }: Guarantees) {
    this.#most = copiesOfDoubtful;
  }

  /** `hasWritten`: whether the person wrote between that time and this message. */
  read(shown: Shown, hasWritten: (since: number) => boolean): WithoutRepeats {
    const parts = shown.body.split('\n\n').filter((part) => part.trim() !== '');
    const isMarked = parts.some((part) => noticeIn(part)?.kind === 'may repeat');
    const tooOften: string[] = [];
    const isNews = (what: string): boolean => {
      const before = this.#copies.get(what);
      const isNear = this.#before.includes(what) || idsIn(what).length > 0;
      const isAgain = isMarked && before !== undefined && (isNear || before.count > 1);
      const isAsked = isAgain && hasWritten(before.at);
      if (isAgain && before.count >= this.#most && !isAsked) tooOften.push(what);
      this.#copies.set(what, { count: isAgain ? before.count + 1 : 1, at: shown.at });
      return !isAgain;
    };
    const words = parts.filter((part) => noticeIn(part)?.kind !== 'may repeat').filter(isNews);
    const files = shown.files.filter((id) => isNews(fileOf(id)));
    this.#before = [...parts, ...shown.files.map(fileOf)];
    const isUntrue = isMarked && this.#most === 1;
    return { news: isMarked ? { ...shown, body: words.join('\n\n'), files } : shown, tooOften, isMarked, isUntrue };
  }
}
