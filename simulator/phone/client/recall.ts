// The arrow keys bring back earlier texts, as in a shell. Pure.

/**
 * The text to show after an arrow: one step back or on from what is shown. An empty field stands after the newest. Null
 * when the arrow is the field's own, because something else is being written.
 */
export function recalled(sent: readonly string[], shown: string, key: string): string | null {
  const at = shown === '' ? sent.length : sent.lastIndexOf(shown);
  if (at < 0) return null;
  // The same text twice in a row would stand still otherwise.
  if (key === 'ArrowUp') return sent.slice(0, at).findLast((text) => text !== shown) ?? null;
  if (key === 'ArrowDown' && shown !== '') return sent.slice(at + 1).find((text) => text !== shown) ?? '';
  return null;
}
