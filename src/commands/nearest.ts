// Which name of a list a person may have meant. Bounded: a name longer than any of ours is not compared.

const LONGEST = 60;

/** The nearest of `names` within two slips of the finger, or null. */
export function misspelt(typed: string, names: readonly string[]): string | null {
  const wanted = folded(typed);
  if (wanted.length < 2 || wanted.length > LONGEST) return null;
  const near = names
    .map((name) => ({ name, key: folded(name) }))
    .filter(({ key }) => Math.abs(key.length - wanted.length) <= 2)
    .map(({ name, key }) => ({ name, key, apart: lettersApart(wanted, key) }))
    .filter(({ key, apart }) => apart <= 2 && apart < key.length - 1)
    .sort((a, b) => a.apart - b.apart);
  return near[0]?.name ?? null;
}

/** The same, else the only one of `names` that has the typed words in it. */
export function nearest(typed: string, names: readonly string[]): string | null {
  const near = misspelt(typed, names);
  const wanted = folded(typed);
  if (near !== null || wanted.length < 2 || wanted.length > LONGEST) return near;
  const having = names.filter((name) => folded(name).includes(wanted));
  return having.length === 1 ? (having[0] ?? null) : null;
}

const folded = (text: string): string => text.trim().toLowerCase();

/** Letters to add, drop, change or swap with the next to get from one word to the other. */
function lettersApart(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? at(i - 2, j - 2) + 1
          : Number.POSITIVE_INFINITY;
      (rows[i] as number[])[j] = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, changed, swapped);
    }
  }
  return at(a.length, b.length);
}
