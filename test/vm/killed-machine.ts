import type { JWK } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createScriptedModel, type ScriptedModel } from '../../simulator/model/script.ts';
import {
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

// Agent servers one after the other on the same folder, as a test ends and starts them; model and conversation are new for each
// test.

export let key: JWK;
export let model: ScriptedModel;
export let edge: ModelEdge;
export let dataDir: string;
export let machine: Machine;
export let client: MachineClient;

/** `folder`: how long the machine's folder lasts. `isUp`: a test finds a server that runs. */
export function useMachines({ folder, isUp = true }: { folder: 'file' | 'test'; isUp?: boolean }): void {
  const [before, after] = folder === 'file' ? [beforeAll, afterAll] : [beforeEach, afterEach];
  beforeAll(async () => {
    key = await newKey();
  });
  // Those that are said first run last.
  after(() => removeDataDir(dataDir));
  before(() => {
    dataDir = newDataDir();
  });
  beforeEach(async () => {
    model = createScriptedModel();
    edge = await startModelEdge(model, key);
    client = new MachineClient(() => machine, key);
    if (isUp) await start();
  });
  afterEach(async () => {
    await machine?.stop('SIGKILL');
    edge.close();
  });
}

export async function start(options: Pick<MachineOptions, 'env' | 'main'> = {}): Promise<void> {
  machine = await startMachine({ key, relayUrl: edge.url, dataDir, ...options });
}

/** Killed and started again; `between`: while none runs. */
export async function restarted(between: () => void = () => {}): Promise<void> {
  await machine.stop('SIGKILL');
  between();
  await start();
}
