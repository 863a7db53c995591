import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { config, type Stand, service, standUp } from './fly-stand.ts';

// The proxy of the fake Fly: waking, holding, streaming, counting load, the pass that stops idle machines, and no
// access to another app's machine.

/** On an idle computer, everything here takes milliseconds. */
const SOON = { timeout: 30_000 };

type Reading = { next(): Promise<string>; close(): Promise<void>; ended: Promise<string> };

/** An open stream: its first piece has arrived. */
async function openStream(stand: Stand, app: string): Promise<Reading> {
  const answer = await fetch(`${stand.url(app)}/stream`);
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  const read = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
  expect(await read()).toBe('data: first\n\n');
  const ended = reader.closed.then(
    () => 'closed',
    () => 'cut',
  );
  return { next: read, close: () => reader.cancel(), ended };
}
const get = (stand: Stand, app: string, path = '/healthz', headers = {}): Promise<Response> =>
  fetch(`${stand.url(app)}${path}`, { headers });

describe('waking', () => {
  test('a request to a sleeping machine is held until its program answers, and ten at once start it once', async () => {
    const stand = await standUp();
    const { machine } = await stand.make('one');
    await stand.call('POST', `/apps/one/machines/${machine}/stop`, {});
    await stand.until('one', 'stopped');
    const answers = await Promise.all(Array.from({ length: 10 }, () => get(stand, 'one')));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    const { changes, requests } = stand.fly.world;
    expect(changes.filter(({ app, to }) => app === 'one' && to === 'starting')).toHaveLength(2);
    expect(requests[0]).toMatchObject({ app: 'one', machine, woke: true, status: 200 });
    expect(requests[0]?.heldMs).toBeGreaterThan(20);
  });

  test('without autostart it stays asleep, cordoned it gets nothing: 503 without JSON', async () => {
    const stand = await standUp();
    const { machine } = await stand.make('one', { services: [{ ...service, autostart: false, autostop: 'off' }] });
    await stand.call('POST', `/apps/one/machines/${machine}/cordon`);
    const cordoned = await get(stand, 'one');
    expect([cordoned.status, cordoned.headers.get('content-type')]).toEqual([503, 'text/plain; charset=utf-8']);
    await stand.call('POST', `/apps/one/machines/${machine}/uncordon`);
    expect((await get(stand, 'one')).status).toBe(200);
    await stand.call('POST', `/apps/one/machines/${machine}/stop`, {});
    await stand.until('one', 'stopped');
    expect((await get(stand, 'one')).status).toBe(503);
    expect(stand.state('one')).toBe('stopped');
  });

  test('a program that never listens, or on another port than the service says: 503 after a while', async () => {
    const stand = await standUp({ pace: { holdMs: 400 } });
    await stand.make('one', { services: [{ ...service, internal_port: 9000 }] });
    expect((await get(stand, 'one')).status).toBe(503);
    await stand.make('two', { env: { CRASH: '1' }, restart: { policy: 'no' } }, 'stopped');
    expect((await get(stand, 'two')).status).toBe(503);
  });
});

describe('the machine that is reached', () => {
  test('only machines of the named app, whichever other machine is requested', async () => {
    const stand = await standUp();
    const [one, two] = [await stand.make('one'), await stand.make('two')];
    const machineOf = async (app: string, headers = {}): Promise<unknown> => {
      const answer = await get(stand, app, '/about', headers);
      if (answer.status !== 200) return answer.status;
      return ((await answer.json()) as { env: { FLY_MACHINE_ID: string } }).env.FLY_MACHINE_ID;
    };
    expect([await machineOf('one'), await machineOf('two')]).toEqual([one.machine, two.machine]);
    expect(await machineOf('one', { 'fly-force-instance-id': one.machine })).toBe(one.machine);
    expect(await machineOf('one', { 'fly-force-instance-id': two.machine })).toBe(503);
    expect(await machineOf('one', { 'fly-prefer-instance-id': two.machine, host: 'two.fly.dev' })).toBe(one.machine);
  });

  test('of two machines of an app the one that is preferred, though it sleeps and the other runs', async () => {
    const stand = await standUp();
    const { machine: first } = await stand.make('one');
    const second = await stand.call('POST', '/apps/one/machines', { region: 'fra', config });
    for (const preferred of [second.body.id, first]) {
      const answer = await get(stand, 'one', '/about', { 'fly-prefer-instance-id': preferred });
      expect(await answer.json()).toMatchObject({ env: { FLY_MACHINE_ID: preferred } });
    }
    await stand.call('POST', `/apps/one/machines/${first}/stop`, {});
    await stand.until('one', 'stopped');
    await get(stand, 'one', '/healthz', { 'fly-prefer-instance-id': first });
    expect(stand.state('one')).toBe('started');
  });

  test('no app, no public address, or a name too long for a host: nothing to connect to', async () => {
    const stand = await standUp();
    await stand.make('one');
    await stand.make('x'.repeat(64));
    await expect(get(stand, 'nobody')).rejects.toThrow();
    await expect(get(stand, 'x'.repeat(64))).rejects.toThrow();
    const [address] = stand.fly.world.addresses();
    await stand.call('DELETE', `/apps/one/ip_assignments/${address?.ip}`);
    await expect(get(stand, 'one')).rejects.toThrow();
    await stand.call('POST', '/apps/one/ip_assignments', { type: 'private_v6', network: 'one' });
    await expect(get(stand, 'one')).rejects.toThrow();
    await stand.call('POST', '/apps/one/ip_assignments', { type: 'v6' });
    expect((await get(stand, 'one')).status).toBe(200);
  });
});

