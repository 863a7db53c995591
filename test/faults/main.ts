import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { makePlan, type Plan, textsOf } from './plan.ts';
import { bundleRelay } from './relay.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { buildWorld } from './world.ts';

// `npm run faults -- --messages 2000 --seed 1`: real processes, killed at chosen points, and the question whether every
// text was answered once. Ends with 1 and keeps its folder when not.

const root = resolve(import.meta.dirname, '../..');

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    'no-kills': { type: 'boolean', default: false },
    reconcile: { type: 'boolean', default: false },
    plan: { type: 'boolean', default: false },
  },
});
const messages = Number(values.messages);
const seed = Number(values.seed);
const plan: Plan = makePlan({ messages, seed, kills: !values['no-kills'], lostWebhooks: values.reconcile });
if (values.plan) {
  console.log(JSON.stringify(plan, null, 1));
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), 'roost-faults-'));
console.log(`${messages} texts of ${plan.people} people in ${plan.episodes.length} episodes, seed ${seed}`);
await bundleRelay(root, folder);
const world = await buildWorld({ root, folder, texts: textsOf(plan) });
process.once('exit', () => {
  for (const { pid } of world.processes()) process.kill(pid, 'SIGKILL');
});
const outcome = await run(world, plan, { reconciles: values.reconcile, progress: (line) => console.log(`  ${line}`) });
const lines = report(outcome, { seed, messages });
await world.stop();
console.log(lines.text);
if (lines.isRed) console.log(`Everything that was kept is in ${folder}`);
else rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
process.exit(lines.isRed ? 1 : 0);
