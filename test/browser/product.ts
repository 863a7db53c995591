// Takes the product's place: receives the carrier's webhooks and answers through the carrier's API, over HTTP.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Simulator, startSimulator } from '../../simulator/server.ts';

export const ROOST = 'whatsapp:+15555550100';
const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'a-token-for-tests-only' };

export type Stage = {
  simulator: Simulator;
  /** The received texts, newest last. */
  received: URLSearchParams[];
  /** Sends a message: fields of the Messages resource. */
  say(fields: { to: string; body?: string; mediaUrl?: string }): Promise<void>;
  /** Asks, with buttons or a list: `types` of the Content resource. */
  ask(to: string, types: Record<string, unknown>): Promise<void>;
  showTyping(messageId: string): Promise<void>;
  /** Webhooks get this status from now on. */
  answerWith(status: number): void;
  /** Closes the product's port. */
  closeProduct(): void;
  /** A new simulator on that port, as after a restart; the old one must be stopped. */
  start(port: number): Promise<void>;
  end(): Promise<void>;
};

/** A simulator and a product beside it. `answerTo` is the product's answer to each text; null means no answer. */
export async function setStage(answerTo: (text: string) => string | null, senders = [ROOST]): Promise<Stage> {
  const received: URLSearchParams[] = [];
  let simulator: Simulator;
  let status = 200;

  const call = async (path: string, fields: Record<string, string>): Promise<void> => {
    const answer = await fetch(`${simulator.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${ACCOUNT.accountSid}:${ACCOUNT.authToken}`)}` },
      body: new URLSearchParams(fields),
    });
    if (!answer.ok) throw new Error(`The carrier answered ${answer.status}: ${await answer.text()}`);
  };

  const send = (fields: Record<string, string>): Promise<void> =>
    call(`/2010-04-01/Accounts/${ACCOUNT.accountSid}/Messages.json`, {
      StatusCallback: `${product}/webhooks/twilio/status`,
      ...fields,
    });

  const server = createServer((request, response) => {
    const file = FILES[request.url ?? ''];
    if (file) {
      const { type, name, bytes } = file;
      const headers = { 'content-type': type, 'content-disposition': `inline; filename="${name}"` };
      return void response.writeHead(200, headers).end(bytes);
    }
    if (request.url === '/picture.png') return void response.setHeader('content-type', 'image/png').end(PICTURE);
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      response.writeHead(status, { 'content-type': 'text/xml' }).end('<Response/>');
      if (request.url !== '/webhooks/twilio' || status !== 200) return;
      const form = new URLSearchParams(body);
      received.push(form);
      const answer = answerTo(form.get('Body') ?? '');
      const [From = '', To = ''] = [form.get('To') ?? '', form.get('From') ?? ''];
      if (answer !== null) void send({ From, To, Body: answer });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const product = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const start = (port: number): Promise<Simulator> => startSimulator({ ...ACCOUNT, senders, port, publicUrl: product });
  simulator = await start(0);

  return {
    get simulator() {
      return simulator;
    },
    received,
    say: ({ to, body, mediaUrl }) =>
      send({
        From: senders[0] ?? ROOST,
        To: to,
        ...(body ? { Body: body } : {}),
        ...(mediaUrl ? { MediaUrl: `${product}${mediaUrl}` } : {}),
      }),
    async ask(to, types) {
      const answer = await fetch(`${simulator.url}/v1/Content`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${btoa(`${ACCOUNT.accountSid}:${ACCOUNT.authToken}`)}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ language: 'en', types }),
      });
      const { sid } = (await answer.json()) as { sid?: string };
      if (sid === undefined) throw new Error(`The carrier answered ${answer.status}`);
      await send({ From: senders[0] ?? ROOST, To: to, ContentSid: sid });
    },
    showTyping: (messageId) => call('/v2/Indicators/Typing.json', { messageId, channel: 'whatsapp' }),
    answerWith: (next) => {
      status = next;
    },
    closeProduct: () => {
      server.close();
      server.closeAllConnections();
    },
    async start(port) {
      simulator = await start(port);
    },
    async end() {
      await simulator.stop();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Other files for the carrier to fetch. */
const FILES: Record<string, { type: string; name: string; bytes: Buffer } | undefined> = {
  '/hen.png': {
    type: 'image/png',
    name: 'hen.png',
    get bytes() {
      return PICTURE;
    },
  },
  '/report.pdf': { type: 'application/pdf', name: 'report.pdf', bytes: Buffer.from('%PDF-1.4 report') },
  '/song.mp3': { type: 'audio/mpeg', name: 'song.mp3', bytes: Buffer.from('not much of a song') },
};

/** 120 × 80 pixels of one warm colour. */
export const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAHgAAABQCAIAAABd+SbeAAAAg0lEQVR42u3QQQ0AAAgEoAtmHMMayxbOBxsJyHRxIApEi0a0aNEWRItGtGjRFkSLRrRo0YgWjWjRohEtGtGiRSNaNKJFi0a0aESLFo1o0YgWLRrRohEtWjSiRSNatGhEi0a0aNGIFo1o0aIRLRrRokUjWjSiRYtGtGhEixaNaNGI/mMBqHG/DWshiVgAAAAASUVORK5CYII=',
  'base64',
);
