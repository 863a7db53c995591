import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { MergeObject } from '../../src/objects/merge-object.ts';
import { texts } from '../../src/texts/index.ts';
import { homeOf, useHomes } from './homes.ts';
import { Person } from './person.ts';
import { addressObject, OF_A_TEST, stubOf, vars } from './relay.ts';
import { TelegramPerson } from './telegram-person.ts';

// An unused conversation is linked at once, like an address that nobody has.

const { clock, world } = useHomes();
const said = texts.links;
const SHORT = 'Shall I link it?';
const LONG = 'Shall I merge the two conversations?';

beforeEach(() => void Object.assign(vars, { ALLOWED_SENDERS: '', SMS: 'on' }));

type Anybody = { address: string; says: (text: string) => Promise<unknown> };
const idOf = ({ address }: Anybody): string => stubOf(address).id.toString();
const maskOf = ({ address }: TelegramPerson): string => `Telegram …${address.slice(-4)}`;

/** All sentences to both chats. */
const told = (): string[] => [
  ...world.outside.telegram.of('sendMessage').map(({ text }) => String(text)),
  ...world.outside.sent.map(({ body }) => body),
];

/** Moves everybody on until the condition holds. */
const settles = (people: readonly Anybody[], condition: () => boolean | Promise<boolean>): Promise<boolean> =>
  world.outside.until(async () => {
    if (await condition()) return true;
    for (const { address } of people) await runDurableObjectAlarm(stubOf(address)).catch(() => undefined);
    // Slowly: a wish that the directory has not answered is given up in the end.
    clock.move(100);
    return false;
  });

/** Begins a conversation with this text. The first conversation is the elder one. */
async function begins<T extends Anybody>(person: T, text: string): Promise<T> {
  vars.ALLOWED_SENDERS += `,${person.address.replace('whatsapp:', '')}`;
  clock.move(1000);
  const had = told().length;
  await person.says(text);
  if (text.startsWith('/')) await settles([person], () => told().length > had);
  return person;
}

async function codeOf(person: Anybody): Promise<string> {
  const codes = (): string[] => told().flatMap((body) => /LINK ([A-Z2-9]{4}-[A-Z2-9]{4})/.exec(body)?.[1] ?? []);
  const had = codes();
  const find = (): string | undefined => codes().find((code) => !had.includes(code));
  await person.says('/link');
  await settles([person], () => find() !== undefined);
  return find() ?? '';
}

async function hears(person: Anybody, text: string, words: string): Promise<void> {
  const heard = (): number => told().filter((body) => body.includes(words)).length;
  const had = heard();
  await person.says(text);
  await settles([person], () => heard() > had);
}

const isLinked = (there: TelegramPerson) => (): boolean =>
  [said.isYou, said.linked(maskOf(there))].every((words) => told().includes(words));

test('it has heard Start, a wrong code and a command: its code is asked about shortly, while the other one works', async () => {
  const there = await begins(new TelegramPerson(), '/start');
  await hears(there, 'LINK AAAA-BBB2', said.unknown);
  await hears(there, '/me', 'Your address');
  const ada = await begins(new Person(world), 'build the shop');
  await ada.started(0);
  const code = await codeOf(ada);
  await hears(there, `/start link_${code.replace('-', '')}`, SHORT);
  await there.says('yes');
  await settles([ada, there], isLinked(there));
  expect(told().filter((body) => /merg/i.test(body))).toEqual([]);
  expect(await homeOf(there)).toBe(idOf(ada));
  await ada.answered(0, 'Built.');
  await there.says('what have you built?');
  expect((await ada.started(1)).texts).toEqual(['what have you built?']);
  // Nothing is left to go in a week.
  await settles([there], async () => (await stubOf(there.address).health()) === null);
  expect(await homeOf(there)).toBe(idOf(ada));
});

test('it makes the code, and the used one texts it: that one stays', async () => {
  const there = await begins(new TelegramPerson(), '/start');
  const ada = await begins(new Person(world), 'build the shop');
  await ada.answered(0, 'Built.');
  const code = await codeOf(there);
  await hears(ada, `LINK ${code}`, said.sureTakes('Ada', maskOf(there)));
  await ada.says('yes');
  await settles([ada, there], isLinked(there));
  expect(await homeOf(there)).toBe(idOf(ada));
});

test.each([
  ['a text for the agent', 'build the cart'],
  ['a project', '/project new Shop'],
  ['a reminder', '/remind in 3 hours water the plants'],
])('with %s it is used: it is merged', async (_, text) => {
  const ada = await begins(new Person(world), '/help');
  const there = await begins(new TelegramPerson(), '/start');
  await hears(ada, '/project new Shop', 'Shop');
  await there.says(text);
  await hears(there, `LINK ${await codeOf(ada)}`, LONG);
});

