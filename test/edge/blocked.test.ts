import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { MINUTE } from '../../src/units.ts';
import { useClock } from './clock.ts';
import type { Sent } from './outside.ts';
import { Person, quiet } from './person.ts';
import { useOutside, vars } from './relay.ts';
import { TelegramPerson, useTelegram } from './telegram-person.ts';

// WhatsApp has shut out our number: what it says reaches the operator once for all, replies wait over an eviction, and
// who has another channel gets them there.

quiet();
const clock = useClock();
const world = useOutside();
useTelegram();
const before = { ...vars };
beforeEach(() => clock.freeze());
afterEach(() => Object.assign(vars, before));

/** WhatsApp's word about each message, as it comes: taken by Twilio, and refused later. */
async function isRefused(person: Person, nth: number): Promise<Sent> {
  const sent = await person.gets(nth);
  await person.callback(sent, 'failed', 63112);
  return sent;
}
const onTelegram = (): string[] => world.outside.telegram.of('sendMessage').map(({ text }) => String(text));

test('who has no other channel waits, over an eviction: one reply is tried, and the rest follows in order', async () => {
  const people = [new Person(world), new Person(world)] as const;
  const operator = new Person(world);
  vars.ADMIN_SENDERS = operator.address.replace('whatsapp:', '');
  for (const person of people) {
    await person.says('/verbose');
    await isRefused(person, 0);
  }
  const [ben] = people;
  // Each conversation found it out by itself, and the operator has one text of it.
  const alerts = () => env.DIRECTORY.getByName('directory').alerts();
  await ben.outside.until(async () => (await alerts()).length === people.length && operator.got().length > 0);
  expect((await alerts()).map(({ cause }) => cause)).toEqual(['sender-blocked/63112', 'sender-blocked/63112']);
  const areHeld = async (count: number): Promise<boolean> =>
    (await ben.rows("SELECT 1 FROM replies WHERE state = 'held'")).length === count;
  await ben.outside.until(() => areHeld(1));
  await ben.says('/queue');
  await ben.evicted();
  await ben.outside.until(() => areHeld(2));
  expect(ben.got()).toHaveLength(1);
  clock.move(15 * MINUTE);
  await ben.ring();
  await ben.callback(await ben.gets(1), 'delivered');
  await ben.runs(clock, () => ben.got().length === 3);
  expect(ben.bodies()[1]).toContain(texts.verboseIs(false));
  expect(ben.bodies()[2]).toContain('collect');
  await operator.comesToRest(clock);
  expect(operator.bodies()).toEqual([expect.stringContaining('63112')]);
});

test('who has linked Telegram gets it there, and goes on there', async () => {
  const ada = new Person(world);
  const there = new TelegramPerson(4_815_162_343);
  await ada.says('/link');
  const { body } = await ada.gets(0);
  await there.says(`/start link_${/LINK (\S+)/.exec(body)?.[1]?.replace('-', '')}`);
  await ada.outside.until(() => onTelegram().some((text) => text.includes('Shall I link it?')));
  await there.says('yes');
  await ada.runs(clock, () => onTelegram().includes(texts.links.isYou) && ada.got().length === 2);
  await ada.says('/verbose');
  await ada.runs(clock, () => ada.got().length === 3);
  await isRefused(ada, 2);
  const moved = `${texts.reach.moved('WhatsApp')}\n\n${texts.verboseIs(false)}`;
  await ada.runs(clock, () => onTelegram().includes(moved));
  await there.says('/queue');
  await ada.runs(clock, () => onTelegram().at(-1)?.includes('collect') === true);
  expect(ada.got()).toHaveLength(3);
});
