import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MachineHealth } from '../../src/protocol/index.ts';
import { type Machine, newAttempt, newKey, removeDataDir, startMachine } from './machine-harness.ts';

// A stranger who finds the machine's public address learns that it is alive and its version, and gets nothing else
// done.

const relayUrl = 'http://127.0.0.1:9';
const IMAGE = 'registry.example.com/roost@sha256:1';
const version = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../../vm/package.json'), 'utf8')) as { version: string }
).version;

let machine: Machine;
beforeAll(async () => {
  machine = await startMachine({ key: await newKey(), relayUrl, env: { FLY_IMAGE_REF: IMAGE } });
});
afterAll(async () => {
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

  test('it does not keep the machine awake: neither strays nor health checks put its sleep off', async () => {
    const idle = await startMachine({ key: await newKey(), relayUrl, env: { IDLE_TIMEOUT_MS: '1500' } });
    try {
      let asked = 0;
      const isUp = async (path: string): Promise<boolean> => {
        try {
          await (await fetch(`${idle.url}${path}`)).text();
          asked += 1;
          return true;
        } catch {
          return false;
        }
      };
      const bound = AbortSignal.timeout(60_000);
      while (!bound.aborted && (await isUp('/hold')) && (await isUp('/healthz'))) await setTimeout(50);
      expect(asked).toBeGreaterThan(10);
      expect(await idle.exited).toEqual({ code: 0, signal: null });
      expect(bound.aborted).toBe(false);
    } finally {
      removeDataDir(idle.dataDir);
    }
  });
});
