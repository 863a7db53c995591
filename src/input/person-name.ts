/** Longer names are cut. */
const NAME_CHARS = 40;

/**
 * A name that a person gave themself, safe to show to others: letters, digits and spaces on one line, without marks
 * that a channel reads as bold text or a link. Null when nothing is left.
 */
export function readName(typed: string): string | null {
  const plain = typed
    .slice(0, 400)
    .replace(/[^\p{L}\p{M}\p{N}'’-]+/gu, ' ')
    .trim();
  return [...plain].slice(0, NAME_CHARS).join('').trim() || null;
}
