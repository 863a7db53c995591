import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { GivenRun } from '../../src/conversation/state/schedule-rows.ts';
import { Conversation } from '../../src/objects/conversation.ts';
import { texts as saidTexts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import { TOKEN } from './outside-telegram.ts';
import { answerTo, Person, quiet, type Row } from './person.ts';
import { addressObject, isUnset, rows, stubOf, useOutside } from './relay.ts';
import { TelegramPerson } from './telegram-person.ts';

// One run for several people, each with an object: the words go to each recipient, reports of their fate come back, and
// nothing else passes between them. Objects end and calls fail in between.

quiet();
const clock = useClock();
const world = useOutside();
const HOUR = 3_600_000;
const saidOfSchedules = saidTexts.scheduleAnswers;
const TEMPLATE = `HX${'0'.repeat(31)}1`;
const RUN = '01J0000000000000000000000R';
const vars = env as unknown as Record<string, string>;
const before = { ...vars };
const ORIGINALS = { takeRun: Conversation.prototype.takeRun, runReported: Conversation.prototype.runReported };
const takeRun = vi.spyOn(Conversation.prototype, 'takeRun');
const runReported = vi.spyOn(Conversation.prototype, 'runReported');

beforeEach(() => {
  clock.freeze();
  vars.TWILIO_NUDGE_CONTENT_SID = TEMPLATE;
  for (const spy of [takeRun, runReported]) spy.mockReset();
});
afterEach(() => {
  Object.assign(vars, before);
});

const numberOf = (person: Person): string => person.address.replace('whatsapp:', '');
const ofOwner = (owner: Person, words: string): string => `From ${numberOf(owner)}’s schedule 2:\n\n${words}`;

/** A person who has just written, so that the carrier lets us answer. */
async function here(): Promise<Person> {
  const person = new Person(world);
  await person.says('/help');
  await person.comesToRest(clock);
  return person;
}
const seen = new Map<Person, number>();
/** The messages that the carrier accepted for the person since the greeting. */
const texts = (person: Person): string[] =>
  person
    .got()
    .slice(seen.get(person) ?? 0)
    .map(({ body, template }) => template ?? body);
const greeted = (...people: Person[]): void => {
  for (const person of people) seen.set(person, person.got().length);
};

async function operator(): Promise<Person> {
  const person = await here();
  vars.ADMIN_SENDERS = numberOf(person);
  await person.evicted();
  return person;
}

/** The owner's schedule for `recipients` is due in a minute. */
async function schedules(owner: Person, recipients: string[], kind: 'text' | 'agent' = 'text'): Promise<void> {
  const at = Date.now() + 60_000;
  const rule = JSON.stringify({ kind: 'once', at });
  await runInDurableObject(stubOf(owner.address), async (_, { storage }) => {
    storage.sql.exec(
      `INSERT INTO schedules (id, kind, project, prompt, rule, zone, skips, isolated, overlap, standup, recipients, state,
        next_at, failures, held_runs, told_window, created_at)
       VALUES (2, ?, 'main', 'the task of it', ?, 'Europe/Berlin', '[]', 0, 'skip', 0, ?, 'active', ?, 0, 0, 0, 0)`,
      kind,
      rule,
      JSON.stringify(recipients),
      at,
    );
    storage.sql.exec(`INSERT INTO timers (kind, ref, due_at, attempts) VALUES ('schedule', '2', ?, 0)`, at);
    await storage.setAlarm(at);
  });
  await owner.evicted();
}
async function fires(owner: Person): Promise<void> {
  clock.move(61_000);
  await owner.ring();
}
const deliveries = (owner: Person): Promise<Row[]> =>
  owner.rows('SELECT address, part, state, note, code, text FROM deliveries ORDER BY address, part');
const status = async (owner: Person, of: Person): Promise<string | undefined> =>
  (await deliveries(owner)).find(({ address }) => address === of.address)?.state as string | undefined;
const run = async (owner: Person): Promise<Row | undefined> => (await owner.rows('SELECT state, note FROM runs'))[0];
/** Moves time for both and fires their alarms until the condition holds. */
const until = (condition: () => boolean | Promise<boolean>, ...people: Person[]): Promise<boolean> =>
  world.outside.until(async () => {
    for (const person of people) {
      if (await condition()) return true;
      const due = await person.nextDue();
      if (due !== null && due > Date.now()) clock.move(due - Date.now());
      await person.ring();
    }
    return condition();
  });
const timerKinds = async (...people: Person[]): Promise<string> =>
  (await Promise.all(people.map((p) => p.timers()))).join(' ').trim();

test('somebody who is named by the other spelling of their number has one conversation', async () => {
  const owner = await operator();
  const [named, known] = ['whatsapp:+5511987651234', 'whatsapp:+551187651234'];
  vars.ALLOWED_SENDERS = `${numberOf(owner)},+5511987651234`;
  await owner.evicted();
  await stubOf(known).accept(known, {
    ...{ providerId: `SM${'b'.repeat(32)}`, from: known, to: owner.ours, text: '/help', attachments: 0 },
    ...{ receivedAt: Date.now(), late: false, files: [], quoted: null, unread: null, optOut: null },
    uuid: '00000000-0000-4000-8000-0000000000b1',
  });
  await schedules(owner, [named.replace('whatsapp:', '')]);
  await fires(owner);
  const replies = () => rows(known, "SELECT body FROM replies WHERE body LIKE '%the task of it%'");
  expect(await world.outside.until(async () => (await replies()).length === 1)).toBe(true);
  expect(await rows(named, 'SELECT * FROM conversation')).toEqual([]);
  await stubOf(owner.address).runReported({
    run: String((await owner.rows('SELECT id FROM runs'))[0]?.id),
    address: known,
    parts: 1,
    state: 'delivered',
    note: null,
    code: null,
  } as never);
  expect(await owner.rows('SELECT address, state FROM deliveries')).toEqual([{ address: named, state: 'delivered' }]);
});

test.each([
  ['by another of their numbers', false],
  ['by two of them', true],
])('somebody who is named %s gets it once, and the report finds its way', async (_, byTwo) => {
  const owner = await operator();
  const anna = await here();
  const second = new Person(world);
  expect(await addressObject(anna.address).bind(second.address, 'operator')).toBe('bound');
  await schedules(owner, [numberOf(second), ...(byTwo ? [numberOf(anna)] : [])]);
  const began = Date.now();
  await fires(owner);
  const states = async (): Promise<unknown[]> => (await deliveries(owner)).map(({ state }) => state);
  await world.outside.until(async () => !(await states()).includes('waiting'));
  await until(async () => (await states()).every((state) => state === 'sent'), owner, anna);
  // Without a report it would count as sent after days.
  expect(Date.now() - began).toBeLessThan(HOUR);
  expect(anna.bodies().filter((body) => body.includes('the task of it'))).toHaveLength(1);
  expect(await rows(second.address, 'SELECT 1')).toEqual([]);
});

describe('two people, one with an open window and one without', () => {
  test.each([[false], [true]])('each has a status of their own (evicted between the steps: %s)', async (evicted) => {
    const owner = await operator();
    const [anna, ben] = [await here(), await here()];
    await ben.rewrites(`UPDATE windows SET last_inbound_at = last_inbound_at - ${24 * HOUR}`);
    greeted(owner, anna, ben);
    const crash = async (): Promise<void> => {
      if (evicted) for (const person of [owner, anna, ben]) await person.evicted();
    };
    await schedules(owner, [numberOf(anna), numberOf(ben)]);
    await fires(owner);
    await crash();
    await until(async () => (await status(owner, ben)) === 'held', owner, anna, ben);
    await crash();
    await until(async () => (await status(owner, anna)) === 'sent', owner, anna, ben);
    expect(texts(anna)).toEqual([ofOwner(owner, 'the task of it')]);
    expect(texts(ben)).toEqual([TEMPLATE]);
    expect(await run(owner)).toEqual({ state: 'held', note: null });
    await crash();
    await anna.callback(anna.got().at(-1) as never, 'delivered');
    await crash();
    await until(async () => (await status(owner, anna)) === 'delivered', owner, anna);
    expect(await owner.rows('SELECT state, delivered_at IS NOT NULL AS at FROM schedules')).toEqual([
      { state: 'over', at: 1 },
    ]);

    await ben.says('/status');
    await crash();
    await until(async () => (await status(owner, ben)) === 'sent', owner, ben);
    await crash();
    const words = ben.got().find(({ body }) => body === ofOwner(owner, 'the task of it'));
    await ben.callback(words as never, 'delivered');
    await crash();
    await until(async () => (await run(owner))?.state === 'delivered', owner, ben);

    // Nobody gets it twice, the owner gets no copy, and nothing is left to do.
    const copies = [anna, ben].map((p) => texts(p).filter((body) => body.includes('the task of it')).length);
    expect(copies).toEqual([1, 1]);
    expect(texts(owner)).toEqual([]);
    expect(await deliveries(owner)).toEqual(
      [anna.address, ben.address].sort().map((address) => ({
        address,
        part: 0,
        state: 'delivered',
        note: null,
        code: null,
        text: null,
      })),
    );
    for (const person of [owner, anna, ben]) await person.comesToRest(clock);
  });
});

describe('a call that fails', () => {
  test.each([
    ['before the other did anything', false],
    ['after the other did all of it', true],
  ])('%s is made again, and nothing happens twice', async (_, isDone) => {
    const owner = await operator();
    const anna = await here();
    greeted(owner, anna);
    const lost = <Args extends unknown[], Result>(name: 'takeRun' | 'runReported') => {
      const spy = name === 'takeRun' ? takeRun : runReported;
      const original = ORIGINALS[name] as unknown as (this: Conversation, ...args: Args) => Result;
      let failures = 2;
      spy.mockImplementation(function (this: Conversation, ...args: unknown[]) {
        const broken = failures-- > 0;
        if (broken && !isDone) throw new Error('cut');
        const answer = original.apply(this, args as Args);
        if (broken) throw new Error('cut');
        return answer as never;
      });
    };
    lost('takeRun');
    lost('runReported');
    await schedules(owner, [numberOf(anna)]);
    // Until the words have left there is nothing to report; a report would count as the answer.
    world.outside.held.send = 'before';
    await fires(owner);
    await until(async () => (await status(owner, anna)) === 'given', owner);
    expect(takeRun).toHaveBeenCalledTimes(3);
    world.outside.release();
    // The owner's own timer would count it as sent after two days without a report.
    await until(async () => (await status(owner, anna)) === 'sent', anna);
    expect(texts(anna)).toEqual([ofOwner(owner, 'the task of it')]);
    await until(async () => (await timerKinds(owner, anna)) === '', owner, anna);
    expect(runReported.mock.calls.length).toBeGreaterThanOrEqual(3);
    expect((await deliveries(owner)).map(({ state }) => state)).toEqual(['sent']);
  });
});

test('a person removed from the list before the run is left out, and nothing is stored in their object', async () => {
  const owner = await operator();
  const anna = await here();
  const gone = new Person(world);
  greeted(owner, anna);
  vars.ALLOWED_SENDERS = [numberOf(owner), numberOf(anna)].join(',');
  await schedules(owner, [numberOf(gone), numberOf(anna)]);
  await fires(owner);
  await until(async () => (await status(owner, anna)) === 'sent', owner, anna);
  expect(await status(owner, gone)).toBe('skipped');
  expect((await deliveries(owner)).find(({ address }) => address === gone.address)?.note).toBe('access');
  expect(await isUnset(gone.address)).toBe(true);
});

describe('a person who is on no list and was let in by an admin', () => {
  const TEXT = (...who: Person[]): string => `/remind in 20 minutes for ${who.map(numberOf).join(', ')}: the bins`;
  /** The answer to the owner's text. */
  const asks = async (owner: Person, text: string): Promise<string> => {
    const before = owner.bodies().length;
    await owner.says(text);
    await until(() => owner.bodies().length > before, owner);
    return owner.bodies().slice(before).join();
  };
  async function letIn(owner: Person, channel: 'whatsapp' | 'sms' = 'whatsapp'): Promise<Person> {
    const person = new Person(world, channel);
    Object.assign(vars, { ALLOWED_SENDERS: numberOf(owner), DEFAULT_TIMEZONE: 'Europe/Berlin' });
    const { address, ours: sender } = person;
    await addressObject(address).admit({ address, sender, role: 'member', name: null, budget: null }, []);
    await owner.evicted();
    return person;
  }

  test('is a recipient like anybody else; a stranger is none, and nothing is stored of them', async () => {
    const owner = await operator();
    const anna = await letIn(owner);
    const stranger = new Person(world);
    expect(await asks(owner, TEXT(anna, stranger))).toBe(saidOfSchedules.others);
    expect(await isUnset(stranger.address)).toBe(true);
    expect(await owner.rows('SELECT 1 FROM schedules')).toEqual([]);
    expect(await asks(owner, TEXT(anna))).toMatch(/^I’ll text them/);
    await until(() => anna.bodies().some((body) => body.includes('the bins')), owner, anna);
  });

  test.each(['block', 'lock'] as const)('is none while they are out (%s), also for a run', async (to) => {
    const owner = await operator();
    const anna = await letIn(owner);
    await schedules(owner, [numberOf(anna)]);
    await addressObject(anna.address).changeAccess({ to }, { id: 'operator', role: 'owner', isSelf: false });
    expect(await asks(owner, TEXT(anna))).toBe(saidOfSchedules.others);
    await fires(owner);
    await until(async () => (await status(owner, anna)) === 'skipped', owner);
    expect(await run(owner)).toEqual({ state: 'skipped', note: 'access' });
    expect(anna.bodies().join()).not.toContain('the task of it');
  });

  test('is found by a further address, which only leads to their home', async () => {
    const owner = await operator();
    const anna = await letIn(owner);
    const second = new Person(world);
    expect(await addressObject(anna.address).bind(second.address, 'operator')).toBe('bound');
    expect(await asks(owner, TEXT(second))).toMatch(/^I’ll text them/);
  });

  test('gets it by SMS if they write there alone, and the report finds its way', async () => {
    const owner = await operator();
    const anna = await letIn(owner, 'sms');
    expect(await asks(owner, TEXT(anna))).toMatch(/^I’ll text them/);
    const began = Date.now();
    await until(
      async () => (await owner.rows("SELECT 1 FROM deliveries WHERE state = 'sent'")).length === 1,
      owner,
      anna,
    );
    // Without a report it would count as sent after days.
    expect(Date.now() - began).toBeLessThan(HOUR);
    expect(anna.bodies().filter((body) => body.includes('the bins'))).toHaveLength(1);
    expect(await isUnset(`whatsapp:${anna.address}`)).toBe(true);
  });

  test('a question that was cut is asked again, and makes one schedule', async () => {
    const owner = await operator();
    const anna = await letIn(owner);
    const standing = vi.spyOn(Conversation.prototype, 'standing');
    standing.mockRejectedValueOnce(new Error('cut'));
    await owner.says(TEXT(anna));
    await owner.evicted();
    await until(() => owner.bodies().some((body) => body.startsWith('I’ll text them')), owner);
    standing.mockRestore();
    expect(await owner.rows('SELECT id FROM schedules')).toHaveLength(1);
    expect(await timerKinds(owner)).not.toContain('recipients');
  });
});

test('a person who has never written gets the words, too, as far as the carrier allows', async () => {
  const owner = await operator();
  const anna = new Person(world);
  greeted(owner, anna);
  await schedules(owner, [numberOf(anna)]);
  await fires(owner);
  await until(async () => (await status(owner, anna)) === 'sent', owner, anna);
  await anna.callback(anna.got()[0] as never, 'failed', 63016);
  await until(async () => (await status(owner, anna)) === 'held', owner, anna);
  await anna.says('hi');
  await until(() => texts(anna).filter((body) => body.includes('the task of it')).length === 2, anna);
  expect(texts(anna)).toContain(TEMPLATE);
});

test('an agent’s later words go to the same people', async () => {
  const owner = await operator();
  const anna = await here();
  greeted(owner, anna);
  await schedules(owner, [numberOf(anna)], 'agent');
  await fires(owner);
  const { attempt, uuids } = await owner.started();
  const [first, ...end] = answerTo(uuids, 'One thing');
  if (first?.type !== 'result') throw new Error('an answer begins with a result');
  owner.tells(attempt, first);
  await until(async () => (await status(owner, anna)) === 'sent', owner, anna);
  await anna.callback(anna.got().at(-1) as never, 'delivered');
  await until(async () => (await run(owner))?.state === 'delivered', owner, anna);
  await owner.evicted();
  await owner.ring();
  owner.tells(attempt, { ...first, text: 'And another', user_message_uuids: [] }, ...end);
  await until(() => texts(anna).length === 2 || texts(owner).length > 0, owner, anna);
  expect(texts(owner)).toEqual([]);
  expect(texts(anna)[1]).toBe(ofOwner(owner, 'And another'));
});

test('an agent’s words reach those it is for; its task and whatever else is the owner’s stays there', async () => {
  const owner = await operator();
  const anna = await here();
  greeted(owner, anna);
  await schedules(owner, ['me', numberOf(anna)], 'agent');
  await fires(owner);
  await owner.answered(0, 'all is **well**');
  await until(() => texts(anna).length === 1 && texts(owner).length === 1, owner, anna);
  expect(texts(owner)).toEqual(['all is *well*']);
  expect(texts(anna)).toEqual([ofOwner(owner, 'all is *well*')]);
  expect(world.outside.starts.map((s) => s.attempt.split('.')[1])).toEqual(['1']);
  await until(async () => (await timerKinds(owner, anna)) === '', owner, anna);

  const tables = await anna.rows<{ name: string }>(`SELECT name FROM sqlite_master WHERE type = 'table'`);
  const kept = await Promise.all(
    tables
      .filter(({ name }) => !/^(_|sqlite)/.test(name))
      .map(async ({ name }) => [name, await anna.rows(`SELECT * FROM ${name}`)] as const),
  );
  expect(JSON.stringify(kept)).not.toContain('the task of it');
  const filled = kept.filter(([, rows]) => rows.length > 0).map(([name]) => name);
  expect(filled.sort()).toEqual(['conversation', 'messages', 'projects', 'replies', 'windows']);
});

describe('requests from one object to another', () => {
  const words = (owner: Person, to: Person, change: Partial<GivenRun> = {}): GivenRun => ({
    address: to.address,
    sender: to.ours,
    owner: owner.address,
    run: RUN,
    schedule: 2,
    part: 0,
    text: '/new',
    ...change,
  });

  test('words are only ever words, and taken once', async () => {
    const owner = await operator();
    const anna = await here();
    greeted(owner, anna);
    const stub = stubOf(anna.address);
    for (const text of ['/new', '/stop', 'hello agent', '/schedule every day 9am: x']) {
      expect(await stub.takeRun(words(owner, anna, { text, run: `01${text}` }))).toMatchObject({ state: 'given' });
      expect(await stub.takeRun(words(owner, anna, { text: 'other', run: `01${text}` }))).toMatchObject({
        state: expect.stringMatching(/^(given|sent)$/),
      });
    }
    await until(() => texts(anna).length === 4, anna);
    expect(texts(anna)[0]).toBe(ofOwner(owner, '/new'));
    expect(await stub.takeRun(words(owner, anna, { run: '01Y', text: 'x'.repeat(65_537) }))).toMatchObject({
      state: 'skipped',
    });
    expect(world.outside.starts).toEqual([]);
    expect(await anna.rows(`SELECT generation FROM projects`)).toEqual([{ generation: 0 }]);
    expect(await anna.rows(`SELECT (SELECT count(*) FROM turns) + (SELECT count(*) FROM schedules) AS n`)).toEqual([
      { n: 0 },
    ]);
    expect(await anna.rows(`SELECT count(*) AS n FROM messages`)).toEqual([{ n: 1 }]);
  });

  test('a report changes a delivery that was given to that very person, and nothing else', async () => {
    const owner = await operator();
    const [anna, ben] = [await here(), await here()];
    await schedules(owner, [numberOf(anna)]);
    await fires(owner);
    await until(async () => (await status(owner, anna)) === 'sent', owner, anna);
    await until(async () => (await timerKinds(owner, anna)) === '', owner, anna);
    const { id } = (await owner.rows<{ id: string }>('SELECT id FROM runs'))[0] as { id: string };
    const all = async () => [
      await deliveries(owner),
      await owner.rows('SELECT * FROM runs'),
      await owner.rows('SELECT * FROM schedules'),
    ];
    const was = await all();
    const told = { state: 'failed', note: 'undelivered', code: 1, parts: 1 } as const;
    const stub = stubOf(owner.address);
    await stub.runReported({ run: id, address: ben.address, ...told });
    await stub.runReported({ run: RUN, address: anna.address, ...told });
    await stub.runReported({ run: id, address: anna.address, ...told, parts: 0 });
    expect(await all()).toEqual(was);
    const nobody = stubOf(new Person(world).address);
    await nobody.runReported({ run: id, address: anna.address, ...told });
  });
});

test('an owner on a channel without numbers reaches somebody by their number on another one', async () => {
  const there = new TelegramPerson(4_815_162_500);
  const friend = await here();
  greeted(friend);
  vars.ALLOWED_SENDERS = `${before.ALLOWED_SENDERS},${there.address}`;
  Object.assign(vars, { TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: 'https://telegram.example.com' });
  await there.says('/help');
  const owner = Object.assign(new Person(world), { address: there.address });
  await owner.comesToRest(clock);
  vars.ADMIN_SENDERS = there.address;
  await owner.evicted();
  await schedules(owner, [numberOf(friend)]);
  await fires(owner);
  await world.outside.until(async () => {
    await friend.ring();
    return texts(friend).length > 0;
  });
  expect(texts(friend)).toEqual(['From Telegram …2500’s schedule 2:\n\nthe task of it']);
  expect(await isUnset(`telegram:${numberOf(friend)}`)).toBe(true);
});
