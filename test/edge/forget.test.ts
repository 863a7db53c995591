import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, test } from 'vitest';
import { FORGOTTEN_FOR_MS } from '../../src/conversation/policy/privacy.ts';
import { NO_SPENDING } from '../../src/money/spending.ts';
import { texts } from '../../src/texts/index.ts';
import { DAY } from '../../src/units.ts';
import { useClock } from './clock.ts';
import { Person, quiet } from './person.ts';
import {
  addressObject,
  evict,
  isUnset,
  newMessageSid,
  post,
  rows,
  shardOf,
  stubOf,
  textForm,
  useOutside,
  vars,
} from './relay.ts';

// /forget: everything kept about a person is deleted, at each place, also when the object is killed between any two
// steps; and nothing late brings any of it back.

quiet();
Object.assign(env, { SMS: 'on' });
const clock = useClock();
const world = useOutside();

const idOf = (person: Person): string => stubOf(person.address).id.toString();
const keysOf = async (bucket: R2Bucket): Promise<string[]> => (await bucket.list()).objects.map(({ key }) => key);

/** A person with an answered text, copies and an alert. */
async function someone(): Promise<Person> {
  const person = new Person(world);
  await person.says('remember chartreuse');
  await person.answered(world.outside.starts.length - 1, 'Chartreuse it is.');
  await person.gets(0);
  const id = idOf(person);
  for (const key of [`sessions/${id}/s/1.jsonl`, `people/${id}/1.tar`, `projects/${id}/main/1.tar`])
    await env.ARCHIVE.put(key, 'chartreuse');
  await env.MEDIA.put(`outgoing/${id}/1`, 'chartreuse');
  const raised = { cause: 'disk-full', text: 'a disk is full', ref: null };
  await directory().raise({ ...raised, conversation: id });
  return person;
}
const directory = () => env.DIRECTORY.getByName('directory');

/** Confirms twice. */
async function wishes(person: Person, what = 'everything'): Promise<void> {
  await person.says(`/forget ${what}`);
  await person.runs(clock, () => person.bodies().includes(texts.privacy.forgetSure(what !== 'everything')));
  await person.says('DELETE');
}

const isForgotten = async (person: Person): Promise<boolean> =>
  (await person.rows('SELECT 1 FROM conversation')).length === 0;
const finished = (person: Person): Promise<boolean> => person.runs(clock, () => isForgotten(person));

/** Every row that is left, by table. */
const left = (person: Person): Promise<Record<string, number>> =>
  runInDurableObject(stubOf(person.address), (_, { storage: { sql } }) => {
    const tables = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
    const own = tables.map(({ name }) => name).filter((name) => !/^(sqlite_|_cf_|_migrations)/.test(name));
    const counts = own.map((name) => [name, sql.exec(`SELECT 1 FROM "${name}"`).toArray().length] as const);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  });

test('it says what goes and what stays, and needs a button and a word', async () => {
  const person = await someone();
  await person.says('/forget');
  const asked = await person.gets(1);
  expect([...world.outside.contents.values()].at(-1)?.actions?.map(({ id }) => id)).toEqual([
    'w:/forget everything',
    'w:/forget everything and at Twilio',
  ]);
  expect(asked.body).toBe(texts.privacy.forgetAsk(true, { isOwner: false, isKept: true }));
  // The word alone, and the word after another text, is a text like any other.
  await person.says('DELETE');
  await person.answered(1, 'What should I delete?');
  const tap = { MessageType: 'interactive', ButtonPayload: 'w:/forget everything' };
  await person.says(texts.privacy.forgetAll, tap);
  await world.outside.until(() => person.bodies().includes(texts.privacy.forgetSure(false)));
  await person.says('rather not');
  await person.answered(2, 'Fine.');
  await person.says('DELETE');
  await person.answered(3, 'Delete what?');
  expect(await isForgotten(person)).toBe(false);
  expect(world.outside.forgot).toEqual([]);
});

test('nobody gets rid of limits: a guest comes back as a guest, and what was spent today is spent', async () => {
  clock.freeze();
  const person = await someone();
  const owner = { id: 'owner', role: 'owner', isSelf: false } as const;
  await addressObject(person.address).changeAccess({ to: 'role', role: 'guest' }, owner);
  const spending = { ...NO_SPENDING, day: '2099-01-01', month: '2099-01', today: { model: 7, carrier: 0, machine: 0 } };
  await person.rows(`UPDATE conversation SET spending = '${JSON.stringify(spending)}'`);
  await person.evicted();
  await wishes(person);
  await finished(person);
  await person.says('hello');
  expect(await addressObject(person.address).entry()).toMatchObject({ role: 'guest', standing: 'in' });
  const [row] = await person.rows<{ budgets: string; spending: string }>('SELECT budgets, spending FROM conversation');
  expect(JSON.parse(row?.budgets ?? '')).toMatchObject({ person: { day: 2_000_000 } });
  expect(JSON.parse(row?.spending ?? '')).toMatchObject({ day: '2099-01-01', today: { model: 7 } });
});

