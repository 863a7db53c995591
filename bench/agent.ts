import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createScriptedModel, say } from '../simulator/model/script.ts';
import { MODEL_AUDIENCE, signToken } from '../src/protocol/index.ts';
import {
  agentPids,
  type Machine,
  MachineClient,
  type MachineOptions,
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
import { type Figures, median, type Part } from './figures.ts';
import { homeOf, type Model, openFloor } from './floor.ts';
import { commandOfImage } from './image.ts';

// Measures what the agent server adds to Claude Code. The model answers at once here, so the time from the request for an
// attempt to its result is all overhead. In turn with each attempt the same run takes its floor, Claude Code through the
// SDK alone (floor.ts), and `claude -p --continue`. The server runs as the image starts it.

const COLD = 15;
const WARM = 40;
const RESTARTS = 15;
const MOVES = 15;
const AHEAD = 10;
/** A fragment waits this long for the rest of its burst, and the process that is started ahead starts meanwhile. */
const BURST_MS = 1000;
/** The first conversations have the server's code compiled; what the others add is theirs. */
const FIRST_CONVERSATIONS = 2;
const MORE_CONVERSATIONS = 6;
const CLAUDE = join(import.meta.dirname, '../node_modules/@anthropic-ai/claude-agent-sdk-linux-x64/claude');

const ROWS = {
  warm: { row: 'attempt → result, real Claude Code, warm, p50', unit: 'ms' },
  overWarm: { row: 'attempt → result, warm, over the SDK alone, p50', unit: 'ms', target: 10 },
  warmToPlain: { row: 'attempt → result, warm, as a share of claude -p --continue', unit: '×', target: 1 / 15 },
  cold: { row: 'attempt → result, real Claude Code, cold, p50', unit: 'ms' },
  overCold: { row: 'attempt → result, cold, over the SDK alone, p50', unit: 'ms', target: 60 },
  ahead: { row: 'attempt → result, cold, its agent started ahead, p50', unit: 'ms', target: 450 },
  restarted: { row: 'attempt → result, after the agent server was restarted, p50', unit: 'ms' },
  overRestarted: { row: 'attempt → result, after a restart, over the SDK alone, p50', unit: 'ms', target: 90 },
  moved: { row: 'attempt → result, on a new machine, session and folder given back, p50', unit: 'ms' },
  overMoved: { row: 'attempt → result, on a new machine, over the SDK alone, p50', unit: 'ms', target: 150 },
  plain: { row: 'claude -p --continue, p50', unit: 'ms' },
  idle: { row: 'agent server idle, memory', unit: 'MiB', target: 80 },
  held: { row: 'agent server, held per warm conversation', unit: 'MiB', target: 8 },
  claude: { row: 'Claude Code, memory per warm conversation', unit: 'MiB' },
};

export const parts: readonly Part[] = [{ name: 'agent', rows: Object.values(ROWS), runs: 1, measure: measureAgent }];

async function measureAgent(): Promise<Figures> {
  const key = await newKey();
  const edge = await startModelEdge(
    createScriptedModel(() => say('Done.')),
    key,
  );
  const claims = { audience: MODEL_AUDIENCE, conversation: 'floor' };
  // The model is reached in the same way by all of them.
  const model = { url: `${edge.url}/model`, token: await signToken(key, claims, Date.now(), 3_600_000) };
  const floor = openFloor(model);
  const plain = openPlain(model);
  const command = await commandOfImage();
  const dataDir = newDataDir();
  const env = { MEMORY_MIN_FREE_MB: '0' };
  const start = (): Promise<Machine> => startMachine({ key, relayUrl: edge.url, dataDir, command, env });
  let machine = await start();
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
  /** Both in turn, so that other work on this computer falls on both. `over`: the median of the differences. */
  const compare = async (count: number, floorOf: () => Promise<number>, own: () => Promise<number>) => {
    const pairs: { floor: number; own: number }[] = [];
    for (let n = 0; n < count; n++) pairs.push({ floor: await floorOf(), own: await own() });
    return { p50: median(pairs.map((pair) => pair.own)), over: median(pairs.map((pair) => pair.own - pair.floor)) };
  };

  try {
    const idle = residentOf([machine.pid]);
    const cold = await compare(
      COLD,
      () => floor.cold(false),
      async () => (await turn(clientOf(), null)).ms,
    );
    const client = clientOf();
    const { session } = await turn(client, null);
    await floor.cold(true);
    const warm = await compare(WARM, floor.warm, async () => (await turn(client, session)).ms);

    const ahead: number[] = [];
    for (let n = 0; n < AHEAD; n++) {
      const fresh = clientOf();
      await fresh.call('POST', '/agent', { project: 'main', session_id: null });
      await setTimeout(BURST_MS);
      ahead.push((await turn(fresh, null)).ms);
    }

    const restarted = await compare(
      RESTARTS,
      () => floor.cold(true),
      async () => {
        await machine.stop();
        machine = await start();
        return (await turn(client, session)).ms;
      },
    );
    const backup = await readBackup(client, session);
    const moved = await compare(
      MOVES,
      () => floor.cold(true),
      () => moveTo({ key, relayUrl: edge.url, command, env }, client.conversation, session, backup),
    );
    const plainly: number[] = [];
    for (let n = 0; n < COLD; n++) plainly.push(await plain.ask());
    await machine.stop();
    machine = await start();
    for (let n = 0; n < FIRST_CONVERSATIONS; n++) await turn(clientOf(), null);
    const before = residentOf([machine.pid]);
    for (let n = 0; n < MORE_CONVERSATIONS; n++) await turn(clientOf(), null);
    const held = (residentOf([machine.pid]) - before) / MORE_CONVERSATIONS;
    const agents = agentPids(dataDir);
    return {
      [ROWS.warm.row]: warm.p50,
      [ROWS.overWarm.row]: warm.over,
      [ROWS.warmToPlain.row]: warm.p50 / median(plainly),
      [ROWS.cold.row]: cold.p50,
      [ROWS.overCold.row]: cold.over,
      [ROWS.ahead.row]: median(ahead),
      [ROWS.restarted.row]: restarted.p50,
      [ROWS.overRestarted.row]: restarted.over,
      [ROWS.moved.row]: moved.p50,
      [ROWS.overMoved.row]: moved.over,
      [ROWS.plain.row]: median(plainly),
      [ROWS.idle.row]: idle / MIB,
      [ROWS.held.row]: held / MIB,
      [ROWS.claude.row]: residentOf(agents) / agents.length / MIB,
    };
  } finally {
    await machine.stop();
    floor.close();
    plain.close();
    edge.close();
    removeDataDir(dataDir);
  }
}

const MIB = 1024 ** 2;

type Backup = { lines: string; folder: ArrayBuffer };

async function readBackup(from: MachineClient, session: string): Promise<Backup> {
  const lines = await (await from.call('GET', `/sessions/${session}?after=0`)).text();
  return { lines, folder: await (await from.call('GET', '/projects/main/snapshot')).arrayBuffer() };
}

/** Milliseconds on an empty machine: restoring the session and the folder, and the turn. */
async function moveTo(
  options: MachineOptions,
  conversation: string,
  session: string,
  { lines, folder }: Backup,
): Promise<number> {
  const machine = await startMachine(options);
  const client = new MachineClient(() => machine, options.key, conversation);
  const give = async (path: string, body: BodyInit): Promise<void> => {
    const answer = await client.send('PUT', path, body, {});
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  const began = performance.now();
  await give('/projects/main/snapshot', folder);
  await give(`/sessions/${session}`, lines);
  const attempt = newAttempt();
  await client.put(attempt, { session_id: session, messages: [message('say done')] });
  const events = await client.follow(attempt, 'result');
  const ms = performance.now() - began;
  if (events.some(({ type }) => type === 'session_lost')) throw new Error('the session was not restored');
  await machine.stop();
  removeDataDir(machine.dataDir);
  return ms;
}

/** One process per message, as a script around the command line would do it. */
function openPlain(model: Model): { ask: () => Promise<number>; close: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'roost-bench-'));
  const { env, cwd } = homeOf(folder, model);
  let args = ['-p', 'say done', '--session-id', randomUUID()];
  const run = async (): Promise<number> => {
    const began = performance.now();
    const child = spawn(CLAUDE, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
    const output: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => output.push(data));
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    if (code !== 0) throw new Error(`claude -p ended with ${code}: ${Buffer.concat(output).toString('utf8')}`);
    return performance.now() - began;
  };
  return {
    ask: async () => {
      // The first message begins the session that the others continue.
      if (args.includes('--session-id')) await run();
      args = ['-p', '--continue', 'say done'];
      return run();
    },
    close: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }),
  };
}

/** Resident memory of processes in bytes (Linux); shared memory is counted once per process. */
function residentOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const pages = Number(/^\d+ (\d+)/.exec(readFileSync(`/proc/${pid}/statm`, 'utf8'))?.[1] ?? 0);
    return sum + pages * 4096;
  }, 0);
}
