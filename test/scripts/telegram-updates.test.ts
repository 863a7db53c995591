import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bringTelegramUpdates } from '../../scripts/local/telegram-updates.ts';
import { type RunningTelegram, startTelegram } from '../../simulator/telegram/server.ts';
import { UPDATE_BYTES_MAX } from '../../src/channels/telegram/verify.ts';
import { DAY } from '../../src/units.ts';

// A bot's updates on their way to a relay without a public address, with the strict stand-in for Telegram.

const TOKEN = '700100200:of-the-updates-test';
let telegram: RunningTelegram;
let now = 0;
let relay: Server;
let end: (() => void) | undefined;
const said: string[] = [];
const gaveUp: string[] = [];
const taken: { secret: string | undefined; text: string | undefined }[] = [];
/** The relay's next answers; then 200. */
const answers: number[] = [];

beforeEach(async () => {
  for (const list of [said, gaveUp, taken, answers]) list.length = 0;
  now = Date.now();
  telegram = await startTelegram({ token: TOKEN, now: () => now, firstUpdateId: 899_999_999 });
  relay = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      const status = answers.shift() ?? 200;
      const { message } = JSON.parse(body) as { message?: { text?: string } };
      const secret = request.headers['x-telegram-bot-api-secret-token']?.toString();
      if (status === 200) taken.push({ secret, text: message?.text });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  end?.();
  await telegram.stop();
  relay.close();
});

const begin = (token = TOKEN): void => {
  end = bringTelegramUpdates({
    token,
    apiUrl: telegram.url,
    secret: 'a-secret',
    relay: async () => `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    say: (line) => said.push(line),
    giveUp: (line) => gaveUp.push(line),
    againMs: 5,
  });
};
const until = async (condition: () => boolean): Promise<void> => {
  for (let n = 0; n < 2000 && !condition(); n++) await new Promise((resolve) => setTimeout(resolve, 5));
  if (!condition()) throw new Error(`waited in vain: ${JSON.stringify({ said, gaveUp, taken })}`);
};

test('each update reaches the relay in order, with the secret, and again until it is taken', async () => {
  begin();
  await until(() => said.length === 1);
  expect(said[0]).toContain('https://t.me/roost_bot');
  answers.push(500, 503);
  const person = telegram.person();
  person.start();
  person.text('one');
  person.text('two');
  await until(() => taken.length === 3);
  expect(taken.map(({ text }) => text)).toEqual(['/start', 'one', 'two']);
  expect(new Set(taken.map(({ secret }) => secret))).toEqual(new Set(['a-secret']));
  person.text('three');
  await until(() => taken.length === 4);
  expect(telegram.waiting()).toBeLessThanOrEqual(1);
});

const KEEPS_TRYING = ' Its log may say why. I’ll keep trying.';

test.each([
  [500, `The relay didn’t accept a text to your bot (status 500).${KEEPS_TRYING}`],
  // No answer of the relay's.
  [400, `The relay didn’t accept a text to your bot (status 400).${KEEPS_TRYING}`],
  // It came too slowly.
  [413, `The relay didn’t accept a text to your bot (status 413).${KEEPS_TRYING}`],
  [
    403,
    'The relay didn’t accept a text to your bot, because it has another secret or bot (status 403). End npm start and start it again; your texts wait at Telegram. I’ll keep trying.',
  ],
])('a relay that answers %i is named once, and the text waits', async (status, line) => {
  begin();
  await until(() => said.length === 1);
  answers.push(status, status, status);
  telegram.person().start();
  await until(() => taken.length === 1);
  expect(said.slice(1)).toEqual([line]);
});

test('another refusal of the same text is named, too', async () => {
  begin();
  await until(() => said.length === 1);
  answers.push(500, 403, 403);
  telegram.person().start();
  await until(() => taken.length === 1);
  expect(said.slice(1).map((line) => /status \d+/.exec(line)?.[0])).toEqual(['status 500', 'status 403']);
});

test('an update that is too large for the relay is left out and said, and the next one comes', async () => {
  begin();
  await until(() => said.length === 1);
  const person = telegram.person();
  person.start();
  await until(() => taken.length === 1);
  answers.push(413);
  person.text('x'.repeat(UPDATE_BYTES_MAX));
  person.text('two');
  await until(() => taken.length === 2);
  expect(taken[1]?.text).toBe('two');
  expect(said.slice(1)).toEqual([
    'The relay refused an update of your bot because it is too large (status 413). I left it out: its writer gets no answer.',
  ]);
});

test('a second program that asks for the same bot’s updates is named once, and nothing ends', async () => {
  begin();
  await until(() => said.length === 1);
  // The program that asks last has the updates.
  const ask = () => fetch(`${telegram.url}/bot${TOKEN}/getUpdates`, { method: 'POST' });
  for (let n = 0; n < 200 && said.length < 2; n++) await ask();
  expect(said.slice(1)).toEqual([
    'Another program asks for your bot’s updates, or its webhook was set. Stop that program, or use another bot here. I’ll keep trying.',
  ]);
  telegram.person().start();
  await until(() => taken.length === 1);
  expect(gaveUp).toEqual([]);
});

test('numbers of updates that begin anew, as after a quiet week, lose no text', async () => {
  begin();
  const person = telegram.person();
  person.start();
  await until(() => taken.length === 1 && telegram.waiting() === 0);
  // Nearly every other number is lower.
  now += 7 * DAY;
  person.text('back again');
  await until(() => taken.length === 2);
});

test('a webhook that is set elsewhere stays, and its host is named', async () => {
  telegram.setWebhook('https://relay.example.com/webhooks/telegram', 'other');
  begin();
  await until(() => gaveUp.length === 1);
  expect(gaveUp[0]).toContain('relay.example.com');
  const { url } = (
    (await (await fetch(`${telegram.url}/bot${TOKEN}/getWebhookInfo`)).json()) as { result: { url: string } }
  ).result;
  expect(url).toBe('https://relay.example.com/webhooks/telegram');
});

test.each(['before', 'meanwhile'])('a token that Telegram doesn’t know (%s) ends it with a sentence', async (when) => {
  if (when === 'before') telegram.revokeToken();
  begin();
  if (when === 'meanwhile') {
    await until(() => said.length === 1);
    const person = telegram.person();
    person.start();
    await until(() => taken.length === 1);
    telegram.revokeToken();
    person.text('the held question ends');
  }
  await until(() => gaveUp.length === 1);
  expect(gaveUp[0]).toContain('@BotFather');
  expect(gaveUp[0]).not.toContain(TOKEN);
});

test('Telegram is away: said once, and it goes on', async () => {
  telegram.faults.set({ serverError: { on: 'getMe', times: 3, status: 502 } });
  begin();
  await until(() => said.length === 2);
  expect(said[0]).toContain('I’ll keep trying');
  expect(said[1]).toContain('t.me');
});
