import { beforeEach, expect, test } from 'vitest';
import type { EventBody } from '../../src/protocol/index.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { answerTo, Person, quiet } from './person.ts';
import { useOutside } from './relay.ts';

// Given-up texts in the store: loaded when an answer lists them and until the person has heard of them, over restarts
// too.

quiet();
const clock = useClock();
const world = useOutside();
beforeEach(() => clock.freeze());

const refused: EventBody[] = [{ type: 'ending' }, { type: 'ended', outcome: 'failed', reason: 'the key was refused' }];
const GIVEN_UP = texts.givenUp('agent', []);

/** A text is given up, with or without another one waiting behind it. */
async function givenUp(behind?: string): Promise<{ person: Person; uuids: string[] }> {
  const person = new Person(world);
  await person.says('the old one');
  const { attempt, uuids } = await person.started(0);
  if (behind !== undefined) await person.says(behind);
  person.tells(attempt, ...refused);
  await world.outside.until(() => world.outside.acknowledged.includes(attempt));
  return { person, uuids };
}

test('another turn follows at once: nothing is said, over a restart too, and its answer is for both', async () => {
  const { person, uuids } = await givenUp('and this');
  expect(await person.messageStates()).toBe('failed active');
  const next = await person.started(1);
  await person.evicted();
  await person.ring();
  await world.outside.until(() => world.outside.attaches.filter((a) => a.attempt === next.attempt).length > 1);
  person.tells(next.attempt, ...answerTo([...uuids, ...next.uuids], 'about both'));
  await world.outside.until(() => world.outside.acknowledged.includes(next.attempt));
  await person.comesToRest(clock);
  expect(person.bodies()).toEqual(['about both']);
  expect(await person.messageStates()).toBe('consumed consumed');
});

test('the answer behind it is for itself alone: then it is said, by name, and /retry brings it back', async () => {
  const { person, uuids } = await givenUp('and this');
  await person.evicted();
  await person.ring();
  await person.answered(1, 'about this');
  await person.comesToRest(clock);
  expect(person.bodies()).toEqual(['about this', texts.givenUp('agent', ['the old one'])]);
  await person.says('/retry');
  expect(await person.asked(2)).toMatchObject({ uuids, texts: ['the old one'] });
});

test('an answer lists a text that was given up long before: it is answered, and not asked again', async () => {
  const { person, uuids } = await givenUp();
  await person.comesToRest(clock);
  expect(person.bodies()).toEqual([GIVEN_UP]);
  await person.says('the new one');
  const next = await person.started(1);
  person.tells(next.attempt, ...answerTo([...uuids, ...next.uuids], 'about both'));
  await person.comesToRest(clock);
  expect(await person.messageStates()).toBe('consumed consumed');
  await person.says('/retry');
  await person.comesToRest(clock);
  expect(person.bodies()).toEqual([GIVEN_UP, 'about both', texts.nothingToRetry]);
});

test('a machine whose disk is full: its person hears that, and not that it cannot be reached', async () => {
  world.outside.onStart = async () =>
    Response.json({ error: { code: 'no_space', message: 'The disk of this machine is full.' } }, { status: 507 });
  const person = new Person(world);
  await person.says('hello');
  await person.comesToRest(clock);
  expect(person.bodies()).toEqual([texts.givenUp('disk-full', [])]);
  expect(await person.messageStates()).toBe('failed');
});
