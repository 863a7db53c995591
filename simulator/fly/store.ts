import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MachineConfig } from './config-schema.ts';
import { isSettled, type MachineState } from './transitions.ts';

// The content of the fake Fly: apps, addresses, volumes, machines. In memory, and saved to state.json after every
// change; a restart loads it, with every running machine stopped. A volume is a folder.

export type AppRecord = { id: string; name: string; network: string; createdAt: number };
export type AddressRecord = {
  app: string;
  ip: string;
  type: 'v4' | 'shared_v4' | 'v6' | 'private_v6';
  region: string;
  createdAt: number;
};
export type HostStatus = 'ok' | 'unreachable';
export type VolumeRecord = {
  id: string;
  app: string;
  name: string;
  region: string;
  zone: string;
  sizeGb: number;
  state: 'creating' | 'created' | 'scheduling_destroy' | 'pending_destroy';
  encrypted: boolean;
  snapshotRetention: number;
  autoBackup: boolean;
  machine: string | null;
  hostStatus: HostStatus;
  createdAt: number;
  deletedAt: number | null;
};
export type MachineEventRecord = {
  id: string;
  type: string;
  status: string;
  source: 'user' | 'flyd' | 'proxy';
  timestamp: number;
  request?: Record<string, unknown>;
};
export type Lease = { nonce: string; expiresAt: number; description: string };
export type MachineRecord = {
  id: string;
  app: string;
  name: string;
  region: string;
  state: MachineState;
  /** Changes with every config; the API's instance_id or version. */
  version: string;
  config: MachineConfig;
  versions: { version: string; config: MachineConfig }[];
  /** Until then a start is refused although the machine is `created`. */
  isImageReady: boolean;
  isCordoned: boolean;
  hostStatus: HostStatus;
  lease: Lease | null;
  events: MachineEventRecord[];
  /** Attempts of the restart policy since the last start by a caller. */
  retries: number;
  privateIp: string;
  createdAt: number;
  updatedAt: number;
};

export type State = {
  apps: AppRecord[];
  addresses: AddressRecord[];
  volumes: VolumeRecord[];
  machines: MachineRecord[];
};

export type FlyStore = State & {
  save(): void;
  /** The folder with a volume's files. */
  volumeFolder(id: string): string;
  /** The machine's files outside its volume; new at every start. */
  scratchFolder(machine: string): string;
};

export function openStore(folder: string): FlyStore {
  mkdirSync(join(folder, 'volumes'), { recursive: true });
  mkdirSync(join(folder, 'scratch'), { recursive: true });
  const path = join(folder, 'state.json');
  const store: FlyStore = {
    ...read(path),
    save() {
      const { apps, addresses, volumes, machines } = store;
      writeFileSync(`${path}.new`, JSON.stringify({ apps, addresses, volumes, machines }, null, 1));
      renameSync(`${path}.new`, path);
    },
    volumeFolder: (id) => join(folder, 'volumes', id),
    scratchFolder: (machine) => join(folder, 'scratch', machine),
  };
  return store;
}

function read(path: string): State {
  const state = parse(path);
  for (const volume of state.volumes) {
    if (volume.state === 'creating') volume.state = 'created';
    if (volume.state === 'scheduling_destroy') volume.state = 'pending_destroy';
  }
  for (const machine of state.machines) {
    if (machine.state === 'destroying') machine.state = 'destroyed';
    // Processes are gone after a restart, and unfinished work does not continue.
    if (!isSettled(machine.state) || ['started', 'suspended'].includes(machine.state)) machine.state = 'stopped';
    machine.isImageReady = true;
  }
  return state;
}

function parse(path: string): State {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { apps: [], addresses: [], volumes: [], machines: [] };
  }
  return JSON.parse(text) as State;
}
