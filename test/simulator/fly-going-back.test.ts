import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFly } from '../../simulator/fly/server.ts';
import { type MachineRow, newMachine } from '../../src/conversation/state/machine.ts';
import { createFlyProvider, type FlyProviderOptions } from '../../src/machines/fly/provider.ts';
import { inheritEnvironment } from '../inherit-environment.ts';

// The strict fake accepts the machine config that it shows, booleans included: a machine with new settings that don't
// come up goes back to its old ones.

const IMAGES = ['a', 'b'].map((digit) => `registry.fly.io/roost@sha256:${digit.repeat(64)}`);
const ANSWERS =
  "require('node:http').createServer((q, r) => r.end('{}')).listen(Number(process.env.PORT), '127.0.0.1')";
const NAME = 'roost-aaaaaaaaaaaaaaaaaaaa';
const LONG_MS = 10 * 60_000;

test('Fly’s description of a machine before a change brings it back', { timeout: 30_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-back-'));
  const [good = '', broken = ''] = IMAGES;
  const program = (script: string) => ({ command: process.execPath, args: ['-e', script], cwd: folder });
  const fly = await startFly({
    port: 0,
    token: 'token',
    org: 'test',
    folder,
    images: { [good]: program(ANSWERS), [broken]: program('setInterval(() => undefined, 1000)') },
    pace: { scale: 200, passMs: 0 },
    env: inheritEnvironment(),
    rateLimits: false,
  });
  const wish: FlyProviderOptions = {
    apiUrl: fly.apiUrl,
    machinesUrl: fly.machinesUrl,
    token: 'token',
    org: 'test',
    image: good,
    regions: ['fra'],
    memoryMb: 1024,
    volumeGb: 1,
    env: { RELAY_URL: 'https://relay.example.com', IDLE_TIMEOUT_MS: '1800000' },
    deployment: 'relay.example.com',
    version: '1.0.0',
    ledger: { claim: async () => 'taken', release: async () => undefined, record: async () => undefined },
  };
  const steps: string[] = [];
  const until = async (options: FlyProviderOptions, from: MachineRow, ahead: number): Promise<MachineRow> => {
    let row = from;
    while (row.step !== 'ready') {
      steps.push(row.step);
      const outcome = await createFlyProvider(options).ensure({ ...row, stepSince: Date.now() - ahead }, Date.now());
      if (outcome.kind === 'permanent') throw new Error(outcome.reason);
      row = { ...row, ...outcome.next };
    }
    return row;
  };
  const told = async (id: string | null) => {
    const answer = await fetch(`${fly.apiUrl}/v1/apps/${NAME}/machines/${id}`, {
      headers: { authorization: 'Bearer token' },
    });
    return ((await answer.json()) as { config: object }).config;
  };
  try {
    const made = await until(wish, newMachine(NAME, Date.now()), 0);
    const before = await told(made.machine);
    const changed = { ...wish, image: broken, memoryMb: 512, env: { ...wish.env, IDLE_TIMEOUT_MS: '1' } };
    const first = { image: made.image, settings: made.settings };
    const back = await until(changed, { ...made, step: 'update', previous: first }, LONG_MS);
    expect(steps.slice(-4)).toEqual(['update', 'update', 'health', 'revert']);
    expect(back).toMatchObject({ image: good, settings: made.settings, previous: null });
    expect(await told(made.machine)).toEqual(before);
  } finally {
    await fly.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
});
