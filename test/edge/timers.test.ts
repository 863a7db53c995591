import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { stubOf, useOutside } from './relay.ts';

// A timer that cannot do its work is postponed, for longer each time; nothing else waits for it, and a person's work is
// kept.

quiet();
const clock = useClock();
const world = useOutside();
const vars = env as unknown as Record<string, string>;

beforeEach(() => clock.freeze());
afterEach(async () => {
  vars.GATHER_MS = '0';
  await runInDurableObject(directory(), async (_, state) => {
    await state.storage.deleteAll();
    state.abort('forgotten by a test');
  }).catch(() => undefined);
});

const directory = () => env.DIRECTORY.getByName('directory');
type Timer = { due_at: number; attempts: number };
const timerOf = async (person: Person, kind: string): Promise<Timer | undefined> =>
  (await person.rows<Timer>(`SELECT due_at, attempts FROM timers WHERE kind = '${kind}'`))[0];

/** Fires at each due moment until the timer is gone; returns the waits, in seconds. */
async function waitsOf(person: Person, kind: string): Promise<number[]> {
  const waits: number[] = [];
  for (;;) {
    const timer = await timerOf(person, kind);
    if (!timer) return waits;
    expect(timer.attempts).toBe(waits.length);
    clock.move(Math.max(0, timer.due_at - Date.now()));
    await person.ring();
    const next = await timerOf(person, kind);
    if (next) waits.push((next.due_at - Date.now()) / 1000);
  }
}
const WAITS = Array.from({ length: 30 }, (_, n) => Math.min(5 * 2 ** n, 3600));
const raised = (): Promise<boolean> =>
  world.outside.until(async () => (await directory().alerts()).map(({ cause }) => cause).join() === 'timer-failing');

test('a timer of a kind that this release does not know', async () => {
  const person = new Person(world);
  await person.says('hello');
  await person.answered(0, 'the answer');
  await person.comesToRest(clock);
  await person.rewrites(
    `INSERT INTO timers (kind, ref, due_at, attempts) VALUES ('of a later release', '', ${Date.now()}, 0)`,
  );
  await runInDurableObject(stubOf(person.address), (_, state) => state.storage.setAlarm(Date.now() + 60_000));
  await person.ring();
  expect(await timerOf(person, 'of a later release')).toEqual({ due_at: Date.now() + 5000, attempts: 1 });
  // Everything else continues.
  await person.says('again');
  await person.answered(1, 'another answer');
  await person.runs(clock, () => person.got().length === 2);
  const { attempts } = (await timerOf(person, 'of a later release')) as Timer;
  await person.rewrites(`UPDATE timers SET due_at = ${Date.now()}, attempts = 0`);
  expect(attempts).toBeLessThan(10);
  expect(await waitsOf(person, 'of a later release')).toEqual(WAITS);
  await raised();
  await person.comesToRest(clock);
});

test('a timer whose work throws: all other due work is done, and when it works again nothing was lost', async () => {
  vars.GATHER_MS = '2000';
  const person = new Person(world);
  await person.says('/help');
  await person.runs(clock, () => person.got().length === 1);
  await person.rows(`CREATE TRIGGER broken BEFORE INSERT ON turns BEGIN SELECT raise(ABORT, 'broken'); END`);
  await person.says('one');
  clock.move(2000);
  await person.ring();
  expect(await timerOf(person, 'gather')).toEqual({ due_at: Date.now() + 5000, attempts: 1 });
  expect(await person.messageStates()).toBe('consumed waiting');
  await person.says('/status');
  await person.runs(clock, () => person.got().length === 2);
  await person.rows('DROP TRIGGER broken');
  await person.runs(clock, () => world.outside.starts.length === 1);
  await person.answered(0, 'the answer');
  await person.comesToRest(clock);
  expect(person.bodies().at(-1)).toBe('the answer');
});

test('a timer whose work throws for a day is kept, and the operator is told; when it works again nothing was lost', async () => {
  vars.GATHER_MS = '2000';
  const person = new Person(world);
  await person.says('/help');
  await person.comesToRest(clock);
  await person.rows(`CREATE TRIGGER broken BEFORE INSERT ON turns BEGIN SELECT raise(ABORT, 'broken'); END`);
  await person.says('one');
  for (const wait of [...WAITS, 3600, 3600]) {
    const timer = (await timerOf(person, 'gather')) as Timer;
    clock.move(Math.max(0, timer.due_at - Date.now()));
    await person.ring();
    expect(((await timerOf(person, 'gather')) as Timer).due_at - Date.now()).toBe(wait * 1000);
  }
  await raised();
  await person.rows('DROP TRIGGER broken');
  clock.move(3_600_000);
  await person.runs(clock, () => world.outside.starts.length === 1);
  expect((await person.asked()).texts).toEqual(['one']);
});
