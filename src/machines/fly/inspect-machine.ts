import type { MachineRow, MachineSeen } from '../../conversation/state/machine.ts';
import type { FlyMachine } from './api.ts';
import { type FlyContext, isHostLost, isThere } from './context.ts';
import { lookAgainAtFailed, lookAtLostHost, seen } from './lost-machine.ts';

// Finds out from Fly what became of a machine, without a request that would wake it. Throws when Fly can't be asked. Whether
// a machine in trouble counts as lost is decided in lost-machine.ts.

export async function inspectMachine(fly: FlyContext, row: MachineRow, now: number): Promise<MachineSeen> {
  if (row.machine === null) return seen('gone', 'it has no machine');
  const machines = await list(fly, row.name);
  const machine = machines.find(({ id }) => id === row.machine);
  if (!machine) return seen('gone', 'the machine no longer exists');
  if (isHostLost(machine)) return lookAtLostHost(fly, row, now);
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
      return lookAgainAtFailed(fly, row.name, machine);
    default:
      return isThere(machine) ? seen('starting', `it is ${machine.state}`) : seen('gone', `it is ${machine.state}`);
  }
}

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

function stoppedAt(machine: FlyMachine): number | null {
  const ends = (machine.events ?? []).filter(
    ({ type, status }) => type === 'exit' || status === 'stopped' || status === 'suspended',
  );
  const last = Math.max(0, ...ends.map(({ timestamp }) => timestamp ?? 0));
  return last > 0 ? last : null;
}
