import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Update } from '@grammyjs/types';
import { Bot, GrammyError, webhookCallback } from 'grammy';
import type { Person } from '../../simulator/telegram/people.ts';
import { type RunningTelegram, startTelegram } from '../../simulator/telegram/server.ts';
import type { TelegramOptions } from '../../simulator/telegram/world.ts';

// Telegram on a real port, a bot made with grammY, and its webhook's server, which can be told to fail.

export const TOKEN = '4815162342:AAE_not-a-real-token_for-tests';
export const SECRET = 'webhook-secret_1';

export type TelegramStand = {
  telegram: RunningTelegram;
  bot: Bot;
  robin: Person;
  /** What the bot took, in the order in which it came. */
  updates: Update[];
  /** Requests to the webhook's server, failed ones too. */
  requests: { secret: string | undefined; status: number }[];
  webhookUrl: string;
  /** Answers the next requests with these in place of the bot. */
  answers: ((response: ServerResponse) => void)[];
  setWebhook(): Promise<void>;
  /** Resolves with the `count`th update that the bot took. */
  update(count: number): Promise<Update>;
  close(): Promise<void>;
};

const fail =
  (status: number) =>
  (response: ServerResponse): void => {
    response.writeHead(status).end();
  };
export const failing = (...statuses: number[]) => statuses.map(fail);

export async function openTelegram(options: Partial<TelegramOptions> = {}): Promise<TelegramStand> {
  const telegram = await startTelegram({ token: TOKEN, pace: { webhookRetryMs: 5 }, ...options });
  const bot = new Bot(TOKEN, { client: { apiRoot: telegram.url, canUseWebhookReply: () => false } });
  const updates: Update[] = [];
  const waiting = new Set<() => void>();
  bot.use((context) => {
    updates.push(context.update);
    for (const look of [...waiting]) look();
  });
  const handle = webhookCallback(bot, 'http', { secretToken: SECRET });
  const requests: TelegramStand['requests'] = [];
  const answers: TelegramStand['answers'] = [];
  const server = createServer((request, response) => {
    const secret = request.headers['x-telegram-bot-api-secret-token']?.toString();
    response.once('finish', () => requests.push({ secret, status: response.statusCode }));
    const instead = answers.shift();
    if (instead) instead(response);
    else void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/telegram`;
  return {
    telegram,
    bot,
    robin: telegram.person({ id: 99_000_001, firstName: 'Robin' }),
    updates,
    requests,
    webhookUrl,
    answers,
    async setWebhook() {
      await bot.api.setWebhook(webhookUrl, { secret_token: SECRET });
    },
    update: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = updates[count - 1];
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
    async close() {
      await telegram.stop();
      await closed(server);
    },
  };
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

/** The refusal of a call, as the client has it. */
export const refusal = (
  call: Promise<unknown>,
): Promise<{ code: number; description: string; parameters: { retry_after?: number } }> =>
  call.then(
    () => Promise.reject(new Error('The call was not refused.')),
    (error: unknown) => {
      if (!(error instanceof GrammyError)) throw error;
      return { code: error.error_code, description: error.description, parameters: error.parameters };
    },
  );

/** The beginning of a PNG, which says how large the picture is. */
export function pngOf(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(33);
  bytes.set([...'\x89PNG\r\n\x1a\n\0\0\0\rIHDR'].map((character) => character.charCodeAt(0)));
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
}
