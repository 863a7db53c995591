import type { MachineRow, MachineStep, StepOutcome } from '../../conversation/state/machine.ts';
import type { MachineProvider } from '../provider.ts';
import type { Wanted } from '../rollout.ts';
import { createFlyApi } from './api.ts';
import { checkHealth, revertUpdate, updateMachine } from './change-image.ts';
import { type FlyContext, isDown, isThere, type MachineLedger, routingHeaders } from './context.ts';
import { inspectMachine } from './inspect-machine.ts';
import { HOST_LOST_MS } from './lost-machine.ts';
import { type Autostop, fingerprintSettings, type MachineSpec, META, machineSettings } from './machine-config.ts';
import { assignAddresses, claimSlot, createApp, createMachine, createVolume, recordMachine } from './provision.ts';
import { stepDone, withDoubtWait } from './step-outcomes.ts';

// A Fly app with one machine and one volume for each conversation. Keeps nothing: the row and Fly know everything. Also
// used by the operator's commands, so it depends on neither workerd nor Node.

export { newName } from './names.ts';

/** `machinesUrl`: the address of the app `{app}`. `deployment`: the relay’s host, which owns everything created. */
export type FlyProviderOptions = {
  apiUrl: string;
  token: string;
  org: string;
  image: string;
  regions: readonly string[];
  memoryMb: number;
  autostop?: Autostop | undefined;
  volumeGb: number;
  machinesUrl: string;
  env: Record<string, string>;
  deployment: string;
  version: string;
  ledger: MachineLedger;
  /** How long to wait for an unreachable host. */
  hostLostMs?: number;
};

type Step = (fly: FlyContext, row: MachineRow, now: number) => Promise<StepOutcome>;

const STEPS: Record<MachineStep, Step> = {
  claim: claimSlot,
  app: createApp,
  addresses: assignAddresses,
  volume: createVolume,
  machine: createMachine,
  health: checkHealth,
  record: recordMachine,
  ready: async () => stepDone({ step: 'ready' }),
  update: updateMachine,
  revert: revertUpdate,
};

export function createFlyProvider(options: FlyProviderOptions): MachineProvider {
  const fly = flyContextOf(options);
  const { api } = fly;
  return {
    address: (row) => {
      if (row === null) throw new Error('this conversation has no machine on Fly yet');
      return { url: fly.urlOf(row.name), audience: row.name, headers: routingHeaders(row) };
    },
    ensure: async (row, now) => withDoubtWait(await STEPS[row.step](fly, row, now), row, now),
    inspect: (row) => inspectMachine(fly, row, Date.now()),
    stop: async (row) => {
      if (row.machine === null) return;
      const { killSignal: signal, killTimeoutSeconds } = machineSettings;
      const stopped = await api.stopMachine(row.name, row.machine, { signal, timeout: `${killTimeoutSeconds}s` });
      if (stopped.kind === 'ok' || stopped.kind === 'absent') return;
      // Fly may refuse to stop a machine that already sleeps.
      const found = await api.machine(row.name, row.machine);
      if (found.kind === 'absent' || (found.kind === 'ok' && (isDown(found.value) || !isThere(found.value)))) return;
      throw new Error(stopped.reason);
    },
    release: async ({ name }) => {
      const listed = await api.machines(name);
      if (listed.kind !== 'ok' && listed.kind !== 'absent') throw new Error(listed.reason);
      const machines = listed.kind === 'ok' ? listed.value.filter(isThere) : [];
      for (const { id } of machines) {
        const removed = await api.destroyMachine(name, id);
        if (removed.kind !== 'ok' && removed.kind !== 'absent') throw new Error(removed.reason);
      }
      await options.ledger.release();
    },
    destroy: async ({ name }) => {
      const removed = await api.deleteApp(name);
      if (removed.kind !== 'ok' && removed.kind !== 'absent') throw new Error(removed.reason);
    },
  };
}

/** The image of a machine created now, with the fingerprint of all its settings. */
export async function wantedOf(options: Omit<FlyProviderOptions, 'ledger'>): Promise<Wanted> {
  return { image: options.image, settings: await fingerprintSettings(specOf(options)) };
}

const specOf = (options: Omit<FlyProviderOptions, 'ledger'>): MachineSpec => ({
  image: options.image,
  memoryMb: options.memoryMb,
  autostop: options.autostop,
  env: options.env,
  metadata: { [META.deployment]: options.deployment, [META.version]: options.version },
});

function flyContextOf(options: FlyProviderOptions): FlyContext {
  let wanted: Promise<Wanted> | null = null;
  return {
    api: createFlyApi(options),
    org: options.org,
    regions: options.regions,
    volumeGb: options.volumeGb,
    hostLostMs: options.hostLostMs ?? HOST_LOST_MS,
    spec: specOf(options),
    wanted: () => {
      wanted ??= wantedOf(options);
      return wanted;
    },
    ledger: options.ledger,
    urlOf: (name) => options.machinesUrl.replaceAll('{app}', name),
    wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
}
