// The rows of the bench: how a part declares them, what several runs make of each, and how they are shown and compared.
// Pure.

/** A row before it is measured. `target`: the most it should be. */
export type Measure = { row: string; unit: string; target?: number };
/** The figures of one run, by row; several where one preparation served several runs. */
export type Figures = Record<string, number | readonly number[]>;
/** Of `n` runs: their median, the least and the most. */
export type Row = {
  row: string;
  value: number;
  unit: string;
  target: number | null;
  met: boolean | null;
  n: number;
  spread: [number, number];
};
export type Part = {
  name: string;
  rows: readonly Measure[];
  runs: number;
  /** One run, of all rows or of those that are wanted. */
  measure(wanted: Wanted): Promise<Figures>;
};
export type Wanted = (row: string) => boolean;

/** The smallest sample that at least `share` of all samples do not exceed. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export type Summary = { count: number; p50: number; p90: number; max: number };

export const summarise = (samples: readonly number[]): Summary => ({
  count: samples.length,
  p50: percentile(samples, 0.5),
  p90: percentile(samples, 0.9),
  max: percentile(samples, 1),
});

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** A row with a figure for each of its runs. */
export function rowOf({ row, unit, target }: Measure, runs: readonly number[]): Row {
  const [value, least, most] = [median(runs), Math.min(...runs), Math.max(...runs)].map(toThousandths) as [
    number,
    number,
    number,
  ];
  const met = target === undefined ? null : value <= target;
  return { row, value, unit, target: target ?? null, met, n: runs.length, spread: [least, most] };
}

const toThousandths = (value: number): number => Math.round(value * 1000) / 1000;

/** The rows with exactly this name, or all that begin with it. `->` stands for the arrow. */
export function findRows(rows: readonly string[], name: string): string[] {
  const plain = (text: string): string => text.replaceAll('->', '→').toLowerCase();
  const exact = rows.filter((row) => plain(row) === plain(name));
  return exact.length > 0 ? exact : rows.filter((row) => plain(row).startsWith(plain(name)));
}

export type Compared = { row: string; unit: string; before: number | null; after: number | null; ratio: number | null };

/** The rows of the new run, then rows that only the earlier run has. */
export function compareRows(before: readonly Row[], after: readonly Row[]): Compared[] {
  const rows = new Map([...after, ...before].map(({ row, unit }) => [row, unit]));
  const valueIn = (those: readonly Row[], name: string): number | null =>
    those.find(({ row }) => row === name)?.value ?? null;
  return [...rows].map(([row, unit]) => {
    const [was, is] = [valueIn(before, row), valueIn(after, row)];
    return { row, unit, before: was, after: is, ratio: was === null || is === null || was === 0 ? null : is / was };
  });
}

/** Three digits, and all of a whole number. */
export function formatNumber(value: number | null): string {
  if (value === null) return '';
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

export function formatRows(rows: readonly Row[]): string {
  const lines = rows.map(({ row, value, unit, target, met, n, spread }) => [
    row,
    formatNumber(value),
    unit,
    formatNumber(target),
    met === null ? '' : met ? 'yes' : 'no',
    String(n),
    `${formatNumber(spread[0])}–${formatNumber(spread[1])}`,
  ]);
  return table(['row', 'value', 'unit', 'target', 'met', 'n', 'spread'], lines);
}

export function formatCompared(rows: readonly Compared[]): string {
  const lines = rows.map(({ row, unit, before, after, ratio }) => [
    row,
    ...[before, after].map(formatNumber),
    unit,
    ratio === null ? '' : ratio.toFixed(2),
  ]);
  return table(['row', 'before', 'after', 'unit', 'after / before'], lines);
}

/** The first column is aligned left, the others right. */
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
