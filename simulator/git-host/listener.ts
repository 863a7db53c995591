import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { createApi } from './api/api.ts';
import { otherHostRoutes } from './api/other-hosts.ts';
import type { GitHostFault } from './faults.ts';
import { answerGit, readGitPath } from './git/door.ts';
import { answerLfsObject } from './git/lfs.ts';
import type { Pushes } from './git/pushes.ts';
import type { GitHost } from './host.ts';
import { loginRoutes } from './login/login.ts';
import { pageRoutes } from './page/routes.ts';

// Routes requests: the hook of a push and what tests set come first, then faults, LFS storage, git, the API and the
// pages.

export type ReceivedRequest = {
  method: string;
  /** With its host, as "/github.com/…" or "/api/…", and with the query. */
  path: string;
  authorization: string | null;
  status: number;
};

const KEPT = 5_000;
const MAX_JSON_BYTES = 2 ** 20;

export function createListener(host: GitHost, pushes: Pushes, requests: ReceivedRequest[]): RequestListener {
  const app = new Hono();
  app.route('/api', createApi(host));
  app.route('/', otherHostRoutes(host));
  app.route('/', loginRoutes(host));
  app.route('/', pageRoutes(host));
  app.get('/healthz', (c) => c.json({ ok: true }));
  app.onError((error, c) => {
    host.log(error.stack ?? error.message);
    return c.text('Server Error', 500);
  });
  const routes = getRequestListener(app.fetch);

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = addressOf(host, request);
    if (url === null) return refuse(response, 403);
    const record = {
      method: request.method ?? 'GET',
      path: url.pathname + url.search,
      authorization: request.headers.authorization ?? null,
      status: 0,
    };
    requests.push(record);
    if (requests.length > KEPT) requests.shift();
    response.once('close', () => {
      record.status = response.headersSent ? response.statusCode : 0;
    });
    const push = /^\/_push\/([\w-]+)$/.exec(url.pathname)?.[1];
    if (push !== undefined) return answerHook(pushes, request, response, push);
    if (url.pathname === '/_world') return showWorld(requests, host, response);
    if (url.pathname === '/_faults' && request.method === 'POST') return setFault(host, request, response);
    const fault = host.faults.take(record.method, url.pathname);
    if (fault && (await misbehave(host, response, fault))) return;
    if (url.pathname.startsWith('/_lfs/')) return answerLfsObject(host, request, response, url);
    const path = readGitPath(url.pathname);
    if (path) return answerGit(host, pushes, request, response, path, url.search.slice(1));
    request.url = url.pathname + url.search;
    await routes(request, response);
  };
  return (request, response) => {
    answer(request, response).catch((error: Error) => {
      host.log(error.stack ?? error.message);
      if (!response.headersSent) refuse(response, 500);
      else response.destroy();
    });
  };
}

const refuse = (response: ServerResponse, status: number): void => {
  response.writeHead(status, { 'content-type': 'text/plain' }).end();
};

/** Host headers of programs on the unix socket, which know the hosts by their real names. */
const API_NAMES = ['api.github.com', 'api.github.localhost'];
const SITE_NAMES = ['github.com', 'github.localhost'];

/**
 * The request's address, with its host as the first part of the path. Null for an unknown Host header, as a page of
 * another site sends it by DNS rebinding.
 */
function addressOf(host: GitHost, request: IncomingMessage): URL | null {
  const name = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  let path = request.url ?? '/';
  if (!path.startsWith('/')) return null;
  if (API_NAMES.includes(name)) path = `/api${path}`;
  else if (SITE_NAMES.includes(name)) path = `/github.com${path}`;
  else if (host.store.records.repositories.some((one) => one.host === name)) path = `/${name}${path}`;
  else if (!['127.0.0.1', 'localhost', '[::1]'].includes(name)) return null;
  const url = new URL(path, host.url);
  if (url.pathname === '/api/') url.pathname = '/api';
  // GitHub redirects the path of a renamed repository to its address by id.
  const [, id, rest = ''] = /^\/api\/repositories\/(\d+)(\/.*)?$/.exec(url.pathname) ?? [];
  const repository = id === undefined ? undefined : host.store.repositoryById(Number(id));
  if (repository) url.pathname = `/api/repos/${repository.owner}/${repository.name}${rest}`;
  return url;
}

