import type { MachineRow, StepOutcome } from '../../conversation/state/machine.ts';
import type { FlyMachine, FlyVolume } from './api.ts';
import {
  compareAge,
  type FlyContext,
  fingerprintOf,
  hasMounted,
  imageOf,
  isHostLost,
  isKept,
  isSound,
  isThere,
  isUntouched,
  isUsable,
} from './context.ts';
import { guestOf, machineConfigFor, machineSettings } from './machine-config.ts';
import { newName, prefixOf } from './names.ts';
import type { FlyAnswer } from './responses.ts';
import {
  FULL_MS,
  outcomeOfFailure,
  RECREATE,
  refuseForGood,
  retryLater,
  SETTLE_MS,
  stepDone,
  waitWhileInDoubt,
} from './step-outcomes.ts';

// The steps that create an app, its addresses, its volume and its machine. Each step looks before it creates, so it may
// be repeated at any time; only the row is remembered between calls.

/** A new app and its permissions take a while to be known everywhere. */
const NEW_APP_MS = 20_000;
const NEXT_REGION_MS = 100;

export async function claimSlot({ ledger }: FlyContext, row: MachineRow): Promise<StepOutcome> {
  return (await ledger.claim(row.name)) === 'taken'
    ? stepDone({ step: 'app' })
    : refuseForGood('limit', 'there are already FLY_MAX_MACHINES machines');
}

export async function createApp({ api, org }: FlyContext, row: MachineRow, now: number): Promise<StepOutcome> {
  const known = await api.app(row.name);
  if (known.kind === 'ok') return stepDone({ step: 'addresses' });
  if (known.kind !== 'absent') return outcomeOfFailure(known);
  const doubt = waitWhileInDoubt(row, now);
  if (doubt) return doubt;
  const made = await api.createApp({ name: row.name, org });
  if (made.kind === 'ok') return stepDone({ step: 'addresses' });
  if (made.kind === 'absent') return refuseForGood('other', made.reason);
  if (made.kind !== 'taken') return outcomeOfFailure(made);
  // Either an interrupted call of ours took the name, or somebody else did.
  const there = await api.app(row.name);
  if (there.kind === 'ok') return stepDone({ step: 'addresses' });
  if (there.kind === 'busy') return outcomeOfFailure(there);
  return retryLater(made.reason, SETTLE_MS, { name: newName(prefixOf(row.name)), step: 'claim' });
}

export async function assignAddresses({ api }: FlyContext, row: MachineRow, now: number): Promise<StepOutcome> {
  const listed = await api.addresses(row.name);
  if (listed.kind === 'denied' && now - (row.stepSince ?? now) < NEW_APP_MS)
    return retryLater(listed.reason, SETTLE_MS);
  if (listed.kind !== 'ok') return outcomeOfFailure(listed);
  const known = listed.value.ips.map(({ ip }) => ip);
  const has = {
    shared_v4: known.some((ip) => !ip.includes(':')),
    // Addresses inside an organisation’s network cannot be reached from outside.
    v6: known.some((ip) => ip.includes(':') && !ip.startsWith('fdaa:')),
  };
  for (const type of ['shared_v4', 'v6'] as const) {
    if (has[type]) continue;
    const doubt = waitWhileInDoubt(row, now);
    if (doubt) return doubt;
    const made = await api.assignAddress(row.name, type);
    if (made.kind !== 'ok') return outcomeOfFailure(made);
  }
  return stepDone({ step: 'volume' });
}

/** Uses an existing volume: a call whose answer was lost created it, or a lost machine left it. */
export async function createVolume(fly: FlyContext, row: MachineRow, now: number): Promise<StepOutcome> {
  const { api, regions } = fly;
  const listed = await both(fly, row.name);
  if (listed.kind !== 'ok') return outcomeOfFailure(listed);
  const { machines, volumes } = listed.value;
  const usable = volumes.filter(isUsable).sort(compareAge);
  const inUse = usable.find(({ id }) => machines.some((machine) => isSound(machine) && hasMounted(machine, id)));
  const found = usable.find(({ id }) => id === row.volume) ?? inUse ?? usable[0];
  if (found) return stepDone({ step: 'machine', volume: found.id, region: found.region });
  const doubt = waitWhileInDoubt(row, now);
  if (doubt) return doubt;
  const region = row.region ?? regions[0] ?? '';
  const { volumeName } = machineSettings;
  const made = await api.createVolume(row.name, {
    name: volumeName,
    region,
    size_gb: fly.volumeGb,
    // Makes Fly choose a host with room for the machine too.
    compute: guestOf(fly.spec.memoryMb),
  });
  if (made.kind === 'ok') return stepDone({ step: 'machine', volume: made.value.id, region: made.value.region });
  if (made.kind === 'no-capacity') return elsewhere(fly, region, made.reason);
  return outcomeOfFailure(made);
}

