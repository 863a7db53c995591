import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { MachineRow } from '../../../src/conversation/state/machine.ts';
import { createFlyApi } from '../../../src/machines/fly/api.ts';
import { listInventory } from '../../../src/machines/fly/inventory.ts';
import { FlyStand, GOOD, NAME, newRow, play, providerOf, TOKEN, there } from './fly-stand.ts';

// Inspecting a machine without waking it, stopping and removing it, and what the operator is shown.

let stand: FlyStand;
let row: MachineRow;
const provider = () => providerOf([]);
const machine = () => there(stand).machines[0]!;
const volume = () => there(stand).volumes[0]!;
const describeIt = () => provider().inspect(row);

beforeEach(async () => {
  stand = new FlyStand();
  vi.stubGlobal('fetch', stand.fetch);
  row = (await play(stand, provider(), newRow(stand.now))).row;
  vi.useFakeTimers({ now: stand.now });
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([
  ['started', 'started'],
  ['stopping', 'started'],
  ['stopped', 'asleep'],
  ['suspended', 'asleep'],
  ['created', 'starting'],
  ['starting', 'starting'],
  ['updating', 'starting'],
  ['destroying', 'gone'],
  ['destroyed', 'gone'],
  ['launch_failed', 'gone'],
  ['replaced', 'gone'],
  ['migrated', 'gone'],
])('%s is %s, and it is left as it is', async (state, expected) => {
  machine().state = state;
  stand.calls.length = 0;
  expect(await describeIt()).toMatchObject({ state: expected });
  expect(stand.calls).toEqual(['GET /apps/*/machines']);
});

test('a sleeping machine says since when', async () => {
  stand.turn(machine(), 'stopped');
  expect(await describeIt()).toEqual({ state: 'asleep', reason: 'it is stopped', stoppedAt: stand.now - 20 });
});

test.each([
  ['the machine', () => stand.apps.get(NAME)!.machines.splice(0)],
  ['the app', () => stand.apps.clear()],
])('without %s it is gone', async (_what, lose) => {
  lose();
  expect(await describeIt()).toMatchObject({ state: 'gone' });
});

test('a failed one is started once more', async () => {
  machine().state = 'failed';
  const seen = describeIt();
  await vi.advanceTimersByTimeAsync(5000);
  expect(await seen).toMatchObject({ state: 'starting' });
  expect(machine().state).toBe('started');
});

test('a failed machine that fails again counts as gone', async () => {
  stand.broken.add(GOOD);
  machine().state = 'failed';
  const seen = describeIt();
  await vi.advanceTimersByTimeAsync(5000);
  expect(await seen).toMatchObject({ state: 'gone', reason: 'it fails to start' });
});

test('a failed one for which there is no room is not given up; one that may not be started is not judged', async () => {
  machine().state = 'failed';
  for (const [status, error] of [
    [422, 'no capacity'],
    [429, 'rate limit exceeded'],
  ] as const) {
    stand.refusals.set('POST /apps/*/machines/*/start', { status, body: { error } });
    expect(await describeIt()).toMatchObject({ state: 'starting' });
  }
  stand.refusals.set('POST /apps/*/machines/*/start', { status: 403, body: { error: 'not authorized' } });
  await expect(describeIt()).rejects.toThrow('Fly answered 403');
});

test.each<[string, number | null, string]>([
  ['nobody waits', null, 'starting'],
  ['somebody has waited for a moment', 60_000, 'starting'],
  ['somebody has waited for long', 301_000, 'gone'],
])('host and volume out of reach, %s', async (_case, ago, state) => {
  machine().host_status = 'unreachable';
  volume().host_status = 'unreachable';
  row = { ...row, doubtedSince: ago === null ? null : Date.now() - ago };
  expect(await describeIt()).toMatchObject({ state });
});

test('a host out of reach whose volume is there is waited for, however long that takes', async () => {
  machine().host_status = 'unreachable';
  row = { ...row, doubtedSince: Date.now() - 24 * 60 * 60_000 };
  expect(await describeIt()).toMatchObject({ state: 'starting' });
});

test('a host out of reach whose volume is lost', async () => {
  machine().host_status = 'unreachable';
  stand.apps.get(NAME)!.volumes.length = 0;
  expect(await describeIt()).toMatchObject({ state: 'gone' });
});

test('a machine given up with its host is removed when the host is back, and the one in use stays', async () => {
  const lost = { ...machine(), id: 'm99', host_status: 'unreachable', config: { ...machine().config, mounts: [] } };
  stand.apps.get(NAME)!.machines.push(lost);
  stand.calls.length = 0;
  expect(await describeIt()).toMatchObject({ state: 'started' });
  expect(stand.calls, 'what cannot be removed is left').toEqual(['GET /apps/*/machines']);
  lost.host_status = 'ok';
  expect(await describeIt()).toMatchObject({ state: 'started' });
  expect(there(stand).machines.map(({ id }) => id)).toEqual([row.machine]);
});

test('unknown facts are left out', async () => {
  stand.plan = ['down', 'before'];
  await expect(describeIt()).rejects.toThrow('Fly answered 502 to GET /v1/apps/');
  await expect(describeIt()).rejects.toThrow('Fly did not answer GET /v1/apps/');
});

test('it is put to sleep with the signal it listens to, also twice', async () => {
  await provider().stop(row);
  expect(machine().state).toBe('stopped');
  await provider().stop(row);
  stand.apps.clear();
  await provider().stop(row);
});

test('it is removed with all that was made for it, also twice', async () => {
  await provider().destroy(row);
  expect(stand.apps.size).toBe(0);
  await provider().destroy(row);
  stand.plan = ['down'];
  await expect(provider().destroy(row)).rejects.toThrow('502');
});

test('the operator sees whose a machine is whose host cannot be asked', async () => {
  const { config, ...rest } = machine();
  const lost = { ...rest, host_status: 'unreachable', incomplete_config: config };
  stand.apps.get(NAME)!.machines = [lost as unknown as ReturnType<typeof machine>];
  const api = createFlyApi({ apiUrl: 'https://api.example.com', token: TOKEN });
  expect(await listInventory(api, { org: 'our-org', prefix: 'roost' })).toMatchObject([
    { deployment: 'relay.example.com', machines: [{ image: GOOD, settings: row.settings, isHostReachable: false }] },
  ]);
});

test('the operator sees every app under the prefix, and what it holds', async () => {
  const other = newRow(stand.now);
  await play(stand, provider(), { ...other, name: 'roost-bbbbbbbbbbbbbbbbbbbb' });
  await play(stand, provider(), { ...other, name: 'roost-agent' }, 2);
  const { machines, volumes } = stand.apps.get(NAME)!;
  machines.push({ ...machine(), id: 'm99', state: 'destroyed' });
  volumes.push({ ...volume(), id: 'vol_99', state: 'pending_destroy' });
  await play(stand, provider(), { ...other, name: 'roost-cccccccccccccccccccc' }, 4);
  stand.calls.length = 0;
  const api = createFlyApi({ apiUrl: 'https://api.example.com', token: TOKEN });
  const views = await listInventory(api, { org: 'our-org', prefix: 'roost' });
  expect(views.map(({ name }) => name)).toEqual([NAME, 'roost-bbbbbbbbbbbbbbbbbbbb', 'roost-cccccccccccccccccccc']);
  expect(views[0]).toEqual({
    name: NAME,
    deployment: 'relay.example.com',
    machines: [
      {
        id: row.machine,
        state: 'started',
        region: 'fra',
        image: GOOD,
        version: '1.0.0',
        settings: row.settings,
        isHostReachable: true,
      },
    ],
    volumes: [{ id: row.volume, state: 'created', region: 'fra', sizeGb: 3, machine: row.machine }],
  });
  expect(views[2]).toMatchObject({ deployment: null, machines: [], volumes: [{ machine: null }] });
  expect(stand.calls.every((call) => call.startsWith('GET '))).toBe(true);
  await expect(
    listInventory(createFlyApi({ apiUrl: 'https://api.example.com', token: 'no' }), {
      org: 'our-org',
      prefix: 'roost',
    }),
  ).rejects.toThrow('Fly answered 401 to GET /v1/apps: Authenticate: token validation error');
});
