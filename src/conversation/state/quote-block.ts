// Words that are not the person's own stand behind `> `, line by line: nothing in them can end the quotation, whatever it
// says. Above them a line in brackets says whose they are. Pure.

const LINE_ENDS = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/u;

/** `header`, and below it the words as a quotation. */
export function quote(header: string, words: string): string {
  const lines = words.split(LINE_ENDS).map((line) => `> ${line}`);
  return words === '' ? header : [header, ...lines].join('\n');
}

/** At most so many characters of the words, cut with a mark. */
export function shorten(words: string, most: number): string {
  const points = [...words.trim()];
  return points.length <= most
    ? points.join('')
    : `${points
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}

/** On one line, without what could end a line in brackets. */
export const toOneLine = (words: string, most: number): string =>
  shorten(words.replace(/[\p{C}\p{Z}\s]+/gu, ' ').replace(/[[\]]/g, ''), most);

/** The person's own words of a message, without what was quoted above them; the whole when there are none. */
export function ownWordsOf(text: string): string {
  const own = text.replace(/^(?:\[[^\n]*\]\n(?:>[^\n]*(?:\n|$))*\n*)+/, '').trim();
  return own === '' ? text.replace(/^(?:\[[^\n]*\]\n|> )/gm, '').trim() : own;
}
