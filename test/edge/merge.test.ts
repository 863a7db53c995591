import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import { type HostEvent, readHostEvent } from '../../src/git/host-event.ts';
import { mediaUrl } from '../../src/links/media-link.ts';
import { pageUrl } from '../../src/links/page-link.ts';
import { MergeObject } from '../../src/objects/merge-object.ts';
import { texts } from '../../src/texts/index.ts';
import { DAY, MINUTE } from '../../src/units.ts';
import { opened, REPOSITORY } from '../fixtures/host-events.ts';
import { inDirectory } from './fly.ts';
import { homeOf } from './homes.ts';
import type { Sent } from './outside.ts';
import { Person } from './person.ts';
import { addressObject, stubOf, vars } from './relay.ts';
import { TelegramPerson } from './telegram-person.ts';
import { END, endOf, hasLeft, idOf, keysOf, stepOf, useTwoHomes } from './two-homes.ts';

// Two homes become one: everything of the younger one is at the elder one afterwards. merge-killed.test.ts kills them.

const { clock, world, two, workedIn, hears, both, agree, finished } = useTwoHomes();
const said = texts.merging;

test('everything of the younger home comes over; who had the elder one says yes', async () => {
  const people = await two();
  const [ada, ben] = people;
  const { page, early } = await workedIn(ben);
  await agree(ben, ada);
  await finished(people);
  expect(await endOf(people)).toEqual(END);
  expect(await homeOf(ben)).toBe(idOf(ada));
  // Texts from either side are one person's, and a repeat of an old one is none.
  await ben.repeats(early);
  await ben.says('go on');
  expect((await ben.started(1)).texts).toEqual(['go on']);
  // Links that were sent earlier lead to the elder home.
  expect(await addressObject(ben.address).page(page)).toMatchObject({ markdown: 'All about chartreuse.' });
});

test('in a week the machine of the home that went is gone, and so are its files; it leads to the other one for good', async () => {
  const people = await two();
  const [ada, ben] = people;
  const { file } = await workedIn(ben);
  await agree(ada, ben);
  await finished(people);
  expect(await keysOf(env.MEDIA)).toEqual([`outgoing/${idOf(ben)}/${file}`]);
  expect(world.outside.forgot).toEqual([]);
  clock.move(7 * DAY);
  await both(people, () => hasLeft(ben));
  expect(await keysOf(env.MEDIA)).toEqual([]);
  expect(world.outside.forgot).toEqual(['machine']);
  await ben.evicted();
  expect(await homeOf(ben)).toBe(idOf(ada));
});

test('the rest of the home that went goes at once when its address is unlinked, also after a restart', async () => {
  const people = await two();
  const [ada, ben] = people;
  await agree(ada, ben);
  await both(people, async () => (await stepOf(ben)) === 'leave');
  const until = Date.now() + 30 * DAY;
  const alarm = await runInDurableObject(addressObject(ben.address), (object, { storage }) => {
    object.unpoint(idOf(ada), { at: Date.now(), until, key: '', hashes: '' });
    return storage.getAlarm();
  });
  expect(alarm).toBeLessThan(until - DAY);
});

test('the home that went stays until the operator has heard of everything', async () => {
  const people = await two();
  const [ada, ben] = people;
  await workedIn(ben);
  await agree(ada, ben);
  await finished(people);
  const alert = `INSERT INTO timers (kind, ref, due_at, attempts) VALUES ('alert', 'disk-full', ${Date.now() + 8 * DAY}, 5)`;
  await ben.evicted();
  await ben.rows(alert);
  clock.move(7 * DAY);
  await both(
    people,
    async () => (await ben.rows(`SELECT 1 FROM conversation WHERE merging ->> 'tries' > 0`)).length > 0,
  );
  clock.move(2 * DAY);
  await both(people, () => hasLeft(ben));
});

type Call = (...args: unknown[]) => Promise<unknown>;
type Calls = Record<'endMerge' | 'takeMergePart', Call>;

