import { afterEach, beforeEach, expect, test } from 'vitest';
import { leadTelegramHere } from '../../scripts/production/telegram-webhook.ts';
import { type RunningTelegram, startTelegram } from '../../simulator/telegram/server.ts';

// `npm run telegram` against the strict stand-in for Telegram.

const TOKEN = '700100200:of-the-webhook-test';
let telegram: RunningTelegram;
const vars = () => ({
  TELEGRAM_BOT_TOKEN: TOKEN,
  TELEGRAM_API_URL: telegram.url,
  MACHINE_SIGNING_KEY: JSON.stringify({ d: 'A'.repeat(43) }),
  PUBLIC_URL: 'https://relay.example.com/',
});
const info = async (): Promise<{ url: string; allowed_updates?: string[] }> =>
  ((await (await fetch(`${telegram.url}/bot${TOKEN}/getWebhookInfo`)).json()) as { result: { url: string } }).result;

beforeEach(async () => {
  telegram = await startTelegram({ token: TOKEN });
});
afterEach(() => telegram.stop());

test('Telegram calls the relay, and knows the commands of members', async () => {
  expect(await leadTelegramHere(vars(), false)).toMatchObject({ ok: true });
  expect(await info()).toMatchObject({
    url: 'https://relay.example.com/webhooks/telegram',
    allowed_updates: expect.arrayContaining(['callback_query', 'stopped_message_generation']),
  });
  const person = telegram.person();
  const names = person.chat().commands.map(({ command }) => command);
  expect(names).toContain('help');
  expect(names).not.toContain('invite');
  expect(await leadTelegramHere(vars(), false)).toMatchObject({ ok: true });
});

test('a bot of another deployment is only taken when asked for', async () => {
  telegram.setWebhook('https://other.example.com/webhooks/telegram', 'x');
  const { ok, line } = await leadTelegramHere(vars(), false);
  expect(ok).toBe(false);
  expect(line).toContain('other.example.com');
  expect((await info()).url).toContain('other');
  expect(await leadTelegramHere(vars(), true)).toMatchObject({ ok: true });
  expect((await info()).url).toContain('relay.example.com');
});

test('what is missing or wrong is said without the token', async () => {
  expect((await leadTelegramHere({ ...vars(), PUBLIC_URL: '' }, false)).line).toContain('PUBLIC_URL');
  telegram.revokeToken();
  const { line } = await leadTelegramHere(vars(), false);
  expect(line).toContain('TELEGRAM_BOT_TOKEN');
  expect(line).not.toContain(TOKEN);
});
