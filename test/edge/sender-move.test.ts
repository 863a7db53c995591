import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { MergeObject } from '../../src/objects/merge-object.ts';
import { PersonObject } from '../../src/objects/person-object.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import { addressObject, OURS, stubOf, useOutside, vars } from './relay.ts';
import { TelegramPerson, useTelegram } from './telegram-person.ts';

// Everybody is moved from a number that WhatsApp has closed: what waits leaves another way, each is told once, and a
// directory that ends in the middle goes on.

quiet();
const clock = useClock();
const world = useOutside();
useTelegram();
const SMS = OURS.replace('whatsapp:', '');
const BOT_AS_SENDER = 'telegram:700100200';
const bare = (address: string): string => address.replace('whatsapp:', '');
const directory = () => env.DIRECTORY.getByName('directory');

beforeEach(() => {
  clock.freeze();
  Object.assign(vars, { OPERATOR_TOKEN: 'operator-tests-0123456789', SMS: 'on' });
  onTestFinished(() => void Object.assign(vars, { SMS: 'off' }));
});

type Json = Record<string, unknown>;
async function ask(path: string, body?: object): Promise<{ status: number; json: Json }> {
  const answer = await exports.default.fetch(`https://relay.example.com/operator/moves${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${vars.OPERATOR_TOKEN}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: (await answer.json()) as Json };
}
const moveOf = async (): Promise<Json> => (await ask('')).json.move as Json;

const isIdle = (person: Person) => async (): Promise<boolean> =>
  !/ready|sending|unknown/.test(await person.replyStates());

/** People whose answer waits for a number that WhatsApp has closed. */
async function shutOut(count: number): Promise<Person[]> {
  const people = Array.from({ length: count }, () => new Person(world));
  for (const person of people) {
    await person.says('/verbose');
    await person.comesToRest(clock);
  }
  world.outside.onSend = ({ to }) =>
    to.startsWith('whatsapp:') ? Response.json({ code: 63112, message: 'no' }, { status: 400 }) : undefined;
  for (const person of people) {
    await person.says('/verbose');
    await person.runs(clock, async () => (await person.replyStates()).endsWith('held'));
  }
  return people;
}

/** Runs the directory until the move is over, and then everybody's outbox. */
async function runs(...people: Person[]): Promise<void> {
  for (let n = 0; n < 60 && (await moveOf()).state === 'running'; n++) {
    clock.move(6000);
    await runDurableObjectAlarm(directory());
  }
  for (const person of people) await person.runs(clock, isIdle(person));
}
const bySms = (person: Person): string[] =>
  world.outside.stored
    .toReversed()
    .filter(({ to }) => to === bare(person.address))
    .map(({ body }) => body);
const closed = `I can’t write to you from WhatsApp (${bare(OURS)}) any more.`;

test('to an SMS number: the plan says what it costs and changes nothing; what waited leaves there, once, below one notice', async () => {
  const [ada, ben] = (await shutOut(2)) as [Person, Person];
  const planned = await ask('', { from: OURS, to: SMS, plan: true });
  expect(planned.json.planned).toMatchObject([{ way: 'new' }, { way: 'new' }]);
  expect((await moveOf()) ?? null).toBeNull();

  expect((await ask('', { from: OURS, to: SMS })).status).toBe(202);
  expect((await ask('', { from: OURS, to: SMS })).status).toBe(409);
  await runs(ada, ben);
  expect(await moveOf()).toMatchObject({ state: 'done', ways: { new: 2 } });
  for (const person of [ada, ben]) {
    expect(bySms(person)).toEqual([
      `${closed} From now on I write from here: please text me here, too.`,
      texts.verboseIs(false),
    ]);
    expect(await person.rows('SELECT sender, answer_to FROM conversation')).toEqual([
      { sender: SMS, answer_to: bare(person.address) },
    ]);
  }
  const audit = (await directory().audit(null)).map(({ action, detail }) => [action, detail]);
  expect(audit).toEqual([
    ['had moved everybody', 'new 2'],
    ['moved everybody', 'WhatsApp …0100 to SMS …0100'],
  ]);
});

test.each([
  ['before the home is asked', 'planMove'],
  ['before the home is told', 'operate'],
  ['before the directory hears of it', 'after'],
] as const)('the directory ends %s: everybody hears of it once', async (_, at) => {
  const [ada] = (await shutOut(1)) as [Person];
  const { planMove, operate } = PersonObject.prototype;
  const ends = vi.spyOn(PersonObject.prototype, at === 'planMove' ? 'planMove' : 'operate');
  onTestFinished(() => ends.mockRestore());
  ends.mockImplementationOnce(async function (this: PersonObject, ...given: never[]) {
    if (at === 'after') await operate.apply(this, given as unknown as Parameters<typeof operate>);
    throw new Error('cut');
  } as typeof planMove & typeof operate);
  await ask('', { from: OURS, to: SMS });
  await runDurableObjectAlarm(directory());
  await runInDurableObject(directory(), (_object, state) => state.abort('ended by a test')).catch(() => undefined);
  await runs(ada);
  expect(ends.mock.calls.length).toBeGreaterThan(1);
  expect(bySms(ada)).toHaveLength(2);
  expect((await moveOf()).ways).toEqual({ new: 1 });
});

test('to Telegram while the number works: each gets a link that brings the conversation along', async () => {
  const ada = new Person(world);
  await ada.says('/verbose');
  await ada.comesToRest(clock);
  world.outside.telegram.onCall = ({ method }) =>
    method === 'getMe' ? Response.json({ ok: true, result: { id: 700100200, username: 'roost_bot' } }) : undefined;
  expect((await ask('', { from: OURS, to: 'telegram', works: true })).status).toBe(202);
  await runs(ada);
  expect(await moveOf()).toMatchObject({ to: BOT_AS_SENDER, ways: { old: 1 } });
  const told = ada.bodies().at(-1) ?? '';
  const [, code = ''] = /https:\/\/t\.me\/roost_bot\?start=(link_[A-Z2-9]{8})/.exec(told) ?? [];
  expect(told).toContain(`I’m moving from WhatsApp (${bare(OURS)}) to Telegram.`);

  clock.move(3 * 86_400_000);
  const onTelegram = new TelegramPerson(4_815_162_399);
  const heard = () => world.outside.telegram.of('sendMessage').map(({ text }) => String(text));
  await onTelegram.says(`/start ${code}`);
  await world.outside.until(() => heard().some((text) => text.includes('Shall I link it?')));
  await onTelegram.says('yes');
  await ada.runs(clock, () => heard().includes(texts.links.isYou));
});

test('to Telegram after the number is closed: who has SMS hears of it without a code, who has nothing is listed', async () => {
  const [ada, ben] = (await shutOut(2)) as [Person, Person];
  await ada.says('/verbose', { To: SMS, From: bare(ada.address) });
  await ada.runs(clock, isIdle(ada));
  await ada.says('/verbose');
  await ada.runs(clock, isIdle(ada));
  world.outside.telegram.onCall = ({ method }) =>
    method === 'getMe' ? Response.json({ ok: true, result: { id: 700100200, username: 'roost_bot' } }) : undefined;
  await ask('', { from: OURS, to: 'telegram' });
  await runs(ada, ben);
  expect((await moveOf()).ways).toEqual({ other: 1, nobody: 1 });
  const told = bySms(ada).find((body) => body.startsWith(closed)) ?? '';
  expect(told).toContain('https://t.me/roost_bot. Whoever runs Roost');
  expect(told).not.toContain('start=');
  expect((await ask('/people?way=nobody')).json.people).toMatchObject([
    { masked: `WhatsApp …${ben.address.slice(-4)}` },
  ]);
});

test('a person whose two conversations become one meanwhile is asked again', async () => {
  const ada = new Person(world);
  const there = new TelegramPerson(4_815_162_400);
  const allowed = vars.ALLOWED_SENDERS;
  onTestFinished(() => void Object.assign(vars, { ALLOWED_SENDERS: allowed }));
  vars.ALLOWED_SENDERS = `${bare(ada.address)},${there.address}`;
  const told = (): string[] => world.outside.telegram.of('sendMessage').map(({ text }) => String(text));
  const hears = (words: string): Promise<boolean> =>
    world.outside.until(async () => {
      await ada.ring();
      await runDurableObjectAlarm(stubOf(there.address));
      clock.move(1000);
      return told().some((text) => text.includes(words));
    });
  // Both are used here.
  for (const words of ['/project new Cart', '/link']) {
    await ada.says(words);
    await ada.comesToRest(clock);
  }
  const [code = ''] = /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(ada.bodies().join()) ?? [];
  clock.move(1000);
  await there.says('/project new Shop');
  await hears('Shop');
  await there.says(`/start link_${code.replace('-', '')}`);
  await hears('Shall I merge the two conversations?');
  world.outside.onSend = () => Response.json({ code: 63112, message: 'no' }, { status: 400 });
  world.outside.telegram.onCall = ({ method }) =>
    method === 'getMe' ? Response.json({ ok: true, result: { id: 700100200, username: 'roost_bot' } }) : undefined;
  await ada.says('/verbose');
  await ada.runs(clock, async () => (await ada.replyStates()).endsWith('held'));

  const home = MergeObject.prototype as unknown as { takeMergePart: (...part: unknown[]) => Promise<unknown> };
  const { takeMergePart } = home;
  const takes = vi.spyOn(home, 'takeMergePart');
  onTestFinished(() => takes.mockRestore());
  const meanwhile: unknown[] = [];
  takes.mockImplementationOnce(async function (this: unknown, ...part) {
    await ask('', { from: OURS, to: 'telegram' });
    for (let n = 0; n < 3; n++) await runDurableObjectAlarm(directory()).then(() => clock.move(6000));
    const act = { do: 'wake-machine' } as const;
    meanwhile.push((await moveOf()).ways, await addressObject(there.address).operate(act, 'a press'));
    return takeMergePart.apply(this, part);
  });
  await there.says('yes');
  await hears('The two conversations are one now');
  expect(meanwhile).toEqual([{ nobody: 1 }, 'merging']);
  await runs(ada);
  expect(await moveOf()).toMatchObject({ state: 'done', ways: { other: 1 } });
  await hears(closed);
});

test('what can’t be is refused with a sentence, and a move can be stopped', async () => {
  expect(await ask('', { from: 'nowhere', to: SMS })).toMatchObject({ status: 400 });
  expect(await ask('', { from: OURS, to: OURS })).toMatchObject({
    status: 400,
    json: { error: expect.stringContaining(SMS) },
  });
  world.outside.telegram.onCall = () => new Response('no', { status: 502 });
  expect(await ask('', { from: OURS, to: 'telegram' })).toMatchObject({ status: 503 });
  await ask('', { from: OURS, to: SMS });
  expect((await ask('/stop', {})).json.move).toMatchObject({ state: 'stopped' });
});
