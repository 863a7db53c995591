import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { InboundRequest } from '../../simulator/twilio/carrier-types.ts';
import { readConnection } from '../../simulator/twilio/overrides.ts';
import { WEBHOOK_OPTIONS } from '../../src/channels/twilio/account.ts';
import { ROBIN, ROBIN_SMS, SMS, type Stand, startStand, TOKEN, twiml, WHATSAPP } from './twilio-stand.ts';

// The requests that the product gets when a person writes: the forms, the signature, and what happens when nobody
// answers.

const fixtures = z
  .record(z.string(), z.record(z.string(), z.string()))
  .parse(JSON.parse(readFileSync(new URL('../fixtures/contracts/twilio/webhooks.json', import.meta.url), 'utf8')));

let stand: Stand;
let open: Stand[] = [];
const standWith = async (changes: Parameters<typeof startStand>[0]): Promise<Stand> => {
  const more = await startStand(changes);
  open.push(more);
  return more;
};
beforeEach(async () => {
  stand = await startStand();
  open = [stand];
});
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
});

const webhooks = (of: Stand) => of.carrier.traffic().filter((one) => one.kind === 'webhook');

describe('the form of an inbound message', () => {
  const file = (contentType: string, fileName: string | null = null) => ({
    media: [{ contentType, fileName, bytes: new Uint8Array([1]) }],
  });
  const kinds: Record<string, Partial<InboundRequest>> = {
    'whatsapp-text': { body: 'Ahoy! Let’s build something. 🚀' },
    'whatsapp-image-caption': { body: 'What is in this picture?', ...file('image/jpeg') },
    'whatsapp-voice-note': file('audio/ogg'),
    'whatsapp-document': file('application/pdf', 'report.pdf'),
    'whatsapp-sticker': file('image/webp'),
    'whatsapp-video': { body: 'look', ...file('video/mp4') },
    'whatsapp-contact-card': file('text/vcard'),
    'whatsapp-empty': {},
    'whatsapp-location-pin': { extra: { Latitude: '25.018766403198', Longitude: '-77.395950317383' } },
    'whatsapp-text-external-id': {
      body: 'hello',
      externalId: 'whatsapp:US.13491208655302741918',
    },
    'whatsapp-withheld-number': { from: 'whatsapp:US.13491208655302741918', body: 'hi there' },
    'sms-text': { from: ROBIN_SMS, to: SMS, body: 'status please' },
  };
  /** Our ids differ, and the places of phone numbers are invented anyway. */
  const free = /Sid$|^MediaUrl|^(From|To)(Country|State|City|Zip)$/;

  test.each(Object.entries(kinds))('%s', async (kind, request) => {
    const expected = fixtures[kind] ?? {};
    stand.carrier.receive({ from: ROBIN, to: WHATSAPP, ...request });
    const { form, headers } = await stand.product.waitFor('/webhooks/twilio');
    expect(Object.keys(form).sort()).toEqual(Object.keys(expected).sort());
    const fixed = (of: Record<string, string>) =>
      Object.fromEntries(Object.entries(of).filter(([name]) => !free.test(name)));
    expect(fixed(form)).toEqual(fixed(expected));
    for (const name of Object.keys(form).filter((one) => one.endsWith('Sid') && one !== 'AccountSid')) {
      expect(form[name]).toMatch(/^[SM]M[0-9a-f]{32}$/);
      expect(form[name]?.slice(0, 2)).toBe(expected[name]?.slice(0, 2));
    }
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded; charset=UTF-8');
  });

  test('further parameters win and are signed', async () => {
    const extra = { To: 'whatsapp:+15555550199', 'Nested.Name': 'a=b&c=d+e%20f', Zone: 'Übergröße 🙂', Empty: '' };
    stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'x', extra });
    const { form, headers } = await stand.product.waitFor('/webhooks/twilio');
    expect(form).toMatchObject(extra);
    expect(
      validateRequest(TOKEN, headers['x-twilio-signature'] ?? '', `${stand.product.url}/webhooks/twilio`, form),
    ).toBe(true);
  });

  test('a number that is not ours, or another channel, is refused at once', () => {
    expect(() => stand.carrier.receive({ from: ROBIN, to: 'whatsapp:+15555550199' })).toThrow(/not one of the senders/);
    expect(() => stand.carrier.receive({ from: ROBIN_SMS, to: WHATSAPP })).toThrow(/cannot write/);
  });
});

