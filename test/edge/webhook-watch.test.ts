import { createScheduledController, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, expect, test } from 'vitest';
import worker from '../../src/worker/index.ts';
import { BOT, refuse } from './outside-telegram.ts';
import { useOutside, vars } from './relay.ts';
import { useTelegram } from './telegram-person.ts';

// The cron looks whether Telegram's webhook reaches the relay, and the operator hears when it stays wrong.

const world = useOutside();
useTelegram();

const directory = () => env.DIRECTORY.getByName('directory');
const inside = <T>(work: (sql: SqlStorage) => T): Promise<T> =>
  runInDurableObject(directory(), (_, { storage }) => work(storage.sql));
const ours = (url = 'https://relay.example.com/webhooks/telegram', more: object = {}) =>
  Response.json({ ok: true, result: { url, has_custom_certificate: false, pending_update_count: 0, ...more } });
let answer = (): Response => ours();

beforeEach(async () => {
  await inside((sql) => {
    for (const table of ['watermarks', 'deliveries', 'alerts']) sql.exec(`DELETE FROM ${table}`);
  });
  world.outside.telegram.onCall = ({ method }) => (method === 'getWebhookInfo' ? answer() : undefined);
});

const look = () => worker.scheduled(createScheduledController(), env);
/** The next look comes five minutes later. */
const later = () =>
  inside((sql) =>
    sql.exec('UPDATE watermarks SET failing_since = failing_since - 300000 WHERE sender = ?', `telegram:${BOT}`),
  );
const raised = async () => (await directory().alerts()).map(({ cause, text, count }) => ({ cause, text, count }));

const failing = () =>
  ours(undefined, {
    pending_update_count: 2,
    last_error_date: Math.floor(Date.now() / 1000),
    last_error_message: 'Wrong response from the webhook: 403 Forbidden',
  });

test.each<[string, () => Response, string, RegExp]>([
  ['fails', failing, 'webhook-failing/telegram', /2 texts.*403 Forbidden/],
  ['leads elsewhere', () => ours('https://other.example.com/x'), 'webhook-elsewhere/telegram', /--move/],
  ['isn’t set', () => ours('', { pending_update_count: 1 }), 'webhook-unset/telegram', /npm run telegram/],
  ['is of a revoked token', () => refuse(401, 'Unauthorized'), 'webhook-revoked/telegram', /TELEGRAM_BOT_TOKEN/],
])('a webhook that %s is told once, after the second look', async (_, said, cause, words) => {
  answer = said;
  await look();
  expect(await raised()).toEqual([]);
  await later();
  await look();
  await look();
  expect(await raised()).toEqual([{ cause, text: expect.stringMatching(words), count: 2 }]);
  expect(JSON.stringify(await raised())).not.toContain(vars.TELEGRAM_BOT_TOKEN);
});

test('a bot without a webhook whose texts somebody asks for is no trouble', async () => {
  answer = () => ours('');
  await look();
  expect(
    await inside((sql) => sql.exec('SELECT * FROM watermarks WHERE sender = ?', `telegram:${BOT}`).toArray()),
  ).toEqual([]);
});

test('a look at a webhook that works ends the count, and no answer says nothing', async () => {
  answer = failing;
  await look();
  await later();
  answer = () => new Response('bad gateway', { status: 502 });
  await look();
  answer = () => ours();
  await look();
  answer = failing;
  await look();
  expect(await raised()).toEqual([]);
});
