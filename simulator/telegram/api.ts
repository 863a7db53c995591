import type { IncomingMessage } from 'node:http';
import { type Context, Hono, type Next } from 'hono';
import * as z from 'zod';
import { affects, faultsSchema } from './faults.ts';
import { accountMethods } from './methods/account.ts';
import { editMethods } from './methods/edits.ts';
import { fileMethods, filePath, LARGEST_UPLOAD } from './methods/files.ts';
import { messageMethods } from './methods/messages.ts';
import type { Method, Result } from './methods/method.ts';
import { updateMethods } from './methods/updates.ts';
import { type Given, readParameters } from './parameters.ts';
import { Refusal, tooManyRequests } from './refusals.ts';
import type { WebhookDelivery } from './webhook.ts';
import type { World } from './world.ts';

// The routes of the stand-in:
//
// *      /bot<token>/METHOD        the Bot API
// GET    /file/bot<token>/<path>   files, by the path of getFile; each address works for an hour
// POST   /_telegram/faults         JSON as in faults.ts: switches on the named faults. 200 with the active ones
// GET    /_telegram/faults         the active faults, with their remaining times
// DELETE /_telegram/faults         switches all faults off
//
// It answers only under a loopback host name, and no web page, because the faults need no token.

type Env = { Bindings: { incoming?: IncomingMessage } };

const METHODS: Readonly<Record<string, Method>> = Object.fromEntries(
  Object.entries({ ...accountMethods, ...updateMethods, ...messageMethods, ...editMethods, ...fileMethods }).map(
    ([name, one]) => [name.toLowerCase(), one],
  ),
);

const answer = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

function refused(refusal: Refusal): Response {
  const { row, message, parameters } = refusal;
  const body = { ok: false, error_code: row.code, description: message, ...(parameters ? { parameters } : {}) };
  return answer(body, row.code);
}

/** Waits until the client has given up, `ms` at most. */
function clientGone(world: World, request: Request, ms: number): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    if (request.signal.aborted) resolve();
    request.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  return Promise.race([gone, world.background.sleep(ms)]);
}

const STATUS = { 500: 'internal', 502: 'badGateway', 504: 'gatewayTimeout' } as const;

/** The work of a method with the faults around it. Null: the connection is cut. */
async function run(world: World, name: string, given: Given, request: Request, work: () => Result | Promise<Result>) {
  const here = (fault: { on?: string | undefined }): boolean => affects(fault, name);
  const delay = world.faults.take('delayAnswer', here);
  if (delay) await world.background.sleep(delay.ms);
  const chat = (fault: { chat?: number | undefined }): boolean =>
    fault.chat === undefined || fault.chat === Number(given.values.chat_id);
  const flood = world.faults.take('tooMany', (fault) => here(fault) && chat(fault));
  if (flood) throw tooManyRequests(flood.seconds);
  const refuse = world.faults.take('refuse', here);
  if (refuse) throw new Refusal(refuse.with);
  const early = world.faults.take('serverError', (fault) => here(fault) && !fault.after);
  if (early) throw new Refusal(STATUS[early.status]);
  if (world.faults.take('cut', (fault) => here(fault) && !fault.after)) return null;
  const result = await work();
  const late = world.faults.take('serverError', here);
  if (late) throw new Refusal(STATUS[late.status]);
  if (world.faults.take('cut', here)) return null;
  const hold = world.faults.take('holdAnswer', here);
  if (hold) await clientGone(world, request, hold.ms);
  return answer({ ok: true, ...result });
}

/** Throws a Refusal for any token but the bot's own. */
function checkToken(world: World, token: string): void {
  if (token !== world.bot.token) throw new Refusal(/^\d+:[\w-]+$/.test(token) ? 'unauthorized' : 'noSuchBot');
  if (world.bot.isRevoked) throw new Refusal('unauthorized');
}

const shownBody = (request: Request, text: string): string =>
  /^multipart/.test(request.headers.get('content-type') ?? '') ? '(a form with a file)' : text;

/** A browser names the site that calls; the relay and the Bot API's clients don't. */
async function onlyThisComputer(c: Context<Env>, next: Next): Promise<Response | undefined> {
  const isLoopback = /^(127\.0\.0\.1|localhost|\[::1\])$/.test(new URL(c.req.url).hostname);
  const isFromSite = c.req.header('origin') !== undefined || (c.req.header('sec-fetch-site') ?? 'none') !== 'none';
  if (!isLoopback || isFromSite)
    return c.json({ error: 'The stand-in for Telegram answers this computer alone, and no web page.' }, 403);
  await next();
  return undefined;
}

export function createTelegramApi(world: World, delivery: WebhookDelivery): Hono<Env> {
  const app = new Hono<Env>();
  for (const path of ['/:bot{bot[^/]+}/*', '/file/*', '/_telegram/*']) app.use(path, onlyThisComputer);

  app.all('/:bot{bot[^/]+}/:method', async (c) => {
    const request = c.req.raw;
    const name = c.req.param('method');
    const end = world.traffic.begin({
      kind: 'api',
      method: request.method,
      url: c.req.url.replace(`:${world.bot.token.split(':')[1]}`, ':…'),
      requestHeaders: c.req.header(),
      requestBody: shownBody(request, await request.clone().text()),
    });
    const told = await respond(request, c.req.param('bot').slice(3), name);
    end(
      told
        ? {
            status: told.status,
            responseHeaders: Object.fromEntries(told.headers),
            responseBody: await told.clone().text(),
          }
        : { note: 'Fault: the connection was cut.' },
    );
    if (told) return told;
    c.env.incoming?.socket.destroy();
    return new Response(null, { status: 500 });
  });

  async function respond(request: Request, token: string, name: string): Promise<Response | null> {
    try {
      checkToken(world, decodeURIComponent(token));
      const work = METHODS[name.toLowerCase()];
      if (!work) throw new Refusal('noSuchMethod');
      if (Number(request.headers.get('content-length')) > LARGEST_UPLOAD + 2 ** 16)
        throw new Refusal('tooLargeRequest');
      const given = await readParameters(request);
      const call = { world, given, signal: request.signal, redeliver: delivery.restart };
      return await run(world, name, given, request, () => work(call));
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    }
  }

  app.get('/file/:bot{bot[^/]+}/:path{.+}', (c) => {
    const isOurs = c.req.param('bot') === `bot${world.bot.token}` && !world.bot.isRevoked;
    if (!isOurs) return refused(new Refusal('unauthorized'));
    const file = [...world.files.values()].find((one) => filePath(one) === c.req.param('path'));
    if (!file) return refused(new Refusal('noSuchBot'));
    return c.body(new Uint8Array(file.bytes), 200, { 'content-type': 'application/octet-stream' });
  });

  app.get('/_telegram/faults', (c) => c.json(world.faults.state()));
  app.delete('/_telegram/faults', (c) => {
    world.faults.clear();
    return c.json({});
  });
  app.post('/_telegram/faults', async (c) => {
    if (!/^application\/json\b/.test(c.req.header('Content-Type') ?? ''))
      return c.json({ error: 'Send JSON with Content-Type: application/json.' }, 415);
    const parsed = faultsSchema.safeParse(await c.req.json().catch(() => null));
    if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 400);
    world.faults.set(parsed.data);
    return c.json(world.faults.state());
  });
  return app;
}
