import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FlyStack, startFlyStack } from './fly-stack.ts';

// Twenty people whose machines sleep write at the same moment. Everything is real except the program on the machines,
// which echoes each text: twenty agents do not fit into a laptop's memory.

const PEOPLE = Array.from({ length: 20 }, (_, n) => `whatsapp:+15555551${100 + n}`);

let s: FlyStack;
beforeAll(async () => {
  s = await startFlyStack({
    image: {
      command: process.execPath,
      args: [join(import.meta.dirname, 'small-machine.cjs')],
      cwd: import.meta.dirname,
    },
    vars: { FLY_MAX_MACHINES: String(PEOPLE.length) },
  });
});
afterAll(() => s?.stop());

const answers = (text: string): number =>
  PEOPLE.flatMap((person) => s.stack.sentTo(person)).filter((body) => body === `You said: ${text}`).length;
const limited = (): number => s.fly.world.calls.filter(({ status }) => status === 429).length;

async function everybody(text: string): Promise<void> {
  for (const person of PEOPLE) s.stack.text(person, text);
  const isAnswered = (person: string): boolean => s.stack.sentTo(person).includes(`You said: ${text}`);
  await s.stack.until(() => PEOPLE.every(isAnswered), `twenty answers to “${text}”`, 120_000);
}

test('twenty first texts in one moment make twenty machines, with the limits of Fly kept to', async () => {
  await everybody('hello');
  const { world } = s.fly;
  const apps = PEOPLE.map((person) => s.appOf(person));
  expect(new Set(apps).size).toBe(PEOPLE.length);
  expect(
    world
      .apps()
      .map(({ name }) => name)
      .sort(),
  ).toEqual([...apps].sort());
  for (const made of [world.volumes('live'), world.machines('live')]) {
    expect(made.map(({ app }) => app).sort()).toEqual([...apps].sort());
  }
  // Fly accepts three new apps at once and then as many a second as the pace allows: the others were told to wait.
  expect(limited()).toBeGreaterThan(0);
  expect(limited()).toBeLessThan(4 * PEOPLE.length);
});

test('twenty texts that wake twenty machines in one moment are answered, without a call to Fly', async () => {
  const { world } = s.fly;
  await Promise.all(PEOPLE.map((person) => s.letSleep(s.appOf(person))));
  const before = PEOPLE.map((person) => s.starts(s.appOf(person)));
  const [calls, requests] = [world.calls.length, world.requests.length];
  await everybody('good morning');
  expect(world.calls.length).toBe(calls);
  const woken = world.requests.slice(requests).flatMap(({ woke, app }) => (woke ? [app] : []));
  expect(new Set(woken).size).toBe(PEOPLE.length);
  expect(PEOPLE.map((person, n) => s.starts(s.appOf(person)) - (before[n] ?? 0))).toEqual(PEOPLE.map(() => 1));
  expect([answers('hello'), answers('good morning')]).toEqual([PEOPLE.length, PEOPLE.length]);
});
