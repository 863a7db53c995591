import type { ProgramPart } from '../journal/program-table.ts';

// The differences between two contents of a project's programs, as lines that begin with - and +. Pure and linear.

export function describeChanges(before: readonly ProgramPart[], after: readonly ProgramPart[]): string {
  const titles = [...new Set([...before, ...after].map(({ title }) => title))];
  const textOf = (parts: readonly ProgramPart[], title: string): string | null =>
    parts.find((part) => part.title === title)?.text ?? null;
  return titles
    .map((title) => ({ title, old: textOf(before, title), now: textOf(after, title) }))
    .filter(({ old, now }) => old !== now)
    .map(({ title, old, now }) => [`${title}:`, ...changedLines(linesOf(old), linesOf(now))].join('\n'))
    .join('\n');
}

const linesOf = (text: string | null): string[] =>
  text === null || text === '' ? [] : text.replace(/\n$/, '').split('\n');

/** Everything between the first line that differs and the last. */
function changedLines(old: readonly string[], now: readonly string[]): string[] {
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old[start] === now[start]) start++;
  let end = 0;
  while (end < shorter - start && old.at(-1 - end) === now.at(-1 - end)) end++;
  const part = (lines: readonly string[], sign: string): string[] =>
    lines.slice(start, lines.length - end).map((line) => `${sign} ${line}`);
  return [...part(old, '-'), ...part(now, '+')];
}