describe('delivery', () => {
  test('is signed over the URL with its query and without its fragment', async () => {
    const other = await standWith({ webhookSuffix: '?region=a%2Bb&x=1#rc=2&rp=5xx' });
    other.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'line one\r\nשלום 👩‍👩‍👧‍👦 + & %' });
    const { path, form, headers } = await other.product.waitFor('/webhooks/twilio');
    expect(path).toBe('/webhooks/twilio?region=a%2Bb&x=1');
    const signature = headers['x-twilio-signature'] ?? '';
    expect(validateRequest(TOKEN, signature, other.product.url + path, form)).toBe(true);
    expect(validateRequest(TOKEN, signature, `${other.product.url}/webhooks/twilio`, form)).toBe(false);
    expect(validateRequest(TOKEN, signature, other.product.url + path, { ...form, Body: 'x' })).toBe(false);
  });

  test('an empty <Response> leaves no note, anything else is noted', async () => {
    const answers: [string, string, RegExp | null][] = [
      ['text/xml', '<?xml version="1.0"?>\n<Response/>', null],
      ['text/xml; charset=utf-8', '<Response></Response>', null],
      ['text/xml', '<Response><Message>hi</Message></Response>', /should be an empty <Response>/],
      ['text/xml', '', /should be an empty <Response>/],
      ['text/plain', '<Response></Response>', /12300/],
    ];
    for (const [type, body, note] of answers) {
      stand.product.answer = (_request, response) => response.writeHead(200, { 'Content-Type': type }).end(body);
      stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'x' });
      await stand.carrier.settled();
      const last = webhooks(stand).at(-1);
      expect(last).toMatchObject({ status: 200, responseBody: body });
      if (note === null) expect(last?.note).toBeNull();
      else expect(last?.note).toMatch(note);
    }
  });

  test('a 5xx and a 4xx are not tried again by default', async () => {
    for (const status of [500, 503, 404]) {
      stand.product.answer = (_request, response) => response.writeHead(status).end();
      stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'x' });
      await stand.carrier.settled();
    }
    expect(webhooks(stand).map((one) => one.status)).toEqual([500, 503, 404]);
    expect(webhooks(stand)[0]?.note).toMatch(/11217/);
  });

  test('no connection is tried once more by default, and only once', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const other = await standWith({ webhookUrl: `http://127.0.0.1:${port}/webhooks/twilio` });
    other.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'x' });
    await other.carrier.settled();
    expect(webhooks(other).map((one) => [one.status, one.note])).toEqual([
      [null, '11205: no connection: ECONNREFUSED. Tried again.'],
      [null, 'Attempt 2. 11205: no connection: ECONNREFUSED.'],
    ]);
  });

  test('the overrides of the fragment: retries, on 5xx, with the same token each time', async () => {
    const other = await standWith({ webhookSuffix: '#rc=3&rp=5xx,rt' });
    let calls = 0;
    other.product.answer = (request, response) => {
      calls += 1;
      if (calls < 3) response.writeHead(503).end();
      else twiml(request, response);
    };
    other.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'x' });
    await other.carrier.settled();
    expect(other.product.received.length).toBe(3);
    const tokens = new Set(other.product.received.map((one) => one.headers['i-twilio-idempotency-token']));
    expect(tokens.size).toBe(1);
    expect([...tokens][0]).toMatch(/^[0-9a-f-]{36}$/);
    other.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'y' });
    await other.carrier.settled();
    expect(new Set(other.product.received.map((one) => one.headers['i-twilio-idempotency-token'])).size).toBe(2);
  });

  test('a connection cut before or in the middle of the answer counts as no connection', async () => {
    const cuts: Stand['product']['answer'][] = [
      (_request, response) => response.destroy(),
      (_request, response) => {
        response.writeHead(200, { 'Content-Type': 'text/xml', 'Content-Length': '100' });
        response.write('<Resp', () => response.destroy());
      },
    ];
    for (const cut of cuts) {
      stand.product.answer = cut;
      const before = stand.product.received.length;
      stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'x' });
      await stand.carrier.settled();
      expect(stand.product.received.length - before).toBe(2);
      expect(webhooks(stand).at(-1)).toMatchObject({
        status: null,
        note: expect.stringMatching(/11205: connection lost/),
      });
    }
  });

  test('an answer that does not come is given up on', async () => {
    const other = await standWith({ webhookSuffix: '#rt=150&rc=1&rp=rt' });
    other.product.answer = () => undefined;
    other.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'x' });
    await other.carrier.settled();
    expect(webhooks(other).map((one) => one.note)).toEqual([
      '11200: no answer within 150 ms. Tried again.',
      'Attempt 2. 11200: no answer within 150 ms.',
    ]);
  });

  test('all attempts share the total time', async () => {
    const other = await standWith({ webhookSuffix: '#rt=200&tt=400&rc=5&rp=all' });
    other.product.answer = () => undefined;
    const before = performance.now();
    other.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'x' });
    await other.carrier.settled();
    expect(performance.now() - before).toBeLessThan(5 * 200);
    expect(webhooks(other).length).toBe(2);
  });

  test('documented defaults, and values outside the documented ranges count for nothing', () => {
    const url = 'https://relay.example.com/webhooks/twilio?a=1';
    const defaults = { url, connectMs: 5_000, readMs: 15_000, totalMs: 15_000, retries: 1, retryOn: new Set(['ct']) };
    expect(readConnection(url)).toEqual(defaults);
    expect(readConnection(`${url}#ct=99&rt=15001&tt=0&rc=6`)).toEqual(defaults);
    expect(readConnection(`${url}#ct=2000&rt=4500&rc=2&rp=5xx,ct,rt`)).toEqual({
      ...defaults,
      connectMs: 2_000,
      readMs: 4_500,
      retries: 2,
      retryOn: new Set(['5xx', 'ct', 'rt']),
    });
    const ours = readConnection(`${url}${WEBHOOK_OPTIONS}`);
    expect(ours).toMatchObject({ retries: 2, retryOn: new Set(['ct', 'rt', '5xx']), totalMs: 15_000 });
    expect((ours.connectMs + ours.readMs) * 3).toBeLessThan(ours.totalMs);
    expect(readConnection(`${url}#rp=all`).retryOn).toEqual(new Set(['ct', 'rt', '4xx', '5xx']));
  });

  test('the stand-in reaches nobody but this machine and its webhook', async () => {
    const sent = await stand.client.messages.create({
      from: WHATSAPP,
      to: ROBIN,
      body: 'x',
      statusCallback: 'https://relay.example.com/status',
    });
    await stand.carrier.settled();
    const lost = stand.carrier.traffic().filter((one) => one.kind === 'status');
    expect(lost.length).toBe(1);
    expect(lost[0]).toMatchObject({ status: null, note: expect.stringMatching(/only calls this computer/) });
    expect((await stand.client.messages(sent.sid).fetch()).errorCode).toBe(63016);
  });
});

