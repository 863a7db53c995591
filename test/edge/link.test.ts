import { env } from 'cloudflare:workers';
import { describe, expect, test, vi } from 'vitest';
import { PersonObject } from '../../src/objects/person-object.ts';
import type { Arrival } from '../../src/objects/received-calls.ts';
import { texts } from '../../src/texts/index.ts';
import { FORGET_WORD } from '../../src/texts/privacy.ts';
import { MINUTE } from '../../src/units.ts';
import { homeOf, useHomes } from './homes.ts';
import type { Sent } from './outside.ts';
import { Person } from './person.ts';
import { addressObject, isUnset, post, textForm, vars } from './relay.ts';
import { TelegramPerson } from './telegram-person.ts';

// /link and /unlink: a further address becomes the person's with a code, a question and a yes.

const { clock, world } = useHomes();
const said = texts.links;
const numberOf = ({ address }: Person): string => address.replace('whatsapp:', '');
const maskOf = ({ address }: Person): string => `WhatsApp …${address.slice(-4)}`;
const audit = async () => env.DIRECTORY.getByName('directory').audit(null);

/** Somebody with a conversation; nobody else may begin one. */
async function served(): Promise<Person> {
  const person = new Person(world);
  vars.ALLOWED_SENDERS = numberOf(person);
  await person.says('/help');
  await person.comesToRest(clock);
  return person;
}

/** Texts, and waits for an answer that contains the words. */
async function hears(person: Person, text: string, words: string, at: Person = person): Promise<string> {
  const had = at.got().length;
  await person.says(text);
  let found: string | undefined;
  const looks = (): boolean => {
    found = at
      .bodies()
      .slice(had)
      .find((body) => body.includes(words));
    return found !== undefined;
  };
  if (await isUnset(at.address)) await at.outside.until(looks);
  else await at.runs(clock, looks);
  return found ?? '';
}

const codeIn = (text: string): string => /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(text)?.[0] ?? '';
const codeOf = async (person: Person): Promise<string> => codeIn(await hears(person, '/link', 'LINK '));