test('a text that comes while the elder home answers the last call goes over too', async () => {
  const people = await two();
  const [ada, ben] = people;
  const home = MergeObject.prototype as unknown as Calls;
  const carryOut = home.endMerge;
  let calls = 0;
  vi.spyOn(home, 'endMerge').mockImplementation(async function (this: unknown, ...args) {
    const ended = await carryOut.apply(this, args);
    if (calls++ === 0) await ben.says('during the merge');
    return ended;
  });
  await agree(ada, ben);
  await finished(people);
  await both(people, () => world.outside.starts.length > 0);
  expect((await ada.started(0)).texts).toEqual(['during the merge']);
});

test('a text that was taken before the last call is repeated is taken once', async () => {
  const people = await two();
  const [ada, ben] = people;
  const home = MergeObject.prototype as unknown as Calls;
  const { endMerge, takeMergePart } = home;
  const taken = (): Promise<unknown[]> => ada.rows(`SELECT state FROM messages WHERE text = 'during the merge'`);
  let [parts, calls] = [0, 0];
  vi.spyOn(home, 'takeMergePart').mockImplementation(async function (this: unknown, ...args) {
    if (parts++ === 0) await ben.says('during the merge');
    return takeMergePart.apply(this, args);
  });
  vi.spyOn(home, 'endMerge').mockImplementation(async function (this: unknown, ...args) {
    const ended = await endMerge.apply(this, args);
    if (calls++ > 0) return ended;
    await both([ada, ada], async () => (await taken()).length === 1);
    throw new Error('cut');
  });
  await agree(ada, ben);
  await finished(people);
  await ada.answered(0, 'Done.');
  await both(people, async () => !(await ada.timers()).includes('kept'));
  expect(await ada.rows('SELECT 1 FROM kept_texts')).toEqual([]);
  expect(await taken()).toEqual([{ state: 'consumed' }]);
});

test('what concerns the younger home’s person while the rows go over is refused: a further address, a change of access', async () => {
  const people = await two();
  const [ada, ben] = people;
  const phone = new Person(world);
  const codeOf = async (maker: Person): Promise<string> =>
    /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(await hears(maker, '/link', 'LINK '))?.[0] ?? '';
  await hears(phone, `LINK ${await codeOf(ben)}`, 'Shall I link it?');
  const home = MergeObject.prototype as unknown as Calls;
  const { takeMergePart } = home;
  const refused: unknown[] = [];
  let parts = 0;
  vi.spyOn(home, 'takeMergePart').mockImplementation(async function (this: unknown, ...args) {
    if (parts++ === 0) {
      await phone.says('yes');
      const object = addressObject(ben.address);
      const owner = { id: 'owner', role: 'owner', isSelf: false } as const;
      const calls = [object.changeAccess({ to: 'block' }, owner), object.bind(phone.address, 'admin')];
      refused.push(...(await Promise.allSettled(calls)).map(({ status }) => status));
    }
    return takeMergePart.apply(this, args);
  });
  await agree(ada, ben);
  await finished(people);
  expect(phone.bodies()).toContain(texts.links.isMerging);
  expect(refused).toEqual(['rejected', 'rejected']);
  expect(await homeOf(phone)).toBeUndefined();
});

