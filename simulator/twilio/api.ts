import { timingSafeEqual } from 'node:crypto';
import { Hono, type MiddlewareHandler } from 'hono';
import * as z from 'zod';
import { type ApiEnv, refusal } from './answers.ts';
import { accountHandlers } from './api-account.ts';
import { contentHandlers } from './api-content.ts';
import { type Handler, withFaults } from './api-faults.ts';
import { CDN_PREFIX, mediaHandlers } from './api-media.ts';
import { messageHandlers } from './api-messages.ts';
import type { Carrier, CarrierDesk } from './carrier.ts';
import { faultsSchema, type Operation } from './faults.ts';

// The routes of the fake Twilio: api.twilio.com, messaging.twilio.com and content.twilio.com on one origin, the address
// that stands for the CDN, and /_faults, the carrier's own control. Records and authenticates calls; api-*.ts have the
// resources.
//
// POST   /_faults   JSON as in faults.ts: switches on the named faults. 200 with the active faults, 400 with a sentence
// GET    /_faults   the active faults, with their remaining times
// DELETE /_faults   switches all faults off
//
// /_faults needs no credentials and therefore answers only under a loopback host name.

const APIS = ['/2010-04-01/*', '/v1/*', '/v2/*'];

const equal = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

function isAuthorized(header: string | undefined, account: CarrierDesk['account']): boolean {
  const encoded = /^Basic (\S+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return false;
  const given = Buffer.from(encoded, 'base64').toString('utf8');
  const { accountSid, authToken, apiKey } = account;
  return (
    equal(given, `${accountSid}:${authToken}`) ||
    (apiKey !== undefined && equal(given, `${apiKey.sid}:${apiKey.secret}`))
  );
}

const asText = async (response: Response): Promise<string> => {
  const type = response.headers.get('Content-Type') ?? '';
  if (/json|text|xml|html/.test(type) || type === '') return response.clone().text();
  return `(${response.headers.get('Content-Length') ?? 'some'} bytes of ${type})`;
};

function recording(desk: CarrierDesk): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const end = desk.traffic.begin({
      kind: /\/Media\b|^\/_cdn\//.test(c.req.path) ? 'media' : 'api',
      method: c.req.method,
      url: c.req.url,
      requestHeaders: c.req.header(),
      requestBody: await c.req.text(),
    });
    c.set('note', null);
    await next();
    const gone = c.req.raw.signal.aborted;
    const note =
      [c.get('note'), gone ? 'The client had given up.' : null].filter((one) => one !== null).join(' ') || null;
    const responseHeaders = Object.fromEntries(c.res.headers);
    end(gone ? { note } : { status: c.res.status, responseHeaders, responseBody: await asText(c.res), note });
  };
}

const needsCredentials =
  (desk: CarrierDesk): MiddlewareHandler<ApiEnv> =>
  async (c, next) => {
    if (isAuthorized(c.req.header('Authorization'), desk.account)) return next();
    return refusal({ refused: 20003 }, { 'WWW-Authenticate': 'Basic realm="Twilio API"' });
  };

function controlRoutes(app: Hono<ApiEnv>, carrier: Carrier): void {
  app.use('/_faults', async (c, next) => {
    if (/^(127\.0\.0\.1|localhost|\[::1\])$/.test(new URL(c.req.url).hostname)) return next();
    return c.json({ error: 'Faults can only be set from this computer: use 127.0.0.1.' }, 403);
  });
  app.get('/_faults', (c) => c.json(carrier.faults.state()));
  app.delete('/_faults', (c) => {
    carrier.faults.clear();
    return c.json({});
  });
  app.post('/_faults', async (c) => {
    if (!/^application\/json\b/.test(c.req.header('Content-Type') ?? '')) {
      return c.json({ error: 'Send JSON with Content-Type: application/json.' }, 415);
    }
    const parsed = faultsSchema.safeParse(await c.req.json().catch(() => null));
    if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 400);
    carrier.faults.set(parsed.data);
    return c.json(carrier.faults.state());
  });
}

