import { setImmediate as laterTurn, setTimeout as pause } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { ulid } from 'ulid';
import { demoReply } from './demo.ts';
import {
  type ApiFailure,
  checkCountRequest,
  checkHeaders,
  checkMessagesRequest,
  errorBody,
  estimateTokens,
  type ModelRequest,
} from './messages-api.ts';
import { event, eventsOf, messageOf, type Reply, type StreamBreak, wire } from './reply.ts';

// The Messages API over HTTP: POST /v1/messages (streamed or not), POST /v1/messages/count_tokens, GET /healthz.
// `answer` decides the replies; this file only checks requests and writes replies to the wire. Keeps nothing.

export type ModelServerOptions = {
  /** Decides every reply. Default: the demo model. */
  answer?: (request: ModelRequest, headers: Headers) => Reply | Promise<Reply>;
  /** Pause between two pieces of a streamed answer. */
  pauseMs?: number;
  maxBodyBytes?: number;
};

const DOCUMENTED_MAX_BODY = 32 * 1024 * 1024;

/** `none`: the key that the relay sends when none is set. */
const hasKey = (headers: Headers): boolean => !['', 'none'].includes(headers.get('x-api-key')?.trim() ?? '');

export function createModelServer(options: ModelServerOptions = {}): Hono {
  const {
    answer = (request, headers) => demoReply(request, hasKey(headers)),
    pauseMs = 0,
    maxBodyBytes = DOCUMENTED_MAX_BODY,
  } = options;
  const app = new Hono();

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.use(
    '/v1/*',
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: () =>
        failed({
          status: 413,
          type: 'request_too_large',
          message: 'Request exceeds the maximum allowed number of bytes.',
        }),
    }),
    async (c, next) => {
      const failure = checkHeaders((name) => c.req.header(name));
      return failure ? failed(failure) : next();
    },
  );

  app.post('/v1/messages/count_tokens', async (c) => {
    const checked = checkCountRequest(await c.req.text());
    if (!checked.ok) return failed(checked.failure);
    const { system, tools, messages } = checked.request;
    return c.json({ input_tokens: estimateTokens({ system, tools, messages }) }, 200, { 'request-id': requestId() });
  });

  app.post('/v1/messages', async (c) => {
    const checked = checkMessagesRequest(await c.req.text());
    if (!checked.ok) return failed(checked.failure);
    const { request } = checked;
    let reply = await answer(request, c.req.raw.headers);
    while (reply.kind === 'later') {
      await settled(reply.until, c.req.raw.signal);
      reply = reply.reply;
    }
    if (reply.kind === 'error') return failed(reply.failure);
    const message = messageOf(reply, request);
    if (!request.stream) return c.json(message, 200, { 'request-id': requestId() });
    const body = streamBody(
      (gone) => streamed(eventsOf(message).map(wire), reply.break, pauseMs, gone, () => loseConnection(c.env)),
      c.req.raw.signal,
    );
    return new Response(body, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache',
        'request-id': requestId(),
      },
    });
  });

  app.notFound(() =>
    failed({ status: 404, type: 'not_found_error', message: 'The requested resource could not be found.' }),
  );
  app.onError(() => failed({ status: 500, type: 'api_error', message: 'Internal server error' }));
  return app;
}

const requestId = (): string => `req_${ulid()}`;

function failed(failure: ApiFailure): Response {
  const id = requestId();
  return Response.json(errorBody(failure, id), {
    status: failure.status,
    headers: { 'request-id': id, ...failure.headers },
  });
}

/** The parts as a response body; `gone` tells the generator that the caller has left. */
function streamBody(parts: (gone: AbortSignal) => AsyncGenerator<string>, request: AbortSignal): ReadableStream {
  const cancelled = new AbortController();
  const generator = parts(AbortSignal.any([request, cancelled.signal]));
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await generator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: () => cancelled.abort(),
  });
}

async function* streamed(
  events: readonly string[],
  broken: { afterEvents: number; what: StreamBreak } | undefined,
  pauseMs: number,
  signal: AbortSignal,
  lose: () => Promise<void>,
): AsyncGenerator<string> {
  for (let sent = 0; sent <= events.length; sent++) {
    if (broken && sent === Math.min(broken.afterEvents, events.length)) {
      const { what } = broken;
      if (what.kind === 'cut') return lose();
      if (what.kind === 'error') {
        yield wire(event('error', { error: { type: what.type, message: what.message } }));
        return;
      }
      await settled(what.until, signal);
    }
    const next = events[sent];
    if (next === undefined || signal.aborted) return;
    yield next;
    if (pauseMs > 0) await pause(pauseMs);
  }
}

/** Under Node the socket is closed after its pending writes; without a socket the body fails. */
async function loseConnection(env: unknown): Promise<void> {
  const outgoing = (env as Partial<HttpBindings> | undefined)?.outgoing;
  if (!outgoing) throw new Error('The connection was lost.');
  await laterTurn();
  await laterTurn();
  outgoing.destroy();
}

/** Waits for the promise, or until the caller has left. */
async function settled(until: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([until.catch(() => undefined), gone]);
}
