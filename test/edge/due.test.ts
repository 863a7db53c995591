import { runInDurableObject } from 'cloudflare:test';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Rule } from '../../src/recurrence/rule.ts';
import { useClock } from './clock.ts';
import { answerTo, Person, quiet } from './person.ts';
import { plans, runsOf } from './planned.ts';
import { countRows, stubOf, useOutside } from './relay.ts';

// Due schedules in the real object: exactly one run each, wherever the object is killed; the cost of a run in rows; and
// when the object wakes.

quiet();
const clock = useClock();
const world = useOutside();
beforeEach(() => clock.freeze());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const threeHourly = (anchor: number): Rule => ({ kind: 'interval', every: 180, unit: 'minutes', anchor });
const later = (): number => Date.now() + HOUR;

/** A person who has written, with a schedule that is due in an hour. */
async function planned(kind: 'agent' | 'text', count = 1): Promise<Person> {
  const person = new Person(world);
  await person.says('/status');
  await person.runs(clock, () => person.got().length === 1);
  await person.comesToRest(clock);
  const at = later();
  await plans(
    person,
    Array.from({ length: count }, (_, n) => ({ kind, rule: threeHourly(at), nextAt: at, prompt: `task ${n}` })),
  );
  return person;
}

const states = async (person: Person): Promise<string[]> => (await runsOf(person)).map((r) => r.state);
const begun = (): number => new Set(world.outside.starts.map((s) => s.attempt.split('.')[0])).size;
/** The messages since the first text. */
const said = (person: Person): string[] => person.bodies().slice(1);

/** Moves time, a second at a time so that nothing else becomes due, until `condition` holds. */
const goesOn = (person: Person, condition: () => boolean | Promise<boolean>): Promise<boolean> =>
  world.outside.until(async () => {
    if (await condition()) return true;
    clock.move(1000);
    await person.ring();
    return false;
  });

/** Kills the object, and does what the platform does then: fires its alarm again. */
async function killed(person: Person): Promise<void> {
  await person.evicted();
  await runInDurableObject(stubOf(person.address), (_, { storage }) => storage.setAlarm(Date.now() + 1));
  await person.ring();
}

/** Delivers all messages; then there was one run. */
async function onlyOne(person: Person, words: string): Promise<void> {
  await goesOn(person, () => said(person).length === 1);
  for (const sent of person.got().slice(1)) await person.callback(sent, 'delivered');
  await world.outside.until(async () => (await states(person)).join() === 'delivered');
  for (let n = 0; n < 3; n++) await killed(person);
  expect(await states(person)).toEqual(['delivered']);
  expect(said(person)).toEqual([words]);
  expect(await person.rows(`SELECT kind FROM timers WHERE kind = 'schedule'`)).toHaveLength(1);
}

