// Waits between tries, as a table.

/** The n-th entry of a back-off table, or its last. */
export function backoffOf(table: readonly number[], n: number): number {
  return table[Math.min(n, table.length - 1)] ?? 0;
}
