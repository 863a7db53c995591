import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startGuard } from './guard.ts';
import { RELAY_POINTS } from './kill-points.ts';
import {
  QUICK_LISTS,
  QUICK_LOOK_UPS,
  QUICK_PROBES,
  QUICK_TIME_OUT,
  QUICK_TRIES,
  QUICK_YOUNGEST_MS,
} from './patches.ts';
import { textsOf } from './plan.ts';
import { makeRealPlan } from './real-plan.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { bundleChanged } from './variant-run.ts';
import { buildFaultWorld } from './world.ts';

// `npm run faults -- --real`: texts to the real Claude Code, with kills inside its tools and inside its last sentence.
// As in every run, the judge looks at the phones. Returns 1 when something was found.

/** Claude Code takes seconds to start, and many more on a busy computer. */
const REACHED_MS = 60_000;
const REST_MS = 300_000;

export async function playReal({ messages, seed }: { messages: number; seed: number }): Promise<number> {
  const plan = makeRealPlan(messages, seed);
  const folder = mkdtempSync(join(tmpdir(), 'roost-faults-'));
  const guard = startGuard(folder);
  const root = resolve(import.meta.dirname, '../..');
  console.log(`${messages} texts of ${plan.people} people in ${plan.episodes.length} episodes, seed ${seed}`);
  const patches = [QUICK_LOOK_UPS, QUICK_PROBES, QUICK_TIME_OUT, QUICK_TRIES, QUICK_LISTS, ...RELAY_POINTS];
  const copy = await bundleChanged(root, folder, patches);
  const bounds = { youngestMs: QUICK_YOUNGEST_MS, guard };
  const world = await buildFaultWorld({ root: copy, folder, texts: textsOf(plan), agent: 'real', ...bounds });
  const progress = (line: string): void => console.log(`  ${line}`);
  const bound = { reachedWithinMs: REACHED_MS, restWithinMs: REST_MS };
  try {
    const { text, isRed } = report(await run(world, plan, { reconciles: true, progress, ...bound }), { seed, plan });
    console.log(text);
    if (isRed) console.log(`What the processes kept and wrote is in ${folder}`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    return isRed ? 1 : 0;
  } finally {
    await world.stop();
    guard.end();
  }
}
