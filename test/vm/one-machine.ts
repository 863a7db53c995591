import type { JWK } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createScriptedModel, type ScriptedModel } from '../../simulator/model/script.ts';
import {
  type Machine,
  MachineClient,
  type ModelEdge,
  newKey,
  removeDataDir,
  startMachine,
  startModelEdge,
  WarmClient,
} from './machine-harness.ts';

// One agent server for all tests of a file, with a scripted model behind it, and a conversation of its own for each test.
// A start of Claude Code takes longer than most of these tests, so tests that need no fresh agent share `warm`.

export let key: JWK;
export let model: ScriptedModel;
export let edge: ModelEdge;
export let machine: Machine;
/** In a conversation of the test's own. */
export let client: MachineClient;
/** In a conversation and session that the tests of the file share. */
export let warm: WarmClient;

export function useMachine(): void {
  beforeAll(async () => {
    key = await newKey();
    model = createScriptedModel();
    edge = await startModelEdge(model, key);
    machine = await startMachine({ key, relayUrl: edge.url });
    warm = new WarmClient(() => machine, key);
  });
  beforeEach(() => {
    client = new MachineClient(() => machine, key);
  });
  // A test that failed may have left an attempt that runs.
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') warm = new WarmClient(() => machine, key);
  });
  afterAll(async () => {
    await machine.stop();
    edge.close();
    removeDataDir(machine.dataDir);
  });
}
