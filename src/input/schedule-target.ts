// How the commands about one schedule are read: its number, then words about it. What the words mean is decided elsewhere.

export type Target =
  /** No number: nothing is meant to change. */
  | { kind: 'none' }
  | { kind: 'schedule'; id: number; words: string }
  /** What stands where the number should be. */
  | { kind: 'unknown'; named: string };

export function readTarget(rest: string): Target {
  const [named = '', ...words] = rest.trim().split(/\s+/);
  if (named === '') return { kind: 'none' };
  const id = /^#?([1-9]\d{0,6})$/.exec(named)?.[1];
  return id === undefined ? { kind: 'unknown', named } : { kind: 'schedule', id: Number(id), words: words.join(' ') };
}