test('what git hosts say while the rows go over is heard at the elder home, once, and so is what they say later', async () => {
  const people = await two();
  const [ada, ben] = people;
  await workedIn(ben);
  const repository = { host: 'github.com', path: 'mara/shop', id: `${REPOSITORY.id}`, defaultBranch: 'main' };
  const bound = JSON.stringify({ ...repository, isPrivate: true, sizeKb: 1 });
  await ben.rows(
    `UPDATE projects SET repository = '${bound}', watches = '{"own":["new"],"others":["new"]}' WHERE id = 'main'`,
  );
  await ben.evicted();
  const said = (number: number): HostEvent => {
    const { name, body } = opened(new Date().toISOString(), { number });
    return readHostEvent(name, body, 'github.com', Date.now()) as HostEvent;
  };
  const home = MergeObject.prototype as unknown as Calls;
  const { takeMergePart, endMerge } = home;
  let [parts, calls] = [0, 0];
  vi.spyOn(home, 'takeMergePart').mockImplementation(async function (this: unknown, ...args) {
    if (parts++ === 0) for (const _ of [1, 2]) await addressObject(ben.address).hearHost(said(1), 'one');
    return takeMergePart.apply(this, args);
  });
  vi.spyOn(home, 'endMerge').mockImplementation(async function (this: unknown, ...args) {
    const ended = await endMerge.apply(this, args);
    if (calls++ === 0) await addressObject(ben.address).hearHost(said(2), 'two');
    return ended;
  });
  await agree(ada, ben);
  await finished(people);
  const directory = env.DIRECTORY.getByName('directory');
  await world.outside.until(async () => (await directory.homesOf(['github.com/mara/shop'])).length === 1);
  expect(await directory.homesOf(['github.com/mara/shop'])).toEqual([idOf(ada)]);
  await addressObject(ben.address).hearHost(said(3), 'three');
  expect(await ada.rows('SELECT number FROM pull_requests ORDER BY number')).toEqual(
    [1, 2, 3].map((number) => ({ number })),
  );
  expect(await ada.rows('SELECT id FROM git_events ORDER BY id')).toHaveLength(3);
});

test('links that were sent earlier open, and reports of the carrier find their replies', async () => {
  const people = await two();
  const [ada, ben] = people;
  const { page, file } = await workedIn(ben);
  const answer = ben.got().find(({ body }) => body === 'Chartreuse it is.') as Sent;
  const expiresAt = Date.now() + DAY;
  const of = { conversation: idOf(ben), expiresAt };
  const url = vars.PUBLIC_URL as string;
  const key = JSON.parse(vars.MACHINE_SIGNING_KEY as string) as { d: string };
  const links = [mediaUrl(url, key, { ...of, file }), pageUrl(url, key, { ...of, page })];
  await agree(ada, ben);
  await finished(people);
  for (const link of links) expect((await exports.default.fetch(link)).status).toBe(200);
  await ben.callback(answer, 'read');
  expect(await ada.rows(`SELECT state FROM replies WHERE body = 'Chartreuse it is.'`)).toEqual([{ state: 'read' }]);
  await hears(ada, '/schedules', 'water the plants');
});

test('waits while the other one works, and is given up after a day', async () => {
  const people = await two();
  const [ada, ben] = people;
  await ada.says('build the shop');
  await ada.started(0);
  await agree(ada, ben);
  await both(people, () => ben.bodies().includes(said.waits));
  expect(await stepOf(ben)).toBe('wait');
  clock.move(DAY);
  const told = async (): Promise<boolean> => (await ben.replies()).some(({ body }) => body === said.neverIdle);
  await both(people, async () => (await told()) && (await stepOf(ada)) === null);
  expect([await homeOf(ada), await homeOf(ben)]).toEqual([idOf(ada), idOf(ben)]);
  // Both work as before.
  await ben.says('hello');
  expect((await ben.started(1)).texts).toEqual(['hello']);
});

test.each(['the younger', 'the elder'])('/link off at %s calls it off while it waits', async (who) => {
  const people = await two();
  const [ada, ben] = people;
  await ada.says('build the shop');
  await ada.started(0);
  await agree(ada, ben);
  await both(people, () => ben.bodies().includes(said.waits));
  await (who === 'the elder' ? ada : ben).says('/link off');
  await both(
    people,
    async () => [ada, ben].some((one) => one.bodies().includes(said.isOff)) && (await stepOf(ada)) === null,
  );
  await ada.answered(0, 'Built.');
  await both(people, async () => (await stepOf(ben)) === null);
  expect([await homeOf(ada), await homeOf(ben)]).toEqual([idOf(ada), idOf(ben)]);
});

