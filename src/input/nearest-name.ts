// Finds the name that a person may have meant. A word longer than any name is not compared.

const LONGEST = 60;
const SLIPS = 2;
const SHOWN = 3;

/** The names nearest to the typed word, at most `slips` typing mistakes away. */
export function findAlike(typed: string, names: readonly string[], slips = SLIPS): string[] {
  const wanted = folded(typed);
  if (wanted.length < 2 || wanted.length > LONGEST) return [];
  const near = names
    .map((name) => ({ name, key: folded(name) }))
    .filter(({ key }) => Math.abs(key.length - wanted.length) <= slips)
    .map(({ name, key }) => ({ name, key, apart: lettersApart(wanted, key) }))
    .filter(({ key, apart }) => apart <= slips && apart < key.length - 1);
  const least = Math.min(...near.map(({ apart }) => apart));
  return near
    .filter(({ apart }) => apart === least)
    .map(({ name }) => name)
    .slice(0, SHOWN);
}

export const findMisspelt = (typed: string, names: readonly string[]): string | null =>
  findAlike(typed, names)[0] ?? null;

/** The nearest name; else the only one that contains the typed words, or words like them. */
export function findNearest(typed: string, names: readonly string[]): string | null {
  const wanted = folded(typed);
  if (wanted.length < 2 || wanted.length > LONGEST) return null;
  const having = names.filter((name) => folded(name).includes(wanted));
  const beside = names.filter((name) => findAlike(wanted, wordsOf(name)).length > 0);
  const only = having.length > 0 ? having : beside;
  return findMisspelt(wanted, names) ?? (only.length === 1 ? (only[0] ?? null) : null);
}

const folded = (text: string): string => text.trim().toLowerCase();
const wordsOf = (name: string): string[] => name.slice(0, LONGEST).split(/[^\p{L}\p{N}]+/u);

/** The number of letters to add, drop, change or swap with a neighbour to turn one word into the other. */
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