describe('killed: one run each', () => {
  test('between due and advance', async () => {
    const person = await planned('agent');
    clock.move(HOUR);
    await killed(person);
    await person.evicted();
    await person.ring();
    await person.answered(0, 'standup');
    await onlyOne(person, 'standup');
    expect(begun()).toBe(1);
  });

  test('in the middle of the advance: both the next time and the run are written, or neither', async () => {
    const person = await planned('agent');
    await person.rows(`CREATE TRIGGER broken BEFORE INSERT ON turns BEGIN SELECT raise(ABORT, 'broken'); END`);
    const [before] = await person.rows('SELECT next_at, state FROM schedules');
    clock.move(HOUR);
    await person.ring();
    expect(await person.rows('SELECT next_at, state FROM schedules')).toEqual([before]);
    expect(await runsOf(person)).toEqual([]);
    expect(await person.rows(`SELECT 1 FROM messages WHERE run IS NOT NULL`)).toEqual([]);
    await person.rows('DROP TRIGGER broken');
    await goesOn(person, () => begun() === 1);
    await person.answered(0, 'standup');
    await onlyOne(person, 'standup');
  });

  test('after the advance, before its turn began', async () => {
    const person = await planned('agent');
    clock.move(HOUR - MINUTE / 2);
    await person.says('look at it');
    const { attempt, uuids } = await person.started();
    clock.move(MINUTE / 2);
    await person.ring();
    expect(await states(person)).toEqual(['waiting']);
    await killed(person);
    await killed(person);
    expect(await states(person)).toEqual(['waiting']);
    person.tells(attempt, ...answerTo(uuids, 'yes'));
    await goesOn(person, () => begun() === 2);
    await person.answered(1, 'standup');
    await goesOn(person, () => said(person).length === 2);
    await world.outside.until(async () => (await states(person)).join() === 'sent');
    await killed(person);
    expect(said(person)).toEqual(['yes', 'standup']);
    expect(begun()).toBe(2);
  });

  test('while the machine is asked for it, and in the middle of it', async () => {
    const person = await planned('agent');
    world.outside.held.start = 'after';
    clock.move(HOUR);
    await person.ring();
    await person.asked();
    await person.evicted();
    delete world.outside.held.start;
    await killed(person);
    const { attempt, uuids } = await person.started();
    person.tells(attempt, { type: 'started' });
    await killed(person);
    await killed(person);
    expect(await states(person)).toEqual(['running']);
    person.tells(attempt, ...answerTo(uuids, 'standup'));
    await onlyOne(person, 'standup');
    expect(begun()).toBe(1);
  });

  test.each(['agent', 'text'] as const)('after the answer, before it was sent (%s)', async (kind) => {
    const person = await planned(kind);
    await person.rows(`CREATE TRIGGER broken BEFORE UPDATE ON replies WHEN NEW.state = 'sending'
      BEGIN SELECT raise(ABORT, 'broken'); END`);
    clock.move(HOUR);
    await person.ring();
    if (kind === 'agent') await person.answered(0, 'standup');
    await world.outside.until(async () => (await states(person)).join() === 'sending');
    await killed(person);
    expect(said(person)).toEqual([]);
    await person.rows('DROP TRIGGER broken');
    await onlyOne(person, kind === 'agent' ? 'standup' : 'task 0');
  });
});

/** The next run, delivered. */
async function oneRun(person: Person, kind: 'agent' | 'text', nth: number): Promise<void> {
  const [row] = await person.rows<{ next_at: number }>('SELECT next_at FROM schedules');
  clock.move((row?.next_at ?? 0) - Date.now());
  await person.ring();
  if (kind === 'agent') await person.answered(nth, 'standup');
  const sent = await person.gets(nth + 1);
  for (const status of ['sent', 'delivered']) await person.callback(sent, status);
  await world.outside.until(async () => (await states(person)).at(-1) === 'delivered');
}

describe('rows read and written for a run', () => {
  test.each(['agent', 'text'] as const)('%s: the same with ten past runs and with 500', async (kind) => {
    const person = await planned(kind);
    // The first run after an eviction reads everything again.
    await oneRun(person, kind, 0);
    const counted = await countRows(person.address);
    const measured = async (past: number, nth: number): Promise<{ read: number; written: number }> => {
      await withPast(person, past);
      Object.assign(counted, { read: 0, written: 0 });
      await oneRun(person, kind, nth);
      return { ...counted };
    };
    const few = await measured(10, 1);
    const many = await measured(500, 2);
    // Each new run removes the oldest one.
    expect(many.read - few.read).toBeLessThanOrEqual(4);
    expect(many.written - few.written).toBeLessThanOrEqual(4);
    const most = kind === 'agent' ? { read: 70, written: 70 } : { read: 45, written: 45 };
    expect(many.read).toBeLessThanOrEqual(most.read);
    expect(many.written).toBeLessThanOrEqual(most.written);
    expect(await person.rows('SELECT 1 FROM runs WHERE n = (SELECT max(n) FROM runs) - 50')).toEqual([]);
    expect(await person.rows('SELECT 1 FROM runs WHERE n = (SELECT max(n) FROM runs) - 49')).toHaveLength(1);
  });

  /** Adds this many delivered runs before the existing ones. */
  async function withPast(person: Person, count: number): Promise<void> {
    await person.rows(`UPDATE runs SET n = n + ${count}`);
    await person.rows(`WITH RECURSIVE old (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM old WHERE n < ${count})
      INSERT INTO runs (id, schedule, due_at, state, cost_usd, earlier, was_held, n)
      SELECT '00' || printf('%024d', ${count} * 10000 + n), 1, n, 'delivered', 0, 0, 0, n FROM old`);
  }
});