describe('an address that nobody has', () => {
  test('on Telegram, by the deep link: from then on answers leave there; after /unlink where the person began', async () => {
    const ada = await served();
    const onTelegram = new TelegramPerson(4_815_162_342);
    const told = () => ada.outside.telegram.of('sendMessage').map(({ text }) => String(text));
    const code = await codeOf(ada);
    await onTelegram.says(`/start link_${code.replace('-', '')}`);
    await ada.outside.until(() => told().some((text) => text.includes('Shall I link it?')));
    await onTelegram.says('yes');
    await ada.runs(clock, () => told().includes(said.isYou));
    await onTelegram.says('/unlink 2342');
    await ada.runs(clock, () => told().some((text) => text.startsWith('Unlink Telegram …2342?')));
    await onTelegram.says('yes');
    await ada.runs(clock, () => ada.bodies().includes(said.unlinked('Telegram …2342')));
    await ada.outside.until(() => told().includes(said.unlinkedHere(maskOf(ada))));
    expect(await homeOf(onTelegram)).toBeUndefined();
    await hears(ada, '/unlink', said.none);
  });

  test('gets a code with a link to the bot, which was asked for its name once', async () => {
    const ada = await served();
    const code = await codeOf(ada);
    const ours = `• Telegram: @roost_bot, https://t.me/roost_bot?start=link_${code.replace('-', '')}`;
    expect(ada.bodies().at(-1)).toContain(ours);
    await codeOf(ada);
    expect(ada.outside.telegram.of('getMe')).toHaveLength(1);
  });

  test('texts the code, says yes and is the person’s: both chats hear of it, and work from there is the person’s', async () => {
    const ada = await served();
    const phone = new Person(world);
    const code = await codeOf(ada);
    await hears(phone, `link ${code.toLowerCase()}`, said.sure(null, maskOf(ada)));
    expect(await isUnset(phone.address)).toBe(true);
    const had = ada.got().length;
    await phone.says('Yes');
    await ada.runs(clock, () =>
      ada
        .bodies()
        .slice(had)
        .includes(said.linked(maskOf(phone))),
    );
    await ada.runs(clock, () => phone.bodies().includes(said.isYou));
    expect(await homeOf(phone)).toBe(await homeOf(ada));
    expect((await audit()).map(({ action, detail }) => [action, detail])).toEqual([
      ['linked an address', maskOf(phone)],
    ]);
    await phone.says('build the shop');
    expect((await ada.started()).texts).toEqual(['build the shop']);
  });

  test('what the carrier reports of the question is no news, unless it failed', async () => {
    const ada = await served();
    const phone = new Person(world);
    await hears(phone, `LINK ${await codeOf(ada)}`, 'Shall I link it?');
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const [question] = phone.got();
    for (const status of ['sent', 'delivered', 'read']) await phone.callback(question as Sent, status);
    const news = (): string[] => warn.mock.calls.map(([line]) => String(line));
    expect(news()).toEqual([]);
    await phone.callback(question as Sent, 'failed', 63_016);
    expect(news()).toEqual([expect.stringContaining('"stranger-not-told"')]);
    expect(await isUnset(phone.address)).toBe(true);
  });

  test('a yes that is repeated, and one whose home was away, link once', async () => {
    const ada = await served();
    const phone = new Person(world);
    await hears(phone, `LINK ${await codeOf(ada)}`, 'Shall I link it?');
    // The home ends after the address leads to it, and before it knows the address.
    type Taking = { takeLinked: (arrival: Arrival) => void };
    const cut = vi.spyOn(PersonObject.prototype as unknown as Taking, 'takeLinked').mockImplementationOnce(() => {
      throw new Error('cut');
    });
    const yes = textForm(phone.address, 'yes', { To: phone.ours });
    expect((await post('/webhooks/twilio', yes)).status).toBe(500);
    expect(await isUnset(phone.address)).toBe(false);
    cut.mockRestore();
    await phone.repeats(yes);
    await phone.repeats(yes);
    await ada.comesToRest(clock);
    expect(phone.bodies().filter((body) => body === said.isYou)).toHaveLength(1);
    expect(await ada.attempts()).toEqual([]);
    expect(await audit()).toHaveLength(1);
  });

  test('may be one whose conversation was just deleted', async () => {
    const ada = await served();
    const ben = new Person(world);
    vars.ALLOWED_SENDERS += `,${numberOf(ben)}`;
    clock.move(1000);
    await ben.says('/help');
    await ben.comesToRest(clock);
    await hears(ben, `LINK ${await codeOf(ada)}`, said.sure(null, maskOf(ada)));
    await hears(ben, '/forget everything', FORGET_WORD);
    await ben.says(FORGET_WORD);
    await ben.runs(clock, async () => (await addressObject(ben.address).entry()) === null);
    const code = await codeOf(ada);
    await ben.says(`LINK ${code}`);
    await ben.outside.until(() => ben.bodies().some((body) => body.includes('Shall I link it?')));
    await ben.says('yes');
    expect(await homeOf(ben)).toBe(await homeOf(ada));
  });

  test('says no, and the code is over; before it, nothing is bound', async () => {
    const ada = await served();
    const [phone, other] = [new Person(world), new Person(world)];
    const code = await codeOf(ada);
    await hears(phone, `/link ${code.replace('-', '')}`, 'Shall I link it?');
    await hears(other, `LINK ${code}`, said.used);
    await hears(phone, 'no', said.not);
    await hears(phone, `LINK ${code}`, said.expired);
    expect([await isUnset(phone.address), await isUnset(other.address)]).toEqual([true, true]);
    await phone.says('yes');
    expect(await isUnset(phone.address)).toBe(true);
  });

  test.each([
    ['an unknown code', async () => 'AAAA-BBB2', said.unknown],
    [
      'a code that a newer one replaced',
      async (ada: Person) => {
        const code = await codeOf(ada);
        await codeOf(ada);
        return code;
      },
      said.unknown,
    ],
    [
      'the code of a locked person',
      async (ada: Person) => {
        const code = await codeOf(ada);
        await hears(ada, '/lock', 'This conversation is locked');
        return code;
      },
      said.makerLocked,
    ],
    [
      'the code of a person who was deleted',
      async (ada: Person) => {
        const code = await codeOf(ada);
        await env.DIRECTORY.getByName('directory').forget({
          conversation: (await homeOf(ada)) ?? '',
          addresses: [ada.address],
          op: '01ARZ3NDEKTSV4RRFFQ69G5FAV',
          total: 0,
        });
        return code;
      },
      said.unknown,
    ],
    [
      'the code of a person who is out',
      async (ada: Person) => {
        const code = await codeOf(ada);
        vars.ALLOWED_SENDERS = '+15555550999';
        await ada.evicted();
        return code;
      },
      said.expired,
    ],
  ])('%s is answered, and nothing is bound', async (_, make, sentence) => {
    const ada = await served();
    const code = await make(ada);
    const phone = new Person(world);
    await hears(phone, `LINK ${code}`, sentence);
    expect(await isUnset(phone.address)).toBe(true);
    expect(await ada.rows('SELECT * FROM addresses')).toEqual([]);
  });

  test('an expired code or yes is answered, and nothing is bound', async () => {
    const ada = await served();
    const phone = new Person(world);
    const code = await codeOf(ada);
    await hears(phone, `LINK ${code}`, 'Shall I link it?');
    clock.move(10 * MINUTE + 1);
    await hears(phone, 'yes', said.expired);
    const later = await codeOf(ada);
    clock.move(10 * MINUTE + 1);
    await hears(phone, `LINK ${later}`, said.expired);
    expect(await isUnset(phone.address)).toBe(true);
  });

  test('guesses five times an hour', async () => {
    await served();
    const phone = new Person(world);
    for (let n = 0; n < 4; n++) await hears(phone, `LINK AAAA-BBB${n + 2}`, said.unknown);
    await hears(phone, 'LINK AAAA-BBB9', texts.access.codesWait);
    clock.move(MINUTE);
    await phone.says('LINK AAAA-BBB8');
    expect(phone.got()).toHaveLength(5);
  });

  test('that may begin a conversation begins none with a code or with its yes; a plain yes begins one', async () => {
    const ada = await served();
    const [phone, other] = [new Person(world), new Person(world)];
    vars.ALLOWED_SENDERS += `,${numberOf(phone)},${numberOf(other)}`;
    await hears(phone, `LINK ${await codeOf(ada)}`, 'Shall I link it?');
    await phone.says('yes');
    expect(await homeOf(phone)).toBe(await homeOf(ada));
    await other.says('yes');
    expect(await homeOf(other)).not.toBe(await homeOf(ada));
    expect(await isUnset(other.address)).toBe(false);
  });
});

