import type { MachineRow } from '../../conversation/state/machine.ts';
import type { Wanted } from '../rollout.ts';
import type { FlyApi, FlyMachine, FlyVolume } from './api.ts';
import { type MachineSpec, META } from './machine-config.ts';

// What a step is given besides its row, and how machines and volumes that Fly lists are read. Keeps nothing.

/** Who counts the machines of all conversations. `settings`, `revertedFrom`: fingerprints. */
export type MachineLedger = {
  claim(name: string): Promise<'taken' | 'full'>;
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
  /** What a machine made now would run, and the fingerprint of all its settings. */
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
/** It can run, or be made to. */
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

/** Should an app have two for a while, because a lost one is back, requests go to the one that is known. */
export const routingHeaders = ({ machine }: Pick<MachineRow, 'machine'>): Record<string, string> =>
  machine === null ? {} : { 'fly-prefer-instance-id': machine };

/** The oldest first, so that two who look take the same. */
export const compareAge = <T extends { id: string; created_at?: string | null | undefined }>(a: T, b: T): number =>
  (a.created_at ?? '').localeCompare(b.created_at ?? '') || a.id.localeCompare(b.id);

/** Between Fly’s clock and ours. */
const CLOCK_TOLERANCE_MS = 10_000;

/** Nobody ever worked on it: there was no machine before, or it was made after that was last used. */
export function isUntouched(volume: FlyVolume, { image, awakeMs, awakeSince, usedAt }: MachineRow): boolean {
  if (image !== null) return false;
  if (awakeMs === 0 && awakeSince === null) return true;
  return Date.parse(volume.created_at ?? '') > usedAt + CLOCK_TOLERANCE_MS;
}
