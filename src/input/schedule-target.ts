// Reads what follows a command about one schedule: its number, then words that the command itself reads.

export type Target =
  /** Without a number nothing changes. */
  | { kind: 'none' }
  | { kind: 'schedule'; id: number; words: string }
  /** `named`: the words in place of a number. */
  | { kind: 'unknown'; named: string };

export function readTarget(rest: string): Target {
  const [named = '', ...words] = rest.trim().split(/\s+/);
  if (named === '') return { kind: 'none' };
  const id = /^#?([1-9]\d{0,6})$/.exec(named)?.[1];
  return id === undefined ? { kind: 'unknown', named } : { kind: 'schedule', id: Number(id), words: words.join(' ') };
}
