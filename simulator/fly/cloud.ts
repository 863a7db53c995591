import { randomBytes } from 'node:crypto';
import { ulid } from 'ulid';
import { type Background, createBackground } from '../twilio/background.ts';
import { createFlyFaults, type FaultTable } from './faults.ts';
import { createHistory, type History } from './history.ts';
import type { MachineProcess } from './machine-process.ts';
import { type FlyPace, paceOf } from './pace.ts';
import { createRateLimits, type RateLimits } from './rate-limits.ts';
import { refusals } from './refusals.ts';
import { type AppRecord, type FlyStore, type MachineRecord, openStore, type VolumeRecord } from './store.ts';

// The state that all parts of the fake Fly share, and how to find things in it. Only the store survives the process.

/** How an image runs here: as a process instead of a virtual machine. */
export type FlyImage = { command: string; args: string[]; cwd: string; env?: Record<string, string> };

export type FlyOptions = {
  /** 0 takes any free port. */
  port: number;
  token: string;
  org: string;
  /** Holds state.json and the folders of volumes. */
  folder: string;
  /** By full reference, like registry.fly.io/roost@sha256:…; an image with any other reference doesn't exist. */
  images: Record<string, FlyImage>;
  pace?: Partial<FlyPace>;
  /** The variables every machine starts with, like PATH. It gets nothing else from this process's environment. */
  env?: Record<string, string>;
  /** Applies the documented limits of calls per second. Default: on. */
  rateLimits?: boolean;
  log?: (line: string) => void;
};

export type Cloud = {
  options: FlyOptions;
  pace: FlyPace;
  store: FlyStore;
  background: Background;
  history: History;
  faults: FaultTable;
  limits: RateLimits;
  /** The running programs, by machine. */
  running: Map<string, MachineProcess>;
  /** Requests in progress, by machine, and since when there are none. */
  load: Map<string, { open: number; idleSince: number }>;
  /** Names of apps that are being deleted; still taken. */
  leaving: Set<string>;
  /** A later command cancels an earlier one's remaining work: see lifecycle.ts. */
  turns: Map<string, number>;
};

export function createCloud(options: FlyOptions): Cloud {
  const pace = paceOf(options.pace);
  return {
    options,
    pace,
    store: openStore(options.folder),
    background: createBackground(),
    history: createHistory(options.log),
    faults: createFlyFaults(),
    limits: createRateLimits(pace.scale),
    running: new Map(),
    load: new Map(),
    leaving: new Set(),
    turns: new Map(),
  };
}

const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';
const letters = (count: number): string => [...randomBytes(count)].map((byte) => BASE32[byte % BASE32.length]).join('');

export const newIds = {
  app: () => letters(16),
  volume: () => `vol_${letters(16)}`,
  machine: () => randomBytes(7).toString('hex'),
  version: () => ulid(),
  name: () => `quiet-${['river', 'field', 'stone', 'cloud'][randomBytes(1)[0]! % 4]}-${randomBytes(2).readUInt16BE()}`,
};

export function findApp({ store }: Cloud, name: string): AppRecord {
  const app = store.apps.find((known) => known.name === name);
  if (!app) throw refusals.noApp(name);
  return app;
}

export function findMachine(cloud: Cloud, app: string, id: string): MachineRecord {
  findApp(cloud, app);
  const machine = cloud.store.machines.find((known) => known.app === app && known.id === id);
  if (!machine) throw refusals.noMachine();
  return machine;
}

export function findVolume(cloud: Cloud, app: string, id: string): VolumeRecord {
  findApp(cloud, app);
  const volume = cloud.store.volumes.find((known) => known.app === app && known.id === id);
  if (!volume) throw refusals.noVolume(id);
  return volume;
}

export const loadOf = (cloud: Cloud, machine: string): number => cloud.load.get(machine)?.open ?? 0;
