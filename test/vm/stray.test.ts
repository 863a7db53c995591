import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MachineHealth } from '../../src/protocol/index.ts';
import {
  type Machine,
  MachineClient,
  newAttempt,
  newKey,
  removeDataDir,
  startMachine,
  within,
} from './machine-harness.ts';

// A stranger who finds the machine's public address learns that it is alive and its version, and gets nothing else
// done. The machine sleeps after its idle time, and only the relay's open hold keeps it up.

const relayUrl = 'http://127.0.0.1:9';
const IMAGE = 'registry.example.com/roost@sha256:1';
const version = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../../vm/package.json'), 'utf8')) as { version: string }
).version;

const IDLE_MS = 1500;

let machine: Machine;
let hold: ReadableStreamDefaultReader<string> | undefined;
beforeAll(async () => {
  const key = await newKey();
  machine = await startMachine({ key, relayUrl, env: { FLY_IMAGE_REF: IMAGE, IDLE_TIMEOUT_MS: String(IDLE_MS) } });
  const held = await new MachineClient(() => machine, key).call('GET', '/hold');
  hold = held.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect((await hold?.read())?.value).toBe(': hello\n\n');
});
afterAll(async () => {
  await hold?.cancel();
  await machine.stop();
  removeDataDir(machine.dataDir);
});

/** Every file of the machine with its size and time: the journal, its log, and any new file. */
const onDisk = (dataDir: string) =>
  readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
    .toSorted()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(dataDir, name));
      return { name, size, mtimeMs };
    });

const attempt = newAttempt();
const STRAY: [method: string, path: string][] = [
  ['GET', '/'],
  ['GET', '/.env'],
  ['GET', '/hold'],
  ['PUT', `/attempts/${attempt}`],
  ['GET', `/attempts/${attempt}/events`],
  ['POST', `/attempts/${attempt}/messages/0d6a1c6e-5a59-4d0e-9a0c-0c9b3c3e5b10`],
  ['POST', `/attempts/${attempt}/interrupt`],
  ['POST', `/attempts/${attempt}/answers/one`],
  ['DELETE', `/attempts/${attempt}`],
  ['PUT', `/files/${'0'.repeat(64)}`],
  ['GET', `/files/${'0'.repeat(64)}`],
  ['PUT', '/sessions/0d6a1c6e-5a59-4d0e-9a0c-0c9b3c3e5b10'],
  ['GET', '/sessions/0d6a1c6e-5a59-4d0e-9a0c-0c9b3c3e5b10'],
  ['PUT', '/projects/main/snapshot'],
  ['GET', '/projects/main/snapshot'],
  ['GET', '/person/snapshot'],
  ['POST', '/healthz'],
];

describe('without a token', () => {
  test('health tells version, protocol and image, and nothing else', async () => {
    const body = (await (await fetch(`${machine.url}/healthz`)).json()) as object;
    expect(body).toEqual({ ok: true, protocol: 1, version, image: IMAGE });
    expect(MachineHealth.parse({ ok: true, protocol: 1, version })).not.toHaveProperty('image');
  });

  test.each(STRAY)('%s %s: 401, and nothing is written', async (method, path) => {
    const before = onDisk(machine.dataDir);
    expect(before.map(({ name }) => name)).toContain('journal.db-wal');
    for (const authorization of [undefined, 'Bearer ', 'Bearer x.y.z', `Basic ${btoa('a:b')}`]) {
      const response = await fetch(`${machine.url}${path}`, {
        method,
        headers: authorization === undefined ? {} : { authorization },
        ...(method === 'GET' ? {} : { body: JSON.stringify({ text: 'x'.repeat(100_000) }) }),
      });
      expect(response.status).toBe(401);
      expect((await response.text()).length).toBeLessThan(200);
    }
    expect(onDisk(machine.dataDir)).toEqual(before);
  });
});

test('nobody needs it: it ends by itself, and an open hold keeps it up; strays and health checks do not', async () => {
  let asked = 0;
  const isUp = async (path: string): Promise<boolean> => {
    try {
      await (await fetch(`${machine.url}${path}`)).text();
      asked += 1;
      return true;
    } catch {
      return false;
    }
  };
  const early = await Promise.race([machine.exited, setTimeout(1.5 * IDLE_MS, 'still up')]);
  expect(early).toBe('still up');
  await hold?.cancel();
  const bound = AbortSignal.timeout(60_000);
  while (!bound.aborted && (await isUp('/hold')) && (await isUp('/healthz'))) await setTimeout(50);
  expect(asked).toBeGreaterThan(10);
  expect(await within(30_000, machine.exited, 'the idle exit')).toEqual({ code: 0, signal: null });
});
