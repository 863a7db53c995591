import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withRolesTable } from './roles-table.ts';

// Writes the table of roles into docs/commands.md. Run `node scripts/generate/roles.ts` after a change of
// src/input/roles.ts; a test compares.

const path = join(import.meta.dirname, '../../docs/commands.md');
writeFileSync(path, withRolesTable(readFileSync(path, 'utf8')));
