// The phone page's routes: the page, its files, its live feed, and a phone's two actions (send, read). Answers only
// this computer's own browser: a text makes the agent act, so other sites must not be able to send one.

import type { Context, Next } from 'hono';
import { Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { streamSSE } from 'hono/streaming';
import * as z from 'zod';
import type { CarrierForPhones, CarrierMessage } from '../twilio/carrier-types.ts';
import { clientModule, styleSheet } from './assets.ts';
import { LARGEST_FILE, refuseFile } from './client/file-limit.ts';
import { addressOf, parseNumber } from './client/number.ts';
import { isGroup } from './client/telegram.ts';
import { extrasFields, extrasOf, webhookFields } from './extras.ts';
import { createFeed, type FeedOptions } from './feed.ts';
import { faviconSvg } from './icons.ts';
import { phonePage } from './page.ts';
import type { PhoneEvent } from './phone-events.ts';
import { refusal } from './refusal.ts';
import { telegramRoutes } from './telegram-routes.ts';

const BEAT_MS = 15_000;

/** Types shown inside the page; all others are downloads, so that no file can act as a page of ours. */
const INLINE = /^(image\/(png|jpeg|gif|webp)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain|application\/pdf)$/;

function textSchema({ senders, messages }: CarrierForPhones) {
  const isOurs = (to: string): boolean =>
    senders.includes(to) || (isGroup(to) && messages().some((message) => message.to === to));
  return z.object({
    clientId: z.uuid('The message has no valid ID. Reload the page.'),
    from: z
      .string('Choose the phone to send from.')
      .refine((number) => parseNumber(number) === number, 'The number must look like +15555550123.'),
    to: z.string('Choose the address to send to.').refine(isOurs, {
      error: `The message must go to one of Roost’s addresses: ${senders.join(', ')}.`,
    }),
    // Forms have CRLF line ends; phones do not.
    body: z
      .string()
      .transform((body) => body.replaceAll('\r\n', '\n'))
      .pipe(z.string().max(4096, 'A message can have up to 4096 characters. Shorten it or send it as a file.'))
      .default(''),
    profileName: z.string().max(100).optional(),
    file: z.file().optional(),
    /** A recording made in the page has no file name, like a real voice message. */
    voice: z.literal('yes').optional(),
    /** A tap: our message, and the id of the button or item. */
    tapSid: z.string().max(100).optional(),
    tapId: z.string().max(200).optional(),
    topic: z.coerce.number().int().positive().optional(),
    ...extrasFields,
  });
}

const readSchema = z.object({ sids: z.array(z.string()).max(1000) });

export type Phone = { routes: Hono; close(): void };

export function createPhone(carrier: CarrierForPhones, options: FeedOptions = {}): Phone {
  const feed = createFeed(carrier, options);
  const text = textSchema(carrier);
  const app = new Hono();

  app.use('/', onlyThisMachine, pageHeaders);
  app.use('/phone/*', onlyThisMachine);

  app.get('/', (c) => c.html(phonePage()));
  app.get('/phone/style.css', (c) => c.body(styleSheet(), 200, { 'content-type': 'text/css; charset=utf-8' }));
  app.get('/phone/icon.svg', (c) => c.body(faviconSvg, 200, { 'content-type': 'image/svg+xml' }));
  app.get('/phone/client/:name', (c) => {
    const code = clientModule(c.req.param('name'));
    if (code === null) return c.notFound();
    return c.body(code, 200, { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' });
  });

  app.get('/phone/events', (c) =>
    streamSSE(c, async (stream) => {
      let written = Promise.resolve();
      const write = (event: PhoneEvent): void => {
        written = written.then(() => stream.writeSSE({ data: JSON.stringify(event), retry: 1000 }));
      };
      write(feed.snapshot());
      const unsubscribe = feed.subscribe(write);
      const beat = setInterval(write, BEAT_MS, { type: 'beat' } satisfies PhoneEvent);
      await new Promise<void>((gone) => stream.onAbort(gone));
      clearInterval(beat);
      unsubscribe();
    }),
  );

  const tooLargeForAll = 'That file is too large for any channel. Choose a smaller one.';
  const whole = bodyLimit({
    maxSize: LARGEST_FILE + 64 * 1024,
    onError: (c) => c.json({ error: tooLargeForAll }, 413),
  });
  app.post('/phone/messages', whole, async (c) => {
    const parsed = text.safeParse(await c.req.parseBody().catch(() => ({})));
    if (!parsed.success) return c.json(refusal(parsed.error), 400);
    const { clientId, from, to, body, file, voice, profileName, tapSid, tapId, topic } = parsed.data;
    const tooLarge = refuseFile(file?.size ?? 0, to);
    if (tooLarge !== null) return c.json({ error: tooLarge }, 413);
    const address = addressOf(from, to);
    const tap = tapSid !== undefined && tapId !== undefined ? { sid: tapSid, id: tapId } : null;
    const asked = carrier.messages().find((message) => message.sid === tap?.sid && message.to === address);
    if (tap && !asked?.offer?.items.some(({ id }) => id === tap.id)) {
      return c.json({ error: 'That choice is no longer available. Type your answer instead.' }, 400);
    }
    const isThere = ({ from: one, to: other, telegram }: CarrierMessage): boolean =>
      (one === address || other === address) && telegram?.topic?.id === topic;
    if (topic !== undefined && !carrier.messages().some(isThere))
      return c.json({ error: 'This topic no longer exists. Go back to the chat.' }, 400);
    const extras = extrasOf(parsed.data, carrier.messages());
    if (body.trim() === '' && !file && !tap && !extras.place)
      return c.json({ error: 'Type a message or attach a file first.' }, 400);
    const fileName = voice ? null : file?.name || null;
    const media = file ? [{ contentType: bareType(file), fileName, bytes: await bytesOf(file) }] : [];
    const request = {
      from: address,
      to,
      body,
      media,
      ...(tap ? { tap } : {}),
      ...(topic === undefined ? {} : { topic }),
      extra: webhookFields(extras, carrier.messages()),
      ...(profileName ? { profileName } : {}),
    };
    const bubble = feed.send(clientId, request, extras);
    return c.json(bubble, 201);
  });

  app.post('/phone/read', bodyLimit({ maxSize: 64 * 1024 }), async (c) => {
    const parsed = readSchema.safeParse(await c.req.json().catch(() => null));
    if (!parsed.success) return c.json(refusal(parsed.error), 400);
    feed.markRead(parsed.data.sids);
    return c.body(null, 204);
  });

  if (carrier.telegram) app.route('/phone/telegram', telegramRoutes(carrier.telegram));

  app.get('/phone/media/:message/:media', (c) => {
    const message = carrier.messages().find(({ sid }) => sid === c.req.param('message'));
    const media = message?.media.find(({ sid }) => sid === c.req.param('media'));
    if (!media) return c.notFound();
    const name = encodeURIComponent(media.fileName ?? media.sid);
    c.header('content-security-policy', "default-src 'none'; sandbox");
    c.header('x-content-type-options', 'nosniff');
    c.header(
      'content-disposition',
      `${INLINE.test(media.contentType) ? 'inline' : 'attachment'}; filename*=UTF-8''${name}`,
    );
    return c.body(new Uint8Array(media.bytes), 200, { 'content-type': media.contentType });
  });

  return { routes: app, close: () => feed.close() };
}

const pageHeaders = secureHeaders({
  strictTransportSecurity: false,
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'blob:'],
    mediaSrc: ["'self'", 'blob:'],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
});

/** Other sites may not post here, nor reach us through a host name that resolves to this computer. */
async function onlyThisMachine(c: Context, next: Next): Promise<Response | undefined> {
  const { host, hostname } = new URL(c.req.url);
  const origin = c.req.header('origin');
  const local = ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);
  if (!local || (origin !== undefined && origin !== `http://${host}`)) {
    return c.json({ error: 'The phone page works only in a browser on this computer.' }, 403);
  }
  await next();
  return undefined;
}

const bareType = (file: File): string => file.type.split(';')[0]?.trim() || 'application/octet-stream';
const bytesOf = async (file: File): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());
