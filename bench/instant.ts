import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ulid } from 'ulid';
import { signatureFor } from '../simulator/twilio/signature.ts';
import { JOURNAL_HEADER } from '../src/protocol/version.ts';

// An agent server that answers at once and a Twilio that sends its callbacks, in a process of their own: the driver of
// a crowd has the other core to itself. Times are milliseconds since the epoch, with fractions.

/** An order of the driver: how to sign callbacks, or a request for the report. */
export type Order = { type: 'callbacks'; authToken: string; accountSid: string } | { type: 'report' };
export type InstantReport = {
  /** The last byte of each attempt's request. */
  started: number[];
  /** Each text at the carrier. */
  sent: number[];
  /** Callbacks that the relay has answered. */
  called: number;
};

const SESSION = '5b6a2f0e-8f6d-4c58-9a43-3a1f0f5f8f10';
const now = (): number => performance.timeOrigin + performance.now();
let report: InstantReport = { started: [], sent: [], called: 0 };
let signing = { authToken: '', accountSid: '' };

const journal = ulid();
const headers = { [JOURNAL_HEADER]: journal };
const messagesOf = new Map<string, string[]>();

const agent = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const [, , attempt = '', rest] = (request.url ?? '').split('/');
  if (request.method === 'PUT') {
    void bodyOf(request).then((body) => {
      report.started.push(now());
      const { messages } = JSON.parse(body) as { messages: { uuid: string }[] };
      messagesOf.set(
        attempt,
        messages.map(({ uuid }) => uuid),
      );
      json(response, 201, { attempt, journal, state: 'accepted', last_seq: 0 });
    });
  } else if (request.method === 'GET' && rest?.startsWith('events')) {
    const events = [
      { type: 'started' },
      { type: 'session', session_id: SESSION },
      {
        type: 'result',
        text: 'Two things: the feed and the door.',
        is_error: false,
        cost_usd: 0,
        user_message_uuids: messagesOf.get(attempt) ?? [],
      },
      { type: 'ending' },
      { type: 'ended', outcome: 'done', reason: 'every message answered' },
    ];
    const wire = (event: object, n: number): string =>
      `id: ${n + 1}\ndata: ${JSON.stringify({ attempt, journal, seq: n + 1, at: Date.now(), event })}\n\n`;
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
    response.write(`: hello\n\n${events.map(wire).join('')}`);
  } else {
    if (request.method === 'DELETE') messagesOf.delete(attempt);
    response.writeHead(204, headers).end();
  }
});

let messages = 0;
const carrier = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  void bodyOf(request).then((body) => {
    if (!request.url?.endsWith('/Messages.json')) return json(response, 200, { success: true });
    const form = new URLSearchParams(body);
    report.sent.push(now());
    messages += 1;
    const sid = `SM${messages.toString(16).padStart(32, '0')}`;
    json(response, 201, { sid, status: 'queued' });
    void callBack(form.get('StatusCallback') ?? '', sid, form.get('To') ?? '');
  });
});

/** As Twilio does: sent, then delivered. */
async function callBack(url: string, sid: string, to: string): Promise<void> {
  for (const status of ['sent', 'delivered']) {
    const form = { AccountSid: signing.accountSid, MessageSid: sid, MessageStatus: status, To: to };
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        'x-twilio-signature': signatureFor(signing.authToken, url, form),
      },
      body: new URLSearchParams(form).toString(),
    });
    await response.arrayBuffer();
    if (response.status !== 200) throw new Error(`a callback got ${response.status}`);
    report.called += 1;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

const urls = await Promise.all(
  [agent, carrier].map(async (server) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }),
);
process.on('message', (order: Order) => {
  if (order.type === 'callbacks') signing = order;
  else {
    process.send?.(report);
    report = { started: [], sent: [], called: 0 };
  }
});
// The driver is gone.
process.once('disconnect', () => process.exit());
process.send?.(urls);
