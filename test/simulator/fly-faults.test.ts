import { describe, expect, test } from 'vitest';
import { type Body, config, ORG, type Stand, standUp } from './fly-stand.ts';

// The faults of the fake Fly: calls, room, hosts, streams; and the state after each.

const newApp = async ({ call }: Stand, name: string): Promise<void> => {
  await call('POST', '/apps', { name, org_slug: ORG });
  await call('POST', `/apps/${name}/ip_assignments`, { type: 'shared_v4' });
};
const volumeIn = (stand: Stand, region: string) => stand.call('POST', '/apps/one/volumes', { name: 'data', region });

describe('calls', () => {
  test('refused, cut, lost and late: whether it was done', async () => {
    const stand = await standUp();
    const { faults, world } = stand.fly;
    await newApp(stand, 'one');
    const match = { method: 'POST', path: /\/volumes$/ };
    faults.next({ kind: 'answer', status: 503 }, match);
    faults.next({ kind: 'answer', status: 429 }, match);
    expect(await volumeIn(stand, 'fra')).toEqual({ status: 503, body: { error: 'service unavailable' } });
    expect(await volumeIn(stand, 'fra')).toEqual({ status: 429, body: { error: 'rate limit exceeded' } });
    faults.next({ kind: 'cut' }, match);
    await expect(volumeIn(stand, 'fra')).rejects.toThrow();
    expect(world.volumes()).toEqual([]);
    faults.next({ kind: 'lose answer' }, match);
    await expect(volumeIn(stand, 'fra')).rejects.toThrow();
    expect(world.volumes()).toHaveLength(1);
    faults.next({ kind: 'answer after', status: 500 }, match);
    expect((await volumeIn(stand, 'fra')).status).toBe(500);
    expect(world.volumes()).toHaveLength(2);
    faults.next({ kind: 'delay', ms: 50 }, { ...match, skip: 1, times: 2 });
    const begun = Date.now();
    for (let n = 0; n < 3; n++) expect((await volumeIn(stand, 'fra')).status).toBe(200);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(98);
    expect(world.calls.map(({ status, note }) => [status, note]).slice(2, 7)).toEqual([
      [503, 'Fault: answer.'],
      [429, 'Fault: answer.'],
      [null, 'Fault: cut.'],
      [null, 'Fault: lose answer.'],
      [500, 'Fault: answer after.'],
    ]);
  });

  test('held before or after it is done, for as long as the test wants', async () => {
    const stand = await standUp();
    await newApp(stand, 'one');
    for (const [when, there] of [
      ['before', 0],
      ['after', 2],
    ] as const) {
      const [reached, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const until = (): Promise<void> => {
        reached.resolve();
        return goOn.promise;
      };
      stand.fly.faults.next({ kind: 'hold', when, until }, { path: /volumes/ });
      const call = volumeIn(stand, 'fra');
      await reached.promise;
      expect(stand.fly.world.volumes()).toHaveLength(there);
      goOn.resolve();
      expect((await call).status).toBe(200);
    }
  });
});

test('no room in a region: refused in the words seen in the field, and another region has some', async () => {
  const stand = await standUp();
  const { faults } = stand.fly;
  await newApp(stand, 'one');
  faults.noCapacity('volume', ['fra'], 1);
  expect(await volumeIn(stand, 'fra')).toEqual({ status: 400, body: { error: 'no capacity' } });
  const { body } = await volumeIn(stand, 'fra');
  faults.noCapacity('machine', ['fra']);
  const mounts = [{ volume: body.id, path: '/data' }];
  const create = (region: string, changes = {}) =>
    stand.call('POST', '/apps/one/machines', { region, config: { ...config, ...changes } });
  expect(await create('fra', { mounts })).toEqual({
    status: 412,
    body: { error: `insufficient resources to create new machine with existing volume '${body.id}'` },
  });
  expect((await create('fra')).status).toBe(409);
  expect((await create('ams')).status).toBe(200);
  faults.clear();
  expect((await create('fra', { mounts })).status).toBe(200);
  faults.overQuota('everywhere');
  const over = await volumeIn(stand, 'ams');
  expect([over.status, over.body.error]).toEqual([403, expect.stringContaining('over the allowed quota')]);
});

describe('a lost host', () => {
  test('takes the machine in the middle of a stream, shows in the API, and comes back or does not', async () => {
    const stand = await standUp();
    const { call, fly } = stand;
    const { machine, volume } = await stand.make('one');
    const answer = await fetch(`${stand.url('one')}/stream`);
    const lost = answer.text().then(
      () => 'whole',
      () => 'cut',
    );
    await fly.faults.loseHost('one');
    expect(await lost).toBe('cut');
    const path = `/apps/one/machines/${machine}`;
    const seen = (await call('GET', path)).body;
    expect([seen.host_status, seen.config]).toEqual(['unreachable', undefined]);
    expect((await call('GET', `/apps/one/volumes/${volume}`)).body.host_status).toBe('unreachable');
    expect((await call('POST', `${path}/start`)).status).toBe(412);
    expect((await call('POST', `${path}/stop`, {})).status).toBe(412);
    expect((await fetch(`${stand.url('one')}/healthz`)).status).toBe(503);
    expect(fly.passNow()).toEqual([]);
    fly.faults.recoverHost('one');
    expect((await fetch(`${stand.url('one')}/healthz`)).status).toBe(200);

    await fly.faults.loseHost('one', 'gone');
    expect((await call('GET', `/apps/one/volumes/${volume}`)).status).toBe(404);
    expect((await call('DELETE', `${path}?force=true`)).status).toBe(200);
    await stand.until('one', 'destroyed');
    expect((await call<Body[]>('GET', '/apps/one/machines')).body).toEqual([]);
  });

  test('a machine that somebody destroyed leaves its volume free', async () => {
    const stand = await standUp();
    await stand.make('one');
    await stand.fly.faults.destroyMachine('one');
    expect(stand.state('one')).toBe('destroyed');
    expect(stand.fly.world.volumes('live')).toMatchObject([{ state: 'created', machine: null }]);
    expect((await fetch(`${stand.url('one')}/healthz`)).status).toBe(503);
  });
});

describe('streams', () => {
  test('cut for a while, of one app', async () => {
    const stand = await standUp();
    await stand.make('one');
    await stand.make('two');
    const open = await fetch(`${stand.url('one')}/stream`);
    stand.fly.faults.cutStreams('one', 1500);
    await expect(open.text()).rejects.toThrow();
    await expect(fetch(`${stand.url('one')}/healthz`)).rejects.toThrow();
    expect((await fetch(`${stand.url('two')}/healthz`)).status).toBe(200);
    await expect.poll(() => stand.fly.world.openRequests('one')).toBe(0);
    await expect.poll(async () => (await fetch(`${stand.url('one')}/healthz`)).status, { timeout: 10_000 }).toBe(200);
  });

  test('the proxy’s own failures just after a start are no JSON', async () => {
    const stand = await standUp();
    await stand.make('one');
    stand.fly.faults.failRequests('one', 2);
    for (const status of [502, 502, 200]) expect((await fetch(`${stand.url('one')}/healthz`)).status).toBe(status);
  });
});
