import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { bundleRelay } from '../faults/relay.ts';
import { folder } from './launcher.ts';

// The deployed bundle from wrangler, compared with the code of local runs.

const root = resolve(import.meta.dirname, '../..');
/** Neither the route nor the method nor the row. */
const MOVES_THE_CLOCK = ['/local/clock', 'moveClock', 'clock-offset'];

test('nothing that is deployed can move the clock, a local run can', async () => {
  const bundles = [
    { out: folder(), file: 'index.js', entry: null, found: [] },
    { out: folder(), file: 'local.js', entry: 'src/worker/local.ts', found: MOVES_THE_CLOCK },
  ];
  for (const { out, file, entry, found } of bundles) {
    await bundleRelay(root, out, entry);
    const code = readFileSync(join(out, 'bundle', file), 'utf8');
    expect(code).toContain('/webhooks/twilio/status');
    expect(MOVES_THE_CLOCK.filter((part) => code.includes(part))).toEqual(found);
  }
}, 120_000);
