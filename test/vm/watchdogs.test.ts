import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Reply } from '../../simulator/model/reply.ts';
import { use } from '../../simulator/model/script.ts';
import type { AgentProcess, Signal } from '../../vm/src/agent/agent.ts';
import { type WatchdogEnd, Watchdogs, type WatchSetup } from '../../vm/src/attempts/watchdogs.ts';
import { MessageReader } from '../../vm/src/claude/sdk-messages.ts';
import { readFreeDisk, readFreeMemory, readTotalMemory } from '../../vm/src/process/resources.ts';
import { agentPids, ended, message, newAttempt, results } from './machine-harness.ts';
import { type OwnMachine, ownMachine } from './own-machine.ts';

// Each watchdog of the machine, triggered on the real agent by a small enough limit; and what each counts, alone.

const MB = 1024 * 1024;
const saying = (text: string, command: string): Reply => ({
  kind: 'message',
  blocks: [
    { type: 'text', text },
    { type: 'tool_use', name: 'Bash', input: { command } },
  ],
});

describe('the process group is ended, what was said is delivered, and it is not tried again by itself', () => {
  // How much a command must write to fill the disk to its bound.
  const ROOM_MB = 1500;
  let own: OwnMachine;
  const run = (text: string) => own.warm.run(newAttempt(), { messages: [message(text)] });
  beforeAll(async () => {
    const { bavail, bsize } = statfsSync(tmpdir());
    own = await ownMachine({
      AGENT_MEMORY_MAX_MB: '900',
      DISK_MIN_FREE_MB: String(Math.floor((bavail * bsize) / MB) - ROOM_MB),
      OUTPUT_MAX_MB: '0.001',
    });
  });
  afterAll(() => own.end());

  test('runaway memory', async () => {
    own.script.reply('Ready.');
    // An agent alone is below the bound. How full things are is told at the end of every attempt.
    const quiet = await run('hello');
    expect(ended(quiet)).toMatchObject({ outcome: 'done' });
    const usage = quiet.find((event) => event.type === 'usage');
    expect(usage?.context_percent).toBeGreaterThan(0);
    expect(usage?.context_percent).toBeLessThan(100);
    expect(usage?.memory_free).toBeGreaterThan(MB);
    expect(usage?.disk_free).toBeGreaterThan(MB);
    own.script.reply(saying('I load it all.', '(head -c 1200M /dev/zero; sleep 100) | tail > /dev/null'));
    const events = await run('load it');
    expect(ended(events)).toMatchObject({ outcome: 'failed', cause: 'memory' });
    expect(ended(events)?.reason).toMatch(/^the agent and its commands used \d+ MB, more than 900 MB$/);
    expect(events).toContainEqual({ type: 'progress', text: 'I load it all.' });
    await expect.poll(() => agentPids(own.dataDir)).toEqual([]);
    own.script.reply('Here again.');
    expect(results(await run('still there?'))).toMatchObject([{ text: 'Here again.' }]);
  });

  test('a disk that fills', async () => {
    const fill = `fallocate -l ${ROOM_MB * 2}M big || head -c ${ROOM_MB * 2}M /dev/zero > big; sleep 100`;
    own.script.reply(saying('I copy it here.', fill));
    const events = await run('copy it');
    expect(ended(events)).toMatchObject({ outcome: 'failed', cause: 'disk' });
    expect(ended(events)?.reason).toMatch(/^the disk is full: \d+ MB free$/);
    expect(events).toContainEqual({ type: 'progress', text: 'I copy it here.' });
    await expect.poll(() => agentPids(own.dataDir)).toEqual([]);
    // The agent is the only way to this disk: it may start, learns the state, and makes room.
    own.script.reply(use('Bash', { command: 'rm big' }), 'There is room again.');
    const asked = message('make room');
    expect(results(await own.warm.run(newAttempt(), { messages: [asked] }))).toMatchObject([
      { text: 'There is room again.', user_message_uuids: expect.arrayContaining([asked.uuid]) },
    ]);
    const tellsOfDisk = (): number =>
      JSON.stringify(own.script.requests.at(-1)?.request).match(/disk is almost full: only \d+ MB are free/g)?.length ??
      0;
    expect(tellsOfDisk()).toBe(1);
    own.script.reply('Hello.');
    expect(results(await run('hello?'))).toMatchObject([{ text: 'Hello.' }]);
    expect(tellsOfDisk()).toBe(1);
  });

  test('output without end', async () => {
    own.script.reply(saying('a'.repeat(600), 'true'), saying('b'.repeat(600), 'true'), 'never');
    const events = await run('write');
    expect(ended(events)).toMatchObject({ outcome: 'failed', cause: 'output' });
    const said = events.flatMap((event) => (event.type === 'progress' ? [event.text[0]] : []));
    expect(said).toEqual(['a', 'b']);
    await expect.poll(() => agentPids(own.dataDir)).toEqual([]);
  });
});

