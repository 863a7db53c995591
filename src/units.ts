// Units of time in milliseconds, and how waits are read from a table.

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The n-th entry of a back-off table, or its last. */
export function backoffOf(table: readonly number[], n: number): number {
  return table[Math.min(n, table.length - 1)] ?? 0;
}
