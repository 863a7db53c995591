import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import type { JWK } from 'jose';
import { createScriptedModel, say } from '../simulator/model/script.ts';
import { PROTOCOL_HEADER } from '../src/protocol/index.ts';
import {
  agentPids,
  type Machine,
  MachineClient,
  message,
  newAttempt,
  newDataDir,
  newKey,
  removeDataDir,
  results,
  sessionOf,
  startMachine,
  startModelEdge,
} from '../test/vm/machine-harness.ts';
import { type Part, percentile } from './figures.ts';

// Measures what the agent server and Claude Code add to the model's own time. The model answers at once here, so the
// time from the request for an attempt to its result is all overhead. The same run measures `claude -p --continue` once
// per message for comparison.

const COLD = 20;
const WARM = 40;
const RESTARTS = 20;
const MOVES = 20;
const PLAIN = 20;
const CLAUDE = join(import.meta.dirname, '../node_modules/@anthropic-ai/claude-agent-sdk-linux-x64/claude');

type AgentFigures = {
  cold: number[];
  warm: number[];
  restarted: number[];
  /** On an empty machine: restoring the session and the folder, and the turn. */
  moved: number[];
  plain: number[];
  /** Resident bytes: the server alone, and the addition of one warm conversation. */
  idle: number;
  perConversation: number;
};

const ROWS = {
  warm: { row: 'attempt → result, real Claude Code, warm, p50', unit: 'ms' },
  cold: { row: 'attempt → result, real Claude Code, cold, p50', unit: 'ms' },
  restarted: { row: 'attempt → result, after the agent server was restarted, p50', unit: 'ms' },
  moved: { row: 'attempt → result, on a new machine, session and folder given back, p50', unit: 'ms' },
  plain: { row: 'claude -p --continue, p50', unit: 'ms' },
  idle: { row: 'agent server idle, memory', unit: 'MiB', target: 80 },
  perConversation: { row: 'agent server, memory per warm conversation', unit: 'MiB' },
};

export const parts: readonly Part[] = [
  {
    name: 'agent',
    rows: Object.values(ROWS),
    runs: 1,
    async measure() {
      const { idle, perConversation, ...times } = await measureAgent();
      const middle = Object.entries(times).map(([name, ms]) => [
        ROWS[name as keyof typeof times].row,
        percentile(ms, 0.5),
      ]);
      const inMiB = (bytes: number): number => bytes / 1024 ** 2;
      return {
        ...Object.fromEntries(middle),
        [ROWS.idle.row]: inMiB(idle),
        [ROWS.perConversation.row]: inMiB(perConversation),
      };
    },
  },
];

async function measureAgent(): Promise<AgentFigures> {
  const key = await newKey();
  const model = createScriptedModel(() => say('Done.'));
  const edge = await startModelEdge(model, key);
  const dataDir = newDataDir();
  let machine: Machine = await startMachine({ key, relayUrl: edge.url, dataDir });
  const clientOf = (): MachineClient => new MachineClient(() => machine, key);

  /** Milliseconds from the request to the result, and the session. */
  const turn = async (client: MachineClient, session: string | null): Promise<{ ms: number; session: string }> => {
    const attempt = newAttempt();
    const began = performance.now();
    await client.put(attempt, { session_id: session, messages: [message('say done')] });
    const events = await client.follow(attempt, 'result');
    const ms = performance.now() - began;
    const rest = await client.follow(attempt);
    if (results(events).length === 0) throw new Error('no result');
    return { ms, session: rest.some(({ type }) => type === 'session') ? sessionOf(rest) : (session ?? '') };
  };

  try {
    const idle = residentOf([machine.pid]);
    const cold: number[] = [];
    for (let n = 0; n < COLD; n++) cold.push((await turn(clientOf(), null)).ms);
    const client = clientOf();
    const { session } = await turn(client, null);
    const warm: number[] = [];
    for (let n = 0; n < WARM; n++) warm.push((await turn(client, session)).ms);

    const restarted: number[] = [];
    for (let n = 0; n < RESTARTS; n++) {
      await machine.stop();
      machine = await startMachine({ key, relayUrl: edge.url, dataDir });
      restarted.push((await turn(client, session)).ms);
    }
    const moved = await measureMoves(edge.url, key, client, session);
    const serverWith = residentOf([machine.pid]);
    const agents = agentPids(dataDir);
    const perConversation = residentOf(agents) + Math.max(0, serverWith - idle);
    return { cold, warm, restarted, moved, plain: await measurePlain(), idle, perConversation };
  } finally {
    await machine.stop();
    edge.close();
    removeDataDir(dataDir);
  }
}

async function measureMoves(relayUrl: string, key: JWK, from: MachineClient, session: string): Promise<number[]> {
  const lines = await (await from.call('GET', `/sessions/${session}?after=0`)).text();
  const folder = await (await from.call('GET', '/projects/main/snapshot')).arrayBuffer();
  const moved: number[] = [];
  for (let n = 0; n < MOVES; n++) {
    const machine = await startMachine({ key, relayUrl });
    const client = new MachineClient(() => machine, key, from.conversation);
    const give = async (path: string, body: BodyInit): Promise<void> => {
      const headers = { authorization: `Bearer ${await client.token()}`, [PROTOCOL_HEADER]: '1' };
      const answer = await fetch(`${machine.url}${path}`, { method: 'PUT', headers, body });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    };
    const began = performance.now();
    await give('/projects/main/snapshot', folder);
    await give(`/sessions/${session}`, lines);
    const attempt = newAttempt();
    await client.put(attempt, { session_id: session, messages: [message('say done')] });
    const events = await client.follow(attempt, 'result');
    moved.push(performance.now() - began);
    if (events.some(({ type }) => type === 'session_lost')) throw new Error('the session was not restored');
    await machine.stop();
    removeDataDir(machine.dataDir);
  }
  return moved;
}

/** One process per message, as a script around the command line would do it. */
async function measurePlain(): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'roost-bench-'));
  const model = createScriptedModel(() => say('Done.'));
  const listening = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: model.app.fetch, port: 0, hostname: '127.0.0.1' }, listening.resolve);
  const { port } = await listening.promise;
  const [home, config, cwd] = ['home', 'config', 'work'].map((name) => join(folder, name)) as [string, string, string];
  for (const path of [home, config, cwd]) mkdirSync(path);
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    CLAUDE_CONFIG_DIR: config,
    ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}`,
    ANTHROPIC_API_KEY: 'bench',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    IS_SANDBOX: '1',
  };
  const run = async (args: readonly string[]): Promise<number> => {
    const began = performance.now();
    const child = spawn(CLAUDE, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
    const output: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => output.push(data));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`claude -p ended with ${code}: ${Buffer.concat(output).toString('utf8')}`);
    return performance.now() - began;
  };
  try {
    await run(['-p', 'say done', '--session-id', randomUUID()]);
    const plain: number[] = [];
    for (let n = 0; n < PLAIN; n++) plain.push(await run(['-p', '--continue', 'say done']));
    return plain;
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** Resident memory of processes in bytes (Linux); shared memory is counted once per process. */
function residentOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const pages = Number(/^\d+ (\d+)/.exec(readFileSync(`/proc/${pid}/statm`, 'utf8'))?.[1] ?? 0);
    return sum + pages * 4096;
  }, 0);
}
