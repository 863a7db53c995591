import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { Hono } from 'hono';
import { LOCAL_ROUTES, ROUTES, type Route } from '../../src/worker/routes.ts';
import type { WakeProxy } from './wake-proxy.ts';
import { WebhookLine } from './webhook-queue.ts';

// An HTTP proxy in front of the relay. The development server also has routes of its own, and with `--inspect` pages that
// read and change every conversation; the proxy passes only requests for the relay's routes. Requests wait while the relay starts.

export type RelayProxyOptions = {
  /** True: programs on this computer may also use the routes of local runs. False where a tunnel leads here. */
  local: boolean;
  /** The longest wait of a request while the relay starts. A carrier gives up earlier and retries. */
  holdMs?: number;
};

const HOLD_MS = 30_000;
const AGAIN_MS = 100;
/** More connections are refused. One person's browser, a carrier and a few agents need a few dozen. */
const CONNECTIONS_MAX = 500;

/** `relay` resolves with the relay's current port. Rejects when the proxy's own port is taken. */
export function openRelayProxy(
  port: number,
  relay: () => Promise<number>,
  options: RelayProxyOptions,
): Promise<WakeProxy> {
  const { local, holdMs = HOLD_MS } = options;
  const judge = createJudge(local);
  const line = new WebhookLine();
  const server = createServer(async (asked, answer) => {
    asked.on('error', () => answer.destroy());
    const judged = await judge(asked);
    if ('status' in judged) return refuse(answer, judged.status, judged.words);
    const token = asked.headers['i-twilio-idempotency-token'];
    const visit: Visit = { asked, answer, target: judged.target, until: Date.now() + holdMs };
    const isDone = typeof token === 'string' ? await passInOrder(visit, relay, line, token) : await pass(visit, relay);
    if (!isDone) refuse(answer, 503, 'Roost is starting. Please try again in a few seconds.');
  });
  server.maxConnections = CONNECTIONS_MAX;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve({ port: typeof address === 'object' && address ? address.port : 0, close: () => close(server) });
    });
  });
}

function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  return closed;
}

type Judged = { target: string } | { status: 403 | 404; words: string };

function createJudge(local: boolean): (asked: IncomingMessage) => Promise<Judged> {
  const { operator, ...others } = ROUTES;
  const own = tableOf(Object.values(others));
  const operators = tableOf([operator]);
  const near = tableOf(local ? Object.values(LOCAL_ROUTES) : []);
  return async ({ method = 'GET', url = '', headers }) => {
    const nothing: Judged = { status: 404, words: 'Not found.' };
    // The path is passed on exactly as it was checked, because the relay could interpret another form differently.
    const base = 'http://127.0.0.1';
    if (!url.startsWith('/') || !URL.canParse(base + url)) return nothing;
    const { pathname, search } = new URL(base + url);
    const target = pathname + search;
    if (await matches(own, method, pathname)) return { target };
    if (await matches(operators, method, pathname))
      return isNear(headers) && !isForwarded(headers) ? { target } : { status: 403, words: ONLY_HERE };
    if (!(await matches(near, method, pathname))) return nothing;
    return isNear(headers) ? { target } : { status: 403, words: 'Only programs on this computer can use this.' };
  };
}

/** Uses Hono to match, so that exactly the relay's own routes pass. */
function tableOf(routes: readonly Route[]): Hono {
  const table = new Hono();
  for (const { method, path } of routes) table.on(method, path, (c) => c.body(null, 204));
  return table;
}

async function matches(table: Hono, method: string, pathname: string): Promise<boolean> {
  try {
    return (await table.request(pathname, { method })).status === 204;
  } catch {
    // A method that web servers don't accept, such as TRACE.
    return false;
  }
}

const ONLY_HERE =
  'The operator’s page of a local run opens on its own computer only: use the address that npm start prints.';

/** A tunnel or another proxy passed the request on, perhaps under this computer's name. */
const isForwarded = (headers: IncomingHttpHeaders): boolean =>
  Object.keys(headers).some((name) => /^(?:x-forwarded-|forwarded$|x-real-ip$|cf-connecting-ip$|via$)/.test(name));