export function createTwilioApi(carrier: Carrier): Hono<ApiEnv> {
  const { desk, faults } = carrier;
  const app = new Hono<ApiEnv>();
  const messages = messageHandlers(desk, faults);
  const media = mediaHandlers(desk);
  const content = contentHandlers(desk);
  const account = accountHandlers(desk);
  const faulty = (operation: Operation, handle: Handler): Handler =>
    withFaults(operation, handle, faults, desk.background);
  const unknownPath: Handler = (c) => refusal({ refused: 20404, detail: c.req.path });
  const wrongMethod: Handler = () => refusal({ refused: 20004 });

  app.use(async (c, next) => {
    // The product sends no Origin header. A page of another site does, and would fill the record although its call is
    // refused.
    if (c.req.header('Origin') === undefined) return next();
    return c.json({ error: 'No page in a browser may use this API.' }, 403);
  });
  for (const path of [...APIS, `${CDN_PREFIX}/*`]) app.use(path, recording(desk));
  for (const path of APIS) app.use(path, needsCredentials(desk));
  const accountFile = '/2010-04-01/Accounts/:file{AC[0-9a-f]+\\.json}';
  app.get(accountFile, faulty('fetch', account.account));
  app.all(accountFile, wrongMethod);
  app.use('/2010-04-01/Accounts/:account/*', async (c, next) =>
    c.req.param('account') === desk.account.accountSid ? next() : unknownPath(c),
  );

  const root = '/2010-04-01/Accounts/:account/Messages';
  app.post(`${root}.json`, faulty('create', messages.create));
  app.get(`${root}.json`, faulty('list', messages.list));
  app.all(`${root}.json`, wrongMethod);
  app.get(`${root}/:file{[SM]M[0-9a-f]+\\.json}`, faulty('fetch', messages.fetch));
  app.post(`${root}/:file{[SM]M[0-9a-f]+\\.json}`, faulty('update', messages.update));
  app.delete(`${root}/:file{[SM]M[0-9a-f]+\\.json}`, faulty('delete', messages.remove));
  app.all(`${root}/:file{[SM]M[0-9a-f]+\\.json}`, wrongMethod);
  app.get(`${root}/:message/Media.json`, faulty('media', media.list));
  app.get(`${root}/:message/Media/:file`, faulty('media', media.fetch));
  app.delete(`${root}/:message/Media/:file`, faulty('media', media.remove));
  const numbers = '/2010-04-01/Accounts/:account/IncomingPhoneNumbers';
  app.get(`${numbers}.json`, account.numbers);
  app.all(`${numbers}.json`, wrongMethod);
  app.get(`${numbers}/:file{PN[0-9a-f]+\\.json}`, account.number);
  app.post(`${numbers}/:file{PN[0-9a-f]+\\.json}`, account.updateNumber);
  app.all(`${numbers}/:file{PN[0-9a-f]+\\.json}`, wrongMethod);
  app.post('/v2/Indicators/Typing.json', faulty('typing', messages.typing));
  app.all('/v2/Indicators/Typing.json', wrongMethod);
  app.get('/v2/Channels/Senders', account.senders);
  app.all('/v2/Channels/Senders', wrongMethod);
  app.get('/v2/Channels/Senders/:sid{XE[0-9a-f]+}', account.sender);
  app.post('/v2/Channels/Senders/:sid{XE[0-9a-f]+}', account.updateSender);
  app.all('/v2/Channels/Senders/:sid{XE[0-9a-f]+}', wrongMethod);
  app.post('/v1/Content', faulty('content', content.create));
  app.get('/v1/Content', content.list);
  app.all('/v1/Content', wrongMethod);
  app.get('/v1/Content/:sid{HX[0-9a-f]+}', content.fetch);
  app.delete('/v1/Content/:sid{HX[0-9a-f]+}', content.remove);
  app.get('/v1/Content/:sid{HX[0-9a-f]+}/ApprovalRequests', content.approval);
  app.post('/v1/Content/:sid{HX[0-9a-f]+}/ApprovalRequests/whatsapp', content.requestApproval);
  app.get(`${CDN_PREFIX}/:account/:message/:media`, (c) => media.bytes(c));
  for (const path of APIS) app.all(path, unknownPath);

  controlRoutes(app, carrier);
  return app;
}