test('an answer whose report never comes is taken from the transcript', async () => {
  const { client, dataDir, script, end } = await ownMachine({ RESULT_DUE_MS: '1500' });
  try {
    const settings = join(dataDir, 'conversations', client.conversation, 'projects/main/.claude');
    mkdirSync(settings, { recursive: true });
    const hooks = { Stop: [{ hooks: [{ type: 'command', command: 'sleep 60' }] }] };
    writeFileSync(join(settings, 'settings.json'), JSON.stringify({ hooks }));
    script.reply(use('Bash', { command: 'true' }), 'This is the answer.');
    const asked = message('what is it?');
    const events = await client.run(newAttempt(), { messages: [asked] });
    expect(results(events)).toMatchObject([{ text: 'This is the answer.', user_message_uuids: [asked.uuid] }]);
    expect(ended(events)).toMatchObject({ outcome: 'done' });
    // It hangs, so the next turn cannot use it.
    await expect.poll(() => agentPids(dataDir)).toEqual([]);
  } finally {
    await end();
  }
});

describe('their counts', () => {
  const quiet = { memory: () => 0 } as unknown as AgentProcess;
  const bounds: WatchSetup = { dataDir: tmpdir(), memoryMax: 100, diskMin: 0, outputMax: 10, resultDueMs: 1000 };
  const watched = (
    setup: Partial<WatchSetup> = {},
  ): { dogs: Watchdogs; bites: WatchdogEnd[]; missing: () => number } => {
    const bites: WatchdogEnd[] = [];
    let missing = 0;
    const dogs = new Watchdogs(
      { ...bounds, ...setup },
      (bite) => bites.push(bite),
      () => missing++,
    );
    return { dogs, bites, missing: () => missing };
  };
  const words = (text: string, fresh = false): Signal => ({ type: 'words', text, fresh });
  afterEach(() => vi.useRealTimers());

  test('a text once, whether it came whole, in words, or both; words of a broken try not at all', () => {
    const { dogs, bites } = watched();
    for (const signal of [words('12345', true), words('6'), { type: 'text', text: '123456' } as const])
      dogs.heard(signal);
    dogs.heard(words('12345678', true));
    expect(bites).toHaveLength(1);
    const other = watched();
    for (const signal of [words('1234567', true), words('1234567', true), words('890')]) other.dogs.heard(signal);
    expect(other.bites).toEqual([]);
    other.dogs.heard(words('1'));
    expect(other.bites).toMatchObject([{ outcome: 'failed', cause: 'output' }]);
  });

  test('the answer is due after the last word only, and not any more when something else happens', () => {
    vi.useFakeTimers();
    const { dogs, missing } = watched();
    dogs.heard({ type: 'last_word' });
    dogs.heard({ type: 'alive' });
    vi.advanceTimersByTime(999);
    dogs.heard({ type: 'state', idle: false });
    vi.advanceTimersByTime(5000);
    expect(missing()).toBe(0);
    dogs.heard({ type: 'last_word' });
    dogs.heard({ type: 'text', text: 'x' });
    vi.advanceTimersByTime(1000);
    expect(missing()).toBe(1);
    dogs.heard({ type: 'last_word' });
    dogs.end();
    vi.advanceTimersByTime(5000);
    expect(missing()).toBe(1);
  });

  test('memory and disk are looked at while an agent is watched', () => {
    vi.useFakeTimers();
    const heavy = watched();
    heavy.dogs.watch({ ...quiet, memory: () => 101 });
    vi.advanceTimersByTime(2000);
    expect(heavy.bites).toMatchObject([{ cause: 'memory' }]);
    heavy.dogs.end();
    const full = watched({ diskMin: Number.MAX_SAFE_INTEGER });
    full.dogs.watch(quiet);
    vi.advanceTimersByTime(2000);
    expect(full.bites).toMatchObject([{ cause: 'disk' }]);
    full.dogs.end();
    vi.advanceTimersByTime(10_000);
    expect(full.bites).toHaveLength(1);
  });

  test('an attempt may begin below the bound, to make room, down to a quarter of it', () => {
    vi.useFakeTimers();
    const free = readFreeDisk(tmpdir()) ?? 0;
    const low = watched({ diskMin: free * 2 });
    expect(low.dogs.begin()).toMatchObject({ refusal: null, note: { text: expect.stringContaining('almost full') } });
    low.dogs.watch(quiet);
    vi.advanceTimersByTime(2000);
    expect(low.bites).toEqual([]);
    low.dogs.end();
    expect(watched({ diskMin: free * 8 }).dogs.begin().refusal).toMatchObject({ cause: 'disk-full' });
    expect(watched({ diskMin: 1 }).dogs.begin()).toEqual({ refusal: null, note: null });
    expect(watched({ dataDir: '/nowhere/at/all', diskMin: 1 }).dogs.begin()).toEqual({ refusal: null, note: null });
  });

  test('the last word is the end of the model’s turn, not a tool it wants', () => {
    const stopped = (stop_reason: string | null): unknown => ({
      type: 'stream_event',
      parent_tool_use_id: null,
      event: { type: 'message_delta', delta: { stop_reason } },
    });
    const read = (raw: unknown): Signal[] => new MessageReader().read(raw);
    expect(read(stopped('end_turn'))).toEqual([{ type: 'last_word' }]);
    for (const reason of ['tool_use', 'max_tokens', null]) expect(read(stopped(reason))).toEqual([{ type: 'alive' }]);
  });

  test('free is less than there is, and there is some', () => {
    expect(readFreeMemory()).toBeGreaterThan(0);
    expect(readFreeMemory()).toBeLessThanOrEqual(readTotalMemory());
    expect(readFreeDisk(tmpdir())).toBeGreaterThan(0);
    expect(readFreeDisk('/nowhere/at/all')).toBeNull();
  });
});