describe('faults of the webhook', () => {
  test('dropped, delayed, sent twice with the same and with another token; each applies the given number of times', async () => {
    const write = async (body: string): Promise<void> => {
      stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body });
      await stand.carrier.settled();
    };
    const tokensOf = (body: string) =>
      stand.product.received
        .filter((one) => one.form.Body === body)
        .map((one) => one.headers['i-twilio-idempotency-token']);

    stand.carrier.faults.set({ dropWebhook: { times: 2 } });
    await write('lost');
    await write('lost');
    expect(stand.product.received).toEqual([]);
    expect(webhooks(stand).map((one) => [one.status, one.note])).toEqual([
      [null, 'Fault dropWebhook: never sent.'],
      [null, 'Fault dropWebhook: never sent.'],
    ]);

    stand.carrier.faults.set({ delayWebhook: { ms: 120 } });
    const before = performance.now();
    await write('late');
    expect(performance.now() - before).toBeGreaterThan(115);
    expect(tokensOf('late').length).toBe(1);

    stand.carrier.faults.set({ duplicateWebhook: {} });
    await write('twice');
    expect(tokensOf('twice').length).toBe(2);
    expect(new Set(tokensOf('twice')).size).toBe(1);

    stand.carrier.faults.set({ duplicateWebhook: { newToken: true } });
    await write('again');
    expect(new Set(tokensOf('again')).size).toBe(2);

    await write('plain');
    expect(tokensOf('plain').length).toBe(1);
    expect(stand.carrier.faults.state()).toEqual({});
  });

  test('one by one: a phone’s webhook is sent after the previous one was answered; a late one is overtaken, a lost one is never sent', async () => {
    const one = await standWith({ oneByOne: true });
    const first = Promise.withResolvers<void>();
    one.product.answer = (request, response) => {
      if (request.form.Body === 'first') void first.promise.then(() => twiml(request, response));
      else twiml(request, response);
    };
    const bodies = (): (string | undefined)[] => one.product.received.map(({ form }) => form.Body);
    const write = (body: string, webhook = {}) => one.carrier.receive({ from: ROBIN, to: WHATSAPP, body, webhook });
    write('first');
    write('lost', { lost: true });
    write('late', { lateMs: 200 });
    write('twice', { twice: true });
    write('last');
    one.carrier.receive({ from: 'whatsapp:+15555550124', to: WHATSAPP, body: 'of somebody else' });
    await one.product.waitFor('/', 3);
    expect(bodies().toSorted()).toEqual(['first', 'late', 'of somebody else']);
    first.resolve();
    await one.carrier.settled();
    expect(bodies().slice(3)).toEqual(['twice', 'twice', 'last']);
  });
});