test('a dozen that are due in the same second: one run each', async () => {
  const person = await planned('text', 12);
  clock.move(HOUR);
  await person.ring();
  await goesOn(person, () => said(person).length === 12);
  await world.outside.until(async () => (await states(person)).every((state) => state === 'sent'));
  await killed(person);
  expect((await runsOf(person)).map((r) => r.schedule).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 12 }, (_, n) => n + 1),
  );
  expect(new Set(said(person)).size).toBe(12);
});

describe('between runs', () => {
  test.each(['agent', 'text'] as const)(
    'one alarm, for the next thing that is due, and no heartbeat (%s)',
    async (kind) => {
      const person = await planned(kind);
      await oneRun(person, kind, 0);
      const [row] = await person.rows<{ next_at: number }>('SELECT next_at FROM schedules');
      const nextAt = row?.next_at ?? 0;
      // A timer that was set for an earlier time fires in vain.
      for (let n = 0; n < 3; n++) {
        clock.move(MINUTE);
        await person.ring();
      }
      const alarm = await world.outside.until(() => person.alarm());
      if (kind === 'text') expect(alarm).toBe(nextAt);
      else {
        expect(alarm).toBeLessThanOrEqual(nextAt - 20_000);
        expect(alarm).toBeGreaterThanOrEqual(nextAt - 60_000);
      }
      expect(world.outside.holds.open).toBe(0);
    },
  );

  test('the machine is held from the wake-up until the run begins', async () => {
    const person = await planned('agent');
    await oneRun(person, 'agent', 0);
    const alarm = await world.outside.until(async () => {
      await person.ring();
      const at = await person.alarm();
      return at !== null && at > Date.now() + HOUR && at;
    });
    const { opened } = world.outside.holds;
    clock.move(alarm - Date.now());
    await person.ring();
    await world.outside.until(() => world.outside.holds.opened > opened && world.outside.holds.open === 1);
    const [row] = await person.rows<{ next_at: number }>('SELECT next_at FROM schedules');
    clock.move((row?.next_at ?? 0) - Date.now());
    await person.ring();
    await person.answered(1, 'standup');
    await world.outside.until(() => world.outside.holds.open === 0);
  });

  test('with nothing due any more there is no alarm', async () => {
    const person = new Person(world);
    await person.says('/status');
    await person.comesToRest(clock);
    const at = later();
    await plans(person, [{ kind: 'text', rule: { kind: 'once', at }, nextAt: at }]);
    clock.move(HOUR);
    await person.ring();
    await goesOn(person, () => said(person).length === 1);
    await person.comesToRest(clock);
    expect(await person.rows('SELECT state FROM schedules')).toEqual([{ state: 'over' }]);
  });
});

test('an old schedule still runs, despite the many that ended since', async () => {
  const person = await planned('text');
  await person.rewrites(`WITH RECURSIVE old (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM old WHERE n < 51)
    INSERT INTO schedules (id, kind, project, prompt, rule, zone, skips, isolated, overlap, standup, recipients, state,
      failures, held_runs, told_window, created_at)
    SELECT n, 'text', 'main', 'past', '{"kind":"once","at":1}', 'Etc/UTC', '[]', 0, 'skip', 0, '[]', 'over', 0, 0, 0, 0 FROM old`);
  await person.rewrites(`INSERT INTO runs (id, schedule, due_at, state, cost_usd, earlier, was_held)
    SELECT '00' || printf('%024d', id), id, id, 'delivered', 0, 0, 0 FROM schedules WHERE state = 'over'`);
  const [row] = await person.rows<{ next_at: number }>('SELECT next_at FROM schedules WHERE id = 1');
  const rule = JSON.stringify({ kind: 'once', at: row?.next_at });
  await person.rewrites(`UPDATE schedules SET rule = '${rule}' WHERE id = 1`);
  await goesOn(person, async () => {
    clock.move(10 * MINUTE);
    return said(person).length === 1;
  });
  expect(await person.rows('SELECT state FROM schedules WHERE id = 1')).toEqual([{ state: 'over' }]);
  // The schedule that ran longest ago is removed, with its run.
  const [left] = await person.rows('SELECT count(*) AS whole, sum(id > 2) AS newest FROM schedules');
  expect(left).toEqual({ whole: 50, newest: 49 });
  expect(await person.rows('SELECT 1 FROM runs WHERE schedule NOT IN (SELECT id FROM schedules)')).toEqual([]);
});
