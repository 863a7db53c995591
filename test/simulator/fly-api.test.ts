import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Body, config, IMAGE, ORG, service, standUp } from './fly-stand.ts';

// The fake Machines API against the documentation: shapes, status codes, refusals.

const published = z
  .record(z.string(), z.object({ status: z.number(), body: z.union([z.record(z.string(), z.unknown()), z.null()]) }))
  .parse(JSON.parse(readFileSync(new URL('../fixtures/contracts/fly/answers.json', import.meta.url), 'utf8')));
const keysOf = (name: string): string[] => Object.keys(published[name]?.body ?? {});

test('answers have the status and every field of the published examples', async () => {
  const { call, make } = await standUp();
  const created = await call('POST', '/apps', { app_name: 'one', org_slug: ORG });
  expect(created.status).toBe(published.createApp?.status);
  expect(Object.keys(created.body).sort()).toEqual(keysOf('createApp').sort());
  const { machine, volume } = await make('two');
  const rows: [string, { status: number; body: Body }][] = [
    ['getApp', await call('GET', '/apps/two')],
    ['createVolume', await call('POST', '/apps/one/volumes', { name: 'data', region: 'fra' })],
    ['getVolume', await call('GET', `/apps/two/volumes/${volume}`)],
    ['createMachine', await call('POST', '/apps/one/machines', { config: { image: IMAGE }, skip_launch: true })],
    ['getMachine', await call('GET', `/apps/two/machines/${machine}`)],
    ['createLease', await call('POST', `/apps/two/machines/${machine}/lease`, { ttl: 500 })],
  ];
  for (const [name, { status, body }] of rows) {
    expect(status, name).toBe(published[name]?.status);
    expect(
      keysOf(name).filter((key) => !(key in body)),
      name,
    ).toEqual([]);
  }
  expect(await call('GET', '/apps/nobody')).toEqual({
    status: 404,
    body: { error: 'Could not find App "nobody"' },
  });
  expect(await call('DELETE', '/apps/one')).toEqual({ status: published.deleteApp?.status, body: '' });
});

test('without the token every call gets a 401, in the recorded words', async () => {
  const { fly } = await standUp();
  for (const headers of [{}, { authorization: 'Bearer other' }]) {
    const answer = await fetch(`${fly.apiUrl}/v1/apps/one`, { headers });
    expect([answer.status, await answer.json()]).toEqual([published.badToken?.status, published.badToken?.body]);
  }
});

test('unknown paths, methods, query parameters and fields are refused', async () => {
  const { call } = await standUp();
  await call('POST', '/apps', { name: 'one', org_slug: ORG });
  const status = async (...args: Parameters<typeof call>): Promise<number> => (await call(...args)).status;
  expect(await status('GET', '/app/one')).toBe(404);
  expect(await status('PATCH', '/apps/one')).toBe(404);
  expect(await status('GET', '/apps/one/machines?regions=fra')).toBe(400);
  expect(await status('POST', '/apps/one/machines', '{')).toBe(400);
  const refused = await call('POST', '/apps/one/volumes', { name: 'data', region: 'fra', size: 3 });
  expect([refused.status, refused.body.error]).toEqual([422, expect.stringContaining('size')]);
  const wrong = { ...config, services: [{ ...service, auto_stop: 'stop' }] };
  const machine = await call('POST', '/apps/one/machines', { config: wrong });
  expect([machine.status, machine.body.error]).toEqual([422, expect.stringContaining('config.services.0')]);
});

