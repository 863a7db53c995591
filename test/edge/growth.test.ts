import { beforeEach, expect, test } from 'vitest';
import { tellCounted } from '../counted.ts';
import { ARCHIVED_PROJECTS, historyOf, LIVE_SCHEDULES } from '../fixtures/history.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { type Counted, countRows, evict, useOutside } from './relay.ts';

// What grows with the years costs nothing more: rows read and written in a conversation with a long history, against a
// new one.

quiet();
const clock = useClock();
const world = useOutside();
beforeEach(() => clock.freeze());

/** Counts the rows of one piece of work, long after the one before. */
async function count(counted: Counted, work: () => Promise<void>): Promise<Counted> {
  clock.move(60_000);
  Object.assign(counted, { read: 0, written: 0 });
  await work();
  return { ...counted };
}

/** One text, answered and delivered. */
async function takeTurn(person: Person): Promise<void> {
  const [starts, got] = [new Set(world.outside.starts.map(({ attempt }) => attempt)).size, person.got().length];
  await person.says('Look at the files.');
  await person.answered(starts, 'done');
  const sent = await person.gets(got);
  await person.callback(sent, 'sent');
  await person.callback(sent, 'delivered');
}

/** Sends a command until the first part of its answer has left. */
async function command(person: Person, text: string): Promise<void> {
  const got = person.got().length;
  await person.says(text);
  await person.gets(got);
  await world.outside.until(async () => !(await person.replyStates()).includes('sending'));
}

/** The other parts of an answer leave one by one. */
const rest = (person: Person): Promise<boolean> =>
  person.runs(clock, async () => !/ready|sending/.test(await person.replyStates()));

/** Behind the object's back: it must start anew to see it. */
async function addHistory(person: Person, share = 1): Promise<void> {
  const past = { person: person.address, sender: person.ours, now: Date.now(), share };
  for (const statement of historyOf(past)) await person.rows(statement);
}

async function wake(person: Person): Promise<Counted> {
  await evict(person.address);
  return countRows(person.address);
}

test('a turn reads and writes the same rows; after a wake, one more for each live schedule and archived project', async (context) => {
  const measure = async (person: Person): Promise<{ woken: Counted; awake: Counted }> => {
    const counted = await wake(person);
    const woken = await count(counted, () => takeTurn(person));
    return { woken, awake: await count(counted, () => takeTurn(person)) };
  };
  const [young, old] = [new Person(world), new Person(world)];
  for (const person of [young, old]) await takeTurn(person);
  await addHistory(old);
  // The overview hears of the schedules once.
  await old.evicted();
  await takeTurn(old);
  const before = await measure(young);
  const after = await measure(old);
  const rowsOf = ({ awake }: { awake: Counted }): number => awake.read + awake.written;
  tellCounted(context, { 'grown conversation against a new one, rows of a turn': rowsOf(after) / rowsOf(before) });
  expect(after.awake).toEqual(before.awake);
  expect(after.woken.written).toBe(before.woken.written);
  expect(after.woken.read).toBeLessThanOrEqual(before.woken.read + LIVE_SCHEDULES + ARCHIVED_PROJECTS);
});

test('commands, pages and the operator’s view read the same rows with half of the history', async () => {
  const commands = ['/help', '/status', '/schedules', '/schedules 1', '/sessions', '/projects', '/approvals', '/retry'];
  const measure = async (share: number): Promise<Record<string, number>> => {
    const person = new Person(world);
    await takeTurn(person);
    await addHistory(person, share);
    const counted = await wake(person);
    await takeTurn(person);
    const reads: Record<string, number> = {};
    for (const text of commands) {
      reads[text] = (await count(counted, () => command(person, text))).read;
      await rest(person);
    }
    const calls = {
      'a page': () => person.local.page('00OLD00000001'),
      'the operator’s view': () => person.local.health(),
      'replies in trouble': () => person.local.troubledReplies(),
    };
    for (const [name, call] of Object.entries(calls)) {
      reads[name] = (await count(counted, async () => void (await call()))).read;
    }
    return reads;
  };
  const few = await measure(0.5);
  const many = await measure(1);
  for (const [what, read] of Object.entries(many)) expect(read, what).toBeLessThanOrEqual(1.05 * (few[what] ?? 0));
});
