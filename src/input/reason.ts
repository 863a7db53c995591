// Reads why an operator wants to see what people wrote. The audit shows it, so it has to say something to whoever reads
// it there.

const CHARS_MAX = 200;
const HIDDEN = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
const THREE_CHARACTERS = /(?:[\p{L}\p{N}][^\p{L}\p{N}]*){3}/u;

/** The reason in one line, without invisible characters; null without three letters or digits. */
export function readReason(text: string): string | null {
  const line = text
    .replace(HIDDEN, '')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  const reason = [...line.slice(0, 2 * CHARS_MAX)].slice(0, CHARS_MAX).join('').toWellFormed();
  return THREE_CHARACTERS.test(reason) ? reason : null;
}
