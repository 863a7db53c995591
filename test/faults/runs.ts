import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { table } from '../../bench/figures.ts';
import { VERSION } from '../../src/config/config.ts';
import { findChannel } from './channels.ts';
import type { FaultChannel } from './fault-channel.ts';
import { findLack, fitTo } from './fits-channel.ts';
import { type Guard, NO_GUARD, startGuard } from './guard.ts';
import { RELAY_POINTS } from './kill-points.ts';
import { type Played, page } from './page.ts';
import {
  QUICK_LISTS,
  QUICK_LOOK_UPS,
  QUICK_PROBES,
  QUICK_TIME_OUT,
  QUICK_TRIES,
  QUICK_YOUNGEST_MS,
} from './patches.ts';
import { makePlan, type Plan, textsOf } from './plan.ts';
import { Chance } from './random.ts';
import { playReal } from './real-run.ts';
import { report } from './report.ts';
import { run } from './run.ts';
import { bundleChanged, runVariant } from './variant-run.ts';
import { VARIANTS } from './variants/index.ts';
import type { Variant } from './variants/variant.ts';
import { type Asked, NIGHTLY, type Wish } from './wish.ts';
import { buildFaultWorld, type FaultWorld } from './world.ts';

// The requests of `npm run faults`: one run, a night of runs, or relays that are wrong on purpose. Returns 1 for an
// unexpected finding, or a missing expected one.

const root = resolve(import.meta.dirname, '../..');
/** After two failed tries the carrier is asked again in five minutes, then in twenty. */
const NIGHTLY_REST_MS = 45 * 60_000;
/** They mostly wait. */
const VARIANTS_AT_ONCE = 3;
/** In nightly runs a machine is stopped, and the carrier refuses, for minutes. */
const MINUTES = { stoppedMs: 120_000, weatherMs: 90_000 };

// However this ends, nothing it started remains: guard.ts cleans up after a sudden end.
const worlds: FaultWorld[] = [];
let guard: Guard = NO_GUARD;
process.once('exit', () => {
  for (const { pid } of worlds.flatMap((world) => world.processes())) process.kill(pid, 'SIGKILL');
});

/** When it fails, its processes are ended and its files stay. */
export async function grant(wanted: Wish): Promise<number> {
  try {
    return await granted(wanted);
  } finally {
    guard.end();
  }
}

async function granted(wanted: Wish): Promise<number> {
  switch (wanted.do) {
    case 'variants':
      return variants(await playedOn(wanted.channel, wanted.names));
    case 'real':
      return playReal(wanted);
    case 'show plan':
      console.log(JSON.stringify(planFor(wanted, await findChannel(wanted.channel)), null, 1));
      return 0;
    case 'run': {
      const played = await play({ ...wanted, isQuick: !wanted.ownWaits });
      writeReport(wanted.report, [played], commandOf(wanted));
      return played.isRed ? 1 : 0;
    }
    case 'nightly':
      return nightly(wanted.seed, wanted.report);
  }
}

const commandOf = ({ messages, seed, ownMachines, ownWaits, channel }: Extract<Wish, { do: 'run' }>): string =>
  [
    `npm run faults -- --messages ${messages} --seed ${seed}`,
    ...(ownMachines ? ['--own-machines'] : []),
    ...(channel === 'whatsapp' ? [] : [`--channel ${channel}`]),
    ...(ownWaits ? ['--own-waits'] : []),
  ].join(' ');

function planFor({ messages, seed, kills, reconciles, ownMachines }: Asked, { guarantees }: FaultChannel): Plan {
  return makePlan({
    messages,
    seed,
    ownMachines,
    guarantees,
    lostWebhooks: reconciles,
    ...(kills === null ? {} : { killsWanted: kills }),
  });
}

