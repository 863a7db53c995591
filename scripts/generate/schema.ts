import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newestSchema } from './newest-schema.ts';

// Writes migrations/newest/conversation.sql. Run `node scripts/generate/schema.ts` after adding a migration; a test
// compares.

const root = join(import.meta.dirname, '../..');
const name = 'migrations/conversation';
writeFileSync(join(root, 'migrations/newest/conversation.sql'), newestSchema(join(root, name), name));
