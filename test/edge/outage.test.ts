import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Conversation } from '../../src/objects/conversation.ts';
import { Directory } from '../../src/objects/directory.ts';
import { PROBE_MAX_MS } from '../../src/objects/outage-rounds.ts';
import { useClock } from './clock.ts';
import type { Sent } from './outside.ts';
import { Person, quiet } from './person.ts';
import { useOutside } from './relay.ts';

// A carrier outage over several conversations: each tries a few times, then one tries for all, and when the carrier is
// back all are told. Rows are written before calls: killed at any step, the work continues.

quiet();
const clock = useClock();
const world = useOutside();
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const vars = env as unknown as Record<string, string>;
const directory = () => env.DIRECTORY.getByName('directory');
const noted = vi.spyOn(Directory.prototype, 'outage');
const called = vi.spyOn(Conversation.prototype, 'carrierWord');

beforeEach(() => {
  clock.freeze();
  noted.mockClear();
  called.mockClear();
  Object.assign(vars, { ADMIN_SENDERS: '', ALERT_WEBHOOK_URL: '' });
});
afterEach(() => endDirectory(true));

const inDirectory = <T>(work: (sql: SqlStorage, state: DurableObjectState) => T): Promise<T> =>
  runInDurableObject(directory(), (_, state) => work(state.storage.sql, state));
/** `forgets`: it loses all it knows. */
async function endDirectory(forgets = false): Promise<void> {
  await runInDurableObject(directory(), async (_, state) => {
    if (forgets) await state.storage.deleteAll();
    state.abort('ended by a test');
  }).catch(() => undefined);
}
type Outage = { probes: number; prober: string | null; told: number; over_at: number | null };
const outages = () => inDirectory((sql) => sql.exec<Outage>('SELECT * FROM outages').toArray());
const waiting = () => inDirectory((sql) => sql.exec<{ n: number }>('SELECT count(*) AS n FROM outage_waits').one().n);

const refused = (): Response =>
  Response.json({ code: 20429, message: 'no' }, { status: 429, headers: { 'retry-after': '1' } });
const hasOutbox = async (person: Person): Promise<boolean> =>
  (await person.rows(`SELECT 1 FROM replies WHERE state IN ('ready', 'sending', 'unknown')`)).length > 0;

/** Each writes, and the carrier refuses the answers. */
async function inOutage(count: number): Promise<Person[]> {
  world.outside.onSend = refused;
  const people = Array.from({ length: count }, () => new Person(world));
  for (const person of people) await person.says('/queue');
  return people;
}