describe('apps and addresses', () => {
  test('either name is taken, not both; a name once, also while it is being deleted', async () => {
    const { call } = await standUp({ pace: { deleteMs: 200_000 } });
    const create = async (body: object): Promise<number> =>
      (await call('POST', '/apps', { org_slug: ORG, ...body })).status;
    expect(await create({ name: 'one' })).toBe(201);
    expect(await create({ app_name: 'one' })).toBe(422);
    expect(await create({ name: 'two', app_name: 'two' })).toBe(422);
    expect(await create({})).toBe(422);
    expect(await create({ name: 'Two' })).toBe(422);
    expect((await call('POST', '/apps', { name: 'two', org_slug: 'others' })).status).toBe(404);
    expect((await call('DELETE', '/apps/one')).status).toBe(202);
    expect((await call('GET', '/apps/one')).status).toBe(404);
    expect(await create({ name: 'one' })).toBe(422);
    await expect.poll(() => create({ name: 'one' }), { timeout: 5000 }).toBe(201);
  });

  test('the list is of one organisation', async () => {
    const { call } = await standUp();
    await call('POST', '/apps', { name: 'one', org_slug: ORG, network: 'own' });
    const list = await call<{ total_apps: number; apps: object[] }>('GET', `/apps?org_slug=${ORG}`);
    expect(list.body).toMatchObject({ total_apps: 1, apps: [{ name: 'one', network: 'own', machine_count: 0 }] });
    expect((await call('GET', '/apps?org_slug=others')).status).toBe(404);
    expect((await call('GET', '/apps')).status).toBe(400);
  });

  test('addresses are listed, assigned and released', async () => {
    const { call } = await standUp();
    await call('POST', '/apps', { name: 'one', org_slug: ORG });
    const path = '/apps/one/ip_assignments';
    const v4 = await call<{ ip: string; shared: boolean }>('POST', path, { type: 'shared_v4' });
    expect(v4).toMatchObject({ status: 200, body: { shared: true, region: 'global' } });
    const v6 = await call<{ ip: string }>('POST', path, { type: 'v6' });
    expect((await call('POST', path, { type: 'shared_v4' })).status).toBe(422);
    expect((await call('POST', path, { type: 'shared' })).status).toBe(422);
    expect((await call<{ ips: object[] }>('GET', path)).body.ips).toHaveLength(2);
    expect(await call('DELETE', `${path}/${v6.body.ip}`)).toEqual({ status: 204, body: '' });
    expect((await call('DELETE', `${path}/${v6.body.ip}`)).status).toBe(404);
    expect((await call<{ ips: object[] }>('GET', path)).body.ips).toMatchObject([{ ip: v4.body.ip }]);
  });
});

test('a volume is creating before it is answered, cannot be deleted while it is mounted, and stays listed afterwards', async () => {
  const { call, make, fly } = await standUp({ pace: { volumeMs: 100_000 } });
  await call('POST', '/apps', { name: 'zero', org_slug: ORG });
  const making = call('POST', '/apps/zero/volumes', { name: 'data', region: 'fra' });
  await fly.world.until(() => fly.world.volumes().length === 1, 10_000, 'a volume');
  expect((await call<Body[]>('GET', '/apps/zero/volumes')).body).toMatchObject([{ state: 'creating' }]);
  const id = fly.world.volumes()[0]?.id ?? '';
  const mounts = [{ volume: id, path: '/data' }];
  const early = await call('POST', '/apps/zero/machines', { region: 'fra', config: { ...config, mounts } });
  expect([early.status, early.body.error]).toEqual([412, expect.stringContaining('creating')]);
  expect((await making).body.state).toBe('created');

  const { machine, volume } = await make('one');
  expect((await call('DELETE', `/apps/one/volumes/${volume}`)).status).toBe(412);
  await call('DELETE', `/apps/one/machines/${machine}?force=true`);
  await fly.world.until(() => fly.world.volumes().every((known) => known.machine === null), 10_000, 'unmounted');
  expect((await call('DELETE', `/apps/one/volumes/${volume}`)).body.state).toBe('scheduling_destroy');
  await fly.world.until(() => fly.world.volumes('live').length === 1, 10_000, 'deleted');
  expect((await call<Body[]>('GET', '/apps/one/volumes')).body).toHaveLength(1);
});

