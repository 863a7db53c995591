import type { Buckets } from '../state/figures.ts';

// Waits counted in buckets whose bounds grow by a fifth, so that the counts of many people and days can be added and
// still give percentiles.

const SHORTEST_MS = 20;
const GROWTH = 1.2;
/** Longer waits, from about three hours on, are counted as this long. */
const LAST = 72;

export function withWait(buckets: Buckets, ms: number): Buckets {
  const n = ms <= SHORTEST_MS ? 0 : Math.min(LAST, Math.ceil(Math.log(ms / SHORTEST_MS) / Math.log(GROWTH)));
  return { ...buckets, [n]: (buckets[n] ?? 0) + 1 };
}

/** Milliseconds within which this part (0 to 1) of the waits was over: at most a fifth too long. Null without waits. */
export function percentileOf(buckets: Buckets, part: number): number | null {
  const counts = Object.entries(buckets)
    .map(([n, count]) => [Number(n), count] as const)
    .sort(([a], [b]) => a - b);
  let left = part * counts.reduce((sum, [, count]) => sum + count, 0);
  for (const [n, count] of counts) {
    left -= count;
    if (left <= 0) return Math.round(SHORTEST_MS * GROWTH ** n);
  }
  return null;
}

/** `sign` −1 takes `more` away. */
export function addBuckets(buckets: Buckets, more: Buckets, sign = 1): Buckets {
  const sum: Record<string, number> = { ...buckets };
  for (const [n, count] of Object.entries(more)) sum[n] = (sum[n] ?? 0) + sign * count;
  return Object.fromEntries(Object.entries(sum).filter(([, count]) => count !== 0));
}
