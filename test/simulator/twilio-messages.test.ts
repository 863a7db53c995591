import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { CarrierEvent } from '../../simulator/twilio/carrier-types.ts';
import { smsSegments } from '../../simulator/twilio/segments.ts';
import { ACCOUNT, ROBIN, ROBIN_SMS, SMS, type Stand, startStand, TOKEN, WHATSAPP } from './twilio-stand.ts';

// The Messages and Media resources and the typing indicator, used by the official client and compared with its
// documented answers.

const answers = z
  .record(z.string(), z.object({ status: z.int(), body: z.record(z.string(), z.unknown()) }))
  .parse(JSON.parse(readFileSync(new URL('../fixtures/contracts/twilio/answers.json', import.meta.url), 'utf8')));
const documented = (name: string) => answers[name]?.body ?? expect.fail(`no answer ${name}`);

let stand: Stand;
let clock: number;
const open = async (changes: Parameters<typeof startStand>[0] = {}): Promise<void> => {
  clock = Date.parse('2026-11-21T10:00:00Z');
  stand = await startStand({ now: () => clock, ...changes });
};
beforeEach(() => open());
afterEach(() => stand.close());

const reopen = async (changes: Parameters<typeof startStand>[0]): Promise<void> => {
  await stand.close();
  await open(changes);
};
const raw = (path: string, init: RequestInit = {}) =>
  fetch(path.startsWith('http') ? path : `${stand.apiUrl}${path}`, {
    redirect: 'manual',
    ...init,
    headers: { Authorization: `Basic ${btoa(`${ACCOUNT}:${TOKEN}`)}`, ...init.headers },
  });
const ROOT = `/2010-04-01/Accounts/${ACCOUNT}/Messages`;
const openWindow = () => stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'hello' });
const send = (body: string, more: Record<string, unknown> = {}) =>
  stand.client.messages.create({ from: WHATSAPP, to: ROBIN, body, ...more });

