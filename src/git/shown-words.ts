// Foreign words, such as the title of a pull request, as one line of a text to a person.

/** Characters that are invisible, break the line or reverse the order of others. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]+/gu;

/** On one line, without hidden characters, at most `most` characters. */
export function shownWords(text: string, most: number): string {
  // A multiple, because what is dropped doesn't count.
  const line = text
    .slice(0, most * 8)
    .toWellFormed()
    .replace(HIDDEN, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  const points = [...line];
  return points.length <= most
    ? line
    : `${points
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}
