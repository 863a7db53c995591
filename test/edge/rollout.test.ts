import { env, exports } from 'cloudflare:workers';
import { beforeEach, expect, test, vi } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { START_MAX_MS } from '../../src/conversation/policy/machine.ts';
import { FIRST_MAX_MS } from '../../src/machines/rollout.ts';
import { Conversation } from '../../src/objects/conversation.ts';
import { rollOut } from '../../src/worker/rollout.ts';
import { useClock } from './clock.ts';
import { directory, useFly } from './fly.ts';
import { Person, quiet } from './person.ts';
import { useOutside } from './relay.ts';

// A new image and existing machines: first one idle machine, the others when it has come up, none when it has not.
// Directory and conversations are real; the test plays the cron.

quiet();
const clock = useClock();
const world = useOutside();
const at = useFly(world);
const OPERATOR_TOKEN = 'operator-tests-0123456789';
// The relay's worker reads its configuration once.
Object.assign(env, { OPERATOR_TOKEN });
const upgrade = vi.spyOn(Conversation.prototype, 'upgradeMachine');

beforeEach(() => {
  clock.freeze();
  Object.assign(env, { FLY_IMAGE: 'registry.example.com/roost:1' });
  upgrade.mockClear();
});

/** The relay is deployed with another image: its objects start again with it. */
async function deployed(tag: string, ...people: Person[]): Promise<void> {
  Object.assign(env, { FLY_IMAGE: `registry.example.com/roost:${tag}` });
  for (const person of people) await person.evicted();
}

async function pass(): Promise<void> {
  const read = readConfig(env);
  if (!read.ok) throw new Error(read.problems.join());
  await rollOut(env, read.config);
}

/** The conversations whose machines were asked to change. */
const upgraded = (): string[] =>
  upgrade.mock.contexts.map((object) => (object as unknown as { ctx: DurableObjectState }).ctx.id.toString());

let asked = 0;
/** A person whose machine has answered once; it is asleep unless the turn stays open. */
async function somebody(open = false): Promise<Person> {
  const person = new Person(world);
  await person.says('hello');
  await person.runs(clock, () => world.outside.starts.length > asked);
  if (open) asked++;
  else {
    await person.answered(asked++, 'hi');
    await person.comesToRest(clock);
  }
  return person;
}
beforeEach(() => {
  asked = 0;
});

const step = async (person: Person): Promise<unknown> => (await person.rows('SELECT step FROM machine'))[0]?.step;
const isReady = (person: Person): Promise<boolean> => person.runs(clock, async () => (await step(person)) === 'ready');
/** Until every machine is ready; the first one was launched with this image, and its time to answer passes in vain. */
async function goesBack(people: readonly Person[], tag: string): Promise<void> {
  await world.outside.until(() => at.fly.machines.some(({ config }) => tagOf(config.image) === tag));
  clock.move(START_MAX_MS);
  await Promise.all(people.map(isReady));
}
const tagOf = (image: string | null | undefined): string | undefined => image?.split(':').at(-1);
/** The image of each person's machine, at Fly. */
const runs = async (...people: Person[]): Promise<(string | undefined)[]> => {
  const names = await Promise.all(people.map((p) => p.rows<{ name: string }>('SELECT name FROM machine')));
  return names.map(([row]) => tagOf(at.fly.apps.get(row?.name ?? '')?.machines[0]?.config.image));
};
const alerts = async (): Promise<string[]> => (await directory().alerts()).map(({ cause }) => cause);

test('nothing to change: the directory is asked once, no conversation and no machine is', async () => {
  const person = await somebody();
  at.fly.calls.length = 0;
  await pass();
  expect(upgrade).not.toHaveBeenCalled();
  expect(at.fly.calls).toEqual([]);
  expect(await person.alarm()).toBeNull();
});

