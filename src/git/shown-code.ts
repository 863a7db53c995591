// Foreign code and file names as a person should see them: what is invisible or reverses the order of other characters is
// written out, so that the line says what it does.

/** Everything without a shape of its own but the tab. */
const HIDDEN = /(?!\t)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|(?! )\p{Zs}/gu;

/** The text in pieces; every second one is a name like `U+202E`. */
export function shownCode(text: string): string[] {
  const pieces: string[] = [];
  let until = 0;
  for (const found of text.matchAll(HIDDEN)) {
    pieces.push(text.slice(until, found.index), nameOf(found[0]));
    until = found.index + found[0].length;
  }
  return [...pieces, text.slice(until)];
}

/** The same as one text: `U+202E` in angle brackets. */
export const shownPlainly = (text: string): string =>
  shownCode(text)
    .map((piece, n) => (n % 2 === 1 ? `<${piece}>` : piece))
    .join('');

const nameOf = (sign: string): string => `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
