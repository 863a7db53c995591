import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

// The migrations as the relay carries them: each file without its comments and spaces, and the schema they lead to as
// one script for a new object, because applying every change to tables that are still empty takes six times as long.
// Pure but for reading the folders.

const HEAD = '// Written by scripts/generate/migrations.ts. Change nothing here: add a migration.\n';

/** The paths under the project's root, with what belongs into them. */
export function migrationScripts(root: string): Record<string, string> {
  const conversation = filesOf(join(root, 'migrations/conversation'));
  const directory = filesOf(join(root, 'migrations/directory'));
  const overview = filesOf(join(root, 'migrations/overview'));
  return {
    'migrations/scripts.ts': [
      HEAD,
      'export type Script = { readonly name: string; readonly sql: string };\n',
      `export const CONVERSATION: readonly Script[] = [\n${conversation.map(print).join('')}];\n`,
      `export const DIRECTORY: readonly Script[] = [\n${directory.map(print).join('')}];\n`,
      `export const OVERVIEW: readonly Script[] = [\n${overview.map(print).join('')}];\n`,
    ].join('\n'),
    'migrations/newest.ts': `${HEAD}\nexport const NEWEST_CONVERSATION = ${quote(newestSchema(conversation))};\n`,
  };
}

type File = { name: string; sql: string };

const print = ({ name, sql }: File): string => `  {\n    name: '${name}',\n    sql: ${quote(compact(sql))},\n  },\n`;
const quote = (sql: string): string => `\`${sql.replace(/[\\`$]/g, '\\$&')}\``;

function filesOf(folder: string): File[] {
  const paths = readdirSync(folder).filter((path) => path.endsWith('.sql'));
  return paths.sort().map((path) => ({ name: basename(path, '.sql'), sql: readFileSync(join(folder, path), 'utf8') }));
}

function newestSchema(files: readonly File[]): string {
  const db = new DatabaseSync(':memory:');
  for (const { sql } of files) db.exec(sql);
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*'").all();
  const filled = tables.find((table) => db.prepare(`SELECT 1 FROM "${table.name}"`).get() !== undefined);
  if (filled) throw new Error(`A migration adds rows to ${filled.name}: a new object would not get them.`);
  const made =
    db.prepare(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    ORDER BY rowid`);
  return compact(
    made
      .all()
      .map(({ sql }) => `${sql};`)
      .join('\n'),
  );
}

/** A statement in each line, without comments, and with spaces between words only. Strings and names keep theirs. */
function compact(sql: string): string {
  const pieces = sql.match(/'[^']*'|"[^"]*"|--[^\n]*|\s+|[^'"\s-]+|-/g) ?? [];
  return pieces
    .map((piece) => (/^(?:--|\s)/.test(piece) ? ' ' : piece))
    .join('')
    .replace(/'[^']*'|"[^"]*"| *([(),;]) *| +/g, (found, mark?: string) =>
      mark === ';' ? ';\n' : (mark ?? (found.trim() === '' ? ' ' : found)),
    )
    .trim();
}
