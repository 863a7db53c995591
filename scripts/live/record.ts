// Records the actions and observations of one live round, and prints them as a table for an issue. Pure except for the
// times of its lines. Has statuses, states and times; never a body, a key or a number.

export type Line = { what: string; expected: string; seen: string; ms: number; differs: boolean };

export type Report = {
  lines: readonly Line[];
  note(what: string, expected: string, seen: string, ms: number, differs?: boolean): void;
};

export function newReport(tell: (line: Line) => void): Report {
  const lines: Line[] = [];
  return {
    lines,
    note(what, expected, seen, ms, differs = expected !== seen) {
      const line = { what, expected, seen, ms: Math.round(ms), differs };
      lines.push(line);
      tell(line);
    },
  };
}

export const inWords = ({ what, expected, seen, ms, differs }: Line): string =>
  `${differs ? '≠' : '✓'} ${what}: ${seen}${differs ? ` (expected ${expected})` : ''}, ${ms} ms`;

export function asMarkdown(lines: readonly Line[], about: { version: string; at: string }): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const row = ({ what, expected, seen, ms, differs }: Line): string =>
    `| ${differs ? '≠' : ''} | ${cell(what)} | ${cell(expected)} | ${cell(seen)} | ${ms} |`;
  const differing = lines.filter(({ differs }) => differs).length;
  return [
    `Roost ${about.version}, live round of ${about.at}: ${differing === 0 ? 'all as documented' : `${differing} of ${lines.length} differ`}.`,
    '',
    '| | what | expected | seen | ms |',
    '|---|---|---|---|---|',
    ...lines.map(row),
  ].join('\n');
}
