import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Bot, webhookCallback } from 'grammy';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { afterEach, beforeEach } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { useBrowser } from './operator-browser.ts';
import { WIDE } from './phone-stage.ts';
import { ROOST } from './product.ts';

// The phone page with WhatsApp, SMS and a bot. grammY is the product behind the bot; nothing answers on the others.

const TOKEN = '4815162342:AAE_not-a-real-token_for-tests';
const SECRET = 'webhook-secret_1';
export const SMS = '+15555550100';
export const BOT = 'telegram:4815162342';
/** Robin, as the bot knows them. */
export const ROBIN_ID = 15555550123;

export type PhoneWithBot = {
  readonly simulator: Simulator;
  readonly bot: Bot;
  /** The page, in the chat with this address of ours. */
  open(sender: string, options?: BrowserContextOptions): Promise<Page>;
};

export function usePhoneWithBot(): PhoneWithBot {
  let simulator: Simulator;
  let bot: Bot;
  let product: ReturnType<typeof createServer>;
  beforeEach(async () => {
    let handle: RequestListener | null = null;
    product = createServer((request, response) => {
      if (request.url === '/webhooks/telegram') handle?.(request, response);
      else response.writeHead(200, { 'content-type': 'text/xml' }).end('<Response/>');
    });
    await new Promise<void>((done) => product.listen(0, '127.0.0.1', done));
    simulator = await startSimulator({
      port: 0,
      accountSid: `AC${'0'.repeat(32)}`,
      authToken: 'a-token-for-tests-only',
      senders: [ROOST, SMS],
      publicUrl: `http://127.0.0.1:${(product.address() as AddressInfo).port}`,
      telegram: { token: TOKEN, webhookSecret: SECRET },
    });
    bot = new Bot(TOKEN, { client: { apiRoot: simulator.url, canUseWebhookReply: () => false } });
    const taken = webhookCallback(bot, 'http', { secretToken: SECRET });
    handle = (request, response) => void taken(request, response);
  });
  // Set before the browser's: the pages are closed first.
  afterEach(async () => {
    await simulator.stop();
    product.closeAllConnections();
    await new Promise<void>((done) => product.close(() => done()));
  });
  const browser = useBrowser(() => simulator.url);
  return {
    get simulator() {
      return simulator;
    },
    get bot() {
      return bot;
    },
    async open(sender, options = {}) {
      const page = await browser.open({ viewport: WIDE, ...options });
      await page.goto(simulator.url);
      await page.getByRole('combobox', { name: 'Roost’s address' }).selectOption({ value: sender });
      return page;
    },
  };
}
