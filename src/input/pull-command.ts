// Reads the words after /pr, /checks, /diff, /watch and /unwatch.

/** A pull request, of the named project or the active one. */
export type PullName = { label: string | null; number: number };
const DOINGS = ['merge', 'fix', 'read'] as const;
export type PullWish = { do: 'list' } | ({ do: 'show' | (typeof DOINGS)[number] } & PullName) | { do: 'unreadable' };

const NUMBER_DIGITS = 9;

/** `12`, `#12` or `shop#12`; null for anything else. */
export function readPullName(text: string): PullName | null {
  const at = text.lastIndexOf('#');
  const digits = text.slice(at + 1).trim();
  if (digits.length > NUMBER_DIGITS || !/^[1-9]\d*$/.test(digits)) return null;
  const label = at < 0 ? '' : text.slice(0, at).trim();
  return { label: label === '' ? null : label, number: Number(digits) };
}

export function readPullWish(rest: string): PullWish {
  if (rest === '' || rest.toLowerCase() === 'list') return { do: 'list' };
  const [, word = '', args = ''] = /^(\S+)\s+([\s\S]*)$/.exec(rest) ?? [];
  const doing = DOINGS.find((each) => each === word.toLowerCase());
  const named = readPullName(doing === undefined ? rest : args);
  if (named === null) return { do: 'unreadable' };
  return { do: doing ?? 'show', ...named };
}

export const WATCH_WORDS = ['new', 'checks', 'reviews', 'merges'] as const;
type WatchWord = (typeof WATCH_WORDS)[number];

const SPELLINGS: Readonly<Record<string, WatchWord>> = { check: 'checks', review: 'reviews', merge: 'merges' };

/** Empty: no words. Null: not all of them are known. */
export function readWatched(rest: string): WatchWord[] | null {
  const words = rest
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((word) => word !== '' && word !== 'and');
  if (words.includes('all') || words.includes('everything')) return [...WATCH_WORDS];
  const read = words.map((word) => WATCH_WORDS.find((each) => each === (SPELLINGS[word] ?? word)));
  return read.every((word) => word !== undefined) ? [...new Set(read)] : null;
}