test('a machine needs an image that exists and a free volume of its region and app', async () => {
  const { call, make } = await standUp();
  const { machine, volume } = await make('one');
  await call('POST', '/apps', { name: 'two', org_slug: ORG });
  const free = await call('POST', '/apps/one/volumes', { name: 'data', region: 'fra' });
  const create = async (app: string, region: string, of: string): Promise<number> => {
    const mounts = [{ volume: of, path: '/data' }];
    return (await call('POST', `/apps/${app}/machines`, { region, config: { ...config, mounts } })).status;
  };
  expect(await create('one', 'fra', volume)).toBe(412);
  expect(await create('one', 'ams', free.body.id)).toBe(422);
  expect(await create('two', 'fra', free.body.id)).toBe(404);
  expect((await call('GET', `/apps/two/machines/${machine}`)).status).toBe(404);
  expect(await create('one', 'fra', free.body.id)).toBe(200);
  expect((await call('POST', '/apps/two/machines', { config: { image: 'registry.fly.io/none:1' } })).status).toBe(400);
});

test('too many calls in a second: 429 for this action and this machine, and for no other', async () => {
  const { call } = await standUp({ rateLimits: true, pace: { scale: 1, createMs: 0 } });
  await call('POST', '/apps', { name: 'one', org_slug: ORG });
  const answers = await Promise.all(Array.from({ length: 8 }, () => call('GET', '/apps/one/volumes')));
  const how = Map.groupBy(answers, ({ status }) => status);
  expect([...how.keys()].sort()).toEqual([200, 429]);
  expect(how.get(200)?.length).toBeGreaterThanOrEqual(3);
  expect((await call('GET', '/apps/one/machines')).status).toBe(200);
  await call('POST', '/apps', { name: 'two', org_slug: ORG });
  expect((await call('GET', '/apps/two/volumes')).status).toBe(200);
  await expect.poll(async () => (await call('GET', '/apps/one/volumes')).status, { timeout: 5000 }).toBe(200);
});

describe('metadata and leases', () => {
  test('metadata is set, read, filtered by and removed', async () => {
    const { call, make } = await standUp();
    const { machine } = await make('one', { metadata: { owner: 'a' } });
    const path = `/apps/one/machines/${machine}/metadata`;
    expect(await call('POST', `${path}/kind`, { value: 'agent' })).toEqual({ status: 204, body: '' });
    expect((await call('PATCH', path, { metadata: { more: 'yes', owner: null } })).status).toBe(204);
    expect((await call('PUT', path, { metadata: {}, machine_version: 'old' })).status).toBe(412);
    expect((await call('GET', path)).body).toEqual({ kind: 'agent', more: 'yes' });
    expect((await call('GET', `${path}/kind`)).body).toEqual({ value: 'agent' });
    expect((await call('GET', `${path}/owner`)).status).toBe(404);
    expect((await call<Body[]>('GET', '/apps/one/machines?metadata.kind=agent')).body).toHaveLength(1);
    expect((await call<Body[]>('GET', '/apps/one/machines?metadata.kind=other')).body).toHaveLength(0);
    expect((await call('DELETE', `${path}/kind`)).status).toBe(204);
  });

  test('a lease is in everybody’s way but its holder’s', async () => {
    const { call, make } = await standUp();
    const { machine } = await make('one');
    const path = `/apps/one/machines/${machine}`;
    const lease = await call<{ data: { nonce: string } }>('POST', `${path}/lease`, { ttl: 60 });
    const mine = { 'fly-machine-lease-nonce': lease.body.data.nonce };
    expect((await call('POST', `${path}/lease`, { ttl: 60 })).status).toBe(409);
    expect((await call('POST', `${path}/stop`, {})).status).toBe(409);
    expect((await call('POST', path, { config })).status).toBe(409);
    expect((await call('POST', `${path}/lease`, { ttl: 60 }, mine)).status).toBe(201);
    expect((await call('DELETE', `${path}/lease`)).status).toBe(400);
    expect((await call('DELETE', `${path}/lease`, undefined, mine)).status).toBe(200);
    expect((await call('GET', `${path}/lease`)).status).toBe(404);
    expect((await call('POST', `${path}/stop`, {})).status).toBe(200);
  });
});
