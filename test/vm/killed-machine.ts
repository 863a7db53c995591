import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { createScriptedModel, type ScriptedModel } from '../../simulator/model/script.ts';
import {
  type Exit,
  type Machine,
  MachineClient,
  type ModelEdge,
  newDataDir,
  newKey,
  removeDataDir,
  STANDING,
  startMachine,
  startModelEdge,
  WarmClient,
  within,
} from './machine-harness.ts';

// Agent servers one after the other on the same folder, as a test ends and starts them. A test's first request starts a
// server if none runs, and a server that a test leaves running serves the next. The model is new for each test.

export let key: JWK;
export let model: ScriptedModel;
export let edge: ModelEdge;
export let dataDir: string;
export let machine: Machine;
/** In a conversation of the test's own. */
export let client: MachineClient;
/**
 * In a conversation and session that the tests of the file share, over all restarts: the agent that continues one
 * test's cut turn also begins the next test's. The session holds the texts of earlier tests.
 */
export let warm: WarmClient;
/** The server that runs, starts or is ending. */
let running: Promise<Machine> | null = null;
/** It has its own environment, so no other test can use it. */
let isOwn = false;

export function useMachines(): void {
  const models = new Map<string, ScriptedModel>();
  const up = (): Promise<Machine> => running ?? start();
  beforeAll(async () => {
    running = null;
    key = await newKey();
    dataDir = newDataDir();
    edge = await startModelEdge((conversation) => models.get(conversation) ?? model, key);
    warm = new WarmClient(up, key);
  });
  beforeEach(() => {
    model = createScriptedModel();
    client = new MachineClient(up, key);
    for (const each of [client, warm]) models.set(each.conversation, model);
  });
  afterEach(async ({ task }) => {
    // A test that failed may have left an attempt that runs.
    if (task.result?.state === 'fail') warm = new WarmClient(up, key);
    if (isOwn) await stop('SIGKILL');
  });
  afterAll(async () => {
    await stop('SIGKILL');
    edge.close();
    removeDataDir(dataDir);
  });
}

const pointFile = (): string => join(dataDir, 'stands-at');

/** Starts a server and makes it current; `env` is its own environment. */
export function start(env?: Record<string, string>): Promise<Machine> {
  isOwn = env !== undefined;
  rmSync(pointFile(), { force: true });
  const options = { key, relayUrl: edge.url, dataDir, main: STANDING, env: { ...env, STANDS_AT: pointFile() } };
  running = startMachine(options).then((started) => {
    machine = started;
    return started;
  });
  return running;
}

/** `SIGTERM` ends the server in order. */
export async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit | null> {
  if (running === null) return null;
  const ending = running;
  const exit = await (await ending).stop(signal);
  if (running === ending) running = null;
  return exit;
}

/** Kills and restarts it; `between` runs while no server does. */
export async function restarted(between: () => void = () => {}): Promise<void> {
  await stop('SIGKILL');
  between();
  await start();
}

/** Has the server stop forever at the point (see standing-main.ts) that `request` brings it to. */
export async function standsAt(point: string, request: () => Promise<unknown>): Promise<void> {
  const output = machine.output.length;
  writeFileSync(pointFile(), point);
  // An answer may never come.
  request().catch(() => null);
  const stands = async (): Promise<void> => {
    while (!machine.output.slice(output).some((line) => line.includes('"stands"')))
      await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await within(60_000, stands(), `the agent server to stand at ${point}`);
}