test('one machine goes first and is launched; when it has answered the others are changed in their sleep', async () => {
  const people = [await somebody(), await somebody(), await somebody()];
  let isUp = false;
  at.fly.isUp = (image) => isUp || image.endsWith(':1');
  await deployed('2', ...people);
  await pass();
  expect(upgrade).toHaveBeenCalledTimes(1);
  await world.outside.until(() => at.fly.machines.some(({ config }) => config.image.endsWith(':2')));
  await pass();
  expect((await runs(...people)).sort()).toEqual(['1', '1', '2']);
  isUp = true;
  await Promise.all(people.map(isReady));
  at.fly.proxied.length = 0;
  await pass();
  await Promise.all(people.map(isReady));
  expect(await runs(...people)).toEqual(['2', '2', '2']);
  expect(at.fly.proxied).toEqual([]);
  const settings = new Set((await directory().machines()).map((machine) => machine.settings));
  expect(settings.size).toBe(1);
  // The launched machine sleeps again, the others never woke.
  for (const person of people) await person.comesToRest(clock);
  expect(at.fly.machines.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
  upgrade.mockClear();
  await pass();
  expect(upgrade).not.toHaveBeenCalled();
  expect(await alerts()).toEqual([]);
});

test('a working machine is left alone, even the first one, and is changed after its work', async () => {
  const busy = await somebody(true);
  const idle = await somebody();
  await deployed('2', busy, idle);
  for (let n = 0; n < 3; n++) {
    await pass();
    await isReady(idle);
  }
  expect(await runs(busy, idle)).toEqual(['1', '2']);
  await busy.ring();
  await busy.answered(0, 'at last');
  await busy.comesToRest(clock);
  await pass();
  await isReady(busy);
  expect(await runs(busy, idle)).toEqual(['2', '2']);
});

test('the first one does not come up: it goes back and works, no other is touched, and the operator hears of it', async () => {
  const people = [await somebody(), await somebody()];
  at.fly.isUp = (image) => !image.endsWith(':bad');
  await deployed('bad', ...people);
  await pass();
  await goesBack(people, 'bad');
  expect(await runs(...people)).toEqual(['1', '1']);
  const reverted = (await directory().machines()).filter((machine) => machine.revertedFrom !== null);
  expect(reverted).toHaveLength(1);
  for (const person of people) await person.comesToRest(clock);
  expect(await alerts()).toEqual(['machine-reverted']);
  upgrade.mockClear();
  at.fly.calls.length = 0;
  for (let n = 0; n < 3; n++) {
    clock.move(5 * 60_000);
    await pass();
  }
  expect(upgrade).not.toHaveBeenCalled();
  expect(at.fly.calls).toEqual([]);
  for (const person of people) {
    await person.says('are you there?');
    await person.answered(asked++, 'yes');
    await person.comesToRest(clock);
  }
  await deployed('3', ...people);
  await pass();
  await Promise.all(people.map(isReady));
  await pass();
  await Promise.all(people.map(isReady));
  expect(await runs(...people)).toEqual(['3', '3']);
});

test('a failure of Fly does not count against the settings: tries continue, the operator hears of it, and the rollout continues when Fly can', async () => {
  const people = [await somebody(), await somebody()];
  await deployed('2', ...people);
  at.fly.onCall = (call) =>
    call === 'GET apps/machines' ? Response.json({ error: 'busy' }, { status: 503 }) : undefined;
  await pass();
  expect(upgrade).toHaveBeenCalledTimes(1);
  await Promise.all(people.map(isReady));
  // A person who writes meanwhile is answered by the old machine.
  for (const person of people) {
    await person.says('are you there?');
    await person.answered(asked++, 'yes');
    await person.comesToRest(clock);
  }
  expect(await alerts()).toEqual([]);
  clock.move(FIRST_MAX_MS);
  await pass();
  await Promise.all(people.map(isReady));
  expect(new Set(upgraded()).size).toBe(1);
  expect(await alerts()).toEqual(['rollout-stuck']);
  at.fly.onCall = undefined;
  for (let n = 0; n < 2; n++) {
    await pass();
    await Promise.all(people.map(isReady));
  }
  expect(await runs(...people)).toEqual(['2', '2']);
});

test('a failed rollout is retried when the operator asks, by the route that doctor names', async () => {
  const people = [await somebody(), await somebody()];
  const retry = (): Promise<Response> =>
    exports.default.fetch('https://relay.example.com/operator/rollout/retry', {
      method: 'POST',
      headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
    });
  expect((await retry()).status).toBe(409);
  let isUp = false;
  at.fly.isUp = (image) => isUp || image.endsWith(':1');
  await deployed('2', ...people);
  await pass();
  expect(((await (await retry()).json()) as { error: string }).error).toContain('nothing to retry');
  await goesBack(people, '2');
  await pass();
  expect(await runs(...people)).toEqual(['1', '1']);
  isUp = true;
  await pass();
  expect(await runs(...people)).toEqual(['1', '1']);
  expect((await retry()).status).toBe(202);
  expect((await retry()).status).toBe(409);
  const audit = await directory().audit(null);
  expect(audit.map(({ actor, action }) => `${actor}: ${action}`)).toEqual(['operator: retried the rollout']);
  for (let n = 0; n < 2; n++) {
    await pass();
    await Promise.all(people.map(isReady));
  }
  expect(await runs(...people)).toEqual(['2', '2']);
  expect((await directory().machines()).map(({ revertedFrom }) => revertedFrom)).toEqual([null, null]);
});

test('a machine that was made with the new image shows that it comes up', async () => {
  const before = await somebody();
  await deployed('2', before);
  const after = await somebody();
  await pass();
  await isReady(before);
  expect(await runs(before, after)).toEqual(['2', '2']);
  const [, first] = upgrade.mock.calls[0] ?? [];
  expect(first).toBe(false);
});

test('the one that was noted as first and never asked is asked by the next pass, and no other beside it', async () => {
  const people = [await somebody(), await somebody()];
  await deployed('2', ...people);
  upgrade.mockImplementationOnce(() => {
    throw new Error('the object is gone');
  });
  await pass();
  await pass();
  await Promise.all(people.map(isReady));
  expect((await runs(...people)).sort()).toEqual(['1', '2']);
  expect(new Set(upgraded()).size).toBe(1);
});

test('somebody whose machine is gone is asked once and then left alone, until one is made again', async () => {
  const person = await somebody();
  at.fly.loseMachines();
  await person.says('are you there?');
  await person.runs(clock, () => world.outside.starts.length > asked);
  await person.answered(asked++, 'yes');
  at.fly.loseMachines();
  await person.comesToRest(clock);
  expect(await step(person)).toBe('volume');
  await deployed('2', person);
  for (let n = 0; n < 3; n++) await pass();
  expect(upgrade).toHaveBeenCalledTimes(1);
  expect(await directory().machines()).toMatchObject([{ image: null, settings: null }]);
  await person.says('and now?');
  await person.runs(clock, () => world.outside.starts.length > asked);
  expect((await directory().machines()).map(({ image }) => tagOf(image))).toEqual(['2']);
});

test('machines that never came up are left alone', async () => {
  await directory().claimMachine('ab'.repeat(32), 'roost-never', 3);
  const person = await somebody();
  await deployed('2', person);
  await pass();
  await isReady(person);
  await pass();
  expect(upgrade).toHaveBeenCalledTimes(1);
});
