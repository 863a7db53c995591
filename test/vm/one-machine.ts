import type { JWK } from 'jose';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createScriptedModel, type ScriptedModel } from '../../simulator/model/script.ts';
import {
  type Machine,
  MachineClient,
  type ModelEdge,
  newKey,
  removeDataDir,
  startMachine,
  startModelEdge,
} from './machine-harness.ts';

// One agent server for all tests of a file, with a scripted model behind it, and a conversation of its own for each test.

export let key: JWK;
export let model: ScriptedModel;
export let edge: ModelEdge;
export let machine: Machine;
export let client: MachineClient;

export function useMachine(): void {
  beforeAll(async () => {
    key = await newKey();
    model = createScriptedModel();
    edge = await startModelEdge(model, key);
    machine = await startMachine({ key, relayUrl: edge.url });
  });
  beforeEach(() => {
    client = new MachineClient(() => machine, key);
  });
  afterAll(async () => {
    await machine.stop();
    edge.close();
    removeDataDir(machine.dataDir);
  });
}
