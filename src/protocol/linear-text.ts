// String operations on untrusted text, for both sides, in linear time: the obvious versions take quadratic time. Pure.

/** Unicode's stream-safe form allows this many marks on one letter. No language needs half of them. */
const MARKS_AT_MOST = 30;
const MORE_MARKS = new RegExp(`(\\p{M}{${MARKS_AT_MOST}})\\p{M}+`, 'gu');

/** The text in a normal form of Unicode. Sorting a long row of marks takes quadratic time, so the row is cut. */
export const normaliseUnicode = (text: string, form: 'NFC' | 'NFD' | 'NFKD'): string =>
  text.replace(MORE_MARKS, '$1').normalize(form);

/** The text without trailing characters of that kind. A pattern would restart at each of them. */
export function withoutEnd(text: string, characters: RegExp): string {
  let end = text.length;
  while (end > 0 && characters.test(text[end - 1] as string)) end--;
  return text.slice(0, end);
}