test('the bucket doesn’t answer: nothing is merged', async () => {
  const people = await two();
  const [ada, ben] = people;
  await workedIn(ben);
  vi.spyOn(env.ARCHIVE, 'put').mockRejectedValue(new Error('no bucket'));
  await agree(ada, ben);
  await both(people, () => ben.bodies().includes(said.failed), MINUTE);
  await both(people, async () => (await stepOf(ada)) === null);
  expect(await ada.rows('SELECT label FROM projects ORDER BY label')).toEqual([{ label: 'Shop' }, { label: 'main' }]);
  expect(await homeOf(ben)).toBe(idOf(ben));
  await ben.says('hello');
  expect((await ben.started(1)).texts).toEqual(['hello']);
});

test('a newer conversation with more rights goes into none, nor does a locked one; a code counts for one', async () => {
  const people = await two();
  const [ada, ben] = people;
  const codeOf = async (person: Person): Promise<string> =>
    /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(await hears(person, '/link', 'LINK '))?.[0] ?? '';
  const owner = { id: 'owner', role: 'owner', isSelf: false } as const;
  await addressObject(ben.address).changeAccess({ to: 'role', role: 'admin' }, owner);
  await ben.comesToRest(clock);
  await hears(ada, `LINK ${await codeOf(ben)}`, said.needsRole);
  await addressObject(ben.address).changeAccess({ to: 'role', role: 'guest' }, owner);
  await ben.comesToRest(clock);
  const code = await codeOf(ben);
  await addressObject(ben.address).changeAccess({ to: 'lock' }, owner);
  await hears(ada, `LINK ${code}`, said.otherLocked);
  await addressObject(ben.address).changeAccess({ to: 'unlock' }, owner);
  await hears(ada, `LINK ${code}`, 'Shall I merge the two conversations?');
  await hears(ada, 'no', said.not);
  await hears(ada, `LINK ${code}`, 'Shall I merge the two conversations?');
  await ada.says('yes');
  await finished(people);
  await hears(ada, `LINK ${code}`, texts.links.used);
});

test('the merged person is forgotten: what was left of the other home goes at once, and so does its code', async () => {
  const people = await two();
  const [ada, ben] = people;
  await workedIn(ben);
  await agree(ben, ada);
  await finished(people);
  await ada.says('/forget everything');
  await both(people, () => ada.bodies().includes(texts.privacy.forgetSure(false)));
  await ada.says('DELETE');
  await both(people, async () => (await hasLeft(ada)) && (await hasLeft(ben)));
  expect([await keysOf(env.ARCHIVE), await keysOf(env.MEDIA)]).toEqual([[], []]);
  expect(await inDirectory((sql) => sql.exec('SELECT state FROM links').toArray())).toEqual([]);
  await ben.says('hello again');
  expect(await homeOf(ben)).toBe(idOf(ben));
});

test('a further address of the younger home leads to the elder one', async () => {
  const people = await two();
  const [ada, ben] = people;
  const phone = new Person(world);
  await addressObject(ben.address).bind(phone.address, 'admin');
  expect(await homeOf(phone)).toBe(idOf(ben));
  await agree(ada, ben);
  await finished(people);
  expect(await homeOf(phone)).toBe(idOf(ada));
  await phone.says('hello');
  expect((await phone.started(0)).texts).toEqual(['hello']);
});

test('the merged home goes into a third one: the first address leads there too, also when its week is over', async () => {
  const people = await two();
  const [ada, ben] = people;
  const eve = new Person(world);
  vars.ALLOWED_SENDERS += `,${eve.address.replace('whatsapp:', '')}`;
  clock.move(1000);
  await eve.says('/project new Shop');
  await eve.comesToRest(clock);
  // The youngest goes into Ben, who goes into Ada.
  await agree(ben, eve);
  await both([ben, eve], async () => (await stepOf(eve)) === 'leave');
  await agree(ada, ben);
  await both(people, async () => (await stepOf(ben)) === 'leave');
  expect(await homeOf(eve)).toBe(idOf(ada));
  clock.move(7 * DAY);
  await both([ben, eve], () => hasLeft(eve));
  await eve.evicted();
  expect(await homeOf(eve)).toBe(idOf(ada));
});