/** `isQuick`: shortens the product's own waits of a minute or two to seconds. */
async function play(asked: Asked & { isQuick: boolean }): Promise<Played & { isRed: boolean }> {
  const channel = await findChannel(asked.channel);
  const plan = planFor(asked, channel);
  const { messages, seed, reconciles, ownMachines, isQuick } = asked;
  const folder = mkdtempSync(join(tmpdir(), 'roost-faults-'));
  guard = startGuard(folder);
  console.log(`${messages} texts of ${plan.people} people in ${plan.episodes.length} episodes, seed ${seed}`);
  const quick = isQuick ? [QUICK_LOOK_UPS, QUICK_PROBES, QUICK_TIME_OUT, QUICK_TRIES, QUICK_LISTS] : [];
  const copy = await bundleChanged(root, folder, [...quick, ...RELAY_POINTS], channel.added);
  const bounds = isQuick ? { youngestMs: QUICK_YOUNGEST_MS } : {};
  const world = await buildFaultWorld({
    root: copy,
    folder,
    texts: textsOf(plan),
    guard,
    ownMachines,
    channel,
    ...bounds,
  });
  worlds.push(world);
  const lasting = isQuick ? {} : { lasting: MINUTES, restWithinMs: NIGHTLY_REST_MS };
  const outcome = await run(world, plan, { reconciles, ...lasting, progress: (line) => console.log(`  ${line}`) });
  const { text, isRed } = report(outcome, { seed, plan });
  const all = textsOf(plan).map(({ id }) => [id, ...outcome.timeline(id)].join('\n'));
  if (isRed) writeFileSync(join(folder, 'timeline.txt'), all.join('\n\n'));
  await world.stop();
  guard.end();
  console.log(text);
  if (isRed) console.log(`What the processes kept and wrote is in ${folder}`);
  else rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  return { plan, seed, outcome, isRed };
}

/** Many seeds, one after another; the product's own waits stay as they are. */
async function nightly(seed: number, file: string | null): Promise<number> {
  const chance = new Chance(seed);
  const played: (Played & { isRed: boolean })[] = [];
  for (const { seeds, messages, ownMachines } of NIGHTLY) {
    for (let n = 0; n < seeds; n++) {
      const asked = {
        messages,
        seed: chance.below(1_000_000),
        kills: null,
        reconciles: true,
        ownMachines,
        channel: 'whatsapp',
        isQuick: false,
      };
      played.push(await play(asked));
      writeReport(file, played, `npm run faults -- --nightly --seed ${seed}`);
    }
  }
  const line = ({ seed: drawn, plan, isRed }: (typeof played)[number]): string[] => [
    String(drawn),
    String(textsOf(plan).length),
    isRed ? 'RED' : 'GREEN',
  ];
  console.log(table(['seed', 'texts', ''], played.map(line)));
  return played.some(({ isRed }) => isRed) ? 1 : 0;
}

function writeReport(file: string | null, played: readonly Played[], command: string): void {
  if (file === null) return;
  writeFileSync(file, page(played, { at: new Date().toISOString().slice(0, 10), version: VERSION, command }));
}

/** Without a channel named, each on its own. Says which don't apply there, and why. */
async function playedOn(channel: string | null, names: readonly string[]): Promise<Variant[]> {
  const wanted = VARIANTS.filter(({ name }) => names.includes(name));
  if (channel === null) return wanted;
  const on = await findChannel(channel);
  const lacks = wanted.flatMap((one): string[][] => {
    const lack = findLack(one, on);
    return lack === null ? [] : [[one.name, lack]];
  });
  if (lacks.length > 0) console.log(`${table([`not on ${channel}`, 'why'], lacks)}\n`);
  const left = wanted.filter((one) => findLack(one, on) === null);
  return left.map((one) => ('plan' in one ? { ...fitTo(one, on), channel } : one));
}

/** Each variant must come out red and its plan green without it. */
async function variants(wanted: readonly Variant[]): Promise<number> {
  const left = [...wanted];
  const rows: string[][] = [];
  const lane = async (): Promise<void> => {
    for (let variant = left.shift(); variant; variant = left.shift()) {
      const row = await triedOut(variant);
      rows.push(row);
      console.log(`  ${row.join(' · ')}`);
    }
  };
  await Promise.all(Array.from({ length: VARIANTS_AT_ONCE }, lane));
  console.log(table(['variant', 'with it', 'without', 'seconds', ''], rows));
  return rows.every((row) => row.at(-1) === 'ok') ? 0 : 1;
}

async function triedOut(variant: Variant): Promise<string[]> {
  const watch = (started: FaultWorld): void => {
    worlds.push(started);
  };
  const wrong = await runVariant(root, variant, true, watch);
  const right = await runVariant(root, variant, false, watch);
  const isGood = wrong.faults.length > 0 && right.faults.length === 0;
  const seconds = [wrong, right].map((one) => one.seconds.toFixed(0)).join(' and ');
  const found = [wrong, right].map(({ faults }) => faults.join(', ') || 'green');
  return [variant.name, ...found, seconds, isGood ? 'ok' : 'WRONG'];
}