test('somebody with a conversation is asked about it; the person themself is told that it is theirs', async () => {
  const [ada, ben] = [await served(), new Person(world)];
  vars.ALLOWED_SENDERS += `,${numberOf(ben)}`;
  clock.move(1000);
  await ben.says('/help');
  await ben.comesToRest(clock);
  const code = await codeOf(ada);
  await hears(ben, `LINK ${code}`, said.sure(null, maskOf(ada)));
  await hears(ada, `/link ${code}`, said.yourself);
  const phone = new Person(world);
  await hears(phone, `LINK ${code}`, 'Shall I link it?');
});

test('/unlink asks, and gives the address back: its texts are a stranger’s', async () => {
  const ada = await served();
  const phone = new Person(world);
  await hears(ada, '/unlink', said.none);
  await hears(phone, `LINK ${await codeOf(ada)}`, 'Shall I link it?');
  await phone.says('yes');
  await ada.comesToRest(clock);
  await hears(ada, `/unlink …${ada.address.slice(-4)}`, said.first);
  await hears(ada, '/pin 48216', texts.access.pinSet);
  await hears(ada, '/unlink 48216', said.which);
  await hears(ada, `/unlink …${phone.address.slice(-4)} 48216`, said.unlinkSure(maskOf(phone)));
  await hears(ada, 'yes', said.unlinked(maskOf(phone)));
  for (const table of ['messages', 'replies'])
    expect(JSON.stringify(await ada.rows(`SELECT * FROM ${table}`)), table).not.toContain('48216');
  expect(await homeOf(phone)).toBeUndefined();
  expect(await ada.rows('SELECT * FROM addresses')).toEqual([]);
  expect((await audit()).map(({ action }) => action)).toEqual(['unlinked an address', 'linked an address']);
});
