// String operations on untrusted text, for both sides, in linear time: the obvious versions take quadratic time. Pure.

/** As many marks on one letter as Unicode's stream-safe form allows; no language has half of them. */
const MARKS_AT_MOST = 30;
const MORE_MARKS = new RegExp(`(\\p{M}{${MARKS_AT_MOST}})\\p{M}+`, 'gu');

/** In one of Unicode's normal forms. Putting a long row of marks into order takes its square, so the row is cut off. */
export const normalized = (text: string, form: 'NFC' | 'NFD' | 'NFKD'): string =>
  text.replace(MORE_MARKS, '$1').normalize(form);

/** Without the characters of that kind at its end; a pattern would begin anew at each of them. */
export function withoutEnd(text: string, characters: RegExp): string {
  let end = text.length;
  while (end > 0 && characters.test(text[end - 1] as string)) end--;
  return text.slice(0, end);
}
