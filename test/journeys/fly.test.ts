import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { PROTOCOL_HEADER, PROTOCOL_VERSION, signToken } from '../../src/protocol/index.ts';
import { texts } from '../../src/texts/index.ts';
import { type FlyStack, STRAY, startFlyStack } from './fly-stack.ts';
import { alarms, turnsOf, unfinished } from './rows.ts';
import { BACKED_UP } from './stack.ts';

// A machine per person: created by the first text, woken by later ones, asleep in between, and nobody else's. The tests
// run in order on one stack, with the same two people.

const ROBIN = 'whatsapp:+15555550151';
const ADA = 'whatsapp:+15555550152';
const DAY = 24 * 60 * 60_000;
const SOON = { timeout: 60_000, interval: 100 };
const key = { ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'journeys' };

let s: FlyStack;
let robins = '';
beforeAll(async () => {
  s = await startFlyStack({
    vars: { ...BACKED_UP, MACHINE_SIGNING_KEY: JSON.stringify(key) },
    // A start takes so long that the person is told, each time.
    pace: { scale: 10, startMs: 50_000 },
  });
});
afterAll(() => s?.stop());

const answered = (person: string, text: string): Promise<true> =>
  s.stack.until(() => s.stack.sentTo(person).some((body) => body.startsWith(text)) || undefined, `“${text}”`);
const count = (person: string, text: string): number =>
  s.stack.sentTo(person).filter((body) => body.startsWith(text)).length;

test('the first text makes a machine and is answered once; the person hears once that it takes a moment', async () => {
  s.stack.text(ROBIN, 'say first');
  await answered(ROBIN, 'first');
  robins = s.appOf(ROBIN);
  const { world } = s.fly;
  expect(robins).toMatch(/^roost-[a-z2-7]{20}$/);
  expect(world.apps().map(({ name }) => name)).toEqual([robins]);
  expect(
    world
      .addresses()
      .map(({ type }) => type)
      .sort(),
  ).toEqual(['shared_v4', 'v6']);
  expect(world.volumes('live')).toHaveLength(1);
  expect(world.machines('live')).toMatchObject([{ app: robins, region: 'fra', state: 'started' }]);
  expect(s.stack.sentTo(ROBIN)).toEqual([texts.machines.making, expect.stringMatching(/^first/)]);
  // Fly knows nothing about the person.
  expect(JSON.stringify([world.apps(), world.volumes(), world.machines()])).not.toContain('5555550151');
});

test('the second text finds it awake: no call to Fly, nothing to wait for', async () => {
  const calls = s.fly.world.calls.length;
  expect(await s.stack.ask(ROBIN, 'say second')).toBe('second');
  expect(s.fly.world.calls.length).toBe(calls);
  expect(s.starts(robins)).toBe(1);
});

test('asleep it is woken by the next text, without a call to Fly, and answers once', async () => {
  await s.atRest(ROBIN);
  await s.letSleep(robins);
  const calls = s.fly.world.calls.length;
  s.stack.text(ROBIN, 'say third');
  await answered(ROBIN, 'third');
  expect(s.starts(robins)).toBe(2);
  expect(s.fly.world.calls.length).toBe(calls);
  expect(s.stack.sentTo(ROBIN).slice(3)).toEqual([texts.machines.waking, 'third']);
});

test('asleep it stays asleep for a day: no alarm, no request, no start; Fly is asked once whether it sleeps', async () => {
  await s.atRest(ROBIN);
  await s.letSleep(robins);
  const [requests, starts, calls] = [s.requests(robins), s.starts(robins), s.fly.world.calls.length];
  await s.stack.moveClock(ROBIN, DAY);
  await vi.waitUntil(() => unfinished(s.stack.relay.objects, ROBIN).length === 0, SOON);
  await vi.waitUntil(() => alarms(s.stack.relay.objects) === 0, SOON);
  await s.stack.moveClock(ROBIN, DAY);
  await vi.waitUntil(() => alarms(s.stack.relay.objects) === 0, SOON);
  expect([s.requests(robins), s.starts(robins)]).toEqual([requests, starts]);
  expect(s.fly.world.calls.slice(calls).map(({ method, path }) => `${method} ${path.split('/').at(-1)}`)).toEqual([
    'GET machines',
  ]);
});

test('a stranger’s requests get nothing and wake it once at most; the next pass of the proxy ends it', async () => {
  const starts = s.starts(robins);
  const address = s.address(robins);
  const strays = [
    fetch(`${address}/`),
    fetch(`${address}/attempts/${STRAY}`, { method: 'PUT', body: '{}' }),
    fetch(`${address}/hold`),
  ];
  const statuses = (await Promise.all(strays)).map(({ status }) => status);
  expect(statuses.every((status) => status === 401 || status === 404)).toBe(true);
  expect(statuses.slice(1)).toEqual([401, 401]);
  expect(s.starts(robins)).toBe(starts + 1);
  await s.letSleep(robins);
  expect(s.starts(robins)).toBe(starts + 1);
  expect(s.stack.sentTo(ROBIN).at(-1)).toBe('third');
});

test('two people have two machines in two networks, and neither’s token opens the other’s', async () => {
  s.stack.text(ADA, 'say mine');
  await answered(ADA, 'mine');
  const adas = s.appOf(ADA);
  expect(adas).not.toBe(robins);
  expect(new Set(s.fly.world.apps().map(({ network }) => network)).size).toBe(2);
  const held = async (app: string, audience: string): Promise<number> => {
    const token = await signToken(key, { audience, conversation: 'anybody' }, Date.now(), 60_000);
    const headers = { authorization: `Bearer ${token}`, [PROTOCOL_HEADER]: String(PROTOCOL_VERSION) };
    const response = await fetch(`${s.address(app)}/files/${'0'.repeat(64)}`, { headers });
    await response.body?.cancel();
    return response.status;
  };
  expect(await Promise.all([held(adas, adas), held(adas, robins), held(robins, adas)])).toEqual([409, 401, 401]);
  expect(count(ADA, 'mine')).toBe(1);
  for (const [person, app] of [
    [ROBIN, robins],
    [ADA, adas],
  ] as const) {
    const own = new Set(turnsOf(s.stack.relay.objects, person));
    const asked = s.fly.world.requests.flatMap(({ app: of, path }) =>
      of === app ? (/^\/attempts\/(\w{26})\.\d+/.exec(path)?.[1] ?? []) : [],
    );
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((turn) => !own.has(turn) && !STRAY.startsWith(turn))).toEqual([]);
  }
});
