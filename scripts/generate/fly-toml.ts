import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderFlyToml } from '../../src/machines/fly/fly-toml.ts';

// Writes fly.toml from the settings of all machines. Run `node scripts/generate/fly-toml.ts` after a change of
// src/machines/fly/machine-config.ts; a test compares.

writeFileSync(join(import.meta.dirname, '../../fly.toml'), renderFlyToml({ app: 'roost-agent', region: 'fra' }));