test('everything goes at each place, and a late repeat revives nothing; a new text begins anew', async () => {
  clock.freeze();
  const person = await someone();
  const other = new Person(world);
  await other.says('hello');
  await env.ARCHIVE.put(`people/${idOf(other)}/1.tar`, 'theirs');
  const early = await person.says('and also this');
  await person.answered(2, 'Yes.');
  expect(await shardOf(person.address).person(idOf(person))).not.toBeNull();
  await wishes(person);
  await finished(person);
  expect(person.bodies().slice(-2)).toEqual([texts.privacy.forgetBegun(false), texts.privacy.forgetDone(0)]);
  expect(await shardOf(person.address).person(idOf(person))).toBeNull();
  expect(world.outside.forgot).toEqual(['machine']);
  expect(await keysOf(env.ARCHIVE)).toEqual([`people/${idOf(other)}/1.tar`]);
  expect(await keysOf(env.MEDIA)).toEqual([]);
  expect(await directory().alerts()).toEqual([]);
  const people = await directory().people(0);
  expect(people.map(({ id }) => id)).not.toContain(idOf(person));
  expect((await directory().audit(null)).map(({ actor, action }) => [actor, action])).toEqual([
    [idOf(person), 'forgot everything'],
  ]);
  expect(await left(person)).toEqual({ forgotten: 1 });
  const bytes = await person.rows('SELECT * FROM forgotten');
  expect(JSON.stringify(bytes)).not.toContain(String(early.MessageSid));

  await person.repeats(early);
  const callback = (await person.gets(0)).statusCallback;
  const { pathname, search } = new URL(callback);
  const report = { MessageSid: (await person.gets(0)).sid, MessageStatus: 'read', To: person.address };
  await post(`${pathname}${search}`, { ...report, AccountSid: vars.TWILIO_ACCOUNT_SID as string });
  await stubOf(person.address).accept(person.address, lateText(person, Date.now() - 1));
  await person.evicted();
  await person.repeats(early);
  expect(await left(person)).toEqual({ forgotten: 1 });

  const count = world.outside.starts.length;
  await person.says('hello again');
  const { body } = await world.outside.until(() => world.outside.starts[count]);
  expect([body.session_id, body.messages.map(({ text }) => text)]).toEqual([null, ['hello again']]);
  await person.repeats(early);
  expect(await person.rows('SELECT text FROM messages')).toEqual([{ text: 'hello again' }]);
});

const lateText = (person: Person, receivedAt: number) => ({
  providerId: newMessageSid(),
  uuid: '00000000-0000-5000-8000-000000000001',
  from: person.address,
  to: person.ours,
  text: 'found in the list',
  attachments: 0,
  receivedAt,
  late: true,
});

test('a repeat revives nothing for a month, also of a message from before an earlier deletion', async () => {
  clock.freeze();
  const person = await someone();
  const early = await person.says('and also this');
  await person.answered(1, 'Yes.');
  await wishes(person);
  await finished(person);
  clock.move(10 * DAY);
  await person.says('hello again');
  await person.answered(2, 'Hello.');
  await person.says('/forget everything');
  await person.runs(clock, () => person.bodies().at(-1) === texts.privacy.forgetSure(false));
  await person.says('DELETE');
  await finished(person);
  clock.move(FORGOTTEN_FOR_MS - DAY);
  await person.evicted();
  await person.repeats(early);
  expect(await left(person)).toEqual({ forgotten: 1 });
  clock.move(2 * DAY);
  await person.ring();
  expect(await left(person)).toEqual({});
});

test('after a month the last row goes too, and a text right after it begins anew', async () => {
  clock.freeze();
  const person = await someone();
  await wishes(person);
  await finished(person);
  clock.move(FORGOTTEN_FOR_MS + 1);
  await person.ring();
  expect(await left(person)).toEqual({});
  await person.says('hello again');
  expect(await person.messageStates()).toBe('active');
});

test('Twilio’s copies go where asked; what it keeps is counted and said', async () => {
  clock.freeze();
  const person = await someone();
  const [first] = person.got();
  world.outside.onForget = (what) => (what === first?.sid ? new Response('no', { status: 409 }) : undefined);
  await wishes(person, 'everything and at Twilio');
  await finished(person);
  const ids = [...new Set(world.outside.forgot)];
  expect(ids[0]).toBe('machine');
  // Three texts of the person, and the replies that were sent by then.
  expect(ids.filter((id) => id.startsWith('SMa'))).toHaveLength(3);
  expect(ids).toContain(person.got()[1]?.sid);
  expect(person.bodies().at(-1)).toBe(texts.privacy.forgetDone(1));
});

