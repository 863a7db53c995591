import type { MachineRow, MachineSeen } from '../../conversation/state/machine.ts';
import type { FlyMachine } from './api.ts';
import { type FlyContext, isHostLost, isThere, isUsable } from './context.ts';

// Finds out from Fly what became of a machine, without a request that would wake it. Throws when Fly can't be asked.

/** An unreachable host often comes back. After this time its machine and volume are given up. */
export const HOST_LOST_MS = 5 * 60_000;
/** The time in which a requested start fails again, if it fails. */
const RETRY_MS = 3000;

export async function inspectMachine(fly: FlyContext, row: MachineRow, now: number): Promise<MachineSeen> {
  if (row.machine === null) return seen('gone', 'it has no machine');
  const machines = await list(fly, row.name);
  const machine = machines.find(({ id }) => id === row.machine);
  if (!machine) return seen('gone', 'the machine no longer exists');
  if (isHostLost(machine)) return onLostHost(fly, row, now);
  if (isThere(machine)) await removeOthers(fly, row.name, machines, machine);
  switch (machine.state) {
    case 'started':
      return seen('started', 'it runs');
    // A machine that is stopping still costs money.
    case 'stopping':
    case 'suspending':
      return seen('started', `it is ${machine.state}`);
    case 'stopped':
    case 'suspended':
      return seen('asleep', `it is ${machine.state}`, stoppedAt(machine));
    case 'failed':
      return onFailed(fly, row.name, machine);
    default:
      return isThere(machine) ? seen('starting', `it is ${machine.state}`) : seen('gone', `it is ${machine.state}`);
  }
}

const seen = (state: MachineSeen['state'], reason: string, stoppedAt: number | null = null): MachineSeen => ({
  state,
  reason,
  stoppedAt,
});

/** Without the app there are no machines. */
async function list({ api }: FlyContext, name: string): Promise<FlyMachine[]> {
  const listed = await api.machines(name);
  if (listed.kind === 'ok') return listed.value;
  if (listed.kind === 'absent') return [];
  throw new Error(listed.reason);
}

/** A machine that was given up comes back with its host: it costs money, and would get requests. */
async function removeOthers({ api }: FlyContext, name: string, machines: FlyMachine[], own: FlyMachine): Promise<void> {
  const others = machines.filter((other) => other.id !== own.id && isThere(other) && !isHostLost(other));
  await Promise.allSettled(others.map(({ id }) => api.destroyMachine(name, id)));
}

/** Null: there is none. */
async function look({ api }: FlyContext, name: string, id: string): Promise<FlyMachine | null> {
  const found = await api.machine(name, id);
  if (found.kind === 'ok') return found.value;
  if (found.kind === 'absent') return null;
  throw new Error(found.reason);
}

/** The machine is gone when its volume is, or when both were unreachable for long while somebody waits. */
async function onLostHost({ api, hostLostMs }: FlyContext, row: MachineRow, now: number): Promise<MachineSeen> {
  const listed = await api.volumes(row.name);
  if (listed.kind === 'absent') return seen('gone', 'the app no longer exists');
  if (listed.kind !== 'ok') throw new Error(listed.reason);
  const volume = listed.value.find(({ id }) => id === row.volume);
  if (volume && isUsable(volume)) return seen('starting', 'its host cannot be reached');
  if (!volume) return seen('gone', 'its host cannot be reached and its volume no longer exists');
  const isWaitedFor = row.doubtedSince !== null && now - row.doubtedSince >= hostLostMs;
  return isWaitedFor
    ? seen('gone', 'host and volume have been out of reach for too long')
    : seen('starting', 'host and volume cannot be reached');
}

/** Starts a failed machine once more, because the reason may have passed. */
async function onFailed(fly: FlyContext, name: string, { id }: FlyMachine): Promise<MachineSeen> {
  const { api } = fly;
  const started = await api.startMachine(name, id);
  if (started.kind === 'denied') throw new Error(started.reason);
  // A new machine would find no more room beside the volume than this one.
  if (started.kind === 'no-capacity' || started.kind === 'busy') return seen('starting', started.reason);
  if (started.kind !== 'ok') return seen('gone', started.reason);
  await fly.wait(RETRY_MS);
  const machine = await look(fly, name, id);
  return machine === null || machine.state === 'failed'
    ? seen('gone', 'it fails to start')
    : seen('starting', `it is ${machine.state}`);
}

function stoppedAt(machine: FlyMachine): number | null {
  const ends = (machine.events ?? []).filter(
    ({ type, status }) => type === 'exit' || status === 'stopped' || status === 'suspended',
  );
  const last = Math.max(0, ...ends.map(({ timestamp }) => timestamp ?? 0));
  return last > 0 ? last : null;
}
