import type * as z from 'zod';
import { type Cloud, findVolume, newIds } from './cloud.ts';
import type { MachineConfig } from './config-schema.ts';
import { bringUp, exitEvent, halt, move, remove, takeOver } from './lifecycle.ts';
import { newEvent } from './machine-events.ts';
import { refusals } from './refusals.ts';
import type { createMachine, updateMachine } from './request-schemas.ts';
import type { MachineRecord } from './store.ts';
import { follows, type MachineCommand } from './transitions.ts';

// The operations on machines, for the API and the proxy: checks whether an operation is allowed and begins it.
// lifecycle.ts then carries it out over time.

/** Default signal and time-out of a stop (documented). */
const STOP = { signal: 'SIGINT', timeout: '5s' } as const;

type Source = 'user' | 'proxy';
type StopOptions = { signal?: NodeJS.Signals | undefined; timeout?: string | number | undefined };

function allowed(machine: MachineRecord, command: MachineCommand): void {
  if (machine.hostStatus !== 'ok') throw refusals.hostGone();
  if (follows(machine.state, command) !== null) return;
  throw command === 'start' ? refusals.cannotStart(machine.state) : refusals.illegal(command, machine.state);
}

/** Checks that the config's image and volume exist and are available. */
function usable(cloud: Cloud, app: string, region: string, config: MachineConfig, machine: string | null): void {
  if (!cloud.options.images[config.image]) throw refusals.noImage(config.image);
  for (const mount of config.mounts ?? []) {
    const volume = findVolume(cloud, app, mount.volume);
    if (volume.state !== 'created') throw refusals.volumeNotReady(volume.id, volume.state);
    if (volume.hostStatus !== 'ok') throw refusals.noRoomWithVolume(volume.id);
    if (volume.region !== region)
      throw refusals.invalid(`volume ${volume.id} is in ${volume.region}, not in ${region}`);
    if (volume.machine !== null && volume.machine !== machine) throw refusals.volumeBusy(volume.id, volume.machine);
  }
}

export function create(cloud: Cloud, app: string, body: z.output<typeof createMachine>): MachineRecord {
  const { config, region = 'iad' } = body;
  usable(cloud, app, region, config, null);
  const [mount] = config.mounts ?? [];
  const full = cloud.faults.refusal('machine', region, cloud.options.org, mount?.volume ?? null);
  if (full) throw full;
  const taken = cloud.store.machines.some(
    (known) => known.app === app && known.name === body.name && known.state !== 'destroyed',
  );
  if (body.name !== undefined && taken) throw refusals.invalid(`a machine named ${body.name} already exists`);
  const id = newIds.machine();
  const version = newIds.version();
  const now = Date.now();
  const machine: MachineRecord = {
    id,
    app,
    name: body.name ?? newIds.name(),
    region,
    state: 'created',
    version,
    config,
    versions: [{ version, config }],
    isImageReady: false,
    isCordoned: body.skip_service_registration ?? false,
    hostStatus: 'ok',
    lease: null,
    events: [newEvent({ type: 'launch', status: 'created', source: 'user' })],
    retries: 0,
    privateIp: `fdaa:0:1:a7b:${id.slice(0, 4)}:${id.slice(4, 8)}:${id.slice(8, 12)}:2`,
    createdAt: now,
    updatedAt: now,
  };
  cloud.store.machines.push(machine);
  for (const volume of cloud.store.volumes) if (volume.id === mount?.volume) volume.machine = id;
  cloud.store.save();
  cloud.history.changed({ kind: 'machine', id, app, from: '', to: 'created' });
  const isMine = takeOver(cloud, machine);
  cloud.background.run(async () => {
    await cloud.background.sleep(cloud.pace.imagePullMs);
    machine.isImageReady = true;
    if (!isMine() || body.skip_launch) return;
    move(cloud, machine, 'start', { type: 'start', status: 'starting', source: 'flyd' });
    await bringUp(cloud, machine, isMine);
  });
  return machine;
}

export function start(cloud: Cloud, machine: MachineRecord, source: Source): void {
  allowed(machine, 'start');
  if (machine.state === 'created' && !machine.isImageReady) throw refusals.cannotStart('created');
  const isMine = takeOver(cloud, machine);
  const asleep = machine.state === 'suspended' ? cloud.running.get(machine.id) : undefined;
  machine.retries = 0;
  move(cloud, machine, 'start', { type: 'start', status: 'starting', source });
  cloud.background.run(async () => {
    if (!asleep) return bringUp(cloud, machine, isMine);
    await cloud.background.sleep(cloud.pace.resumeMs);
    if (!isMine()) return;
    if (asleep.hasExited()) return bringUp(cloud, machine, isMine);
    asleep.freeze(false);
    move(cloud, machine, 'success', { type: 'start', status: 'started', source: 'flyd' });
  });
}

