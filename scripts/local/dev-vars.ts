import { parseEnv } from 'node:util';

// Reads and extends the text of .dev.vars, and writes values so that dotenv reads them back unchanged. Pure. Never
// changes a line that is already there.

export type Vars = Readonly<Record<string, string>>;

/** A line to add when its name is missing: `why` becomes the comment above it. */
export type Wanted = { name: string; value: string; why: string };

export function parseDevVars(text: string): Vars {
  return Object.fromEntries(Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? '']));
}

/** The text with every missing name appended. A name that is there, even with an empty value, is left alone. */
export function withMissing(text: string, wanted: readonly Wanted[]): string {
  const present = parseDevVars(text);
  const added = wanted
    .filter(({ name }) => !(name in present))
    .map((w) => `# ${w.why}\n${assignment(w.name, w.value)}\n`);
  if (added.length === 0) return text;
  const before = text === '' || text.endsWith('\n') ? text : `${text}\n`;
  return before + added.join('');
}

/** The text of a file that wrangler's --env-file reads; unlike .dev.vars it expands `$`, hence the backslash. */
export function envFile(vars: Vars): string {
  return Object.entries(vars)
    .map(([name, value]) => `${assignment(name, value.replaceAll('$', '\\$'))}\n`)
    .join('');
}

/** A line that `parseDevVars` reads back as it was. */
export function assignment(name: string, value: string): string {
  if (/^[\w@%+=:,./~*-]*$/.test(value)) return `${name}=${value}`;
  const quote = ["'", '"', '`'].find((q) => !value.includes(q) && !(q === '"' && value.includes('\\')));
  if (!quote) throw new Error(`${name} uses all three kinds of quotes, which can't be passed on. Change its value.`);
  return `${name}=${quote}${value}${quote}`;
}
