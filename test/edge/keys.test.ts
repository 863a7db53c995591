import { env } from 'cloudflare:workers';
import { beforeEach, expect, test, vi } from 'vitest';
import { readConfig } from '../../src/config/config.ts';
import { texts } from '../../src/texts/index.ts';
import { handOver } from '../../src/worker/intake.ts';
import { answerTo, Person } from './person.ts';
import { newMessageSid, rows, useOutside, vars } from './relay.ts';
import { TelegramPerson, useTelegram } from './telegram-person.ts';

// A text with a key: nothing that the relay stores, logs or gives to the machine has it, however the text came.

const world = useOutside();
useTelegram();
const KEY = `gh${'p'}_${'aB3'.repeat(12)}`;
const REMOVED = '[key removed]';
let person: Person;
let logged: unknown[];
beforeEach(() => {
  logged = [];
  for (const method of ['log', 'warn', 'error'] as const) {
    vi.spyOn(console, method).mockImplementation((...line) => void logged.push(line));
  }
  person = new Person(world);
});

/** Every value in every table of the person's object. */
async function everything(): Promise<string> {
  const tables = await person.rows<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'`,
  );
  const all = await Promise.all(tables.map(({ name }) => person.rows(`SELECT * FROM "${name}"`)));
  return JSON.stringify(all);
}

test('is in no row, no log line and no request to the machine, and the answer says that it was removed', async () => {
  await person.says(`/remind tomorrow 9am: revoke ${KEY}`);
  world.outside.media.onMedia = () => new Response(null, { status: 503 });
  const MediaUrl0 = `https://twilio.example.com/2010-04-01/Accounts/${vars.TWILIO_ACCOUNT_SID}/Messages/MM1/Media/ME1`;
  await person.says(`${KEY}.txt`, { MessageType: 'document', NumMedia: '1', MediaUrl0 });
  const { config } = readConfig(env) as Extract<ReturnType<typeof readConfig>, { ok: true }>;
  const listed = { providerId: newMessageSid(), from: person.address, to: person.ours, text: `list ${KEY}` };
  const bare = { attachments: 0, files: [], quoted: null, unread: null, optOut: null };
  await handOver(env, config, { ...listed, ...bare, receivedAt: Date.now(), late: true });
  await person.says(`use ${KEY} now`);
  await world.outside.until(() => logged.length > 0 && world.outside.sent.length > 1);
  const stored = await everything();
  expect(stored).not.toContain(KEY);
  expect(stored).not.toContain(KEY.slice(10));
  expect(stored.split(REMOVED).length).toBeGreaterThan(4);
  expect(JSON.stringify([logged, world.outside.starts, world.outside.sent])).not.toContain(KEY.slice(10));
});

test('its words go on without it, and after /nokey as they are', async () => {
  await person.says(`use ${KEY} now.`);
  const { attempt, uuids, texts: given } = await person.started();
  expect(given).toEqual([`use ${REMOVED} now.`]);
  person.tells(attempt, ...answerTo(uuids, 'Done.'));
  expect((await person.gets(0)).body).toBe(`Done.\n\n${texts.inbound.keysRemoved(['GitHub'])}`);
  await world.outside.until(() => world.outside.acknowledged.includes(attempt));
  await person.says(`/nokey use ${KEY} now.`);
  expect((await person.started(1)).texts).toEqual([`use ${KEY} now.`]);
  expect(person.bodies()).toHaveLength(1);
});

test('in the name of a topic it is in no row', async () => {
  const ada = new TelegramPerson();
  await ada.says('/help');
  const topic = { message_thread_id: 7, is_topic_message: true };
  await ada.sends({ ...topic, forum_topic_created: { name: KEY, icon_color: 1 } });
  const labels = await rows<{ label: string }>(ada.address, 'SELECT label FROM projects');
  expect(labels).toHaveLength(2);
  expect(JSON.stringify(labels)).not.toContain(KEY.slice(10));
});
