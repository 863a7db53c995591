import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Added, linkBundle, SOURCES } from '../../scripts/local/relay-bundle.ts';
import { findChannel } from './channels.ts';
import { RELAY_POINTS } from './kill-points.ts';
import { type Patch, QUICK_LISTS, QUICK_LOOK_UPS, QUICK_TRIES, QUICK_YOUNGEST_MS } from './patches.ts';
import { textsOf } from './plan.ts';
import { run } from './run.ts';
import { read } from './said.ts';
import { play } from './schedule-case.ts';
import { wrongIn } from './schedule-facts.ts';
import { QUICK_GIVING, STANDING_STILL } from './stand-stills.ts';
import type { Planned, Scheduled, Variant } from './variants/variant.ts';
import { buildFaultWorld, type FaultWorld } from './world.ts';

// Runs one plan against the product with changes in its source: in a temporary copy for the relay, and on reading for
// the agent server.

const REST_WITHIN_MS = 40_000;
/** A plan that aims has to hit. */
const REACHED_WITHIN_MS = 20_000;
/** Bad weather outlasts the answers that should meet it. */
const LASTING = { stoppedMs: 15_000, weatherMs: 12_000 };

export type VariantOutcome = { faults: string[]; seconds: number };

/** With or without its patches. `watch` is told of started processes, so that nothing remains. */
export async function runVariant(
  root: string,
  variant: Variant,
  isPatched: boolean,
  watch: (world: FaultWorld) => void,
): Promise<VariantOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-faults-'));
  const patches = [...(variant.quicker ?? []), ...(isPatched ? variant.patches : [])];
  try {
    return 'plan' in variant
      ? await playPlan(root, folder, variant, patches, watch)
      : await playSchedule(root, folder, variant, patches, watch);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function playPlan(
  root: string,
  folder: string,
  { plan, pace = {}, reconciles = false, never, isUncut = false, backsUp = false, channel: name = 'whatsapp' }: Planned,
  patches: readonly Patch[],
  watch: (world: FaultWorld) => void,
): Promise<VariantOutcome> {
  const points = plan.episodes.some(({ kill, inside }) => kill === 'relay' && inside !== undefined) ? RELAY_POINTS : [];
  const ofRelay = patches.filter((patch) => !isOfMachine(patch));
  const channel = await findChannel(name);
  const changes = [QUICK_LOOK_UPS, QUICK_TRIES, QUICK_LISTS, ...points, ...ofRelay];
  const copy = await bundleChanged(root, folder, changes, channel.added);
  const ofMachine = patches.filter(isOfMachine);
  const youngestMs = QUICK_YOUNGEST_MS;
  const world = await buildFaultWorld({
    root: copy,
    folder,
    texts: textsOf(plan),
    pace,
    ofMachine,
    youngestMs,
    backsUp,
    channel,
  });
  watch(world);
  try {
    const { verdict, seconds } = await run(world, plan, {
      restWithinMs: REST_WITHIN_MS,
      reachedWithinMs: REACHED_WITHIN_MS,
      reconciles,
      lasting: LASTING,
    });
    const said = world.phones.shown().flatMap(({ body }) => read(body));
    const isSaid = said.some(({ kind }) => kind === never);
    const isCut = isUncut && world.relay.log.includes('"cause":"restarted"');
    const faults = new Set<string>(verdict.findings.map(({ fault }) => fault));
    return {
      faults: [...faults, ...(isSaid ? [`a ${never} was shown`] : []), ...(isCut ? ['work was cut'] : [])],
      seconds,
    };
  } finally {
    await world.stop();
  }
}

async function playSchedule(
  root: string,
  folder: string,
  { schedule }: Scheduled,
  patches: readonly Patch[],
  watch: (world: FaultWorld) => void,
): Promise<VariantOutcome> {
  const [plain, still] = [join(folder, 'plain'), join(folder, 'still')];
  // The process to strike has the fault; so has its successor, unless it stood still.
  const isStill = schedule.strike.how === 'stands still';
  await bundleChanged(root, plain, [QUICK_LOOK_UPS, QUICK_GIVING, ...(isStill ? [] : patches)]);
  if (isStill) await bundleChanged(root, still, [QUICK_LOOK_UPS, QUICK_GIVING, ...STANDING_STILL, ...patches]);
  const { kind, strike } = schedule;
  const found = await play({ root, plain, still }, folder, kind, strike, watch);
  return { faults: wrongIn(schedule, found), seconds: found.seconds };
}

const isOfMachine = ({ file }: Patch): boolean => file.startsWith('vm/');

/** Bundles the relay with changes into `folder`; returns the folder of its sources. */
export async function bundleChanged(
  root: string,
  folder: string,
  patches: readonly Patch[],
  added?: Added,
): Promise<string> {
  const copy = join(folder, 'source');
  mkdirSync(copy, { recursive: true });
  for (const name of [...SOURCES, ...(added ? [added.folder] : [])])
    cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  for (const patch of patches) apply(copy, patch);
  await linkBundle(copy, folder, added);
  return copy;
}

export function apply(root: string, { file, find, replace }: Patch): void {
  const path = join(root, file);
  const source = readFileSync(path, 'utf8');
  const times = source.split(find).length - 1;
  if (times !== 1)
    throw new Error(`A variant does not fit the source: in ${file} this is found ${times} times:\n${find}`);
  writeFileSync(
    path,
    source.replace(find, () => replace),
  );
}