/** Writes a row with these values, and with anything in the columns that need a value. */
const insert = (there: TelegramPerson, table: string, values: Record<string, string>): Promise<void> =>
  runInDurableObject(stubOf(there.address), (_, { storage: { sql } }) => {
    const needed = sql
      .exec<{ name: string }>(
        `${OF_A_TEST}SELECT name FROM pragma_table_info('${table}')
          WHERE ("notnull" = 1 OR pk > 0) AND dflt_value IS NULL`,
      )
      .toArray();
    const row = { ...Object.fromEntries(needed.map(({ name }) => [name, '1'])), ...values };
    const columns = Object.keys(row).map((name) => `"${name}"`);
    const marks = columns.map(() => '?');
    sql.exec(
      `${OF_A_TEST}INSERT OR REPLACE INTO ${table} (${columns.join()}) VALUES (${marks.join()})`,
      ...Object.values(row),
    );
  });

test.each<[string, Record<string, string>]>([
  ['turns', { state: 'done' }],
  ['sessions', {}],
  ['messages', { state: 'waiting' }],
  ['messages', { state: 'active' }],
  ['messages', { state: 'failed' }],
  ['projects', { id: 'shop' }],
  ['projects', { id: 'main', repository: '{}' }],
  ['schedules', { state: 'over' }],
  ['files', {}],
  ['outgoing', {}],
  ['pages', {}],
  ['diffs', {}],
  ['archives', {}],
  ['grants', {}],
  ['connections', {}],
])('a row in %s %o makes it used', async (table, values) => {
  const there = await begins(new TelegramPerson(), '/start');
  const isUnused = async (): Promise<boolean | undefined> =>
    (await addressObject(there.address).mergeFacts())?.isUnused;
  expect(await isUnused()).toBe(true);
  await insert(there, table, values);
  expect(await isUnused()).toBe(false);
});

test('a text for the agent that comes before the yes: the person is asked about the merge', async () => {
  const ada = await begins(new Person(world), '/project new Shop');
  const there = await begins(new TelegramPerson(), '/start');
  await hears(there, `LINK ${await codeOf(ada)}`, SHORT);
  await there.says('/project new Cart');
  await hears(there, 'yes', LONG);
  expect(await homeOf(there)).toBe(idOf(there));
});

describe.each([
  ['texts the code', 'joins'],
  ['makes the code', 'takes'],
] as const)('the new one %s', (_, how) => {
  test.each(
    (['expectMerge', 'beginMerge', 'freezeForMerge', 'endMerge'] as const).flatMap((call) =>
      (['before', 'after'] as const).map((when) => [when, call] as const),
    ),
  )('cut %s %s: it is linked once', async (when, call) => {
    const ada = await begins(new Person(world), '/project new Shop');
    const there = await begins(new TelegramPerson(), '/start');
    const [maker, texter] = how === 'joins' ? [ada, there] : [there, ada];
    await hears(texter, `LINK ${await codeOf(maker)}`, how === 'joins' ? SHORT : said.sureTakes('Ada', maskOf(there)));
    const calls = MergeObject.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
    const carryOut = calls[call] as (...args: unknown[]) => unknown;
    let cuts = 0;
    vi.spyOn(calls, call).mockImplementation(async function (this: unknown, ...args) {
      const isCut = cuts++ === 0;
      if (isCut && when === 'before') throw new Error('cut');
      const done = await carryOut.apply(this, args);
      if (isCut) throw new Error('cut');
      return done;
    });
    await texter.says('yes');
    await settles([ada, there], isLinked(there));
    await settles([ada, there], async () => (await stubOf(there.address).health()) === null);
    await settles([ada, there], async () => !(await ada.timers()).includes('wish'));
    expect(told().filter((body) => body === said.isYou)).toHaveLength(1);
    expect(told()).not.toContain(said.unknown);
    expect(cuts).toBeGreaterThan(0);
    expect(await homeOf(there)).toBe(idOf(ada));
    const people = await env.DIRECTORY.getByName('directory').people(0);
    expect(people.map(({ id }) => id)).toEqual([idOf(ada)]);
  });
});

test('by SMS, where others can write in the person’s name, it is told where linking works', async () => {
  const there = await begins(new TelegramPerson(), '/project new Shop');
  const phone = new Person(world, 'sms');
  vars.ALLOWED_SENDERS += `,${phone.address}`;
  const onWhatsApp = [{ channel: 'WhatsApp', isNew: true }];
  await hears(phone, '/help', '/status');
  await hears(phone, '/link', said.notSecret('SMS', onWhatsApp));
  await hears(phone, `LINK ${await codeOf(there)}`, said.notFrom('SMS', onWhatsApp));
  expect(await homeOf(phone)).toBe(idOf(phone));
});
