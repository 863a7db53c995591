// Quotes words that aren't the person's own, with `> ` before every line, so that nothing in them can end the
// quotation. A line in brackets above says whose words they are. Pure.

const LINE_ENDS = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;

/** The header, and below it the quotation. */
export function quote(header: string, words: string): string {
  const lines = words.split(LINE_ENDS).map((line) => `> ${line}`);
  return words === '' ? header : [header, ...lines].join('\n');
}

/** Cuts the words to `most` characters, with a mark at the cut. */
export function shorten(words: string, most: number): string {
  const points = [...words.trim()];
  return points.length <= most
    ? points.join('')
    : `${points
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}

/** The words on one line, without characters that could end a line in brackets. */
export const toOneLine = (words: string, most: number): string =>
  shorten(words.replace(/[\p{C}\p{Z}\s]+/gu, ' ').replace(/[[\]]/g, ''), most);

/** The person's own words without the quotation above them; the whole message if there are none. */
export function ownWordsOf(text: string): string {
  const own = text.replace(/^(?:\[[^\n]*\]\n(?:>[^\n]*(?:\n|$))*\n*)+/, '').trim();
  return own === '' ? text.replace(/^(?:\[[^\n]*\]\n|> )/gm, '').trim() : own;
}
