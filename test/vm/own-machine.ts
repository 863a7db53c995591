import { createScriptedModel, type ScriptedModel } from '../../simulator/model/script.ts';
import type { Answer, EventBody } from '../../src/protocol/index.ts';
import {
  type Machine,
  MachineClient,
  type MachineOptions,
  newDataDir,
  newKey,
  removeDataDir,
  startMachine,
  startModelEdge,
  WarmClient,
} from './machine-harness.ts';

// An agent server for one test, with its own environment and scripted model, that can be killed and restarted; and its
// agent's questions.

export type OwnMachine = {
  script: ScriptedModel;
  client: MachineClient;
  /** In a conversation and session that all who use it share. */
  warm: WarmClient;
  dataDir: string;
  /** The current process's. */
  pid: () => number;
  /** Another conversation. */
  another: () => MachineClient;
  /** SIGKILL, and a successor on the same folder. */
  restart: () => Promise<void>;
  end: () => Promise<void>;
};

export async function ownMachine(
  env: Record<string, string> = {},
  dataDir = newDataDir(),
  started: Pick<MachineOptions, 'command'> = {},
): Promise<OwnMachine> {
  const key = await newKey();
  const script = createScriptedModel();
  const edge = await startModelEdge(script, key);
  let running: Machine = await startMachine({ key, relayUrl: edge.url, dataDir, env, ...started });
  return {
    script,
    client: new MachineClient(() => running, key),
    warm: new WarmClient(() => running, key),
    dataDir,
    pid: () => running.pid,
    another: () => new MachineClient(() => running, key),
    restart: async () => {
      await running.stop('SIGKILL');
      running = await startMachine({ key, relayUrl: edge.url, dataDir, env, ...started });
    },
    end: async () => {
      await running.stop();
      edge.close();
      removeDataDir(dataDir);
    },
  };
}

export const asked = (events: readonly EventBody[]) => events.filter((event) => event.type === 'request');

export const answer = (to: MachineClient, attempt: string, id: string, body: Answer): Promise<Response> =>
  to.call('POST', `/attempts/${attempt}/answers/${id}`, body);

/** The tools' results in the model's newest request, oldest first. */
export const toolResults = ({ requests }: ScriptedModel): string[] =>
  (requests.at(-1)?.request.messages ?? [])
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .filter((block) => block.type === 'tool_result')
    .map((block) => JSON.stringify(block.content));

/** Follows the attempt to its first request. */
export async function untilAsked(to: MachineClient, attempt: string): Promise<{ id: string; events: EventBody[] }> {
  const events = await to.follow(attempt, 'request');
  return { id: asked(events)[0]?.request_id ?? '', events };
}
