import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { Hono } from 'hono';
import { beforeEach, expect, test } from 'vitest';
import { readConfig, VERSION } from '../../src/config/config.ts';
import type { AppEnv } from '../../src/worker/configuration.ts';
import worker from '../../src/worker/index.ts';
import { reportRelayHealth } from '../../src/worker/operator/health.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { newPerson, OF_A_TEST, stubOf, useOutside } from './relay.ts';

// The operator's view of the relay and of one conversation: numbers and names, nothing that anybody wrote.

const TOKEN = 'operator-tests-0123456789';
quiet();
const clock = useClock();
const world = useOutside();
beforeEach(() => clock.freeze());
beforeEach(() => Object.assign(env, { OPERATOR_TOKEN: TOKEN, ADMIN_SENDERS: '+15555550123' }));

const ask = (path: string, token = TOKEN): Promise<Response> =>
  Promise.resolve(
    worker.fetch(
      new Request(`https://relay.example.com/operator${path}`, { headers: { authorization: `Bearer ${token}` } }),
      env,
    ),
  );
type Health = Record<string, unknown> & { machine: Record<string, unknown> | null };
const healthOf = async ({ address }: Person): Promise<Health> =>
  (await (await ask(`/conversations/${stubOf(address).id}/health`)).json()) as Health;

test('the relay: version, clock, what is configured and bound; nothing secret', async () => {
  const response = await ask('/health');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const words = await response.text();
  const health = JSON.parse(words) as Record<string, unknown>;
  expect(health).toMatchObject({
    version: VERSION,
    protocol: 1,
    configuration: { provider: 'static', public_host: 'relay.example.com', senders: 2, admins: 1, image: null },
    bindings: { media: true, archive: true },
    machines: null,
    spending: null,
    rollout: null,
  });
  expect(Math.abs(Date.parse(health.now as string) - Date.now())).toBeLessThan(5000);
  for (const [name, value] of Object.entries(env)) {
    if (/TOKEN|KEY|SID|ADMIN_SENDERS|ALLOWED/.test(name) && typeof value === 'string' && value.length > 5) {
      expect(words, name).not.toContain(value);
    }
  }
  expect(words).not.toMatch(/\+1555/);
});

test('alerts are those of the last day', async () => {
  const directory = env.DIRECTORY.getByName('directory');
  const count = async () => ((await (await ask('/health')).json()) as { alerts_last_day: number }).alerts_last_day;
  const before = await count();
  await directory.raise({ cause: 'health-test', text: 'Do this.', conversation: null, ref: null });
  expect(await count()).toBe(before + 1);
  await runInDurableObject(directory, (_, { storage }) => {
    const old = '01HZZZZZZZ0000000000000000';
    storage.sql.exec(`${OF_A_TEST} DELETE FROM deliveries`);
    storage.sql.exec(`${OF_A_TEST} UPDATE alerts SET id = ? WHERE cause = 'health-test'`, old);
  });
  expect(await count()).toBe(before);
});

test('outages of the carrier: which number, since when, why, how many wait; none of it when it takes messages', async () => {
  const directory = env.DIRECTORY.getByName('directory');
  const outages = async () => ((await (await ask('/health')).json()) as { outages: unknown }).outages;
  expect(await outages()).toEqual([]);
  const began = Date.parse('2026-11-21T10:00:00Z');
  await runInDurableObject(directory, (_, { storage: { sql } }) => {
    sql.exec(
      `${OF_A_TEST} INSERT INTO outages (sender, began_at, failure, code, probes, next_at, prober, told, over_at)
         VALUES ('whatsapp:+15555550109', ${began}, 'rate', 20429, 3, ${began + 900_000}, NULL, 1, NULL)`,
    );
    for (const id of ['a', 'b'])
      sql.exec(`${OF_A_TEST} INSERT INTO outage_waits VALUES ('whatsapp:+15555550109', '${id}', 0)`);
  });
  expect(await outages()).toEqual([
    {
      sender: 'WhatsApp number ending in 09',
      began_at: '2026-11-21T10:00:00.000Z',
      failure: 'rate',
      code: 20429,
      tries: 3,
      waiting: 2,
      next_try_at: '2026-11-21T10:15:00.000Z',
      over_at: null,
    },
  ]);
  expect(await (await ask('/health')).text()).not.toMatch(/\+1555/);
  await runInDurableObject(directory, (_, { storage: { sql } }) => {
    for (const table of ['outages', 'outage_waits']) sql.exec(`${OF_A_TEST} DELETE FROM ${table}`);
  });
  expect(await outages()).toEqual([]);
});