/** Moves time from one due moment to the next and does what is due; `after` runs after each. */
async function passes(people: Person[], ms: number, after = async (): Promise<void> => undefined): Promise<void> {
  const end = Date.now() + ms;
  while (Date.now() < end) {
    const alarms = [...people.map((person) => person.alarm()), inDirectory((_, state) => state.storage.getAlarm())];
    const due = (await Promise.all(alarms)).filter((at) => at !== null);
    // Work due now is done by the platform's own clock, or by the alarms fired below.
    clock.move(Math.min(end, Math.max(Date.now() + SECOND, Math.min(...due, end))) - Date.now());
    for (const person of people) await person.ring();
    await runDurableObjectAlarm(directory());
    await quietly();
    await after();
  }
}
/** Until nothing more is sent or reported. */
async function quietly(): Promise<void> {
  for (let seen = -1; seen !== world.outside.sent.length + noted.mock.calls.length; ) {
    seen = world.outside.sent.length + noted.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
}

test('one conversation tries for all, with growing waits; when the carrier is back all get the waiting messages, once and in order', async () => {
  const people = await inOutage(3);
  await passes(people, MINUTE);
  expect(await waiting()).toBe(3);
  const first = world.outside.sent.length;
  for (const person of people) await person.says('/verbose');
  const at: number[] = [];
  world.outside.onSend = (_: Sent) => {
    at.push(Date.now());
    return refused();
  };
  await passes(people, 14 * MINUTE);
  // Each tries three times; then one tries for all.
  expect(first).toBeLessThanOrEqual(3 * 3 + 3);
  const probes = at.length;
  expect(probes).toBeGreaterThanOrEqual(3);
  expect(probes).toBeLessThanOrEqual(7);
  const spaces = at.map((time, n) => time - (at[n - 1] ?? time)).slice(1);
  expect([...spaces].sort((a, b) => a - b)).toEqual(spaces);
  expect((await directory().alerts()).map(({ cause }) => cause)).toEqual([
    'carrier-refuses/WhatsApp number ending in 00',
  ]);

  world.outside.onSend = undefined;
  await passes(people, 20 * MINUTE);
  for (const person of people) {
    expect(person.got()).toHaveLength(2);
    expect(person.bodies()[0]).toContain('/queue collect');
    expect(person.bodies()[1]).toContain('Verbose');
    expect(await person.rows('SELECT outage FROM conversation')).toEqual([{ outage: null }]);
    expect(await person.timers()).toBe('');
  }
  expect([await outages(), await waiting()]).toEqual([[], 0]);
  // The conversation whose message was accepted knows; one call tells each of the others.
  expect(called.mock.calls.filter(([word]) => word === 'back')).toHaveLength(people.length - 1);
  const told = (await directory().alerts()).map(({ cause, count }) => `${cause.split('/')[0]} ${count}`);
  expect(told).toEqual(['carrier-takes-again 1', 'carrier-refuses 1']);
  // The directory hears nothing while nothing is wrong.
  const calls = noted.mock.calls.length;
  await people[0]?.says('/queue');
  await world.outside.until(() => people[0]?.got().length === 3);
  expect(noted.mock.calls).toHaveLength(calls);
});

test('each conversation is told by one call, and those who wait call nobody', async () => {
  const people = await inOutage(3);
  await passes(people, MINUTE);
  noted.mockClear();
  const sent = world.outside.sent.length;
  await passes(people, 5 * MINUTE);
  // Only the trying conversation has news.
  expect(noted.mock.calls.length).toBe(world.outside.sent.length - sent);
  expect(new Set(noted.mock.calls.map(([{ news }]) => news))).toEqual(new Set(['refuses']));
});

test.each(['the directory', 'a conversation', 'all'])(
  '%s ended after every step: nothing is lost or doubled',
  async (who) => {
    const people = await inOutage(2);
    const end = async (): Promise<void> => {
      if (who !== 'a conversation') await endDirectory();
      if (who !== 'the directory') for (const person of people) await person.evicted();
    };
    await passes(people, 2 * MINUTE, end);
    world.outside.onSend = undefined;
    await passes(people, 10 * MINUTE, end);
    for (const person of people) expect(person.got()).toHaveLength(1);
    expect(await outages()).toEqual([]);
  },
);

test('ended while it tries for all: another does', async () => {
  const people = await inOutage(2);
  await passes(people, MINUTE);
  world.outside.held.send = 'before';
  world.outside.onSend = undefined;
  await world.outside.until(async () => {
    clock.move(5 * SECOND);
    await runDurableObjectAlarm(directory());
    return people.some(({ address }) => world.outside.sent.at(-1)?.to === address) && (await outages())[0]?.prober;
  });
  const prober = people.find(({ address }) => world.outside.sent.at(-1)?.to === address) as Person;
  const other = people.find((person) => person !== prober) as Person;
  // Its request never arrives, and nothing wakes it.
  await prober.evicted();
  await runInDurableObject(env.CONVERSATIONS.getByName(prober.address), (_, state) => state.storage.deleteAlarm());
  world.outside.release();
  await passes([other], PROBE_MAX_MS + MINUTE);
  expect(other.got()).toHaveLength(1);
  await prober.evicted();
  await passes(people, 5 * MINUTE);
  expect(prober.got()).toHaveLength(1);
});

test('a directory that has forgotten everything is asked again', async () => {
  const people = await inOutage(2);
  await passes(people, MINUTE);
  await endDirectory(true);
  world.outside.onSend = undefined;
  await passes(people, 10 * MINUTE);
  expect(people.map((person) => person.got().length)).toEqual([0, 0]);
  clock.move(80 * MINUTE);
  await passes(people, 2 * MINUTE);
  expect(people.map((person) => person.got().length)).toEqual([1, 1]);
});

test('the operator has it tried at once; without an outage there is nothing to try', async () => {
  const people = await inOutage(2);
  await passes(people, 15 * MINUTE);
  world.outside.onSend = undefined;
  await endDirectory();
  expect(await directory().tryCarrier('operator')).toBe(true);
  await passes(people, 10 * SECOND);
  expect(people.map((person) => person.got().length)).toEqual([1, 1]);
  expect(await directory().tryCarrier('operator')).toBe(false);
  const audit = await directory().audit(null);
  expect(audit.filter(({ action }) => action === 'tried the channels again')).toHaveLength(1);
});

test('a conversation with nothing left to send makes way', async () => {
  const people = await inOutage(2);
  await passes(people, MINUTE);
  for (const person of people) await person.rewrites(`UPDATE replies SET state = 'dropped'`);
  await passes(people, 5 * MINUTE);
  expect([await outages(), await waiting()]).toEqual([[], 0]);
  for (const person of people) expect(await hasOutbox(person)).toBe(false);
});
