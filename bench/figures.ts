// Figures and their display: percentiles of samples, one table of rows. Pure.

/** The smallest sample that at least `share` of all samples do not exceed. */
function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export type Spread = { count: number; p50: number; p90: number; max: number };

export const spread = (samples: readonly number[]): Spread => ({
  count: samples.length,
  p50: percentile(samples, 0.5),
  p90: percentile(samples, 0.9),
  max: percentile(samples, 1),
});

export const inMs = (ms: number): string => (ms >= 100 ? ms.toFixed(0) : ms.toFixed(1));
export const inMiB = (bytes: number): string => (bytes / 1024 ** 2).toFixed(0);
export const inKiB = (bytes: number): string => (bytes / 1024).toFixed(1);

/** The first column is aligned left, figures right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    widths
      .map((width, column) => (column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n');
}