test('while a machine does not answer the deletion waits, says so, and goes on; texts meanwhile are not kept', async () => {
  clock.freeze();
  const person = await someone();
  let isAway = true;
  world.outside.onForget = () => (isAway ? new Response('away', { status: 503 }) : undefined);
  await wishes(person);
  await person.runs(clock, () => person.bodies().includes(texts.privacy.forgetWaits('machine')));
  await person.says('are you there?');
  await person.runs(clock, () => person.bodies().includes(texts.privacy.forgetGoesOn));
  expect(await person.rows("SELECT 1 FROM messages WHERE text LIKE '%there%'")).toEqual([]);
  expect(await stubOf(person.address).standing()).toBe('known');
  await world.outside.until(async () => (await directory().alerts()).some(({ cause }) => cause === 'forget-waits'));
  expect((await keysOf(env.ARCHIVE)).length).toBe(3);
  isAway = false;
  await finished(person);
  expect(await left(person)).toEqual({ forgotten: 1 });
});

describe('killed', () => {
  test.for(['machine', 'carrier', 'copies', 'directory', 'rows'] as const)(
    'in the step %s it goes on',
    async (step) => {
      clock.freeze();
      const person = await someone();
      await person.says('work that runs');
      await person.started(world.outside.starts.length - 1);
      let killed = 0;
      const kill = async (): Promise<void> => {
        if (killed++ === 0) await person.evicted();
      };
      if (step === 'machine' || step === 'carrier')
        world.outside.onForget = async (what) => {
          if ((what === 'machine') === (step === 'machine')) await kill();
          return undefined;
        };
      await wishes(person, 'everything and at Twilio');
      if (step !== 'machine' && step !== 'carrier')
        await person.runs(clock, async () => {
          const [row] = await person.rows<{ forgetting: string }>('SELECT forgetting FROM conversation');
          const now = row?.forgetting ? (JSON.parse(row.forgetting) as { step: string }).step : 'rows';
          if (now === step || row === undefined) await kill();
          return killed > 0;
        });
      await finished(person);
      expect(killed).toBeGreaterThan(0);
      expect(await left(person)).toEqual({ forgotten: 1 });
      expect(await keysOf(env.ARCHIVE)).toEqual([]);
      expect(person.bodies().filter((body) => body === texts.privacy.forgetDone(0))).toHaveLength(1);
    },
  );
});

test('somebody else’s schedule does not bring a forgotten person back', async () => {
  clock.freeze();
  const person = await someone();
  await wishes(person);
  await finished(person);
  const given = {
    run: '01J0000000000000000000000A',
    schedule: 1,
    part: 0,
    text: 'standup',
    owner: 'whatsapp:+15555550199',
  };
  const became = await stubOf(person.address).takeRun({
    ...given,
    address: person.address,
    sender: person.ours,
  } as never);
  expect(became).toMatchObject({ state: 'skipped' });
  expect(await left(person)).toEqual({ forgotten: 1 });
});

describe('another address of the person', () => {
  test('leads nowhere any more, and is nobody’s; after a month nothing is left there', async () => {
    clock.freeze();
    const person = await someone();
    const id = 'whatsapp:US.13491208655302741918';
    await person.says('/help', { ExternalUserId: id });
    expect(await isUnset(id)).toBe(false);
    await wishes(person);
    await finished(person);
    expect(await addressObject(id).standing()).toBe('nobody');
    expect(await left(person)).toEqual({ forgotten: 1 });
    expect(await rows(id, 'SELECT 1 FROM forgotten')).toHaveLength(1);
    clock.move(FORGOTTEN_FOR_MS + 1);
    await runDurableObjectAlarm(stubOf(id));
    expect(await isUnset(id)).toBe(true);
  });

  test('that the person has again within the month leads to them also after it', async () => {
    clock.freeze();
    const person = await someone();
    const id = 'whatsapp:US.13491208655302741918';
    await person.says('/help', { ExternalUserId: id });
    await wishes(person);
    await finished(person);
    await person.says('hello again', { ExternalUserId: id });
    expect(await addressObject(id).standing()).toBe('served');
    clock.move(FORGOTTEN_FOR_MS + 1);
    await evict(id);
    await runDurableObjectAlarm(stubOf(id));
    expect(await addressObject(id).standing()).toBe('served');
    expect(await rows(id, 'SELECT 1 FROM forgotten')).toEqual([]);
  });

  test('that may text by itself: a late repeat, and what the carrier’s list has from before, begin nothing', async () => {
    clock.freeze();
    const person = await someone();
    const sms = person.address.replace('whatsapp:', '');
    const ours = { To: person.ours.replace('whatsapp:', '') };
    await addressObject(person.address).bind(sms, 'admin');
    const early = textForm(sms, 'what was my word?', ours);
    await person.repeats(early);
    await person.answered(1, 'Chartreuse.');
    await wishes(person);
    await finished(person);
    await person.repeats(early);
    const late = { ...lateText(person, Date.now() - 1), from: sms, to: ours.To };
    await addressObject(sms).accept(sms, late);
    await evict(sms);
    await person.repeats(early);
    expect(await rows(sms, 'SELECT 1 FROM conversation')).toEqual([]);
    await person.repeats(textForm(sms, 'hello again', ours));
    expect(await rows(sms, 'SELECT text FROM messages')).toEqual([{ text: 'hello again' }]);
  });
});