test('machines and the newest image, where machines are made', async () => {
  const fly = {
    MACHINE_PROVIDER: 'fly',
    FLY_API_TOKEN: 'fly-secret',
    FLY_ORG: 'roost',
    FLY_IMAGE: 'registry.fly.io/roost:1',
  };
  await runInDurableObject(env.DIRECTORY.getByName('directory'), (_, { storage: { sql } }) => {
    sql.exec(
      `${OF_A_TEST} INSERT INTO machines VALUES ('${'c'.repeat(64)}', 'roost-aaaa', 'registry.fly.io/roost:1', 's1', NULL, ?)`,
      Date.parse('2026-11-21T10:00:00Z'),
    );
    sql.exec(`${OF_A_TEST} INSERT INTO rollouts VALUES ('s1', 'registry.fly.io/roost:1', 'all', NULL, ?)`, 1000);
  });
  // The worker reads its configuration once, so this test passes it directly.
  const read = readConfig({ ...env, ...fly });
  if (!read.ok) expect.fail(read.problems.join());
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set('config', read.config);
    await next();
  });
  app.get('/health', reportRelayHealth);
  const ask = async (): Promise<string> => (await app.request('/health', {}, env)).text();
  const words = await ask();
  expect(words).not.toContain('fly-secret');
  expect(JSON.parse(words)).toMatchObject({
    configuration: { provider: 'fly', image: 'registry.fly.io/roost:1' },
    machines: [
      {
        conversation: 'c'.repeat(64),
        name: 'roost-aaaa',
        image: 'registry.fly.io/roost:1',
        settings: 's1',
        reverted_from: null,
        recorded_at: '2026-11-21T10:00:00.000Z',
      },
    ],
    rollout: { settings: 's1', state: 'all', first: null, began_at: '1970-01-01T00:00:01.000Z' },
  });
  await runInDurableObject(env.DIRECTORY.getByName('directory'), (_, { storage: { sql } }) => {
    sql.exec(`${OF_A_TEST} UPDATE rollouts SET state = 'first', first = 'c'`);
  });
  expect(JSON.parse(await ask())).toMatchObject({ rollout: { state: 'stuck', first: 'c' } });
  const bare = await app.request('/health', {}, { ...env, MEDIA: undefined });
  expect(await bare.json()).toMatchObject({ bindings: { media: false, archive: true } });
});

test('a conversation: replies in trouble, timers and the alarm; never what was said', async () => {
  const person = new Person(world);
  await person.says('hello there');
  await person.answered(0, 'the private answer');
  await person.comesToRest(clock);
  const well = {
    parked: 0,
    held: 0,
    failed: 0,
    overdue_timers: 0,
    alarm_at: null,
    alarm_overdue: false,
    machine: null,
  };
  expect(await healthOf(person)).toEqual(well);

  await person.rewrites("UPDATE replies SET state = 'parked'");
  expect(await healthOf(person)).toMatchObject({ ...well, parked: 1 });
  await person.rewrites("UPDATE replies SET state = 'failed'");
  expect(await healthOf(person)).toMatchObject({ ...well, failed: 1 });
  expect(JSON.stringify(await healthOf(person))).not.toMatch(/hello|private|1555/);

  // Due in an hour, and the alarm is set for it.
  const due = Date.now() + 3_600_000;
  await person.rewrites(`INSERT INTO timers (kind, ref, due_at, attempts) VALUES ('digest', '', ${due}, 0)`);
  expect(await healthOf(person), 'no alarm is set').toMatchObject({ alarm_at: null, alarm_overdue: true });
  await runInDurableObject(stubOf(person.address), (_, { storage }) => storage.setAlarm(due));
  await person.evicted();
  const alarm = { alarm_at: new Date(due).toISOString(), alarm_overdue: false };
  expect(await healthOf(person)).toMatchObject({ ...alarm, overdue_timers: 0 });
  clock.move(3_600_000 + 119_000);
  expect(await healthOf(person), 'not yet late').toMatchObject({ ...alarm, overdue_timers: 0 });
  clock.move(2000);
  expect(await healthOf(person)).toMatchObject({ ...alarm, alarm_overdue: true, overdue_timers: 1 });
});

test('asking starts nothing and wakes nothing', async () => {
  const person = new Person(world);
  await person.says('hello');
  await person.answered(0, 'done');
  await person.comesToRest(clock);
  const before = [world.outside.starts.length, person.got().length];
  await healthOf(person);
  await ask('/health');
  expect(await person.alarm()).toBeNull();
  expect([world.outside.starts.length, person.got().length]).toEqual(before);
});

test('its machine, with what it was awake', async () => {
  const person = new Person(world);
  await person.says('hello');
  const now = Date.now();
  await runInDurableObject(stubOf(person.address), (_, { storage: { sql } }) => {
    const row = {
      name: 'roost-aaaa',
      step: 'ready',
      region: 'fra',
      volume: 'vol_1',
      machine: 'm1',
      image: 'i',
      settings: 's',
      refusal: null,
      awake_since: now - 60_000,
      awake_ms: 5000,
      used_at: now,
      created_at: now,
    };
    const names = Object.keys(row);
    sql.exec(
      `${OF_A_TEST} INSERT INTO machine (${names}) VALUES (${names.map(() => '?')})`,
      ...(Object.values(row) as SqlStorageValue[]),
    );
  });
  const { machine } = await healthOf(person);
  expect(machine).toMatchObject({
    name: 'roost-aaaa',
    step: 'ready',
    region: 'fra',
    image: 'i',
    settings: 's',
    refusal: null,
  });
  expect(machine?.awake_ms).toBeGreaterThanOrEqual(65_000);
  expect(machine).not.toHaveProperty('volume');
});

test('shut without the token; nobody’s conversation is not there', async () => {
  expect((await ask('/health', 'x'.repeat(24))).status).toBe(401);
  expect((await ask(`/conversations/${stubOf(newPerson()).id}/health`, 'x'.repeat(24))).status).toBe(401);
  for (const id of ['no-id', 'f'.repeat(64), stubOf(newPerson()).id.toString()]) {
    expect((await ask(`/conversations/${id}/health`)).status, id).toBe(404);
  }
});
