import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Body, config, IMAGE, ORG, OTHER_IMAGE, type Stand, standUp } from './fly-stand.ts';

// The life of a machine of the fake Fly, with real processes: states, wait, update, signals, the restart policy, restarts of
// the stand-in itself.

const about = async (stand: Stand, app: string) => {
  const answer = await fetch(`${stand.url(app)}/about`);
  return (await answer.json()) as {
    env: Record<string, string>;
    pid: number;
    headers: Record<string, string>;
    lost: { home: boolean; tmp: boolean };
  };
};
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // The process is killed, and nobody has read its exit status yet.
    return !/\) Z/.test(existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : '');
  } catch {
    return false;
  }
};
const passed = ({ fly }: Stand, app: string): string[] =>
  fly.world.changes.filter((change) => change.kind === 'machine' && change.app === app).map(({ to }) => to);

describe('states', () => {
  test('a new machine is prepared, started, and what is not allowed is refused on the way', async () => {
    const stand = await standUp({ pace: { imagePullMs: 100_000 } });
    const { call, make } = stand;
    const { machine } = await make('one', {}, 'created');
    const path = `/apps/one/machines/${machine}`;
    const early = await call('POST', `${path}/start`);
    expect([early.status, early.body.error]).toEqual([
      412,
      "failed_precondition: unable to start machine from current state: 'created'",
    ]);
    expect(await call('GET', `${path}/wait?state=started&timeout=10`)).toMatchObject({
      status: 200,
      body: { ok: true, state: 'started' },
    });
    expect((await call('POST', `${path}/start`)).status).toBe(412);
    expect(await call('DELETE', path)).toMatchObject({
      status: 412,
      body: { error: 'failed_precondition: unable to destroy machine, not currently stopped' },
    });
    expect((await call('POST', `${path}/stop`, { signal: 'SIGTERM', timeout: '5s' })).body).toEqual({ ok: true });
    await stand.until('one', 'stopped');
    expect((await call('POST', `${path}/stop`, {})).status).toBe(412);
    expect(await call('POST', `${path}/start`)).toMatchObject({ status: 200, body: { previous_state: 'stopped' } });
    await stand.until('one', 'started');
    expect((await call('DELETE', `${path}?force=true`)).body).toEqual({ ok: true });
    await stand.until('one', 'destroyed');
    expect((await call('GET', path)).body.state).toBe('destroyed');
    expect((await call<Body[]>('GET', '/apps/one/machines')).body).toEqual([]);
    expect((await call<Body[]>('GET', '/apps/one/machines?include_deleted=true')).body).toHaveLength(1);
    expect(passed(stand, 'one')).toEqual([
      'created',
      'starting',
      'started',
      'stopping',
      'stopped',
      'starting',
      'started',
      'destroying',
      'destroyed',
    ]);
  });

  test('skip_launch leaves it created until somebody starts it', async () => {
    const stand = await standUp();
    await stand.call('POST', '/apps', { name: 'one', org_slug: ORG });
    const machine = await stand.call('POST', '/apps/one/machines', { config: { image: IMAGE }, skip_launch: true });
    await expect
      .poll(async () => (await stand.call('POST', `/apps/one/machines/${machine.body.id}/start`)).status)
      .toBe(200);
    await stand.until('one', 'started');
    expect(passed(stand, 'one')).toEqual(['created', 'starting', 'started']);
  });

  test('wait: 408 when it is not reached in time, 400 for what cannot be waited for', async () => {
    const { call, make } = await standUp();
    const { machine } = await make('one');
    const wait = (query: string) => call('GET', `/apps/one/machines/${machine}/wait?${query}`);
    expect((await wait('state=suspended&timeout=1')).status).toBe(408);
    expect((await wait('state=stopped&timeout=1')).status).toBe(400);
    expect((await wait('state=running')).status).toBe(400);
    expect((await wait('state=started&timeout=61')).status).toBe(400);
    expect((await wait('state=started&instance_id=other')).status).toBe(400);
    const { instance_id } = (await call('GET', `/apps/one/machines/${machine}`)).body;
    expect((await wait(`state=stopped,settled&version=${instance_id}`)).status).toBe(200);
  });

  test('suspended, it stands still and goes on with the same process', async () => {
    const stand = await standUp();
    const { machine } = await stand.make('one');
    const { pid } = await about(stand, 'one');
    expect((await stand.call('POST', `/apps/one/machines/${machine}/suspend`)).body).toEqual({ ok: true });
    expect(stand.state('one')).toBe('suspended');
    expect((await about(stand, 'one')).pid).toBe(pid);
    expect(stand.fly.world.requests.at(-1)?.woke).toBe(true);
    await stand.call('POST', `/apps/one/machines/${machine}/suspend`);
    await stand.call('POST', `/apps/one/machines/${machine}/stop`, {});
    await stand.until('one', 'stopped');
    expect(isAlive(pid)).toBe(false);
    const { machine: large } = await stand.make('two', { guest: { cpu_kind: 'shared', cpus: 2, memory_mb: 2304 } });
    expect((await stand.call('POST', `/apps/two/machines/${large}/suspend`)).status).toBe(400);
  });
});

