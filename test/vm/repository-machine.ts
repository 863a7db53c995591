import { createScriptedModel, type ScriptedModel } from '../../simulator/model/script.ts';
import { CONNECT_AUDIENCE, type GitAccess } from '../../src/protocol/index.ts';
import { type ConnectEdge, startConnectEdge } from './connect-edge.ts';
import {
  type Machine,
  type MachineOptions,
  newDataDir,
  newKey,
  removeDataDir,
  startMachine,
  WarmClient,
} from './machine-harness.ts';

// An agent server whose relay leads to a repository, and a conversation with a project of that repository.

export type RepositoryMachine = {
  script: ScriptedModel;
  edge: ConnectEdge;
  client: WarmClient;
  dataDir: string;
  machine: () => Machine;
  /** What the relay would send in `git`. */
  access: () => Promise<GitAccess>;
  /** SIGKILL, and a successor on the same folder. */
  restart: () => Promise<void>;
  end: () => Promise<void>;
};

export async function repositoryMachine(
  env: Record<string, string> = {},
  files?: Record<string, string>,
  started: Pick<MachineOptions, 'command'> = {},
): Promise<RepositoryMachine> {
  const key = await newKey();
  const script = createScriptedModel();
  const edge = await startConnectEdge(script, key, files);
  const dataDir = newDataDir();
  const start = (): Promise<Machine> => startMachine({ key, relayUrl: edge.url, dataDir, env, ...started });
  let running = await start();
  const client = new WarmClient(() => running, key);
  const access = async (): Promise<GitAccess> => {
    const token = { token: await client.token(CONNECT_AUDIENCE), expires_at: Date.now() + 20 * 60_000 };
    return { host: 'github.com', path: 'ann/shop', name: 'Ann', email: 'ann@example.com', token };
  };
  return {
    script,
    edge,
    client,
    dataDir,
    machine: () => running,
    access,
    restart: async () => {
      await running.stop('SIGKILL');
      running = await start();
    },
    end: async () => {
      await running.stop();
      edge.close();
      removeDataDir(dataDir);
    },
  };
}
