import { env } from 'cloudflare:workers';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { answerTo, Person, quiet } from './person.ts';
import { OURS, useOutside } from './relay.ts';

// One person on WhatsApp and SMS: where replies go, and by which channel they leave when one is closed.

quiet();
const clock = useClock();
const world = useOutside();
const HOUR = 3_600_000;
const vars = env as unknown as Record<string, string>;
const ours = { To: OURS.replace('whatsapp:', '') };

beforeEach(() => {
  clock.freeze();
  vars.SMS = 'on';
  onTestFinished(() => void Object.assign(vars, { SMS: 'off' }));
});

const bySms = (person: Person): Record<string, string> => ({ ...ours, From: person.address.replace('whatsapp:', '') });
/** The phone's messages by now, each with its channel. */
const got = (person: Person): string[] =>
  world.outside.stored
    .toReversed()
    .filter(({ to }) => to.endsWith(person.address.replace('whatsapp:', '')))
    .map(({ to, body }) => `${to.startsWith('whatsapp:') ? 'WhatsApp' : 'SMS'}: ${body}`);

test('a turn that changes its channel, and a window that closes in the middle: nothing is lost or comes twice', async () => {
  const person = new Person(world);
  await person.says('/verbose');
  await person.says('/verbose', bySms(person));
  await person.runs(clock, async () => (await person.isSettled()) && got(person).length === 2);
  await person.says('do it');
  const { attempt, uuids } = await person.started();
  await person.says('/verbose', bySms(person));
  await person.runs(clock, () => got(person).length === 3);
  person.tells(attempt, ...answerTo(uuids, 'done'));
  await person.runs(clock, () => got(person).length === 4);
  expect(got(person)).toEqual([
    `WhatsApp: ${texts.verboseIs(false)}`,
    `SMS: ${texts.verboseIs(false)}`,
    `SMS: ${texts.verboseIs(false)}`,
    'WhatsApp: done',
  ]);

  await person.says('and this');
  const second = await person.started(1);
  world.outside.cut();
  await person.rewrites(
    `UPDATE windows SET last_inbound_at = last_inbound_at - ${24 * HOUR} WHERE sender LIKE 'whatsapp:%'`,
  );
  person.tells(second.attempt, ...answerTo(second.uuids, 'done too'));
  await person.runs(clock, () => got(person).length === 5);
  expect(got(person).at(-1)).toBe(`SMS: ${texts.reach.movedFor('WhatsApp')}\n\ndone too`);
  expect(await person.rows("SELECT moved_at IS NOT NULL AS told FROM windows WHERE sender LIKE 'whatsapp:%'")).toEqual([
    { told: 1 },
  ]);

  await person.says('/reach whatsapp');
  await person.evicted();
  expect(await person.rows('SELECT reach FROM conversation')).toEqual([{ reach: 'whatsapp' }]);
  await person.comesToRest(clock);
  expect(got(person)).toHaveLength(6);
});

test('a file goes as the channel takes it that its turn was asked on, whatever comes from elsewhere meanwhile', async () => {
  const person = new Person(world);
  await person.says('draw a hen');
  const { attempt, uuids } = await person.started();
  await person.says('/verbose', bySms(person));
  await person.runs(clock, () => got(person).length === 1);
  const file = { id: 'ab'.repeat(32), name: 'hen.png', type: 'image/png', size: 3 };
  world.outside.offered.set(file.id, new Uint8Array(3));
  const request = { kind: 'send_file', file, caption: 'A hen' } as const;
  person.tells(attempt, { type: 'started' }, { type: 'request', request_id: 'toolu_1', request });
  await world.outside.until(() => world.outside.answers[0]);
  person.tells(attempt, ...answerTo(uuids, 'There it is.'));
  await person.runs(clock, () => got(person).length === 2);
  expect(got(person)[1]).toBe('WhatsApp: A hen\n\nThere it is.');
});
