import type { MachineRow } from '../../conversation/state/machine.ts';
import type { Wanted } from '../rollout.ts';
import type { FlyApi, FlyMachine, FlyVolume } from './api.ts';
import { type MachineSpec, META } from './machine-config.ts';

// Dependencies of the provisioning steps, and predicates on Fly’s machine and volume states. Keeps nothing.

/** Counts the machines of all conversations. `settings`, `revertedFrom`: fingerprints. */
export type MachineLedger = {
  claim(name: string): Promise<'taken' | 'full'>;
  release(): Promise<void>;
  record(row: {
    name: string;
    image: string | null;
    settings: string | null;
    revertedFrom: string | null;
  }): Promise<void>;
};

export type FlyContext = {
  api: FlyApi;
  org: string;
  regions: readonly string[];
  volumeGb: number;
  spec: MachineSpec;
  /** The image of a machine created now, and the fingerprint of all its settings. */
  wanted: () => Promise<Wanted>;
  ledger: MachineLedger;
  urlOf: (name: string) => string;
  hostLostMs: number;
  wait: (ms: number) => Promise<void>;
};

const GONE = ['destroying', 'destroyed', 'launch_failed', 'replaced', 'migrated'];
const ASLEEP = ['stopped', 'suspended'];
const DOWN = ['failed', ...ASLEEP];
const GOING = ['scheduling_destroy', 'pending_destroy', 'destroying', 'destroyed'];
const UNREACHABLE = 'unreachable';

export const isThere = (machine: FlyMachine): boolean => !GONE.includes(machine.state);
export const isAsleep = (machine: FlyMachine): boolean => ASLEEP.includes(machine.state);
export const isDown = (machine: FlyMachine): boolean => DOWN.includes(machine.state);
export const isRunning = (machine: FlyMachine): boolean => machine.state === 'started';
export const isHostLost = (thing: FlyMachine | FlyVolume): boolean => thing.host_status === UNREACHABLE;
/** The machine runs, or can be started. */
export const isSound = (machine: FlyMachine): boolean =>
  isThere(machine) && !isHostLost(machine) && machine.state !== 'failed';

export const isKept = (volume: FlyVolume): boolean => !GOING.includes(volume.state);
export const isUsable = (volume: FlyVolume): boolean => isKept(volume) && !isHostLost(volume);

const configOf = (machine: FlyMachine) => machine.config ?? machine.incomplete_config ?? null;
export const imageOf = (machine: FlyMachine): string | null => configOf(machine)?.image ?? null;
export const fingerprintOf = (machine: FlyMachine): string | null =>
  configOf(machine)?.metadata?.[META.settings] ?? null;
export const hasMounted = (machine: FlyMachine, volume: string): boolean =>
  configOf(machine)?.mounts?.some((mount) => mount.volume === volume) ?? false;

/** Sends requests to the known machine while the app has two, because a lost machine came back. */
export const routingHeaders = ({ machine }: Pick<MachineRow, 'machine'>): Record<string, string> =>
  machine === null ? {} : { 'fly-prefer-instance-id': machine };

/** Oldest first, so that two callers choose the same one. */
export const compareAge = <T extends { id: string; created_at?: string | null | undefined }>(a: T, b: T): number =>
  (a.created_at ?? '').localeCompare(b.created_at ?? '') || a.id.localeCompare(b.id);

/** The tolerated difference between Fly’s clock and ours. */
const CLOCK_TOLERANCE_MS = 10_000;

/** Nobody has worked on this volume: it had no machine before, or it is younger than the last use of one. */
export function isUntouched(volume: FlyVolume, { image, awakeMs, awakeSince, usedAt }: MachineRow): boolean {
  if (image !== null) return false;
  if (awakeMs === 0 && awakeSince === null) return true;
  return Date.parse(volume.created_at ?? '') > usedAt + CLOCK_TOLERANCE_MS;
}
