import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Examined, examine } from '../../scripts/doctor/check.ts';
import { doctorContextOf } from '../../scripts/doctor/context.ts';
import { telegramCheck } from '../../scripts/doctor/telegram-check.ts';
import { leadTelegramHere } from '../../scripts/production/telegram-webhook.ts';
import { type RunningTelegram, startTelegram } from '../../simulator/telegram/server.ts';
import { isSecret } from '../../src/channels/telegram/verify.ts';
import { listenOn } from '../loopback.ts';

// What `npm run doctor` says about the Telegram bot, against the strict stand-in and a relay that checks the secret.

const TOKEN = '700100200:of-the-doctors-test';
const SECRET = 'secret-of-the-doctors-test';
let telegram: RunningTelegram;
let url = '';
/** How the relay answers a request with this header. */
let relay: (secret: string | undefined) => number;
const front = createServer((request, response) => {
  response.writeHead(relay(request.headers['x-telegram-bot-api-secret-token']?.toString())).end();
});

const vars = (): Record<string, string> => ({
  TELEGRAM_BOT_TOKEN: TOKEN,
  TELEGRAM_API_URL: telegram.url,
  TELEGRAM_WEBHOOK_SECRET: SECRET,
  MACHINE_SIGNING_KEY: JSON.stringify({ d: 'A'.repeat(43) }),
  PUBLIC_URL: url,
});

beforeEach(async () => {
  relay = (secret) => (isSecret(secret, SECRET) ? 200 : 403);
  telegram = await startTelegram({ token: TOKEN });
  url = await listenOn(front);
  await leadTelegramHere(vars(), true);
});
afterEach(async () => {
  front.closeAllConnections();
  await new Promise((resolve) => front.close(resolve));
  await telegram.stop();
});

async function examined(changes: Record<string, string> = {}): Promise<Examined> {
  const { value } = await examine([telegramCheck], doctorContextOf({ ...vars(), ...changes })).next();
  return value as Examined;
}

test.each<[string, () => unknown, string, RegExp]>([
  ['all is well', () => undefined, 'ok', /only with its secret/],
  ['the webhook isn’t set', () => telegram.setWebhook('', SECRET), 'fail', /npm run telegram/],
  ['the webhook leads elsewhere', () => telegram.setWebhook('http://127.0.0.1:9/x', SECRET), 'fail', /--move/],
  ['the token was revoked', () => telegram.revokeToken(), 'fail', /@BotFather/],
  ['the relay has another secret', () => (relay = () => 403), 'fail', /npm run deploy/],
  ['the relay takes everything', () => (relay = () => 200), 'fail', /pretend to be Telegram/],
  ['the relay has no bot', () => (relay = () => 404), 'fail', /npm run deploy/],
])('%s', async (_, breaks, status, words) => {
  await breaks();
  const found = await examined();
  expect(found.status).toBe(status);
  expect(`${found.detail} ${found.fix}`).toMatch(words);
  expect(JSON.stringify(found)).not.toContain(TOKEN);
});

test('without a bot there is nothing to check, and a silent Telegram is no finding', async () => {
  expect(await examined({ TELEGRAM_BOT_TOKEN: '' })).toMatchObject({ status: 'ok' });
  expect(await examined({ TELEGRAM_API_URL: 'http://127.0.0.1:9' })).toMatchObject({ status: 'skip' });
});
