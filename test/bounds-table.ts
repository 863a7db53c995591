import { readdirSync, readFileSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import { createContext, runInContext } from 'node:vm';

// Reads docs/bounds.md and the numbers in the code that it describes.

export const root = resolve(import.meta.dirname, '..');
export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

export const TABLE = 'docs/bounds.md';
/** A name without a link is in one of these files. */
const POLICIES = readdirSync(join(root, 'src/conversation/policy')).map((file) => `src/conversation/policy/${file}`);
const policyOf = (name: string): string =>
  POLICIES.find((path) => numbersOf(path).has(name)) ?? 'src/conversation/policy/policy.ts';

export type Bound = { name: string; path: string; value: string };
export type Row = { line: number; bounds: Bound[]; told: string; test: { path: string; title: string } | null };

/** The policy files count as one: a bound may move between them. */
export const keyOf = ({ path, name }: Pick<Bound, 'path' | 'name'>): string =>
  `${path.replace(/^src\/conversation\/policy\/[\w-]+\.ts$/, 'src/conversation/policy/*.ts')} ${name}`;

/** A row for each line of a table, with the bounds and values it states. */
export function rowsOf(markdown: string): Row[] {
  return markdown.split('\n').flatMap((text, index) => {
    const cells = text.split(/(?<!\\)\|/).slice(1, -1);
    if (cells.length !== 5 || !/`[A-Z]/.test(cells[0] ?? '')) return [];
    const [names = '', , told = '', , test = ''] = cells.map((cell) => cell.trim());
    const found = /^`([^`]+)` “(.+)”$/.exec(test);
    return [
      {
        line: index + 1,
        bounds: boundsOf(names),
        told,
        test: found ? { path: `test/${found[1]}`, title: found[2] ?? '' } : null,
      },
    ];
  });
}

/** Each name with the text after it: `NAME` value, or [`NAME`](path) value. */
function boundsOf(cell: string): Bound[] {
  const names = [...cell.matchAll(/\[`([A-Z][A-Z0-9_]*)`\]\(([^)]+)\)|`([A-Z][A-Z0-9_]*)`/g)];
  return names.map((match, index) => {
    const from = match.index + match[0].length;
    const value = cell
      .slice(from, names[index + 1]?.index)
      .replace(/,\s*$/, '')
      .trim();
    const name = match[1] ?? match[3] ?? '';
    const path = match[2] === undefined ? policyOf(name) : posix.normalize(posix.join('docs', match[2]));
    return { name, path, value };
  });
}

/** The names in the last section: numbers that end nothing. */
export function othersOf(markdown: string): Pick<Bound, 'name' | 'path'>[] {
  const section = markdown.split('\n## Numbers that end nothing')[1] ?? '';
  return section.split('\n').flatMap((line) => {
    const file = /^- `([^`]+)`:/.exec(line);
    if (!file) return [];
    const names = [...line.slice(file[0].length).matchAll(/`([A-Z][A-Z0-9_]*)`/g)];
    return names.map((match) => ({ path: file[1] ?? '', name: match[1] ?? '' }));
  });
}

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  day: 86_400_000,
  days: 86_400_000,
  KB: 2 ** 10,
  MB: 2 ** 20,
  GB: 2 ** 30,
};

/** “2 s, 10 s” as numbers: milliseconds, bytes or counts. */
export function valuesOf(written: string): number[] {
  return written.split(/,\s+/).map((part) => {
    const [, number = '', unit = ''] = /^([\d,.]+)\s*(\S*)/.exec(part) ?? [];
    return Number(number.replaceAll(',', '')) * (UNITS[unit] ?? 1);
  });
}

/** Names that other files give these numbers; not separate bounds. */
const SPANS = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };
const IS_UNIT = /^(SECOND|MINUTE|HOUR|DAY|DAY_MS|YEAR_MS|MB|MEGABYTE)$/;

/** Every numeric constant of a file except units, in milliseconds, bytes or counts. */
export function numbersOf(path: string): Map<string, number[]> {
  const found = numbers.get(path) ?? readNumbers(read(path));
  numbers.set(path, found);
  return found;
}
const numbers = new Map<string, Map<string, number[]>>();

function readNumbers(text: string): Map<string, number[]> {
  const known: Record<string, unknown> = { ...SPANS };
  const found = new Map<string, number[]>();
  const constants = /^(?:export )?const ([A-Z][A-Z0-9_]*)(?:: [^=]+)? = ([^;]+?)(?: as const)?;/gm;
  const settings = /^ {2}([A-Z][A-Z0-9_]*): (?:milliseconds\(|z\.coerce\.number\(\).*\.default\()([^)]+)\)/gm;
  for (const [, name = '', expression = ''] of [...text.matchAll(constants), ...text.matchAll(settings)]) {
    if (!/^[\s\w*+.,()[\]-]+$/.test(expression) || /[a-z(]/.test(expression.replaceAll(/0x[\da-f_]+|\be\d/g, '')))
      continue;
    const value = evaluate(expression, known);
    if (value === null) continue;
    known[name] = value;
    if (IS_UNIT.test(name)) continue;
    const scale = name.endsWith('_MB') ? 2 ** 20 : /_S$|_SECONDS$/.test(name) ? 1000 : 1;
    found.set(
      name,
      [value].flat().map((n) => n * scale),
    );
  }
  return found;
}

const SANDBOX = createContext({});

function evaluate(expression: string, known: Record<string, unknown>): number | number[] | null {
  try {
    const value: unknown = runInContext(`with (known) ${expression}`, Object.assign(SANDBOX, { known }));
    const numbers = Array.isArray(value) ? (value as unknown[]) : [value];
    if (!numbers.every((n) => typeof n === 'number')) return null;
    return Array.isArray(value) ? [...(numbers as number[])] : (value as number);
  } catch {
    return null;
  }
}

/** The quoted words of a cell, in pieces: … stands for the parts that the code inserts. */
export const quotedIn = (cell: string): string[] =>
  [...cell.matchAll(/“([^”]+)”/g)].flatMap(([, words = '']) => words.split('…').map((s) => s.trim())).filter(Boolean);

/** Finds a test with this title, or with this beginning if the title ends with …: a string right after a bracket. */
export function hasTitle(source: string, title: string): boolean {
  const begins = title.endsWith('…');
  const words = (begins ? title.slice(0, -1) : title).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`\\(\\s*(['"\`])${words}${begins ? '' : '\\1'}`).test(source);
}