/** Carries out a fault; true if the request has had its answer. */
async function misbehave(host: GitHost, response: ServerResponse, fault: GitHostFault): Promise<boolean> {
  switch (fault.kind) {
    case 'delay':
      await new Promise((resolve) => setTimeout(resolve, fault.ms));
      return false;
    case 'cut':
      response.destroy();
      return true;
    case 'cut answer':
      cutAfter(response, fault.afterBytes);
      return false;
    case 'redirect':
      response.writeHead(fault.status ?? 302, { location: fault.to }).end();
      return true;
    case 'rate limit': {
      const seconds = Math.floor(host.now() / 1000);
      const headers = {
        'content-type': 'application/json; charset=utf-8',
        ...(fault.retryAfterS === undefined
          ? {
              'x-ratelimit-limit': '5000',
              'x-ratelimit-remaining': '0',
              'x-ratelimit-used': '5000',
              'x-ratelimit-resource': 'core',
              'x-ratelimit-reset': String(seconds + (fault.resetS ?? 60)),
            }
          : { 'retry-after': String(fault.retryAfterS) }),
      };
      const message =
        fault.retryAfterS === undefined ? 'API rate limit exceeded' : 'You have exceeded a secondary rate limit.';
      response
        .writeHead(fault.status ?? 403, headers)
        .end(JSON.stringify({ message, documentation_url: 'https://docs.github.com/rest' }));
      return true;
    }
    case 'answer':
      response.writeHead(fault.status, fault.headers ?? { 'content-type': 'text/plain' }).end(fault.body ?? '');
      return true;
  }
}

function cutAfter(response: ServerResponse, bytes: number): void {
  let sent = 0;
  const write = response.write.bind(response) as (piece: unknown, ...rest: unknown[]) => boolean;
  response.write = ((piece: string | Uint8Array, ...rest: unknown[]) => {
    sent += piece.length;
    const went = write(piece, ...rest);
    if (sent >= bytes) response.destroy();
    return went;
  }) as typeof response.write;
}

async function answerHook(
  pushes: Pushes,
  request: IncomingMessage,
  response: ServerResponse,
  push: string,
): Promise<void> {
  const verdicts = await pushes.judge(push, JSON.parse(await bodyOf(request)) as string[]);
  if (verdicts === null) return refuse(response, 404);
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(verdicts));
}

/** Lists requests and webhook deliveries, without credentials. */
function showWorld(requests: readonly ReceivedRequest[], { webhooks }: GitHost, response: ServerResponse): void {
  const asked = requests.map(({ authorization, ...rest }) => ({ ...rest, authorized: authorization !== null }));
  const deliveries = webhooks.deliveries.map(({ body: _, ...rest }) => rest);
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ requests: asked, deliveries }));
}

type FaultWish = {
  fault?: GitHostFault;
  webhook?: Parameters<GitHost['faults']['nextWebhook']>[0];
  event?: string;
  method?: string;
  path?: string;
  times?: number;
};

/**
 * `{"fault":{"kind":"cut"},"method":"GET","path":"^/api/user$","times":2}`, or with "webhook" in place of "fault". No
 * page of another site may set one: a browser asks before it posts JSON there, and names the site.
 */
async function setFault({ faults }: GitHost, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { origin, host, 'content-type': type = '' } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) return refuse(response, 403);
  if (!/^application\/json\b/.test(type)) return refuse(response, 415);
  const given = readWish(await bodyOf(request));
  if (given === null) return refuse(response, 400);
  const { method, path, times = 1 } = given;
  if (given.fault)
    faults.next(given.fault, { times, ...(method ? { method } : {}), ...(path ? { path: new RegExp(path) } : {}) });
  if (given.webhook) faults.nextWebhook(given.webhook, { event: given.event ?? null, times });
  refuse(response, 204);
}

function readWish(body: string): FaultWish | null {
  try {
    const wish = JSON.parse(body) as FaultWish | null;
    if (wish?.path !== undefined) new RegExp(wish.path);
    return wish;
  } catch {
    return null;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > MAX_JSON_BYTES) throw new Error('A request to the stand-in itself is too long.');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}