describe('a message', () => {
  test('is answered as documented when it is created', async () => {
    const expected = documented('message-create-201-whatsapp');
    const response = await raw(`${ROOT}.json`, {
      method: 'POST',
      body: new URLSearchParams({ From: WHATSAPP, To: ROBIN, Body: 'Hello' }),
    });
    expect(response.status).toBe(201);
    const body = (await response.json()) as Record<string, unknown>;
    expect(Object.keys(body).sort()).toEqual(Object.keys(expected).sort());
    const sid = String(body.sid);
    expect(sid).toMatch(/^SM[0-9a-f]{32}$/);
    expect(JSON.parse(JSON.stringify(body).replaceAll(sid, String(expected.sid)))).toEqual(expected);
    expect(response.headers.get('twilio-request-id')).toMatch(/^RQ[0-9a-f]{32}$/);
    expect(response.headers.get('twilio-concurrent-requests')).toBe('1');
    expect(response.headers.get('twilio-request-duration')).toMatch(/^\d+\.\d+$/);
    expect(response.headers.get('content-type')).toBe('application/json');
  });

  test('has no date_sent while it is queued, and one when it has been sent', async () => {
    openWindow();
    await stand.carrier.settled();
    // The message stays queued until its media is answered.
    const release = Promise.withResolvers<void>();
    stand.product.answer = (_request, response) => {
      void release.promise.then(() => response.writeHead(200, { 'Content-Type': 'image/png' }).end('x'));
    };
    const created = await send('hi', { mediaUrl: [`${stand.product.url}/media/a`] });
    expect(created.dateSent).toBeFalsy();
    expect((await stand.client.messages(created.sid).fetch()).status).toBe('queued');
    clock += 2_000;
    release.resolve();
    await stand.carrier.settled();
    const sent = await stand.client.messages(created.sid).fetch();
    expect(sent.status).toBe('delivered');
    expect(sent.dateSent?.toISOString()).toBe('2026-11-21T10:00:02.000Z');
    expect(sent.dateCreated.toISOString()).toBe('2026-11-21T10:00:00.000Z');
    const listing = (await (await raw(`${ROOT}/${created.sid}.json`)).json()) as Record<string, unknown>;
    expect(listing).toMatchObject({ date_sent: 'Sat, 21 Nov 2026 10:00:02 +0000', num_media: '1', num_segments: '1' });
  });

  test('counts segments on SMS, and one on WhatsApp', async () => {
    expect((await send('x'.repeat(400))).numSegments).toBe('1');
    const sms = await stand.client.messages.create({ from: SMS, to: ROBIN_SMS, body: 'x'.repeat(161) });
    expect(sms.numSegments).toBe('2');
    expect([smsSegments('a'.repeat(160)), smsSegments('€'.repeat(81)), smsSegments('é'.repeat(160))]).toEqual([
      1, 2, 1,
    ]);
    expect([smsSegments('ч'.repeat(70)), smsSegments('ч'.repeat(71)), smsSegments('🚀'.repeat(68))]).toEqual([1, 2, 3]);
  });

  test('can be redacted and deleted once it has arrived', async () => {
    const inbound = openWindow();
    expect((await stand.client.messages(inbound.sid).update({ body: '' })).body).toBe('');
    expect(await stand.client.messages(inbound.sid).remove()).toBe(true);
    await expect(stand.client.messages(inbound.sid).fetch()).rejects.toMatchObject({ status: 404, code: 20404 });
    expect(await stand.client.messages.list({ limit: 5 })).toEqual([]);
  });

  test('from a template passes a closed window, free text does not', async () => {
    const contentSid = `HX${'1'.repeat(32)}`;
    await reopen({ templates: { [contentSid]: 'Task {{1}} is finished.' } });
    const statusCallback = `${stand.product.url}/status`;
    const free = await send('hi', { statusCallback });
    const template = await send('', { contentSid, contentVariables: '{"1":"build"}', statusCallback });
    await stand.carrier.settled();
    expect(await stand.client.messages(free.sid).fetch()).toMatchObject({ status: 'failed', errorCode: 63016 });
    expect(await stand.client.messages(template.sid).fetch()).toMatchObject({
      status: 'delivered',
      body: 'Task build is finished.',
    });
  });

  test('the window is 24 hours of the carrier’s clock, of this sender and this person', async () => {
    const other = 'whatsapp:+15555550102';
    await reopen({ senders: [WHATSAPP, other] });
    openWindow();
    const codeOf = async (more: Record<string, unknown> = {}) => {
      const { sid } = await send('hi', more);
      await stand.carrier.settled();
      return (await stand.client.messages(sid).fetch()).errorCode ?? null;
    };
    clock += 24 * 60 * 60 * 1000;
    expect(await codeOf()).toBeNull();
    expect(await codeOf({ from: other })).toBe(63016);
    expect(await codeOf({ to: 'whatsapp:+15555550124' })).toBe(63016);
    clock += 1;
    expect(await codeOf()).toBe(63016);
    openWindow();
    expect(await codeOf()).toBeNull();
  });
});

