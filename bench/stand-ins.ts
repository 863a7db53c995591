import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ulid } from 'ulid';
import { JOURNAL_HEADER } from '../src/protocol/version.ts';

// The minimum around the relay: an agent server and a Twilio that only record arrivals. Both run in the measuring
// process, so that every moment is read from one clock.

type Waiting<T> = { next: () => Promise<T>; put: (value: T) => void };

/** Values in their order of arrival; `next` waits at most ten seconds. */
function mailbox<T>(what: string): Waiting<T> {
  const values: T[] = [];
  let take: ((value: T) => void) | undefined;
  return {
    put(value) {
      if (take) take(value);
      else values.push(value);
      take = undefined;
    },
    async next() {
      const there = values.shift();
      if (there !== undefined) return there;
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      take = resolve;
      const timer = setTimeout(() => reject(new Error(`waited 10 s for ${what}`)), 10_000);
      return promise.finally(() => clearTimeout(timer));
    },
  };
}

async function listen(handler: RequestListener): Promise<{ url: string; close: () => void }> {
  const server: Server = createServer({ keepAliveTimeout: 60_000 }, handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export type Started = { at: number; attempt: string; uuids: string[] };
export type Attached = { write: (...events: object[]) => void };

export async function startAgentServer() {
  const starts = mailbox<Started>('the turn to reach the agent server');
  const attaches = mailbox<Attached>('the relay to follow the turn');
  const acknowledged = mailbox<string>('the relay to acknowledge the end');
  const journal = ulid();
  const headers = { [JOURNAL_HEADER]: journal };
  const { url, close } = await listen((request, response) => {
    const [, , attempt = '', rest] = (request.url ?? '').split('/');
    if (request.method === 'PUT') {
      void bodyOf(request).then((body) => {
        const at = performance.now();
        const { messages } = JSON.parse(body) as { messages: { uuid: string }[] };
        json(response, 201, { attempt, journal, state: 'accepted', last_seq: 0 }, headers);
        starts.put({ at, attempt, uuids: messages.map(({ uuid }) => uuid) });
      });
    } else if (request.method === 'GET' && rest === 'events') {
      response.writeHead(200, { 'content-type': 'text/event-stream', ...headers }).write(': hello\n\n');
      let seq = 0;
      const wire = (event: object): string => {
        seq += 1;
        return `id: ${seq}\ndata: ${JSON.stringify({ attempt, journal, seq, at: Date.now(), event })}\n\n`;
      };
      attaches.put({ write: (...events) => void response.write(events.map(wire).join('')) });
    } else {
      response.writeHead(204, headers).end();
      if (request.method === 'DELETE') acknowledged.put(attempt);
    }
  });
  return { url, close, started: starts.next, attached: attaches.next, acknowledged: acknowledged.next };
}

export type Created = { at: number; sid: string; callback: string; to: string };

export async function startTwilio() {
  const creates = mailbox<Created>('the answer to reach Twilio');
  let messages = 0;
  const { url, close } = await listen((request, response) => {
    const at = performance.now();
    void bodyOf(request).then((body) => {
      if (!request.url?.endsWith('/Messages.json')) return json(response, 200, { success: true });
      const form = new URLSearchParams(body);
      messages += 1;
      const sid = `SM${messages.toString(16).padStart(32, '0')}`;
      json(response, 201, { sid, status: 'queued' });
      creates.put({ at, sid, callback: form.get('StatusCallback') ?? '', to: form.get('To') ?? '' });
    });
  });
  return { url, close, created: creates.next };
}
