import { expect, test } from 'vitest';
import { changesIn, expectedTimes, type OracleRule } from '../pure/recurrence/occurrence-oracle.ts';
import { Person, quiet } from './person.ts';
import { plans, runsOf } from './planned.ts';
import { useOutside } from './relay.ts';

// Rules around a clock change in two zones, through the alarm of the real object: its clock is moved from one due moment
// to the next, and the runs match an oracle that shares no code with the product.

quiet();
const world = useOutside();

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
/**
 * One north and one south of the equator: at any date one of the next changes skips time and the other repeats it, by an
 * hour or by half of one. `pure/recurrence/occurrence-table.test.ts` has all other zones and changes.
 */
const ZONES = ['America/New_York', 'Australia/Lord_Howe'];
const cron = (fields: string): OracleRule => ({ kind: 'cron', cron: fields });
const rules = (from: number): OracleRule[] => [
  cron('30 2 * * *'),
  cron('0 2 * * *'),
  cron('30 1 * * *'),
  cron('0 0 * * *'),
  cron('*/30 1,3 * * *'),
  cron('0 9 * * 1-5'),
  cron('15 */3 * * *'),
  { kind: 'interval', every: 1, unit: 'days', anchor: from + 150 * MINUTE },
  { kind: 'interval', every: 400, unit: 'minutes', anchor: from },
];

async function earliest(person: Person): Promise<number> {
  const [row] = await person.rows<{ at: number }>(`SELECT min(due_at) AS at FROM timers WHERE kind = 'schedule'`);
  return row?.at ?? 0;
}

let compared = 0;
/** Through a window of three days in one object; each alarm is late by a different time. */
async function through(zone: string, change: number): Promise<void> {
  const from = Math.floor((change - 1.5 * DAY) / MINUTE) * MINUTE;
  const to = from + 3 * DAY;
  const person = new Person(world);
  await person.says('/status');
  await world.outside.until(() => person.got().length === 1);
  let offset = from - Date.now();
  await person.moves(offset);
  const expected = rules(from).map((rule) => expectedTimes(rule, zone, from, to + 4 * DAY));
  await plans(
    person,
    rules(from).map((rule, n) => ({
      kind: 'text' as const,
      zone,
      rule,
      nextAt: expected[n]?.[0] ?? 0,
    })),
    { offset },
  );
  for (let n = 0; ; n++) {
    const next = { at: await earliest(person) };
    if (next.at > to) break;
    const ahead = Math.max(0, next.at - Date.now() - offset) + (n % 3) * 1900;
    offset += ahead;
    await person.moves(ahead);
    await world.outside.until(async () => (await earliest(person)) !== next.at);
  }
  const ran = await runsOf(person);
  for (const [n, times] of expected.entries()) {
    const mine = ran.filter((r) => r.schedule === n + 1).map((r) => new Date(r.due_at).toISOString());
    const theirs = times.filter((at) => at <= to).map((at) => new Date(at).toISOString());
    expect(mine, `${JSON.stringify(rules(from)[n])} in ${zone}`).toEqual(theirs);
    compared += mine.length;
  }
}

test.each(ZONES)('%s', async (zone) => {
  const now = Date.now() + 2 * DAY;
  const [change] = changesIn(zone, now, now + 400 * DAY);
  await through(zone, change ?? 0);
});

test('as many as there should be', () => {
  expect(compared).toBeGreaterThan(ZONES.length * 50);
});
