import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrationScripts } from './migration-scripts.ts';

// Writes what the relay carries of migrations/. Run `node scripts/generate/migrations.ts` after adding a migration; a
// test compares.

const root = join(import.meta.dirname, '../..');
for (const [path, text] of Object.entries(migrationScripts(root))) writeFileSync(join(root, path), text);