export function stop(cloud: Cloud, machine: MachineRecord, source: Source, options: StopOptions): void {
  allowed(machine, 'stop');
  const isMine = takeOver(cloud, machine);
  // A suspended machine's snapshot is discarded without a signal.
  const isFrozen = machine.state === 'suspended';
  move(cloud, machine, 'stop', { type: 'stop', status: 'stopping', source });
  const signal = isFrozen ? 'SIGKILL' : (options.signal ?? STOP.signal);
  const timeout = options.timeout ?? machine.config.stop_config?.timeout ?? STOP.timeout;
  cloud.background.run(async () => {
    // The proxy gives requests that are just arriving a moment.
    if (source === 'proxy') await cloud.background.sleep(cloud.pace.stopMs);
    const exit = await halt(cloud, machine, signal, timeout);
    if (source === 'user') await cloud.background.sleep(cloud.pace.stopMs);
    if (isMine()) move(cloud, machine, 'success', exitEvent(exit, true, false));
  });
}

/** The machine's own settings decide. */
export const stopAsConfigured = (cloud: Cloud, machine: MachineRecord): void =>
  stop(cloud, machine, 'proxy', { signal: machine.config.stop_config?.signal });

export function suspend(cloud: Cloud, machine: MachineRecord, source: Source): void {
  allowed(machine, 'suspend');
  const { guest, init, schedule } = machine.config;
  if ((guest?.memory_mb ?? 256) > 2048) throw refusals.badRequest('machines with more than 2 GB cannot be suspended');
  if (init?.swap_size_mb || schedule) throw refusals.badRequest('machines with swap or a schedule cannot be suspended');
  takeOver(cloud, machine);
  move(cloud, machine, 'suspend', { type: 'suspend', status: 'suspended', source });
  cloud.running.get(machine.id)?.freeze(true);
}

export function restart(cloud: Cloud, machine: MachineRecord, { signal, timeout }: StopOptions): void {
  allowed(machine, 'restart');
  const isMine = takeOver(cloud, machine);
  machine.retries = 0;
  move(cloud, machine, 'restart', { type: 'restart', status: 'stopping', source: 'user' });
  cloud.background.run(async () => {
    await halt(cloud, machine, signal ?? STOP.signal, timeout ?? STOP.timeout);
    if (!isMine()) return;
    move(cloud, machine, 'begin restart', { type: 'restart', status: 'starting', source: 'flyd' });
    await bringUp(cloud, machine, isMine);
  });
}

export function update(cloud: Cloud, machine: MachineRecord, body: z.output<typeof updateMachine>): void {
  const { config } = body;
  if (body.current_version !== undefined && body.current_version !== machine.version) throw refusals.otherVersion();
  if (body.name !== undefined && body.name !== machine.name) throw refusals.invalid('the name cannot be changed');
  if (body.region !== undefined && body.region !== machine.region)
    throw refusals.invalid('the region cannot be changed');
  const [mount] = config.mounts ?? [];
  if (mount?.volume !== machine.config.mounts?.[0]?.volume) throw refusals.invalid('the volume cannot be changed');
  allowed(machine, 'update');
  usable(cloud, machine.app, machine.region, config, machine.id);
  const full = cloud.faults.refusal('update', machine.region, cloud.options.org, null);
  if (full) throw full;

  const isMine = takeOver(cloud, machine);
  const wasCreated = machine.state === 'created';
  const isFrozen = machine.state === 'suspended';
  const { signal, timeout } = machine.config.stop_config ?? {};
  machine.version = newIds.version();
  machine.config = config;
  machine.versions.unshift({ version: machine.version, config });
  machine.retries = 0;
  move(cloud, machine, 'update', { type: 'update', status: 'updating', source: 'user' });
  cloud.background.run(async () => {
    await halt(cloud, machine, isFrozen ? 'SIGKILL' : (signal ?? STOP.signal), timeout ?? STOP.timeout);
    await cloud.background.sleep(cloud.pace.updateMs);
    if (!isMine()) return;
    machine.isImageReady = true;
    if (body.skip_launch) return move(cloud, machine, wasCreated ? 'no auto-start' : 'preserve state');
    move(cloud, machine, 'auto-start', { type: 'start', status: 'starting', source: 'flyd' });
    await bringUp(cloud, machine, isMine);
  });
}

export function destroy(cloud: Cloud, machine: MachineRecord, force: boolean): void {
  if (['destroying', 'destroyed'].includes(machine.state)) throw refusals.noMachine();
  if (!force && !['created', 'stopped', 'suspended', 'failed'].includes(machine.state)) throw refusals.notStopped();
  cloud.background.run(() => remove(cloud, machine));
}
