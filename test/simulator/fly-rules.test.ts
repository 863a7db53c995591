import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Candidate, toStop } from '../../simulator/fly/autostop.ts';
import { machineConfig } from '../../simulator/fly/config-schema.ts';
import { isDuration, milliseconds } from '../../simulator/fly/duration.ts';
import { awakeMs, type Change } from '../../simulator/fly/history.ts';
import { paceOf } from '../../simulator/fly/pace.ts';
import { createRateLimits } from '../../simulator/fly/rate-limits.ts';
import { readFlySettings } from '../../simulator/fly/settings.ts';
import { follows, type MachineCommand, type MachineState } from '../../simulator/fly/transitions.ts';
import { config, service } from './fly-stand.ts';

// The fake Fly's rules as functions: states, the auto-stop rule, limits, durations, the config's shape, settings.

describe('states', () => {
  const published = z
    .array(z.object({ from: z.string(), on: z.string(), to: z.string() }))
    .parse(JSON.parse(readFileSync(new URL('../fixtures/contracts/fly/transitions.json', import.meta.url), 'utf8')));

  test.each(published)('$from, $on: $to', ({ from, on, to }) => {
    const what = on === 'resume' ? 'start' : on;
    expect(follows(from as MachineState, what as MachineCommand)).toBe(to);
  });

  test('no command is taken that the diagram does not have, but a forced destroy', () => {
    const states = new Set(published.flatMap(({ from, to }) => [from, to]));
    for (const from of states) {
      for (const on of ['start', 'stop', 'restart', 'suspend', 'update'] as const) {
        const known = published.find((row) => row.from === from && row.on.replace('resume', 'start') === on);
        expect(follows(from as MachineState, on), `${from}, ${on}`).toBe(known?.to ?? null);
      }
    }
  });
});

describe('the auto-stop rule', () => {
  const machine = (id: string, changes: Partial<Candidate> = {}): Candidate => ({
    id,
    region: 'fra',
    autostop: 'stop',
    minRunning: 0,
    softLimit: 20,
    load: 0,
    idleMs: 1000,
    ...changes,
  });
  const ids = (machines: Candidate[], firstIdleMs = 0): string[] => toStop(machines, firstIdleMs).map(({ id }) => id);

  test('one machine: only without load', () => {
    expect(ids([machine('a')])).toEqual(['a']);
    expect(ids([machine('a', { load: 1 })])).toEqual([]);
    expect(ids([machine('a', { autostop: 'off' })])).toEqual([]);
    expect(ids([machine('a', { minRunning: 1 })])).toEqual([]);
    expect(ids([machine('a')], 2000)).toEqual([]);
  });

  test('several: one at most, when the others can carry the load', () => {
    expect(ids([machine('a', { load: 3 }), machine('b', { load: 1 })])).toEqual(['b']);
    expect(ids([machine('a', { load: 21 }), machine('b', { load: 1 })])).toEqual([]);
    expect(ids([machine('a', { load: 21 }), machine('b'), machine('c')])).toEqual(['b']);
    expect(ids([machine('a'), machine('b', { region: 'ams' })])).toEqual(['a', 'b']);
  });
});

test('limits: a burst, then one per second for each action and machine; reading a machine is freer', () => {
  const limits = createRateLimits(1);
  const admitted = (action: string, id: string, now: number): number =>
    Array.from({ length: 20 }, () => limits.admit(action, id, now)).filter(Boolean).length;
  expect(admitted('machine.start', 'a', 0)).toBe(3);
  expect(admitted('machine.start', 'b', 0)).toBe(3);
  expect(admitted('machine.stop', 'a', 0)).toBe(3);
  expect(admitted('machine.start', 'a', 1000)).toBe(1);
  expect(admitted('machine.get', 'a', 0)).toBe(10);
  expect(admitted('machine.get', 'a', 1000)).toBe(5);
  expect(createRateLimits(100).admit('x', 'a', 0)).toBe(true);
});

