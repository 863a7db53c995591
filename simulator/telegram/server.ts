import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Traffic } from '../twilio/carrier-types.ts';
import { createTelegramApi } from './api.ts';
import type { TelegramFaults } from './faults.ts';
import { createPerson, type Person, type PersonOptions } from './people.ts';
import type { StoredFile, StoredMessage, TelegramEvent } from './records.ts';
import { createWebhookDelivery, type WebhookDelivery } from './webhook.ts';
import { createWorld, type TelegramOptions, type World } from './world.ts';

// Telegram with one bot: its API, webhooks and people. `startTelegram` serves it alone on a port of this computer.

export type Telegram = {
  readonly botId: number;
  readonly faults: TelegramFaults;
  readonly routes: ReturnType<typeof createTelegramApi>;
  person(options?: PersonOptions): Person;
  /** As BotFather does: the token is refused from now on. */
  revokeToken(): void;
  restoreToken(): void;
  /** Private chats that an earlier process began. */
  known(): { id: number; firstName: string; isBlocked: boolean; messages: StoredMessage[] }[];
  /** A file by its id, as a phone shows it. */
  file(id: string): StoredFile | undefined;
  /** The bot's answer to a tap; null before. */
  answerOf(callbackId: string): { text: string; isAlert: boolean } | null;
  /** Updates that the bot has not taken yet. */
  waiting(): number;
  subscribe(listener: (event: TelegramEvent) => void): () => void;
  /** Every exchange with the bot, without the token. */
  traffic(): readonly Traffic[];
  subscribeToTraffic(listener: (traffic: Traffic) => void): () => void;
  /** As setWebhook does. */
  setWebhook(url: string, secret: string): void;
  close(): Promise<void>;
};

export function createTelegram(options: TelegramOptions): Telegram {
  const world: World = createWorld(options);
  const delivery: WebhookDelivery = createWebhookDelivery(world);
  return {
    botId: world.bot.id,
    faults: world.faults,
    routes: createTelegramApi(world, delivery),
    person: (one) => createPerson(world, one),
    revokeToken() {
      world.bot.isRevoked = true;
    },
    restoreToken() {
      world.bot.isRevoked = false;
    },
    known: () =>
      [...world.chats.values()].flatMap(({ chat, isBlocked, messages }) =>
        chat.type === 'private'
          ? [{ id: chat.id, firstName: chat.first_name, isBlocked, messages: [...messages.values()] }]
          : [],
      ),
    file: (id) => world.files.get(id),
    answerOf: (id) => world.callbacks.get(id)?.answer ?? null,
    waiting: () => world.updates.waiting().length,
    subscribe: world.subscribe,
    traffic: () => world.traffic.all(),
    subscribeToTraffic: world.subscribeToTraffic,
    setWebhook(url, secret) {
      Object.assign(world.webhook, { url, secret });
      delivery.restart();
    },
    async close() {
      delivery.close();
      await world.background.close();
    },
  };
}

export type RunningTelegram = Telegram & {
  /** The value of TELEGRAM_API_URL. */
  url: string;
  stop(): Promise<void>;
};

export async function startTelegram(options: TelegramOptions & { port?: number }): Promise<RunningTelegram> {
  const telegram = createTelegram(options);
  const listener = getRequestListener((request, env) => telegram.routes.fetch(request, env));
  const server = createServer({ requestTimeout: 0 }, (request, response) => void listener(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    ...telegram,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      const ended = telegram.close();
      server.closeAllConnections();
      await Promise.all([closed, ended]);
    },
  };
}
