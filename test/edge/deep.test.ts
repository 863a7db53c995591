import { beforeEach, expect, test } from 'vitest';
import { ATTACH_MAX_MS } from '../../src/conversation/policy/machine.ts';
import { DEEP_IDLE_MS, DEEP_TURN_MS } from '../../src/conversation/policy/turn.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { useOutside } from './relay.ts';

// Deep work in the real object: requests to the machine, how long it is kept awake, its end, and evictions.

quiet();
const clock = useClock();
const world = useOutside();
const { deep } = texts;
beforeEach(() => clock.freeze());

const here = (): Person => new Person(world);
const holds = (open: number): Promise<boolean> => world.outside.until(() => world.outside.holds.open === open);
const deepRow = async (person: Person): Promise<unknown> =>
  (await person.rows('SELECT deep_project FROM conversation'))[0]?.deep_project;

test('its attempts are deep and may take long; between them the machine is held, during them it is not', async () => {
  const person = here();
  await person.says('/deep build a bridge');
  const { attempt, uuids } = await person.started();
  expect(world.outside.starts[0]?.body).toMatchObject({ deep: true, limits: { turn_ms: DEEP_TURN_MS } });
  expect(world.outside.holds.opened).toBe(0);
  await person.says('paint it red');
  const steer = await world.outside.until(() => world.outside.steers[0]);
  expect(steer).toMatchObject({ attempt, text: 'paint it red' });
  await person.says('/btw how long?');
  const aside = await world.outside.until(() => world.outside.steers[1]);
  expect(aside).toMatchObject({ attempt, text: 'how long?', action: 'aside' });
  person.tells(attempt, { type: 'aside', uuid: aside.uuid, text: '100 m', cost_usd: 0 });
  await person.runs(clock, () => person.got().length === 2);
  expect(await person.messageStates()).toBe('active active consumed');
  person.tells(
    attempt,
    { type: 'result', text: 'red', is_error: false, user_message_uuids: [...uuids, steer.uuid], cost_usd: 0 },
    { type: 'ending' },
    { type: 'ended', outcome: 'done', reason: '' },
  );
  await holds(1);
  await person.says('go on');
  await person.started(1);
  await holds(0);
  expect(world.outside.starts.at(-1)?.body.deep).toBe(true);
});

test('held over an eviction, a broken stream, and a machine that does not answer; renewed in time', async () => {
  const person = here();
  await person.says('/deep');
  await holds(1);
  world.outside.holds.open = 0;
  await person.evicted();
  await person.ring();
  await holds(1);
  // The evicted lane may still release its stream.
  const before = world.outside.holds.opened;
  world.outside.cut();
  await world.outside.until(() => world.outside.holds.opened > before);
  let refused = 0;
  world.outside.onHold = () => (++refused <= 2 ? new Response('starting', { status: 502 }) : undefined);
  world.outside.cut();
  await world.outside.until(() => refused >= 3);
  const opened = world.outside.holds.opened;
  clock.move(ATTACH_MAX_MS);
  await world.outside.until(() => world.outside.holds.opened > opened);
});

test('after 30 minutes without a text it ends by itself, also when the object was evicted before and in between', async () => {
  const person = here();
  await person.says('/deep build a bridge');
  await person.answered(0, 'built');
  await holds(1);
  await person.evicted();
  clock.move(DEEP_IDLE_MS + 1);
  await person.ring();
  const wrapUp = await person.started(1);
  expect(wrapUp.texts).toEqual([deep.wrapUp]);
  expect(world.outside.starts.at(-1)?.body.messages[0]?.action).toBe('wrap_up');
  expect(world.outside.starts.at(-1)?.body.deep).toBeUndefined();
  expect(await deepRow(person)).toBeNull();
  await person.evicted();
  await person.ring();
  await person.answered(1, 'The bridge is built, the paint is open.');
  await person.comesToRest(clock);
  expect(person.bodies()).toEqual([
    deep.begun('main', false),
    'built',
    deep.idle(DEEP_IDLE_MS, true),
    'The bridge is built, the paint is open.',
  ]);
  expect(await person.rows('SELECT action FROM messages WHERE action IS NOT NULL')).toEqual([{ action: 'wrap_up' }]);
});

test('a message of the product’s own and one of the carrier never share a number', async () => {
  const person = here();
  await person.says('/deep one');
  await person.answered(0, '1');
  await person.says('done');
  await person.says('two');
  await person.answered(1, 'summed up');
  await person.answered(2, '2');
  await person.comesToRest(clock);
  const rows = await person.rows<{ seq: number; text: string; state: string }>(
    'SELECT seq, text, state FROM messages ORDER BY seq',
  );
  expect(rows.map(({ text }) => text)).toEqual(['one', 'done', deep.wrapUp, 'two']);
  expect(rows.map(({ state }) => state)).toEqual(Array(4).fill('consumed'));
});
