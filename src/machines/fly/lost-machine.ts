import type { MachineRow, MachineSeen } from '../../conversation/state/machine.ts';
import type { FlyMachine } from './api.ts';
import { type FlyContext, isUsable } from './context.ts';

// When a machine counts as lost ("gone"), so that a new one is made and gets what was backed up: Fly no longer has it or
// its volume, its host stays out of reach while somebody waits, or it fails to start again.

/** An unreachable host often comes back. After this time its machine and volume are given up. */
export const HOST_LOST_MS = 5 * 60_000;
/** The time in which a requested start fails again, if it fails. */
const RETRY_MS = 3000;

export const seen = (state: MachineSeen['state'], reason: string, stoppedAt: number | null = null): MachineSeen => ({
  state,
  reason,
  stoppedAt,
});

/** Null: there is none. */
async function look({ api }: FlyContext, name: string, id: string): Promise<FlyMachine | null> {
  const found = await api.machine(name, id);
  if (found.kind === 'ok') return found.value;
  if (found.kind === 'absent') return null;
  throw new Error(found.reason);
}

/** The machine is gone when its volume is, or when both were unreachable for long while somebody waits. */
export async function lookAtLostHost(
  { api, hostLostMs }: FlyContext,
  row: MachineRow,
  now: number,
): Promise<MachineSeen> {
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
export async function lookAgainAtFailed(fly: FlyContext, name: string, { id }: FlyMachine): Promise<MachineSeen> {
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