/** Refuses requests under a foreign name that points to this computer, and requests from pages of other sites. */
function isNear({ host = '', origin }: IncomingHttpHeaders): boolean {
  return (
    /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/.test(host) && (origin === undefined || origin === `http://${host}`)
  );
}

/** A connection to the relay; undefined if the relay doesn't come back in time or the client has left. */
async function connectWithin(
  relay: () => Promise<number>,
  withinMs: number,
  isOver: () => boolean,
): Promise<Socket | undefined> {
  const deadline = Date.now() + withinMs;
  do {
    const socket = await connectNow(relay);
    if (socket) return socket;
    await wait(AGAIN_MS);
  } while (Date.now() < deadline && !isOver());
  return undefined;
}

/** Waits only a moment for a relay that is starting, so that a client that hangs up soon makes room for the next. */
async function connectNow(relay: () => Promise<number>): Promise<Socket | undefined> {
  const port = await Promise.race([relay().catch(() => undefined), wait(AGAIN_MS, undefined)]);
  return port === undefined ? undefined : connected(port);
}

const connected = (port: number): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });

/**
 * Headers that belong to a single connection (RFC 9110, 7.6.1), and headers that would make the development server look
 * elsewhere.
 */
function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const HOP = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|mf-.*)$/;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.test(name) && !named.includes(name)));
}

type Visit = { asked: IncomingMessage; answer: ServerResponse; target: string; until: number };

/** Returns false if the relay did not come back in time and no answer was sent. */
async function pass(visit: Visit, relay: () => Promise<number>): Promise<boolean> {
  const inside = await connectWithin(relay, visit.until - Date.now(), () => visit.answer.destroyed);
  if (!inside) return false;
  if ((await forward(visit, inside, visit.asked)) === 'lost') refuse(visit.answer, 502, "The relay didn't answer.");
  return true;
}

/** Webhooks can be sent again, and those that waited reach the relay in the order in which they first came. */
async function passInOrder(
  visit: Visit,
  relay: () => Promise<number>,
  line: WebhookLine,
  token: string,
): Promise<boolean> {
  const { asked, answer, until } = visit;
  const body = await boundedBody(asked);
  if (body === null) {
    refuse(answer, 413, 'The request body is too large.');
    return true;
  }
  // Twilio's fallback is a separate request for the same message.
  const place = line.placeOf(new URLSearchParams(body.toString('utf8')).get('MessageSid') ?? token);
  let end = line.isEmpty ? undefined : await line.turn(place);
  try {
    while (Date.now() < until && !answer.destroyed) {
      const inside = await connectNow(relay);
      if (inside && (await forward(visit, inside, Readable.from([body]))) === 'answered') return true;
      // Joins the line again before its turn ends, so that no later message goes first.
      const next = line.turn(place);
      end?.();
      end = await next;
      await wait(AGAIN_MS);
    }
  } finally {
    end?.();
  }
  return answer.destroyed;
}

/** The relay's own limit is the same, so it never needs to see more. */
const BODY_MAX = 64 * 1024;

async function boundedBody(asked: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of asked as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `lost`: the connection to the relay ended without an answer, and the client has not been answered. */
function forward({ asked, answer, target }: Visit, inside: Socket, body: Readable): Promise<'answered' | 'lost'> {
  return new Promise((resolve) => {
    if (answer.destroyed) {
      inside.destroy();
      return resolve('answered');
    }
    const call = request({
      method: asked.method,
      path: target,
      headers: { ...passedOn(asked.headers), connection: 'close' },
      createConnection: () => inside,
    });
    const gone = (): void => {
      call.destroy();
      resolve('answered');
    };
    answer.once('close', gone);
    call.on('response', (got) => {
      answer.writeHead(got.statusCode ?? 502, passedOn(got.headers));
      got.on('error', () => answer.destroy());
      got.pipe(answer);
      answer.once('finish', () => resolve('answered'));
    });
    call.on('error', () => {
      answer.off('close', gone);
      if (answer.headersSent) answer.destroy();
      resolve(answer.headersSent ? 'answered' : 'lost');
    });
    body.pipe(call);
  });
}

function refuse(answer: ServerResponse, status: number, words: string): void {
  if (answer.destroyed || answer.headersSent) return;
  answer.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  answer.end(words);
}
