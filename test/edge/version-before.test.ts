import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import { migrateConversation } from '../../src/objects/migrations.ts';
import { ConversationStore } from '../../src/objects/stores/conversation-store.ts';
import conversation from '../fixtures/conversation-before.sql';
import directory from '../fixtures/directory-before.sql';
import { useClock } from './clock.ts';
import { answerTo, Person, quiet } from './person.ts';
import { rows, stubOf, text, useOutside } from './relay.ts';

// Databases of the relay that still read and wrote JSON in its decisions: a conversation in the middle of a turn, and
// the directory. This relay starts on them and continues.

quiet();
const clock = useClock();
const world = useOutside();
const NOON = Date.UTC(2026, 10, 23, 12, 0, 16);
const TURN = '01M844E98GEYDE6WQQFNJMWDED';
const ATTEMPT = `${TURN}.1`;
const PLEASE = '07d99f53-e7a7-5730-ac76-a8d4f2c81515';

beforeEach(() => {
  clock.freeze();
  clock.move(NOON - Date.now());
});

test('a conversation in the middle of its work goes on, and each value is what it was', async () => {
  const person = new Person(world);
  world.outside.events.set(ATTEMPT, [
    { type: 'started' },
    {
      type: 'request',
      request_id: 'q0',
      request: { kind: 'ask', question: 'Which colour?', options: ['Red', 'Blue'] },
    },
  ]);
  await runInDurableObject(stubOf(person.address), async (_, { storage }) => {
    await storage.deleteAll();
    storage.sql.exec(conversation.replaceAll('whatsapp:+15555550123', person.address));
    migrateConversation(storage);
    const state = new ConversationStore(storage).load([{ rows: 'grants' }, { rows: 'schedules' }]);
    expect(state.conversation).toMatchObject({
      verbose: false,
      welcomed: true,
      asking: { ask: 'move', from: 'Europe/Berlin', to: 'Asia/Tokyo' },
      outage: { tries: 1, failure: 'rate', code: 20429, waits: false, news: null },
    });
    expect(state.questions).toMatchObject([{ state: 'open', options: ['Red', 'Blue'], answer: null }]);
    expect(state.schedules).toMatchObject([
      { rule: { kind: 'cron', cron: '0 14 * * *' }, skips: ['2026-11-23'], recipients: [], isolated: false },
      { rule: { kind: 'interval', every: 180, unit: 'minutes' }, skips: [], toldWindow: false },
    ]);
    expect(state.grants).toMatchObject([{ rule: 'Bash(rm:*)', decision: 'allow' }]);
    await storage.setAlarm(Date.now() + 1);
  });
  await person.evicted();
  // The open question is answered, and the attempt that asked it continues.
  await person.says('Red');
  const given = await world.outside.until(() => world.outside.answers[0]);
  expect(given).toMatchObject({ attempt: ATTEMPT, request: 'q0', answer: { kind: 'text', text: 'Red' } });
  await world.outside.until(() => world.outside.attaches.find(({ attempt }) => attempt === ATTEMPT));
  person.tells(ATTEMPT, ...answerTo([PLEASE], 'It is red now.'));
  // The waiting text has its own turn.
  const next = await world.outside.until(() => world.outside.starts.find(({ attempt }) => attempt !== ATTEMPT));
  expect(next.body.messages.map(({ text }) => text)).toEqual(['and this waits']);
  person.tells(next.attempt, ...answerTo([next.body.messages[0]?.uuid ?? ''], 'That as well.'));
  await world.outside.until(() => world.outside.acknowledged.includes(next.attempt));
  // The outbox is sent, later words too, and the reminder comes when it is due.
  for (const words of ['While I’m busy', 'It is red now.', 'That as well.', 'drink some water']) {
    clock.move(words === 'drink some water' ? 45_000 : 4000);
    await person.ring();
    await world.outside.until(() => person.bodies().some((body) => body.includes(words)));
    await world.outside.until(async () => !(await person.replyStates()).includes('sending'));
  }
  const row = (await person.rows('SELECT asking, outage FROM conversation'))[0];
  expect(JSON.parse(`${row?.asking}`)).toMatchObject({ ask: 'move', to: 'Asia/Tokyo' });
  expect(row?.outage).toBeNull();
  expect(await person.rows('SELECT rule, skips, recipients FROM schedules WHERE id = 1')).toEqual([
    { rule: '{"kind":"cron","cron":"0 14 * * *"}', skips: '["2026-11-23"]', recipients: '[]' },
  ]);
});

test('it is a home: its person is found by the id that comes with the next text', async () => {
  const person = new Person(world);
  const id = 'whatsapp:US.13491208655302741918';
  await runInDurableObject(stubOf(person.address), async (_, { storage }) => {
    await storage.deleteAll();
    storage.sql.exec(conversation.replaceAll('whatsapp:+15555550123', person.address));
  });
  await person.evicted();
  const before = (await person.rows('SELECT 1 FROM messages')).length;
  await person.says('/status', { ExternalUserId: id });
  await text(id, '/queue');
  expect(await person.rows('SELECT 1 FROM messages')).toHaveLength(before + 2);
  expect(await rows(id, 'SELECT 1')).toEqual([]);
});

test('the directory knows its machines', async () => {
  const stub = env.DIRECTORY.getByName('of the version before');
  await runInDurableObject(stub, async (_, { storage }) => {
    await storage.deleteAll();
    storage.sql.exec(directory);
  });
  await runInDurableObject(stub, (_, state) => state.abort('evicted by a test')).catch(() => undefined);
  const known = env.DIRECTORY.getByName('of the version before');
  expect(await known.machines()).toMatchObject([{ conversation: 'aa', name: 'roost-aa', image: null }]);
  expect(await known.claimMachine('aa', 'roost-aa', 1)).toBe('taken');
  expect(await known.claimMachine('bb', 'roost-bb', 1)).toBe('full');
});
