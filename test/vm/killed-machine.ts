import type { JWK } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createScriptedModel, type ScriptedModel } from '../../simulator/model/script.ts';
import {
  type Exit,
  type Machine,
  MachineClient,
  type MachineOptions,
  type ModelEdge,
  newDataDir,
  newKey,
  removeDataDir,
  startMachine,
  startModelEdge,
} from './machine-harness.ts';

// Agent servers one after the other on the same folder, as a test ends and starts them. A server that a test leaves running
// serves the next test; model and conversation are new for each test.

export let key: JWK;
export let model: ScriptedModel;
export let edge: ModelEdge;
export let dataDir: string;
export let machine: Machine;
export let client: MachineClient;
/** Whether a server runs that any test can use: one in its own environment, not told to stop. */
let isUsable = false;

/** `isUp`: a test finds a server that runs. Otherwise each test starts its own. */
export function useMachines({ isUp = true }: { isUp?: boolean } = {}): void {
  const models = new Map<string, ScriptedModel>();
  beforeAll(async () => {
    key = await newKey();
    dataDir = newDataDir();
    edge = await startModelEdge((conversation) => models.get(conversation) ?? model, key);
  });
  beforeEach(async () => {
    model = createScriptedModel();
    client = new MachineClient(() => machine, key);
    models.set(client.conversation, model);
    if (isUp && !isUsable) await start();
  });
  afterEach(async () => {
    if (!isUp || !isUsable) await machine?.stop('SIGKILL');
  });
  afterAll(async () => {
    await machine?.stop('SIGKILL');
    edge.close();
    removeDataDir(dataDir);
  });
}

export async function start(options: Pick<MachineOptions, 'env' | 'main'> = {}): Promise<void> {
  machine = await startMachine({ key, relayUrl: edge.url, dataDir, ...options });
  isUsable = options.env === undefined && options.main === undefined;
}

/** `SIGTERM` ends the server in order. */
export function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
  isUsable = false;
  return machine.stop(signal);
}

/** Kills and restarts it; `between` runs while no server does. */
export async function restarted(between: () => void = () => {}): Promise<void> {
  await stop('SIGKILL');
  between();
  await start();
}
