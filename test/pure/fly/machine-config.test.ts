import { describe, expect, test } from 'vitest';
import {
  fingerprintSettings,
  guestOf,
  type MachineSpec,
  machineConfig,
} from '../../../src/machines/fly/machine-config.ts';
import { createFlyProvider, newName, wantedOf } from '../../../src/machines/fly/provider.ts';

const wish: MachineSpec = {
  image: 'registry.example.com/agent@sha256:1',
  memoryMb: 1024,
  env: { RELAY_URL: 'https://relay.example.com', IDLE_TIMEOUT_MS: '1800000' },
  metadata: { roost_deployment: 'relay.example.com', roost_version: '1.0.0' },
};

describe('the fingerprint of the settings', () => {
  test('is the same for the same settings in another order', async () => {
    const { RELAY_URL = '', IDLE_TIMEOUT_MS = '' } = wish.env;
    const print = await fingerprintSettings(wish);
    expect(print).toMatch(/^[0-9a-f]{16}$/);
    expect(await fingerprintSettings({ ...wish, env: { IDLE_TIMEOUT_MS, RELAY_URL } })).toBe(print);
  });

  test.each<[string, Partial<MachineSpec>]>([
    ['the image', { image: 'registry.example.com/agent@sha256:2' }],
    ['the memory', { memoryMb: 2048 }],
    ['its way to sleep', { autostop: 'suspend' }],
    ['a variable', { env: { ...wish.env, IDLE_TIMEOUT_MS: '1' } }],
    ['the version', { metadata: { ...wish.metadata, roost_version: '1.0.1' } }],
  ])('is another with another value of %s', async (_what, change) => {
    expect(await fingerprintSettings({ ...wish, ...change })).not.toBe(await fingerprintSettings(wish));
  });
});

test('a machine stops where nobody uses it, and is suspended only if that is asked for', () => {
  const autostopOf = (spec: MachineSpec): unknown => machineConfig({ ...spec, volume: 'v' }).services[0]?.autostop;
  expect([autostopOf(wish), autostopOf({ ...wish, autostop: 'suspend' })]).toEqual(['stop', 'suspend']);
});

test('the folder and the port cannot be configured away', () => {
  const { env } = machineConfig({ ...wish, env: { PORT: '1', DATA_DIR: '/tmp', A: 'b' }, volume: 'vol_1' });
  expect(env).toEqual({ PORT: '8080', DATA_DIR: '/data', A: 'b' });
});

test.each([
  [512, 512, 1],
  [1000, 1024, 1],
  [2048, 2048, 1],
  [2049, 2304, 2],
  [4096, 4096, 2],
  [6000, 6144, 4],
])('memory of %i MB is %i with %i shared CPUs', (asked, memory_mb, cpus) => {
  expect(guestOf(asked)).toEqual({ cpu_kind: 'shared', cpus, memory_mb });
});

test('a name is the prefix and twenty characters, never the same', () => {
  const names = Array.from({ length: 200 }, () => newName('roost'));
  for (const name of names) expect(name).toMatch(/^roost-[a-z2-7]{20}$/);
  expect(new Set(names).size).toBe(names.length);
});

test('requests go to the app, with tokens for it alone', async () => {
  const options = {
    apiUrl: 'https://api.example.com',
    token: 'secret',
    org: 'org',
    image: wish.image,
    regions: ['fra'],
    memoryMb: 1024,
    volumeGb: 3,
    machinesUrl: 'https://{app}.fly.example',
    env: wish.env,
    deployment: 'relay.example.com',
    version: '1.0.0',
  };
  const ledger = { claim: async () => 'taken' as const, release: async () => undefined, record: async () => undefined };
  const { address } = createFlyProvider({ ...options, ledger });
  const row = { name: 'roost-aaaaaaaaaaaaaaaaaaaa', machine: 'm1' } as Parameters<typeof address>[0];
  expect(address(row)).toEqual({
    url: 'https://roost-aaaaaaaaaaaaaaaaaaaa.fly.example',
    audience: 'roost-aaaaaaaaaaaaaaaaaaaa',
    headers: { 'fly-prefer-instance-id': 'm1' },
  });
  expect(() => address(null)).toThrow('no machine on Fly yet');
  expect(await wantedOf(options)).toEqual({ image: wish.image, settings: await fingerprintSettings(wish) });
});
