import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import twilio from 'twilio';
import RequestClient from 'twilio/lib/base/RequestClient.js';
import { createTwilioApi } from '../../simulator/twilio/api.ts';
import { type Carrier, type CarrierOptions, createCarrier } from '../../simulator/twilio/carrier.ts';

// The base of the fake Twilio's tests: the carrier behind a real port, the official client, and a product that records
// requests and answers as told. Loopback only.

export const ACCOUNT = `AC${'0'.repeat(31)}1`;
export const TOKEN = '0123456789abcdef0123456789abcdef';
export const WHATSAPP = 'whatsapp:+15555550100';
export const SMS = '+15555550101';
export const ROBIN = 'whatsapp:+15555550123';
export const ROBIN_SMS = '+15555550123';
const EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>';

type Received = {
  method: string;
  /** Path and query. */
  path: string;
  headers: Record<string, string | undefined>;
  form: Record<string, string>;
};

type Answer = (request: Received, response: ServerResponse) => void;

export const twiml: Answer = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/xml' }).end(EMPTY_TWIML);
};

type Product = {
  url: string;
  received: Received[];
  /** Resolves with the `count`th request whose path begins with `path`. */
  waitFor(path: string, count?: number): Promise<Received>;
  answer: Answer;
  close(): Promise<void>;
};

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function startProduct(): Promise<Product> {
  const waiting = new Set<() => void>();
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const received: Received = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, value?.toString()])),
        form: Object.fromEntries(new URLSearchParams(body)),
      };
      product.received.push(received);
      for (const wake of waiting) wake();
      product.answer(received, response);
    });
  });
  const product: Product = {
    url: await listen(server),
    received: [],
    answer: twiml,
    waitFor(path, count = 1) {
      const found = (): Received | undefined => product.received.filter((one) => one.path.startsWith(path))[count - 1];
      return new Promise((resolve) => {
        const look = (): void => {
          const one = found();
          if (!one) return;
          waiting.delete(look);
          resolve(one);
        };
        waiting.add(look);
        look();
      });
    },
    close: () => closed(server),
  };
  return product;
}

/** The official client, unchanged except for its address. */
class LoopbackClient extends RequestClient {
  readonly #base: string;

  constructor(base: string) {
    super({ timeout: 30_000 });
    this.#base = base;
  }

  override request<TData>(options: RequestClient.RequestOptions<TData>) {
    const uri = options.uri.replace(/^https:\/\/(api|messaging|content)\.twilio\.com/, this.#base);
    if (!uri.startsWith(this.#base)) throw new Error(`not loopback: ${options.uri}`);
    return super.request<TData>({ ...options, uri });
  }
}

export type Stand = {
  carrier: Carrier;
  apiUrl: string;
  product: Product;
  client: twilio.Twilio;
  clientAs(user: string, password: string, accountSid?: string): twilio.Twilio;
  close(): Promise<void>;
};

export async function startStand(changes: Partial<CarrierOptions> & { webhookSuffix?: string } = {}): Promise<Stand> {
  const product = await startProduct();
  let app: ReturnType<typeof createTwilioApi> | null = null;
  const server = await new Promise<Server>((resolve) => {
    const started = serve(
      {
        fetch: (request, env) => app?.fetch(request, env) ?? new Response(null, { status: 503 }),
        port: 0,
        hostname: '127.0.0.1',
      },
      () => resolve(started as Server),
    );
  });
  const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { webhookSuffix = '', ...options } = changes;
  const carrier = createCarrier({
    accountSid: ACCOUNT,
    authToken: TOKEN,
    senders: [WHATSAPP, SMS],
    webhookUrl: `${product.url}/webhooks/twilio${webhookSuffix}`,
    apiUrl,
    pace: { sent: 0, delivered: 0, listLag: 0 },
    ...options,
  });
  app = createTwilioApi(carrier);
  const clientAs = (user: string, password: string, accountSid = ACCOUNT): twilio.Twilio =>
    twilio(user, password, { accountSid, httpClient: new LoopbackClient(apiUrl) });
  return {
    carrier,
    apiUrl,
    product,
    client: clientAs(ACCOUNT, TOKEN),
    clientAs,
    async close() {
      await carrier.close();
      await Promise.all([closed(server), product.close()]);
    },
  };
}