test('durations are those of Go, or nanoseconds', () => {
  expect(['300s', '5m0s', '1h', '1.5s', '0', '15ms'].every(isDuration)).toBe(true);
  expect(['', '300', 's', '5 m', '-1s', '1d'].some(isDuration)).toBe(false);
  expect([milliseconds('5m0s'), milliseconds('1.5s'), milliseconds(2_000_000_000)]).toEqual([300_000, 1500, 2000]);
});

test('everything is as much faster as the scale says', () => {
  expect(paceOf({ scale: 100 })).toMatchObject({ startMs: 20, imagePullMs: 80, passMs: 3000, scale: 100 });
  expect(paceOf({ startMs: 500, scale: 10 }).startMs).toBe(50);
});

test('time awake is from started until it is off', () => {
  const changes = ['started', 'stopping', 'stopped', 'starting', 'started'].map(
    (to, index): Change => ({ at: index * 100, kind: 'machine', id: 'a', app: 'x', from: '', to }),
  );
  expect(awakeMs(changes, 'a', 1000)).toBe(200 + 600);
  expect(awakeMs(changes, 'b', 1000)).toBe(0);
});

describe('the config of a machine', () => {
  const problem = (changes: object): string | undefined =>
    machineConfig
      .safeParse({ ...config, ...changes })
      .error?.issues.map(({ path, message }) => `${path.join('.')} ${message}`)[0];

  test('documented configs are accepted', () => {
    expect(problem({})).toBeUndefined();
    expect(machineConfig.parse({ ...config, services: [{ ...service, autostop: true }] }).services?.[0]?.autostop).toBe(
      'stop',
    );
  });

  test.each([
    [{ image: undefined }, 'image'],
    [{ autostop: 'stop' }, 'Unrecognized key'],
    [{ services: [{ ...service, auto_stop: 'stop' }] }, 'services.0'],
    [{ services: [{ ...service, autostart: false }] }, 'autostop without autostart'],
    [{ services: [{ ...service, internal_port: '8080' }] }, 'services.0.internal_port'],
    [{ stop_config: { timeout: '301s' } }, 'longer than 300 s'],
    [{ stop_config: { signal: 'TERM' } }, 'stop_config.signal'],
    [{ guest: { cpu_kind: 'shared', cpus: 1, memory_mb: 1000 } }, 'guest.memory_mb'],
    [{ guest: { cpu_kind: 'shared', cpus: 1, memory_mb: 4096 } }, 'does not go with'],
    [{ size: 'shared-cpu-1x' }, 'cannot be combined'],
    [{ env: { PORT: 8080 } }, 'env.PORT'],
    [{ restart: { policy: 'never' } }, 'restart.policy'],
    [{ mounts: [{ volume: 'vol_1', path: 'data' }] }, 'mounts.0.path'],
  ])('%j is refused', (changes, words) => {
    expect(problem(changes)).toContain(words);
  });
});

test('settings: all problems at once; of the environment machines get what is named, and the agent asks', () => {
  expect(readFlySettings({}, '/repo')).toEqual({
    ok: false,
    problems: ['FLY_API_TOKEN is missing.', 'FLY_ORG is missing.', 'FLY_STATE is missing.', 'FLY_IMAGE is missing.'],
  });
  const given = { FLY_API_TOKEN: 't', FLY_ORG: 'o', FLY_STATE: '.state', FLY_IMAGE: 'i', PATH: '/bin', SECRET: 'no' };
  const settings = readFlySettings(given, '/repo');
  expect(settings.ok && settings.options).toMatchObject({
    port: 4040,
    folder: '/repo/.state',
    env: { PATH: '/bin' },
    images: { i: { env: { APPROVALS: 'ask', DATA_DIR: '/data' } } },
  });
  expect(JSON.stringify(settings)).not.toContain('SECRET');
});