test('the program has its volume, its own home and port, what Fly says of it, and nothing of the caller', async () => {
  process.env.OF_THE_CALLER = 'secret';
  const stand = await standUp();
  const { machine, volume } = await stand.make('one', { env: { NAME: 'value', PLACE: '/data/x', OTHER: '/database' } });
  const { env, headers } = await about(stand, 'one');
  const folder = stand.fly.world.volumeFolder(volume);
  expect(env).toMatchObject({
    DATA_DIR: folder,
    HOME: `${folder}/home`,
    PLACE: `${folder}/x`,
    OTHER: '/database',
    NAME: 'value',
    HOST: '127.0.0.1',
    FLY_APP_NAME: 'one',
    FLY_MACHINE_ID: machine,
    FLY_REGION: 'fra',
    FLY_IMAGE_REF: IMAGE,
  });
  expect(env.OF_THE_CALLER).toBeUndefined();
  expect(env.PORT).not.toBe('8080');
  expect(headers).toMatchObject({ 'fly-region': 'fra', 'x-forwarded-proto': 'https', host: 'one.fly.dev' });
  expect(headers['fly-client-ip']).toMatch(/127\.0\.0\.1/);
});

test('an update replaces the whole config and keeps volume, region and name', async () => {
  const stand = await standUp({ pace: { updateMs: 50_000 } });
  const { call } = stand;
  const { machine, volume } = await stand.make('one', { env: { OLD: 'yes' }, metadata: { owner: 'a' } });
  const path = `/apps/one/machines/${machine}`;
  const before = (await call('GET', path)).body;
  expect((await about(stand, 'one')).env.OLD).toBe('yes');
  const mounts = [{ volume, path: '/data' }];
  const other = await call('POST', '/apps/one/volumes', { name: 'data', region: 'fra' });
  expect((await call('POST', path, { config: { ...config } })).status).toBe(422);
  expect(
    (await call('POST', path, { config: { ...config, mounts: [{ volume: other.body.id, path: '/data' }] } })).status,
  ).toBe(422);
  expect((await call('POST', path, { region: 'ams', config: { ...config, mounts } })).status).toBe(422);
  expect((await call('POST', path, { config: { ...config, mounts }, current_version: 'old' })).status).toBe(412);

  const changed = await call('POST', path, { config: { ...config, mounts, image: OTHER_IMAGE } });
  expect(changed.body.instance_id).not.toBe(before.instance_id);
  expect((await call('POST', path, { config: { ...config, mounts } })).status).toBe(412);
  await stand.until('one', 'started');
  const { env } = await about(stand, 'one');
  expect([env.OLD, env.FLY_IMAGE_REF]).toEqual([undefined, OTHER_IMAGE]);
  expect((await call('GET', path)).body.config?.metadata).toBeUndefined();
  expect((await call<object[]>('GET', `${path}/versions`)).body).toHaveLength(2);
  expect(stand.notes(volume)).toEqual(['boot', 'SIGTERM', 'boot']);
  expect(passed(stand, 'one').slice(3)).toEqual(['updating', 'starting', 'started']);

  await call('POST', `${path}/stop`, {});
  await stand.until('one', 'stopped');
  await call('POST', path, { config: { ...config, mounts }, skip_launch: true });
  await stand.until('one', 'stopped');
  await call('POST', path, { config: { ...config, mounts } });
  await stand.until('one', 'started');
  expect(passed(stand, 'one').slice(8)).toEqual(['updating', 'stopped', 'updating', 'starting', 'started']);
});

test('config is answered as it was given, with booleans where the API still has them', async () => {
  const { call, make } = await standUp();
  const { machine } = await make('one');
  const { body } = await call('GET', `/apps/one/machines/${machine}`);
  expect(body.config?.services).toMatchObject([{ internal_port: 8080, autostart: true, autostop: true }]);
});

