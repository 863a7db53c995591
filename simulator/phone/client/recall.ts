// The arrow keys bring back earlier texts, as in a shell. Pure.

/**
 * The text to show after an arrow key: one step back or forward from the shown text. An empty field is after the newest
 * text. Null leaves the key to the field, because something else is being written.
 */
export function recalled(sent: readonly string[], shown: string, key: string): string | null {
  const at = shown === '' ? sent.length : sent.lastIndexOf(shown);
  if (at < 0) return null;
  // Repeated texts count once; otherwise the key would seem to do nothing.
  if (key === 'ArrowUp') return sent.slice(0, at).findLast((text) => text !== shown) ?? null;
  if (key === 'ArrowDown' && shown !== '') return sent.slice(at + 1).find((text) => text !== shown) ?? '';
  return null;
}
