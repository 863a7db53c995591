import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countries, rowOf } from './holiday-rows.ts';

// Writes the table of public holidays that the relay ships, because the library with the rules is too large for it.
// `node scripts/generate/holidays.ts` after an update of date-holidays or of the years; `--check` only compares.

const path = join(import.meta.dirname, '../../src/recurrence/holiday-table.ts');

const made = `// Written by scripts/generate/holidays.ts from the data of date-holidays (commenthol and contributors, CC BY 3.0). Not edited by
// hand. A line per country; holidays.ts says how it is read.

export const TABLE = \`
${countries().map(rowOf).join('\n')}
\`;
`;

if (!process.argv.includes('--check')) {
  writeFileSync(path, made);
} else if (readFileSync(path, 'utf8') !== made) {
  console.error('The table of holidays is out of date with date-holidays. Run: node scripts/generate/holidays.ts');
  process.exitCode = 1;
}