describe('the list', () => {
  test('is newest first, filtered by To and From, and paged by its own links', async () => {
    openWindow();
    for (const body of ['one', 'two', 'three', 'four', 'five']) await send(body);
    await stand.client.messages.create({ from: SMS, to: ROBIN_SMS, body: 'another channel' });
    await stand.carrier.settled();

    const first = await stand.client.messages.page({ to: ROBIN, from: WHATSAPP, pageSize: 2 });
    expect(first.instances.map((one) => one.body)).toEqual(['five', 'four']);
    await send('arrives meanwhile');
    const second = await first.nextPage();
    expect(second?.instances.map((one) => one.body)).toEqual(['three', 'two']);
    const third = await second?.nextPage();
    expect(third?.instances.map((one) => one.body)).toEqual(['one']);
    expect(third?.nextPageUrl).toBeUndefined();

    const all = await stand.client.messages.list({ pageSize: 3 });
    expect(all.map((one) => one.body)).toEqual([
      'arrives meanwhile',
      'another channel',
      'five',
      'four',
      'three',
      'two',
      'one',
      'hello',
    ]);
    expect((await stand.client.messages.list({ from: ROBIN })).map((one) => [one.direction, one.status])).toEqual([
      ['inbound', 'received'],
    ]);
    expect((await stand.client.messages.list({ to: ROBIN, limit: 3 })).length).toBe(3);
  });

  test('has the frame that is documented', async () => {
    openWindow();
    for (const body of ['one', 'two', 'three']) await send(body);
    const query = new URLSearchParams({ To: ROBIN, From: WHATSAPP, PageSize: '2', Page: '0' });
    const body = (await (await raw(`${ROOT}.json?${query}`)).json()) as Record<string, unknown>;
    const expected = documented('message-list-200-whatsapp-paging');
    expect(Object.keys(body).sort()).toEqual(Object.keys(expected).sort());
    expect(Object.keys(body).sort()).toEqual(Object.keys(documented('message-list-200-page-0')).sort());
    for (const name of ['page', 'page_size', 'start', 'end', 'uri', 'first_page_uri', 'previous_page_uri']) {
      expect(body[name], name).toEqual(expected[name]);
    }
    expect(String(body.next_page_uri).replace(/PageToken=PA.*$/, 'PageToken=PA')).toBe(
      String(expected.next_page_uri).replace(/PageToken=PA.*$/, 'PageToken=PA'),
    );
    const empty = (await (await raw(`${ROOT}.json?To=%2B15555550188`)).json()) as Record<string, unknown>;
    expect(empty).toMatchObject({ messages: [], start: 0, end: 0, next_page_uri: null, page_size: 50 });
  });

  test('by date sent: a queued message has none and is left out', async () => {
    openWindow();
    await send('yesterday');
    await stand.carrier.settled();
    clock += 24 * 60 * 60 * 1000;
    await send('today');
    await stand.carrier.settled();
    await stand.close();
    const bodies = (list: { body: string }[]) => list.map((one) => one.body);
    await open({ pace: { sent: 30_000, delivered: 0, listLag: 0 } });
    openWindow();
    clock += 24 * 60 * 60 * 1000;
    stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'next day' });
    await send('queued');
    const day = (text: string) => new Date(`${text}T00:00:00Z`);
    expect(bodies(await stand.client.messages.list())).toEqual(['queued', 'next day', 'hello']);
    expect(bodies(await stand.client.messages.list({ dateSentAfter: day('2026-11-22') }))).toEqual(['next day']);
    expect(bodies(await stand.client.messages.list({ dateSentBefore: day('2026-11-22') }))).toEqual(['hello']);
    expect(bodies(await stand.client.messages.list({ dateSent: new Date('2026-11-21T10:00:00Z') }))).toEqual(['hello']);
    const wholeDay = (await (await raw(`${ROOT}.json?DateSent=2026-11-22`)).json()) as { messages: { body: string }[] };
    expect(bodies(wholeDay.messages)).toEqual(['next day']);
  });

  test('does not know a message yet that can already be fetched', async () => {
    await reopen({ pace: { sent: 0, delivered: 0, listLag: 1_000 } });
    openWindow();
    const created = await send('hi');
    expect((await stand.client.messages.list({ to: ROBIN })).length).toBe(0);
    expect((await stand.client.messages(created.sid).fetch()).sid).toBe(created.sid);
    await stand.carrier.settled();
    expect((await stand.client.messages.list({ to: ROBIN })).map((one) => one.sid)).toEqual([created.sid]);
  });
});

