// Turns .dev.vars.example into docs/configuration.md. Pure.
//
// The example has comments that explain the names below them, `## ` headings, and at its end names that stand in
// comments only, because they belong to the environment of an agent server.

/** A comment and the names it explains. A comment without names is prose. */
type Entry = { names: { name: string; value: string }[]; lines: string[] };

const INDENTED_NAMES = /^([A-Z][A-Z_]+(?:, [A-Z][A-Z_]+)*) {2,}(\S.*)$/;

export function configurationPage(example: string): string {
  const [introduction = '', ...sections] = example.split(/^## /m);
  const parts = [
    '# Configuration',
    '<!-- Written by scripts/generate/configuration.ts from .dev.vars.example. Change that file, not this one. -->',
    ...entriesOf(introduction).map(printed),
    ...sections.flatMap((section) => {
      const [title = '', ...lines] = section.split('\n');
      return [`## ${title}`, ...entriesOf(lines.join('\n')).map(printed)];
    }),
  ];
  return `${parts.join('\n\n')}\n`;
}

function entriesOf(section: string): Entry[] {
  return section
    .split(/\n{2,}/)
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .flatMap(entriesOfBlock);
}

function entriesOfBlock(block: string): Entry[] {
  const entries: Entry[] = [{ names: [], lines: [] }];
  for (const line of block.split('\n')) {
    const last = entries.at(-1) as Entry;
    const comment = /^# ?(.*)$/.exec(line)?.[1];
    const [, name, value = ''] = /^([A-Z][A-Z_]+)=(.*)$/.exec(line) ?? [];
    const [, names, start = ''] = INDENTED_NAMES.exec(comment ?? '') ?? [];
    if (names !== undefined) {
      entries.push({ names: names.split(', ').map((each) => ({ name: each, value: '' })), lines: [start] });
    } else if (comment !== undefined) last.lines.push(comment.trim());
    else if (name !== undefined) last.names.push({ name, value });
    else throw new Error(`.dev.vars.example has a line that is neither a comment nor a setting: ${line}`);
  }
  return entries.filter(({ names, lines }) => names.length > 0 || lines.some((line) => line !== ''));
}

function printed({ names, lines }: Entry): string {
  const text = lines.filter((line) => line !== '').join('\n');
  if (names.length === 0) return text;
  const values = names.filter(({ value }) => value !== '').map(({ name, value }) => `- \`${name}=${value}\``);
  return [
    `### ${names.map(({ name }) => name).join(', ')}`,
    text,
    ...(values.length === 0 ? [] : [`In the example:\n\n${values.join('\n')}`]),
  ].join('\n\n');
}
