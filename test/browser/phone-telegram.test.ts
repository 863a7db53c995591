import { mkdirSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { Bot, webhookCallback } from 'grammy';
import type { Browser } from 'playwright-core';
import { expect, test } from 'vitest';
import { startSimulator } from '../../simulator/server.ts';
import { launchBrowser } from './chromium.ts';
import { ROOST } from './product.ts';

// The phone page beside a bot: its chat, formatting, buttons, drafts and marks.

const TOKEN = '4815162342:AAE_not-a-real-token_for-tests';
const SECRET = 'webhook-secret_1';
const shots = join(resolve(import.meta.dirname, '../..'), 'test-results/screenshots');

test('a phone texts the bot: formatting, a silent line, a draft that is stopped, a button, an edit', async (ctx) => {
  const browser = await launchBrowser();
  if (typeof browser === 'string') return ctx.skip(browser);
  mkdirSync(shots, { recursive: true });
  let handle: RequestListener | null = null;
  const product = createServer((request, response) => handle?.(request, response));
  await new Promise<void>((done) => product.listen(0, '127.0.0.1', done));
  const simulator = await startSimulator({
    port: 0,
    accountSid: `AC${'0'.repeat(32)}`,
    authToken: 'a-token-for-tests-only',
    senders: [ROOST],
    publicUrl: `http://127.0.0.1:${(product.address() as AddressInfo).port}`,
    telegram: { token: TOKEN, webhookSecret: SECRET },
  });
  const bot = new Bot(TOKEN, { client: { apiRoot: simulator.url, canUseWebhookReply: () => false } });
  const taken = webhookCallback(bot, 'http', { secretToken: SECRET });
  handle = (request, response) => void taken(request, response);
  try {
    await play(browser, simulator.url, bot);
  } finally {
    await browser.close();
    await simulator.stop();
    product.closeAllConnections();
    product.close();
  }
});

async function play(browser: Browser, url: string, bot: Bot): Promise<void> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(String(error)));
  let person = 0;
  bot.on('message:text', async (context) => {
    person = context.from.id;
    if (context.message.text !== 'build it') return;
    await context.reply('On it.', { disable_notification: true });
    await bot.api.sendMessageDraft(person, 1, 'Reading the code', { can_stop: true });
  });
  bot.on('stopped_message_generation', async () => {
    const keyboard = [[{ text: 'Go on', callback_data: 'choice:1' }]];
    await bot.api.sendMessage(person, '<b>Stopped.</b> See <code>npm test</code> <i>later</i>', {
      parse_mode: 'HTML',
      reply_markup: { inline_keyboard: keyboard },
    });
  });
  bot.on('callback_query:data', async (context) => {
    await context.answerCallbackQuery();
    await context.editMessageText('Stopped. ✓ Go on');
  });

  await page.goto(url);
  await page.getByRole('heading', { name: 'Text your agent' }).waitFor();
  await page.getByRole('combobox', { name: 'Roost’s address' }).selectOption({ label: 'Telegram' });
  await page.getByRole('textbox', { name: 'Message' }).fill('build it');
  await page.keyboard.press('Enter');
  const theirs = (text: string) => page.locator('.bubble.theirs', { hasText: text });
  await theirs('On it.').getByText('silent').waitFor();
  expect(await page.locator('.bubble.mine .markup').allTextContents()).toEqual(['/start', 'build it']);
  await page.getByText('Reading the code').waitFor();
  const row = page.getByRole('navigation', { name: 'Simulated phones' }).getByRole('button', { name: /Robin/ });
  expect(await row.textContent()).toContain('Telegramtyping …');
  await page.screenshot({ path: join(shots, 'phone-telegram-draft.png') });
  await page.getByRole('button', { name: 'Stop', exact: true }).click();
  const question = theirs('Stopped.');
  await question.waitFor();
  expect(await page.getByText('Reading the code').isVisible()).toBe(false);
  expect(await row.textContent()).toContain('TelegramStopped. See npm test later');
  expect(await question.locator('strong').textContent()).toBe('Stopped.');
  expect(await question.locator('code').textContent()).toBe('npm test');
  expect(await question.locator('em').textContent()).toBe('later');
  await page.screenshot({ path: join(shots, 'phone-telegram.png') });
  await page.setViewportSize({ width: 390, height: 844 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await question.getByRole('button', { name: 'Go on', exact: true }).scrollIntoViewIfNeeded();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await page.screenshot({ path: join(shots, `phone-telegram-390-${colorScheme}.png`) });
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await question.getByRole('button', { name: 'Go on', exact: true }).click();
  await theirs('✓ Go on').getByText('edited').waitFor();
  expect(await theirs('✓ Go on').getByRole('button', { name: 'Go on', exact: true }).count()).toBe(0);
  expect(await page.locator('.bubble.pending').count()).toBe(0);
  expect(problems).toEqual([]);
}
