import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurationPage } from './configuration-page.ts';

// Writes docs/configuration.md. Run `node scripts/generate/configuration.ts` after a change of .dev.vars.example; a
// test compares.

const root = join(import.meta.dirname, '../..');
const page = configurationPage(readFileSync(join(root, '.dev.vars.example'), 'utf8'));
writeFileSync(join(root, 'docs/configuration.md'), page);