describe('bytes', () => {
  test('an answer comes piece by piece, and its end is told to the machine', async () => {
    const stand = await standUp();
    const { volume } = await stand.make('one');
    const stream = await openStream(stand, 'one');
    expect(stand.fly.world.openRequests('one')).toBe(1);
    await stream.close();
    await expect.poll(() => stand.notes(volume), SOON).toContain('stream closed');
    await expect.poll(() => stand.fly.world.openRequests('one'), SOON).toBe(0);
  });

  test('an upload arrives whole, or is cut where the caller cut it', async () => {
    const stand = await standUp();
    const { volume } = await stand.make('one');
    const large = 'x'.repeat(300_000);
    expect(await (await fetch(`${stand.url('one')}/echo`, { method: 'POST', body: large })).text()).toBe(large);
    await expect.poll(() => stand.notes(volume), SOON).toContain('upload complete');
    const { port } = new URL(stand.fly.apiUrl);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('POST /m/one/echo HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\npart of it');
    await new Promise((resolve) => socket.once('data', resolve));
    socket.destroy();
    await expect.poll(() => stand.notes(volume), SOON).toContain('upload cut');
  });

  test('an answer the machine broke off is broken off', async () => {
    const stand = await standUp();
    await stand.make('one');
    await expect(get(stand, 'one', '/half').then((answer) => answer.text())).rejects.toThrow();
    expect((await get(stand, 'one')).status).toBe(200);
  });

  test('more requests than the hard limit: 503', async () => {
    const stand = await standUp();
    const concurrency = { type: 'requests', soft_limit: 1, hard_limit: 1 };
    await stand.make('one', { services: [{ ...service, concurrency }] });
    const stream = await openStream(stand, 'one');
    expect((await get(stand, 'one')).status).toBe(503);
    await stream.close();
    await expect.poll(async () => (await get(stand, 'one')).status, SOON).toBe(200);
  });
});

describe('the pass that stops idle machines', () => {
  test('an open stream keeps it awake, its gap does not; the next request wakes it', async () => {
    const stand = await standUp();
    const { machine, volume } = await stand.make('one');
    const stream = await openStream(stand, 'one');
    expect(stand.fly.passNow()).toEqual([]);
    expect(stand.state('one')).toBe('started');
    await stream.close();
    await stand.fly.world.until(() => stand.fly.world.openRequests('one') === 0, 10_000, 'the end of the stream');
    // The machine hears of it a moment later.
    await expect.poll(() => stand.notes(volume), SOON).toContain('stream closed');
    expect(stand.fly.passNow()).toEqual([machine]);
    expect(stand.state('one')).toBe('stopping');
    expect(stand.fly.passNow()).toEqual([]);
    const again = await openStream(stand, 'one');
    expect(stand.notes(volume)).toEqual(['boot', 'stream closed', 'SIGTERM', 'boot']);
    await again.close();
  });

  test('a deaf program gets its kill time-out and is then killed', async () => {
    const stand = await standUp();
    const stop_config = { signal: 'SIGTERM', timeout: '50s' };
    const { machine, volume } = await stand.make('one', { env: { DEAF: 'yes' }, stop_config });
    await get(stand, 'one');
    await stand.fly.world.until(() => stand.fly.world.openRequests('one') === 0, 10_000, 'the end of the request');
    const begun = Date.now();
    expect(stand.fly.passNow()).toEqual([machine]);
    await stand.until('one', 'stopped');
    expect(Date.now() - begun).toBeGreaterThanOrEqual(490);
    expect(stand.notes(volume)).toEqual(['boot', 'SIGTERM']);
  });

  test('running requests continue while it drains: an open stream ends with the program', async () => {
    const stand = await standUp();
    const { machine } = await stand.make('one', {
      env: { DEAF: 'yes' },
      stop_config: { signal: 'SIGTERM', timeout: '100s' },
    });
    const stream = await openStream(stand, 'one');
    await stand.call('POST', `/apps/one/machines/${machine}/stop`, { signal: 'SIGTERM', timeout: '100s' });
    expect(await Promise.race([stream.ended, stand.until('one', 'stopping').then(() => 'open')])).toBe('open');
    expect(await stream.ended).toBe('cut');
    await stand.until('one', 'stopped');
  });

  test('by itself every few minutes; off is never stopped, and one that sleeps stays asleep', async () => {
    const stand = await standUp({ pace: { passMs: 20_000 } });
    await stand.make('on');
    await stand.make('off', { services: [{ ...service, autostop: 'off' }] });
    await stand.make('aside', { services: [{ ...service, autostop: 'suspend' }] }, 'suspended');
    await stand.until('on', 'stopped');
    const { changes } = stand.fly.world;
    const seen = changes.length;
    await stand.make('later');
    await stand.until('later', 'stopped');
    expect(changes.slice(seen).filter(({ app }) => app !== 'later')).toEqual([]);
    expect(stand.state('off')).toBe('started');
    expect(stand.fly.world.requests).toEqual([]);
    expect(stand.fly.world.awakeMs('on')).toBeGreaterThan(0);
  });

  test('min_machines_running keeps it up', async () => {
    const stand = await standUp();
    await stand.make('one', { services: [{ ...service, min_machines_running: 1 }], stop_config: config.stop_config });
    expect(stand.fly.passNow()).toEqual([]);
  });
});
