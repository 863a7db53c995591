// The simulator as one server on one port: the phone page, its API, and the fake Twilio behind it. Listens on this
// computer only. Messages are kept on disk if a folder is given, and so are Telegram's chats; everything else is in memory.

import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { WEBHOOK_OPTIONS } from '../src/channels/twilio/account.ts';
import { createPhone } from './phone/routes.ts';
import { createTelegramForPhones, joined } from './telegram/for-phones.ts';
import { KEEPS_NO_CHATS, openKeptChats } from './telegram/kept-chats.ts';
import { createTelegram, type Telegram } from './telegram/server.ts';
import { createTwilioApi } from './twilio/api.ts';
import { type Carrier, createCarrier } from './twilio/carrier.ts';
import type { CarrierForPhones } from './twilio/carrier-types.ts';
import { KEEPS_NOTHING, openKeptMessages } from './twilio/kept-messages.ts';

export type SimulatorOptions = {
  /** 0 takes any free port. */
  port: number;
  accountSid: string;
  authToken: string;
  senders: string[];
  /** The sandbox addresses among the senders. */
  sandboxes?: string[];
  /** The product's address; webhooks go to its /webhooks/twilio. */
  publicUrl: string;
  /** The address at which the product reaches this server, if different. */
  apiUrl?: string | undefined;
  othersMayDeliver?: boolean;
  /** The folder for messages; without one they end with the process. */
  stateFolder?: string | undefined;
  /** A bot, and the secret of its webhook; without the secret the product sets its webhook, or asks for updates. */
  telegram?: { token: string; webhookSecret?: string | undefined } | undefined;
  /** The page says that the product is starting until the product's /healthz answers. */
  awaitProduct?: boolean;
};

export type Simulator = {
  url: string;
  carrier: Carrier;
  telegram: Telegram | null;
  /** Both as one, as the phone page has them. */
  phones: CarrierForPhones;
  stop(): Promise<void>;
};

/** Ids of Telegram's messages begin at the seconds since this moment, and so above those of an earlier process. */
const FIRST_MESSAGE_AT = Date.UTC(2026, 0, 1);

/** Resolves when the server listens; rejects with the system's error when it cannot. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  // The carrier's media addresses contain the port, which may be known only after listening: so listen first.
  let answer = (_request: Request, _env: object): Response | Promise<Response> => new Response(null, { status: 503 });
  const server = serve({ fetch: (request, env) => answer(request, env), hostname: '127.0.0.1', port: options.port });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // The options recommended for a real number: retry also while the relay restarts, and then once more from the
  // beginning.
  const webhookUrl = `${options.publicUrl.replace(/\/+$/, '')}/webhooks/twilio${WEBHOOK_OPTIONS}`;
  const kept = options.stateFolder ? openKeptMessages(options.stateFolder) : KEEPS_NOTHING;
  const keptChats = options.stateFolder ? openKeptChats(options.stateFolder) : KEEPS_NO_CHATS;
  const ended = new AbortController();
  const carrier = createCarrier({
    accountSid: options.accountSid,
    authToken: options.authToken,
    senders: options.senders,
    sandboxes: options.sandboxes ?? [],
    webhookUrl,
    fallbackUrl: webhookUrl,
    kept,
    apiUrl: (options.apiUrl ?? url).replace(/\/+$/, ''),
    othersMayDeliver: options.othersMayDeliver ?? false,
  });
  const telegram = options.telegram
    ? createTelegram({
        token: options.telegram.token,
        hasTopics: true,
        kept: keptChats,
        lastMessageId: Math.floor((Date.now() - FIRST_MESSAGE_AT) / 1000),
      })
    : null;
  if (telegram && options.telegram?.webhookSecret)
    telegram.setWebhook(new URL('/webhooks/telegram', options.publicUrl).href, options.telegram.webhookSecret);
  const phones = telegram ? joined(carrier, createTelegramForPhones(telegram)) : carrier;
  const phone = createPhone(phones, {
    notes: kept,
    ...(options.awaitProduct ? { started: untilHealthy(options.publicUrl, ended.signal) } : {}),
  });
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.route('/', phone.routes);
  if (telegram) app.route('/', telegram.routes);
  app.route('/', createTwilioApi(carrier));
  answer = (request, env) => app.fetch(request, env);
  return {
    url,
    carrier,
    telegram,
    phones,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      ended.abort();
      phone.close();
      // The pages' event streams have no end of their own.
      if ('closeAllConnections' in server) server.closeAllConnections();
      await Promise.all([closed, carrier.close(), telegram?.close()]);
      kept.close();
      keptChats.close();
    },
  };
}

const LOOK_EVERY_MS = 500;
const ANSWER_MS = 5_000;

/** Resolves when the product reports that it is well; never if the server ends before. */
async function untilHealthy(publicUrl: string, ended: AbortSignal): Promise<void> {
  const health = new URL('/healthz', publicUrl);
  while (!ended.aborted) {
    const signal = AbortSignal.any([ended, AbortSignal.timeout(ANSWER_MS)]);
    const answer = await fetch(health, { signal }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return new Promise(() => undefined);
}