export async function createMachine(fly: FlyContext, row: MachineRow, now: number): Promise<StepOutcome> {
  const { api } = fly;
  const { volume } = row;
  if (volume === null) return stepDone(RECREATE);
  const listed = await both(fly, row.name);
  if (listed.kind !== 'ok') return outcomeOfFailure(listed);
  const { machines, volumes } = listed.value;
  // A volume is in one machine at most.
  const found = machines.find((candidate) => isSound(candidate) && hasMounted(candidate, volume));
  const wanted = await fly.wanted();
  if (found) {
    const image = imageOf(found) ?? wanted.image;
    return stepDone({ step: 'health', machine: found.id, image, settings: fingerprintOf(found) ?? wanted.settings });
  }
  const disk = volumes.find(({ id }) => id === volume);
  if (!disk || !isUsable(disk)) return stepDone(RECREATE);
  // A failed machine still holds the volume, and any other machine would get requests.
  const others = machines.filter(isThere);
  if (others.length > 0) {
    await clear(fly, row.name, others, []);
    if (others.some((other) => hasMounted(other, volume)))
      return retryLater('a machine that failed is being removed', SETTLE_MS);
  }
  const doubt = waitWhileInDoubt(row, now);
  if (doubt) return doubt;
  const made = await api.createMachine(row.name, {
    region: disk.region,
    config: machineConfigFor(fly.spec, wanted, row.name, volume),
  });
  if (made.kind === 'ok') return stepDone({ step: 'health', machine: made.value.id, ...wanted });
  if (made.kind === 'no-capacity' && isUntouched(disk, row)) {
    const removed = await api.deleteVolume(row.name, volume);
    return removed.kind === 'ok' || removed.kind === 'absent'
      ? elsewhere(fly, disk.region, made.reason)
      : outcomeOfFailure(removed);
  }
  // The app was there a moment ago.
  return made.kind === 'absent' ? retryLater(made.reason, SETTLE_MS) : outcomeOfFailure(made);
}

/** The machine has started. Duplicates from lost answers are removed before it counts as ready. */
export async function recordMachine(fly: FlyContext, row: MachineRow, now: number): Promise<StepOutcome> {
  const { volume, machine } = row;
  if (volume === null || machine === null) return stepDone(RECREATE);
  const listed = await both(fly, row.name);
  if (listed.kind !== 'ok') return outcomeOfFailure(listed);
  const machines = listed.value.machines.filter(isThere);
  const volumes = listed.value.volumes.filter(isKept);
  if (!machines.some(({ id }) => id === machine) || !volumes.some(({ id }) => id === volume)) return stepDone(RECREATE);
  const others = machines.filter(({ id }) => id !== machine);
  const spare = volumes.filter(({ id }) => id !== volume);
  const isPatient = now - (row.stepSince ?? now) < FULL_MS;
  if (others.length + spare.length > 0) {
    await clear(fly, row.name, others, spare);
    // Things on a lost host cannot be removed now; the doctor lists them as left over.
    if (isPatient && [...others, ...spare].some((thing) => !isHostLost(thing))) {
      return retryLater('a duplicate is being removed', SETTLE_MS);
    }
  }
  const { name, image, settings } = row;
  await fly.ledger.record({ name, image, settings, revertedFrom: null });
  return stepDone({ step: 'ready', previous: null });
}

type Both = { machines: FlyMachine[]; volumes: FlyVolume[] };

async function both({ api }: FlyContext, name: string): Promise<FlyAnswer<Both>> {
  const [machines, volumes] = await Promise.all([api.machines(name), api.volumes(name)]);
  if (machines.kind !== 'ok') return machines;
  if (volumes.kind !== 'ok') return volumes;
  return { kind: 'ok', value: { machines: machines.value, volumes: volumes.value } };
}

/** Best effort: the next run sees the rest. Machines go first, because they hold volumes. */
async function clear({ api }: FlyContext, name: string, machines: FlyMachine[], volumes: FlyVolume[]): Promise<void> {
  await Promise.allSettled(machines.map(({ id }) => api.destroyMachine(name, id)));
  await Promise.allSettled(volumes.map(({ id }) => api.deleteVolume(name, id)));
}

/** `region` is full: tries the next region that was not tried yet. */
function elsewhere({ regions }: FlyContext, region: string, reason: string): StepOutcome {
  const next = (regions.indexOf(region) + 1) % Math.max(regions.length, 1);
  const isRound = next === 0 || regions.length < 2;
  return retryLater(reason, isRound ? FULL_MS : NEXT_REGION_MS, {
    step: 'volume',
    volume: null,
    region: regions[next] ?? region,
  });
}
