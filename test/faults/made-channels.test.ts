import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sameProcess } from '../../scripts/local/process-families.ts';
import { linkBundle } from '../../scripts/local/relay-bundle.ts';
import { findChannel, madeChannels } from './channels.ts';
import { textsOf } from './plan.ts';
import { run } from './run.ts';
import { acting, each, onePlan } from './variants/variant.ts';
import { buildFaultWorld } from './world.ts';

// A short run on each channel that is made outside the product, with real processes: the relay is killed while answers
// are on their way, sends are taken and their answers lost, and a question is asked. The long runs are
// `npm run faults -- --channel NAME`.

const root = resolve(import.meta.dirname, '../..');
const plan = onePlan(
  'relay',
  each(1, 'tool', { work: 'tool', webhook: 'twice' }),
  each(1, 'answer', { webhook: 'lost' }),
  each(1, 'send-unanswered'),
  each(2, 'none', { send: 'cut after it was taken' }),
  each(1, 'none', { send: 'refused 429' }),
  acting('ask', 1, [{ work: 'ask' }], 'asked', { answers: 'later' }),
);

test('there are channels outside the product', () => {
  expect(madeChannels()).not.toEqual([]);
});

describe.each(madeChannels())('%s', (name) => {
  test('each text is answered once, in order, and a reply that came twice is marked', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'roost-faults-'));
    const channel = await findChannel(name);
    await linkBundle(root, folder, channel.added);
    const world = await buildFaultWorld({ root, folder, texts: textsOf(plan), channel });
    try {
      const { verdict } = await run(world, plan, { reachedWithinMs: 20_000, restWithinMs: 60_000 });
      expect(verdict.findings.map(({ fault, id, what }) => `${fault} ${id ?? ''}: ${what}`)).toEqual([]);
      expect([verdict.accepted, verdict.answered]).toEqual([7, 7]);
      const marked = world.phones.shown().filter(({ body }) => body.startsWith('You may have this already'));
      expect(marked.length).toBeGreaterThanOrEqual(2);
    } finally {
      const started = world.processes();
      await world.stop();
      expect(started.filter(sameProcess)).toEqual([]);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  });
});
