import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ulid } from 'ulid';
import { signatureFor } from '../simulator/twilio/signature.ts';
import { JOURNAL_HEADER } from '../src/protocol/version.ts';
import { now } from './clock.ts';
import { callRelay, connections } from './post.ts';

// An agent server that answers at once and a Twilio that sends its callbacks, in a process of their own: whoever posts
// the texts has the other core to itself. Each text carries a number, by which the moments of its turn are told apart.

/**
 * `typing`: the person would see it. `started`: the last byte of the attempt's request is there. `resulted`: the agent
 * has answered. `created`: the answer is at Twilio. `called`: the relay has answered the last callback. `over`: the
 * relay has acknowledged the end of the attempt.
 */
export type Moment = 'typing' | 'started' | 'resulted' | 'created' | 'called' | 'over';
export type Mark = [moment: Moment, text: number, at: number];
/** `url`s of the agent server and of Twilio. */
export type Addresses = { machine: string; twilio: string };
export type Order = {
  authToken: string;
  accountSid: string;
  /** The agent's time. */
  answersAfterMs: number;
  /** True: the end of the attempt is told only when Twilio has the answer. */
  endsLater: boolean;
};

const SESSION = '5b6a2f0e-8f6d-4c58-9a43-3a1f0f5f8f10';
/** The driver of a crowd hears of many marks at once, because each message costs it time. */
const TOLD_EVERY_MS = 5;
const LISTED = 20;
const NUMBER = /item (\d+)/g;

const numbersIn = (text: string): number[] => [...text.matchAll(NUMBER)].map((match) => Number(match[1]));

let order: Order = { authToken: '', accountSid: '', answersAfterMs: 0, endsLater: false };
let marks: Mark[] = [];
function mark(moment: Moment, texts: readonly number[], at = now()): void {
  if (marks.length === 0) {
    setTimeout(() => {
      process.send?.(marks);
      marks = [];
    }, TOLD_EVERY_MS);
  }
  for (const text of texts) marks.push([moment, text, at]);
}

const journal = ulid();
const headers = { [JOURNAL_HEADER]: journal };
type Work = { uuids: string[]; texts: number[] };
const works = new Map<string, Work>();
/** Calls that report the end of an attempt, by text: they run when Twilio has the answer. */
const later = new Map<number, () => void>();

const agent = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const [, , attempt = '', rest] = (request.url ?? '').split('/');
  if (request.method === 'PUT') {
    void bodyOf(request).then((body) => {
      const at = now();
      const { messages } = JSON.parse(body) as { messages: { uuid: string; text: string }[] };
      const texts = messages.flatMap(({ text }) => numbersIn(text));
      works.set(attempt, { uuids: messages.map(({ uuid }) => uuid), texts });
      json(response, 201, { attempt, journal, state: 'accepted', last_seq: 0 });
      mark('started', texts, at);
    });
  } else if (request.method === 'GET' && rest?.startsWith('events')) {
    response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
    tellWork(attempt, response);
  } else {
    response.writeHead(204, headers).end();
    const work = works.get(attempt);
    if (request.method !== 'DELETE' || !work) return;
    works.delete(attempt);
    mark('over', work.texts);
  }
});

function tellWork(attempt: string, response: ServerResponse): void {
  const { uuids, texts } = works.get(attempt) ?? { uuids: [], texts: [] };
  const { answersAfterMs, endsLater } = order;
  let seq = 0;
  const wire = (event: object): string => {
    seq += 1;
    return `id: ${seq}\ndata: ${JSON.stringify({ attempt, journal, seq, at: Date.now(), event })}\n\n`;
  };
  const began = [{ type: 'started' }, { type: 'session', session_id: SESSION }];
  const text = texts.map((number) => `Done with item ${number}.`).join(' ');
  const result = { type: 'result', text, is_error: false, cost_usd: 0, user_message_uuids: uuids };
  const over = [{ type: 'ending' }, { type: 'ended', outcome: 'done', reason: 'every message answered' }];
  const end = (): void => void response.write(over.map(wire).join(''));
  const answer = (first: readonly object[]): void => {
    mark('resulted', texts);
    if (endsLater) later.set(texts[0] ?? 0, end);
    response.write(`: hello\n\n${[...first, result, ...(endsLater ? [] : over)].map(wire).join('')}`);
  };
  if (answersAfterMs === 0) answer(began);
  else {
    response.write(`: hello\n\n${began.map(wire).join('')}`);
    setTimeout(answer, answersAfterMs, []);
  }
}

let messages = 0;
/** The messages to each person, for a relay that missed Twilio's answer and reads the list. */
const sentTo = new Map<string, object[]>();
const twilio = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const at = now();
  void bodyOf(request).then((sent) => {
    const form = new URLSearchParams(sent);
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://twilio');
    if (request.method === 'GET') json(response, 200, { messages: sentTo.get(searchParams.get('To') ?? '') ?? [] });
    else if (pathname.endsWith('/Messages.json')) {
      messages += 1;
      const sid = `SM${messages.toString(16).padStart(32, '0')}`;
      const [to, body] = [form.get('To') ?? '', form.get('Body') ?? ''];
      const listed = { sid, body, direction: 'outbound-api', status: 'queued', date_created: new Date().toUTCString() };
      sentTo.set(to, [listed, ...(sentTo.get(to) ?? [])].slice(0, LISTED));
      json(response, 201, { sid, status: 'queued' });
      const texts = numbersIn(body);
      mark('created', texts, at);
      for (const text of texts) {
        later.get(text)?.();
        later.delete(text);
      }
      void callBack(form.get('StatusCallback') ?? '', sid, to).then(() => mark('called', texts));
    } else {
      json(response, 200, { success: true });
      // The driver's texts have their number as their id.
      const id = form.get('messageId');
      if (pathname.endsWith('/Typing.json') && id) mark('typing', [Number.parseInt(id.slice(2), 16)], at);
    }
  });
});

const own = connections();

/** As Twilio does: sent, then delivered. */
async function callBack(url: string, sid: string, to: string): Promise<void> {
  for (const status of ['sent', 'delivered']) {
    const form = { AccountSid: order.accountSid, MessageSid: sid, MessageStatus: status, To: to };
    const headers = {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      'x-twilio-signature': signatureFor(order.authToken, url, form),
    };
    const { code } = await callRelay(own, url, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form).toString(),
    });
    if (code !== 200) throw new Error(`a callback got ${code}`);
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

const [machineUrl, twilioUrl] = await Promise.all(
  [agent, twilio].map(async (server) => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }),
);
process.on('message', (next: Order) => {
  order = next;
});
// The driver is gone.
process.once('disconnect', () => process.exit());
process.send?.({ machine: machineUrl, twilio: twilioUrl } as Addresses);