describe('the end of a program', () => {
  test('stop: SIGINT unless told otherwise, and SIGKILL after the time-out', async () => {
    const stand = await standUp();
    const { machine, volume } = await stand.make('one', { env: { DEAF: 'yes' } });
    const { pid } = await about(stand, 'one');
    const begun = Date.now();
    await stand.call('POST', `/apps/one/machines/${machine}/stop`, { timeout: '60s' });
    await stand.until('one', 'stopped');
    expect(Date.now() - begun).toBeGreaterThanOrEqual(590);
    expect(isAlive(pid)).toBe(false);
    expect(stand.notes(volume)).toEqual(['boot', 'SIGINT']);
    const { events } = (await stand.call('GET', `/apps/one/machines/${machine}`)).body;
    expect(events[0]).toMatchObject({
      type: 'exit',
      request: { exit_event: { requested_stop: true, exit_code: 137 } },
    });
  });

  test('nothing the program started is left, in whatever group', async () => {
    const stand = await standUp();
    const { machine } = await stand.make('one');
    const child = Number(await (await fetch(`${stand.url('one')}/beget`)).text());
    expect(isAlive(child)).toBe(true);
    await stand.call('POST', `/apps/one/machines/${machine}/stop`, {});
    await stand.until('one', 'stopped');
    await expect.poll(() => isAlive(child), { timeout: 10_000 }).toBe(false);
  });

  test.each([
    ['on-failure', 0, ['stopped']],
    ['on-failure', 3, ['restarting', 'starting', 'started']],
    ['always', 0, ['restarting', 'starting', 'started']],
    ['no', 3, ['stopped']],
  ])('restart policy %s, exit %i: %j', async (policy, code, expected) => {
    const stand = await standUp();
    await stand.make('one', { restart: { policy } });
    await about(stand, 'one');
    await fetch(`${stand.url('one')}/exit?code=${code}`);
    await stand.fly.world.until(() => passed(stand, 'one').length === 3 + expected.length, 10_000, 'what follows');
    expect(passed(stand, 'one').slice(3)).toEqual(expected);
  });

  test('a program that always fails is let be after max_retries', async () => {
    const stand = await standUp();
    const { volume } = await stand.make(
      'one',
      { env: { CRASH: '7' }, restart: { policy: 'on-failure', max_retries: 2 } },
      'stopped',
    );
    expect(stand.notes(volume)).toEqual(['boot', 'boot', 'boot']);
    const { events } = (await stand.call('GET', `/apps/one/machines/${stand.fly.world.machines()[0]?.id}`)).body;
    expect(events[0]).toMatchObject({ type: 'exit', request: { exit_event: { exit_code: 7, restarting: false } } });
  });

  test('the volume and a home on it survive a stop, everything else is new', async () => {
    const stand = await standUp();
    const { machine } = await stand.make('one');
    await fetch(`${stand.url('one')}/keep`);
    expect((await about(stand, 'one')).lost).toEqual({ home: true, tmp: true });
    await stand.call('POST', `/apps/one/machines/${machine}/stop`, {});
    await stand.until('one', 'stopped');
    expect((await about(stand, 'one')).lost).toEqual({ home: true, tmp: false });
  });
});

test('exec runs a command in the machine and answers 200 also when it fails', async () => {
  const { call, make } = await standUp();
  const { machine } = await make('one');
  const run = (script: string) =>
    call<{ stdout: string; exit_code: number }>('POST', `/apps/one/machines/${machine}/exec`, {
      command: ['sh', '-c', script],
    });
  expect(await run('echo $FLY_APP_NAME')).toMatchObject({ status: 200, body: { stdout: 'one\n', exit_code: 0 } });
  expect(await run('exit 4')).toMatchObject({ status: 200, body: { exit_code: 4 } });
});

test('deleting an app ends and removes all that is in it, and nothing of another', async () => {
  const stand = await standUp();
  await stand.make('one');
  await stand.make('two');
  const [{ pid }, other] = [await about(stand, 'one'), await about(stand, 'two')];
  expect((await stand.call('DELETE', '/apps/one?force=true')).status).toBe(202);
  await stand.fly.world.until(() => stand.fly.world.volumes().length === 1, 10_000, 'its volume gone');
  expect([isAlive(pid), isAlive(other.pid)]).toEqual([false, true]);
  expect(stand.fly.world.machines().map(({ app }) => app)).toEqual(['two']);
  expect(stand.fly.world.addresses().map(({ app }) => app)).toEqual(['two']);
});

test('a restart of the stand-in finds everything again, with machines stopped, and a request wakes them', async () => {
  const first = await standUp();
  const { machine, volume } = await first.make('one', { metadata: { owner: 'a' } });
  const { pid } = await about(first, 'one');
  await fetch(`${first.url('one')}/keep`);
  await first.fly.stop();
  expect(isAlive(pid)).toBe(false);
  const folder = first.fly.world.volumeFolder(volume).replace(/\/volumes\/.*/, '');
  expect(readdirSync(folder).sort()).toEqual(['scratch', 'state.json', 'volumes']);

  const second = await standUp({ folder });
  expect((await second.call('GET', `/apps/one/machines/${machine}`)).body).toMatchObject({
    state: 'stopped',
    config: { metadata: { owner: 'a' }, mounts: [{ volume }] },
  });
  expect((await about(second, 'one')).lost.home).toBe(true);
  expect(second.state('one')).toBe('started');
});