describe('media', () => {
  const bytes = new Uint8Array([0xff, 0xd8, 0xff, 1, 2, 3]);
  const photo = () =>
    stand.carrier.receive({
      from: ROBIN,
      to: WHATSAPP,
      body: 'look',
      media: [{ contentType: 'image/jpeg', fileName: 'cat.jpg', bytes }],
    });

  test('of an inbound message: listed, described, and one redirect away', async () => {
    const { sid } = photo();
    const { form } = await stand.product.waitFor('/webhooks/twilio');
    expect(sid).toMatch(/^MM/);
    const listed = await stand.client.messages(sid).media.list();
    expect(listed.map((one) => [one.contentType, one.parentSid])).toEqual([['image/jpeg', sid]]);
    const mediaSid = listed[0]?.sid ?? '';
    const described = (await (await raw(`${ROOT}/${sid}/Media/${mediaSid}.json`)).json()) as Record<string, unknown>;
    expect(Object.keys(described).sort()).toEqual(Object.keys(documented('media-fetch-json-200')).sort());
    const frame = (await (await raw(`${ROOT}/${sid}/Media.json`)).json()) as Record<string, unknown>;
    expect(Object.keys(frame).sort()).toEqual(Object.keys(documented('media-list-200')).sort());

    expect(form.MediaUrl0).toBe(`${stand.apiUrl}${ROOT}/${sid}/Media/${mediaSid}`);
    const redirect = await raw(form.MediaUrl0 ?? '');
    expect(redirect.status).toBe(307);
    const address = redirect.headers.get('location') ?? '';
    const answer = await fetch(address);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(bytes);
    expect((await raw(address)).status, 'with Authorization').toBe(400);
    expect((await fetch(address.replace(/Signature=../, 'Signature=xx'))).status).toBe(403);
    expect((await fetch(form.MediaUrl0 ?? '')).status, 'without Authorization').toBe(401);
    clock += 5 * 60 * 60 * 1000;
    expect((await fetch(address)).status, 'expired').toBe(403);

    expect(await stand.client.messages(sid).media(mediaSid).remove()).toBe(true);
    expect((await raw(form.MediaUrl0 ?? '')).status).toBe(404);
    const kinds = stand.carrier.traffic().filter((one) => one.kind === 'media');
    expect(kinds.find((one) => one.status === 200 && one.responseBody === '(6 bytes of image/jpeg)')).toBeDefined();
  });

  test('of an outbound message is fetched from the product, by HEAD and GET, without credentials', async () => {
    openWindow();
    stand.product.answer = (request, response) => {
      if (!request.path.startsWith('/media/'))
        return response.writeHead(200, { 'Content-Type': 'text/xml' }).end('<Response/>');
      response
        .writeHead(200, {
          'Content-Type': 'application/pdf',
          'Content-Disposition': 'inline; filename="K_ken.pdf"; filename*=UTF-8\'\'K%C3%BCken.pdf',
        })
        .end('%PDF');
    };
    const created = await send('here', { mediaUrl: [`${stand.product.url}/media/abc?x=1`] });
    expect([created.numMedia, created.sid.slice(0, 2)]).toEqual(['1', 'MM']);
    await stand.carrier.settled();
    const fetches = stand.product.received.filter((one) => one.path === '/media/abc?x=1');
    expect(fetches.map((one) => [one.method, one.headers.authorization])).toEqual([
      ['HEAD', undefined],
      ['GET', undefined],
    ]);
    const message = stand.carrier.messages().at(-1);
    expect(message?.status).toBe('delivered');
    expect(message?.media.map((one) => [one.contentType, one.fileName, Buffer.from(one.bytes).toString()])).toEqual([
      ['application/pdf', 'Küken.pdf', '%PDF'],
    ]);
  });
});

describe('the typing indicator', () => {
  test('is told to the phone, marks the message read there, and ends with the answer', async () => {
    const events: CarrierEvent[] = [];
    const inbound = openWindow();
    const stop = stand.carrier.subscribe((event) => events.push(event));
    const answer = await stand.client.messaging.v2.typingIndicator.create({
      channel: 'whatsapp',
      messageId: inbound.sid,
    });
    expect(answer.success).toBe(documented('typing-indicator-200').success);
    const typing = () => events.filter((event) => event.type === 'typing');
    expect(typing()).toEqual([{ type: 'typing', to: ROBIN, from: WHATSAPP, until: clock + 25_000 }]);
    expect(stand.carrier.messages()[0]?.status).toBe('read');
    expect((await stand.client.messages(inbound.sid).fetch()).status).toBe('received');
    clock += 5_000;
    await send('done');
    expect(typing().at(-1)).toEqual({ type: 'typing', to: ROBIN, from: WHATSAPP, until: clock });
    stop();
    const told = events.length;
    openWindow();
    expect(events.length).toBe(told);
  });
});

describe('the record', () => {
  test('holds each call as it was sent and answered, credentials included, the newest 500', async () => {
    openWindow();
    await stand.carrier.settled();
    const created = await send('hi');
    const call = stand.carrier.traffic().find((one) => one.kind === 'api');
    expect(call).toMatchObject({ method: 'POST', url: `${stand.apiUrl}${ROOT}.json`, status: 201, note: null });
    expect(Object.fromEntries(new URLSearchParams(call?.requestBody))).toEqual({
      From: WHATSAPP,
      To: ROBIN,
      Body: 'hi',
    });
    expect(call?.requestHeaders.authorization).toBe(`Basic ${btoa(`${ACCOUNT}:${TOKEN}`)}`);
    expect(JSON.parse(call?.responseBody ?? '')).toMatchObject({ sid: created.sid });
    expect(call?.durationMs).toBeGreaterThanOrEqual(0);
    for (let index = 0; index < 510; index++) {
      stand.carrier.faults.set({ dropWebhook: {} });
      openWindow();
    }
    const kept = stand.carrier.traffic();
    expect(kept.length).toBe(500);
    expect(kept.map((one) => one.id)).toEqual([...kept.map((one) => one.id)].sort((a, b) => a - b));
  });
});
