import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../../bench/figures.ts';
import { RELAY_POINTS } from './kill-points.ts';
import { makePlan, textsOf } from './plan.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { bundleChanged, runVariant } from './variant-run.ts';
import { QUICK_LISTS, QUICK_LOOK_UPS, QUICK_YOUNGEST_MS, VARIANTS, type Variant } from './variants.ts';
import { buildWorld, type World } from './world.ts';

// `npm run faults -- --messages 2000 --seed 1`: real processes, killed at chosen points, and the question whether every
// text was answered once. `--variants`: the same with the relay made wrong, which must be noticed. Ends with 1 when not.

const root = resolve(import.meta.dirname, '../..');
const USAGE = `npm run faults -- [--messages 200] [--seed 1] [--no-reconcile] [--plan]
npm run faults -- --variants | --variant ${VARIANTS.map(({ name }) => name).join(' | ')}`;

// However this ends, nothing it started is left.
let world: World | undefined;
process.once('exit', () => {
  for (const { pid } of world?.processes() ?? []) process.kill(pid, 'SIGKILL');
});

process.exit(await chosen());

async function chosen(): Promise<number> {
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      messages: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      // Lost webhooks are found by the relay itself; without, there are none, and what a kill loses the carrier repeats.
      reconcile: { type: 'boolean', default: true },
      plan: { type: 'boolean', default: false },
      variant: { type: 'string' },
      variants: { type: 'boolean', default: false },
    },
  });
  const wanted = VARIANTS.filter(({ name }) => values.variants || name === values.variant);
  const [messages, seed] = [Number(values.messages), Number(values.seed)];
  if ((values.variant !== undefined && wanted.length === 0) || !(messages > 0) || !Number.isInteger(seed)) {
    console.error(USAGE);
    return 2;
  }
  if (wanted.length > 0) return variants(wanted);
  return faults(messages, seed, { reconciles: values.reconcile, showsPlan: values.plan });
}

async function faults(
  messages: number,
  seed: number,
  { reconciles, showsPlan }: { reconciles: boolean; showsPlan: boolean },
): Promise<number> {
  const plan = makePlan({ messages, seed, lostWebhooks: reconciles });
  if (showsPlan) {
    console.log(JSON.stringify(plan, null, 1));
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), 'roost-faults-'));
  console.log(`${messages} texts of ${plan.people} people in ${plan.episodes.length} episodes, seed ${seed}`);
  const copy = await bundleChanged(root, folder, [QUICK_LOOK_UPS, QUICK_LISTS, ...RELAY_POINTS]);
  world = await buildWorld({ root: copy, folder, texts: textsOf(plan), youngestMs: QUICK_YOUNGEST_MS });
  const outcome = await run(world, plan, { reconciles, progress: (line) => console.log(`  ${line}`) });
  const { text, isRed } = report(outcome, { seed, plan });
  await world.stop();
  console.log(text);
  if (isRed) console.log(`What the processes kept and wrote is in ${folder}`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return isRed ? 1 : 0;
}

/** Each variant must come out red and its plan green without it. */
async function variants(wanted: readonly Variant[]): Promise<number> {
  const watch = (started: World): void => {
    world = started;
  };
  const rows: string[][] = [];
  for (const variant of wanted) {
    const wrong = await runVariant(root, variant, variant.patches, watch);
    const right = await runVariant(root, variant, [], watch);
    const isGood = wrong.faults.length > 0 && right.faults.length === 0;
    const seconds = [wrong, right].map((one) => one.seconds.toFixed(0)).join(' and ');
    rows.push([
      variant.name,
      wrong.faults.join(', ') || 'green',
      right.faults.join(', ') || 'green',
      seconds,
      isGood ? 'ok' : 'WRONG',
    ]);
    console.log(`  ${rows.at(-1)?.join(' · ')}`);
  }
  console.log(table(['variant', 'with it', 'without', 'seconds', ''], rows));
  return rows.every((row) => row.at(-1) === 'ok') ? 0 : 1;
}