test('on Telegram, by the deep link: a person who began there as well is one person', async () => {
  const ada = new Person(world);
  const there = new TelegramPerson(4_815_162_342);
  vars.ALLOWED_SENDERS = `${ada.address.replace('whatsapp:', '')},${there.address}`;
  const told = (): string[] => world.outside.telegram.of('sendMessage').map(({ text }) => String(text));
  const settles = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    await world.outside.until(async () => {
      await ada.ring();
      await runDurableObjectAlarm(stubOf(there.address));
      clock.move(1000);
      return condition();
    });
  };
  await ada.says('/project new Shop');
  await ada.comesToRest(clock);
  clock.move(1000);
  await there.says('build the shop');
  await ada.answered(0, 'Built.');
  await settles(() => told().some((text) => text.startsWith('Built.')));
  const code = /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(await hears(ada, '/link', 'LINK '))?.[0] ?? '';
  await there.says(`/start link_${code.replace('-', '')}`);
  await settles(() => told().some((text) => text.includes('Shall I merge the two conversations?')));
  await there.says('yes');
  await settles(
    () => [...told(), ...ada.bodies()].filter((text) => text.startsWith('The two conversations are')).length === 2,
  );
  expect((await addressObject(there.address).entry())?.id).toBe(idOf(ada));
  await there.says('what have you built?');
  await world.outside.until(() =>
    world.outside.starts.some(({ body }) => body.messages.some(({ text }) => text.startsWith('what have'))),
  );
});

test('a topic stays with its project, also for texts that come meanwhile', async () => {
  const ada = new Person(world);
  const there = new TelegramPerson(4_815_162_343);
  vars.ALLOWED_SENDERS = `${ada.address.replace('whatsapp:', '')},${there.address}`;
  const settles = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    await world.outside.until(async () => {
      await ada.ring();
      await runDurableObjectAlarm(stubOf(there.address));
      clock.move(1000);
      return condition();
    });
  };
  const asked = (): boolean =>
    world.outside.telegram
      .of('sendMessage')
      .some(({ text }) => String(text).includes('Shall I merge the two conversations?'));
  const projectOf = async (text: string): Promise<unknown> =>
    (await ada.rows(`SELECT label FROM messages m JOIN projects p ON p.id = m.project WHERE text = '${text}'`))[0];
  for (const words of ['/project new Shop', '/project main']) {
    await ada.says(words);
    await ada.comesToRest(clock);
  }
  clock.move(1000);
  const topic = { message_thread_id: 17, is_topic_message: true };
  const forum_topic_created = { name: 'Shop', icon_color: 1 };
  const within = { ...topic, reply_to_message: { message_id: 17, chat: there.chat, date: 1, forum_topic_created } };
  await there.sends({ ...topic, forum_topic_created });
  await settles(() => world.outside.telegram.of('sendMessage').length > 0);
  const code = /[A-Z2-9]{4}-[A-Z2-9]{4}/.exec(await hears(ada, '/link', 'LINK '))?.[0] ?? '';
  await there.says(`/start link_${code.replace('-', '')}`);
  await settles(asked);
  const home = MergeObject.prototype as unknown as Calls;
  const carryOut = home.takeMergePart;
  let parts = 0;
  vi.spyOn(home, 'takeMergePart').mockImplementation(async function (this: unknown, ...args) {
    if (parts++ === 0) await there.says('during the merge', within);
    return carryOut.apply(this, args);
  });
  await there.says('yes');
  await settles(async () => (await projectOf('during the merge')) !== undefined);
  await there.says('after it', within);
  await settles(async () => (await projectOf('after it')) !== undefined);
  expect(await projectOf('during the merge')).toEqual({ label: 'Shop 2' });
  expect(await projectOf('after it')).toEqual({ label: 'Shop 2' });
  expect(await ada.rows('SELECT label FROM projects ORDER BY label')).toHaveLength(3);
});
