import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import fc from 'fast-check';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { LEASE_IDLE_MS } from '../../src/money/lease.ts';
import { DeploymentBudget, type GivenBack } from '../../src/objects/deployment-budget.ts';
import { useClock } from './clock.ts';
import { answerTo, Person, quiet } from './person.ts';
import { evict, stubOf, useOutside } from './relay.ts';

// Everybody's budget: parts of it are lent to conversations, and come back.

quiet();
const clock = useClock();
const world = useOutside();
const directory = () => env.DIRECTORY.getByName('directory');
const MODEL = 'claude-opus-5';
const DOLLAR = 1_000_000;
/** 400 tokens of output. */
const CENT = 10_000;

function clear({ sql }: DurableObjectStorage): void {
  sql.exec('DELETE FROM pool');
  sql.exec('DELETE FROM leases');
}

beforeEach(async () => {
  clock.freeze();
  await runInDurableObject(directory(), (_, { storage }) => clear(storage));
});

function configure(change: Record<string, string>): void {
  const before = { ...env };
  Object.assign(env, change);
  onTestFinished(() => void Object.assign(env, before));
}

/** Micro-dollars lent to the person. */
async function heldBy({ address }: Person): Promise<unknown> {
  const id = stubOf(address).id.toString();
  return runInDurableObject(
    directory(),
    (_, { storage }) => storage.sql.exec('SELECT held FROM leases WHERE conversation = ?', id).toArray()[0]?.held,
  );
}

const spentByAll = async (): Promise<number> => (await directory().health()).spending.dayMicros;

async function running(n: number) {
  const person = new Person(world);
  await person.says('hello');
  const { attempt, uuids } = await person.started(n);
  let count = 0;
  /** An answer of a cent. */
  const spends = async (): Promise<string> => {
    const request = { id: `${count++}`, attempt, model: MODEL, bytes: 4 };
    const verdict = await stubOf(person.address).beginModelRequest({ ...request, counts: true });
    if (verdict !== 'open') return verdict;
    const usage = { input: 0, write5m: 0, write1h: 0, read: 0, output: 400, searches: 0 };
    await stubOf(person.address).endModelRequest({ ...request, usage, isFree: false });
    return verdict;
  };
  return { person, attempt, uuids, spends };
}

test('what is left comes back when the turn ends', async () => {
  configure({ DAILY_BUDGET_USD: '1' });
  const { person, attempt, uuids, spends } = await running(0);
  await spends();
  expect(await heldBy(person)).toBeGreaterThan(CENT);
  person.tells(attempt, ...answerTo(uuids, 'done'));
  await world.outside.until(async () => (await heldBy(person)) === 0);
  expect(await spentByAll()).toBe(CENT);
});

test('what an object holds that has died comes back before anybody is refused', async () => {
  configure({ DAILY_BUDGET_USD: '1' });
  const [one, two] = [await running(0), await running(1)];
  await one.spends();
  expect(await heldBy(one.person)).toBeGreaterThan(0.2 * DOLLAR);
  await evict(one.person.address);
  for (let n = 0; n < 200 && (await two.spends()) === 'open'; n++);
  expect(await two.spends()).toBe('budget');
  expect(await spentByAll()).toBeGreaterThanOrEqual(0.9 * DOLLAR);
  expect(await heldBy(one.person)).toBe(0);
});

test('what is idle comes back after ten minutes, when the next one asks', async () => {
  configure({ DAILY_BUDGET_USD: '1' });
  const [one, two] = [await running(0), await running(1)];
  await one.spends();
  const held = await heldBy(one.person);
  clock.move(LEASE_IDLE_MS);
  await two.spends();
  expect(await heldBy(one.person)).toBe(held);
  clock.move(LEASE_IDLE_MS + 1);
  await two.spends();
  expect(await heldBy(one.person)).toBe(0);
});

test.each([
  // The 23rd ends there while it is noon in London.
  ['Pacific/Kiritimati', '2026-11-23T09:59:00Z', '2026-11-23T10:00:00Z'],
  // This day has 25 hours.
  ['Europe/Berlin', '2026-10-25T12:00:00Z', '2026-10-25T23:00:00Z'],
])('the day of everybody’s budget is that of %s', async (zone, now, midnight) => {
  configure({ DAILY_BUDGET_USD: '1', DEFAULT_TIMEZONE: zone });
  clock.move(Date.parse(now) - Date.now());
  const asks = (total: number) => directory().lease({ conversation: 'one', total, reserved: 0, wants: true });
  expect(await asks(0)).toHaveProperty('until');
  expect(await asks(DOLLAR)).toEqual({ again: Date.parse(midnight) });
  clock.move(Date.parse(midnight) - Date.now() - 1);
  expect(await asks(DOLLAR)).toEqual({ again: Date.parse(midnight) });
  clock.move(1);
  expect(await asks(DOLLAR)).toHaveProperty('until');
});

/** The budget on the directory's rows; the conversations are the test's own. */
const sharing = (
  storage: DurableObjectStorage,
  day: number,
  recall: (conversation: string) => Promise<GivenBack>,
): DeploymentBudget =>
  new DeploymentBudget({
    storage,
    recall,
    raise: () => undefined,
    settings: () => ({ limits: { day, month: null }, zone: 'UTC' }),
  });

test('a conversation that doesn’t answer keeps what it holds', () =>
  runInDurableObject(directory(), async (_, { storage }) => {
    const budget = sharing(storage, DOLLAR, () => Promise.reject(new Error('away')));
    const asks = (conversation: string, total: number) =>
      budget.lease({ conversation, total, reserved: 0, wants: true });
    expect(await asks('away', 0)).toEqual({ until: 250_000 });
    await asks('here', 0);
    expect(await asks('here', 750_000)).toHaveProperty('again');
  }));

test('at least nine tenths are spent before anybody is refused, and never more than the budget and the last answers', () =>
  runInDurableObject(directory(), async (_, { storage }) => {
    const COST_MAX = 30_000;
    let refused = 0;
    const answer = fc.record({ who: fc.nat(7), cost: fc.integer({ min: 1, max: COST_MAX }) });
    const spends = async (day: number, answers: { who: number; cost: number }[]): Promise<void> => {
      clear(storage);
      const people = Array.from({ length: 8 }, () => ({ total: 0, until: 0 }));
      const budget = sharing(storage, day, async (conversation) => {
        const person = people[Number(conversation)] as (typeof people)[0];
        person.until = person.total;
        return { total: person.total, reserved: 0 };
      });
      for (const { who, cost } of answers) {
        const person = people[who] as (typeof people)[0];
        const sum = (): number => people.reduce((all, { total }) => all + total, 0);
        if (person.total >= person.until) {
          const ask = { conversation: `${who}`, total: person.total, reserved: 0, wants: true };
          const lease = await budget.lease(ask);
          if ('again' in lease) {
            refused++;
            expect(sum()).toBeGreaterThanOrEqual(day * 0.9);
            return;
          }
          person.until = lease.until ?? 0;
        }
        person.total += cost;
        // Each conversation's newest answer may go beyond what it was lent.
        expect(sum()).toBeLessThan(day + people.length * COST_MAX);
      }
    };
    const day = fc.integer({ min: DOLLAR, max: 4 * DOLLAR });
    const many = fc.array(answer, { minLength: 400, maxLength: 600 });
    await fc.assert(fc.asyncProperty(day, many, spends), { numRuns: 50 });
    expect(refused).toBeGreaterThan(20);
  }));
