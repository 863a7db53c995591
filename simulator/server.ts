// The simulator as one server on one port: the phone page, its API, and the fake Twilio behind it. Listens on this
// machine only. Everything it knows is in memory and ends with it.

import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { WEBHOOK_OPTIONS } from '../src/channels/twilio/webhook-options.ts';
import { createPhone } from './phone/routes.ts';
import { createTwilioApi } from './twilio/api.ts';
import { type Carrier, createCarrier } from './twilio/carrier.ts';

export type SimulatorOptions = {
  /** 0 takes any free port. */
  port: number;
  accountSid: string;
  authToken: string;
  senders: string[];
  /** Those of them that are a sandbox. */
  sandboxes?: string[];
  /** Where the product is; webhooks go to its /webhooks/twilio. */
  publicUrl: string;
  /** Where the product reaches this server, when that is not its own address. */
  apiUrl?: string | undefined;
  othersMayDeliver?: boolean;
};

export type Simulator = { url: string; carrier: Carrier; stop(): Promise<void> };

/** Resolves when it listens; rejects with the system's error when it cannot. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  // The port may only be known once it listens, and the carrier's media addresses contain it: so listen first.
  let answer = (_request: Request): Response | Promise<Response> => new Response(null, { status: 503 });
  const server = serve({ fetch: (request) => answer(request), hostname: '127.0.0.1', port: options.port });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const carrier = createCarrier({
    accountSid: options.accountSid,
    authToken: options.authToken,
    senders: options.senders,
    sandboxes: options.sandboxes ?? [],
    // The options that are recommended for a real number: also try again when the relay is just restarting.
    webhookUrl: `${options.publicUrl.replace(/\/+$/, '')}/webhooks/twilio${WEBHOOK_OPTIONS}`,
    apiUrl: (options.apiUrl ?? url).replace(/\/+$/, ''),
    othersMayDeliver: options.othersMayDeliver ?? false,
  });
  const phone = createPhone(carrier);
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.route('/', phone.routes);
  app.route('/', createTwilioApi(carrier));
  answer = (request) => app.fetch(request);
  return {
    url,
    carrier,
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      phone.close();
      // The pages' event streams never end by themselves.
      if ('closeAllConnections' in server) server.closeAllConnections();
      await Promise.all([closed, carrier.close()]);
    },
  };
}
