import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { sameProcess } from '../../scripts/local/process-families.ts';
import { linkBundle } from '../../scripts/local/relay-bundle.ts';
import type { FaultChannel } from './fault-channel.ts';
import { type Plan, textsOf } from './plan.ts';
import { run } from './run.ts';
import { each } from './variants/variant.ts';
import { buildFaultWorld } from './world.ts';

// A short run on one channel with real processes, which all end with it. The long runs are
// `npm run faults -- --channel NAME`.

/** The relay is killed while answers are on their way, sends are taken and their answers lost. */
export const relayKilled = () => [
  each(1, 'tool', { work: 'tool', webhook: 'twice' }),
  each(1, 'answer', { webhook: 'lost' }),
  each(2, 'send-unanswered'),
  each(2, 'none', { send: 'cut after it was taken' }),
  each(1, 'none', { send: 'refused 429' }),
];

/**
 * Plays the plan. Returns the verdict, its findings in words, and the number of messages marked as a possible repeat.
 */
export async function playShort(plan: Plan, channel: FaultChannel) {
  const folder = mkdtempSync(join(tmpdir(), 'roost-faults-'));
  const root = resolve(import.meta.dirname, '../..');
  await linkBundle(root, folder, channel.added);
  const world = await buildFaultWorld({ root, folder, texts: textsOf(plan), channel });
  try {
    const { verdict } = await run(world, plan, { reachedWithinMs: 20_000, restWithinMs: 60_000 });
    const findings = verdict.findings.map(({ fault, id, what }) => `${fault} ${id ?? ''}: ${what}`);
    const marked = world.phones.shown().filter(({ body }) => body.startsWith('You may have this already')).length;
    return { verdict, findings, marked };
  } finally {
    const started = world.processes();
    await world.stop();
    expect(started.filter(sameProcess)).toEqual([]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
