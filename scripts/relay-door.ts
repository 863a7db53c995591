import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { Hono } from 'hono';
import { LOCAL_ROUTES, ROUTES, type Route } from '../src/worker/routes.ts';
import type { Door } from './door.ts';

// The HTTP door in front of `wrangler dev`, which serves pages of its own beside the relay: they read and change every
// conversation. The door passes the relay's routes and nothing else. A request that comes while the relay starts waits.

export type DoorOptions = {
  /** Whether the routes of local runs pass too, for programs of this computer. Not where a tunnel leads here. */
  local: boolean;
  /** How long a request waits for a relay that is starting. A carrier hangs up earlier and tries again. */
  holdMs?: number;
};

const HOLD_MS = 30_000;
const AGAIN_MS = 100;
/** Connections beyond it are refused: one person's browser, a carrier and a few agents need a few dozen. */
const CONNECTIONS_MAX = 500;

/** `relay` resolves with the port on which the relay listens now. Rejects when the door's own port is taken. */
export function openRelayDoor(port: number, relay: () => Promise<number>, options: DoorOptions): Promise<Door> {
  const { local, holdMs = HOLD_MS } = options;
  const judge = createJudge(local);
  const server = createServer(async (asked, answer) => {
    asked.on('error', () => answer.destroy());
    const judged = await judge(asked);
    if ('status' in judged) return refuse(answer, judged.status, judged.words);
    const inside = await connectWithin(relay, holdMs, () => answer.destroyed);
    if (answer.destroyed) return void inside?.destroy();
    if (!inside) return refuse(answer, 503, 'Roost is starting. Please try again in a few seconds.');
    pass(asked, answer, judged.target, inside);
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
  const own = tableOf(Object.values(ROUTES));
  const near = tableOf(local ? Object.values(LOCAL_ROUTES) : []);
  return async ({ method = 'GET', url = '', headers }) => {
    const nothing: Judged = { status: 404, words: 'There is nothing here.' };
    // The target is passed on as it is judged: what is left to interpret could be interpreted differently inside.
    const base = 'http://127.0.0.1';
    if (!url.startsWith('/') || !URL.canParse(base + url)) return nothing;
    const { pathname, search } = new URL(base + url);
    const target = pathname + search;
    if (await matches(own, method, pathname)) return { target };
    if (!(await matches(near, method, pathname))) return nothing;
    return isNear(headers) ? { target } : { status: 403, words: 'This answers only to programs on this computer.' };
  };
}

/** Hono itself judges, so that what passes is what the relay's own Hono would find. */
function tableOf(routes: readonly Route[]): Hono {
  const table = new Hono();
  for (const { method, path } of routes) table.on(method, path, (c) => c.body(null, 204));
  return table;
}

async function matches(table: Hono, method: string, pathname: string): Promise<boolean> {
  try {
    return (await table.request(pathname, { method })).status === 204;
  } catch {
    // A method that no web server takes, such as TRACE.
    return false;
  }
}

/** Neither through a name that somebody made lead to this computer, nor from a page of another site. */
function isNear({ host = '', origin }: IncomingHttpHeaders): boolean {
  return (
    /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/.test(host) && (origin === undefined || origin === `http://${host}`)
  );
}

/** A connection to the relay; undefined when it stays away for too long or nobody waits any more. */
async function connectWithin(
  relay: () => Promise<number>,
  withinMs: number,
  isOver: () => boolean,
): Promise<Socket | undefined> {
  const deadline = AbortSignal.timeout(withinMs);
  const late = new Promise<undefined>((resolve) => deadline.addEventListener('abort', () => resolve(undefined)));
  while (!deadline.aborted && !isOver()) {
    const port = await Promise.race([relay().catch(() => undefined), late]);
    const socket = port === undefined ? undefined : await connected(port);
    if (socket) return socket;
    await wait(AGAIN_MS);
  }
  return undefined;
}

const connected = (port: number): Promise<Socket | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });

/** What belongs to one connection (RFC 9110, 7.6.1), and what tells the development server to look elsewhere. */
function passedOn(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  const HOP = /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|mf-.*)$/;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP.test(name) && !named.includes(name)));
}

function pass(asked: IncomingMessage, answer: ServerResponse, target: string, inside: Socket): void {
  const call = request({
    method: asked.method,
    path: target,
    headers: { ...passedOn(asked.headers), connection: 'close' },
    createConnection: () => inside,
  });
  call.on('response', (got) => {
    answer.writeHead(got.statusCode ?? 502, passedOn(got.headers));
    got.on('error', () => answer.destroy());
    got.pipe(answer);
  });
  call.on('error', () => (answer.headersSent ? answer.destroy() : refuse(answer, 502, 'The relay did not answer.')));
  answer.once('close', () => call.destroy());
  asked.pipe(call);
}

function refuse(answer: ServerResponse, status: number, words: string): void {
  if (answer.destroyed) return;
  answer.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
  answer.end(words);
}
