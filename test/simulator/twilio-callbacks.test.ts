import { readFileSync } from 'node:fs';
import { validateRequest } from 'twilio/lib/webhooks/webhooks.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ROBIN, ROBIN_SMS, SMS, type Stand, startStand, TOKEN, WHATSAPP } from './twilio-stand.ts';

// Status callbacks: their forms per channel and status, their signature over the full URL, their order, and every way
// in which they can be late, lost, repeated, reordered or early.

const fixtures = z
  .record(z.string(), z.record(z.string(), z.string()))
  .parse(
    JSON.parse(readFileSync(new URL('../fixtures/contracts/twilio/status-callbacks.json', import.meta.url), 'utf8')),
  );

let stand: Stand;
beforeEach(async () => {
  stand = await startStand({ now: () => Date.parse('2026-11-21T12:06:00Z') });
  stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'the window is open' });
  await stand.carrier.settled();
});
afterEach(() => stand.close());

const PATH = '/webhooks/twilio/status?r=01JD000000000000000000000R.1';
const send = (more: Record<string, unknown> = {}) =>
  stand.client.messages.create({
    from: WHATSAPP,
    to: ROBIN,
    body: 'hi',
    statusCallback: stand.product.url + PATH,
    ...more,
  });
const callbacks = () => stand.product.received.filter((one) => one.path === PATH);
const statuses = () => callbacks().map((one) => one.form.MessageStatus);
const settled = () => stand.carrier.settled();

describe('the form of a callback', () => {
  const sms = { from: SMS, to: ROBIN_SMS };
  const cases: [fixture: string, provoke: () => Promise<unknown>][] = [
    ['whatsapp-sent', () => send()],
    ['whatsapp-delivered', () => send()],
    [
      'whatsapp-read',
      async () => {
        const { sid } = await send();
        stand.carrier.markRead(sid);
      },
    ],
    ['whatsapp-failed-63016', () => send({ to: 'whatsapp:+15555550124' })],
    [
      'whatsapp-undelivered-63016',
      () => {
        stand.carrier.faults.set({ failMessage: { code: 63016 } });
        return send();
      },
    ],
    ['sms-sent', () => send(sms)],
    ['sms-delivered', () => send(sms)],
    [
      'sms-undelivered-30003',
      () => {
        stand.carrier.faults.set({ failMessage: { code: 30003 } });
        return send(sms);
      },
    ],
    [
      'sms-failed-30007',
      () => {
        stand.carrier.faults.set({ failMessage: { code: 30007, status: 'failed' } });
        return send(sms);
      },
    ],
  ];
  const free = /Sid$|^ErrorMessage$|^ChannelStatusMessage$|^RawDlrDoneDate$|^To$|^ChannelToAddress$/;

  test.each(cases)('%s', async (fixture, provoke) => {
    const expected = fixtures[fixture] ?? {};
    await provoke();
    await settled();
    const form = callbacks().find((one) => one.form.MessageStatus === expected.MessageStatus)?.form ?? {};
    expect(Object.keys(form).sort()).toEqual(Object.keys(expected).sort());
    const fixed = (of: Record<string, string>) =>
      Object.fromEntries(Object.entries(of).filter(([name]) => !free.test(name)));
    expect(fixed(form)).toEqual(fixed(expected));
    expect(form.MessageSid).toBe(form.SmsSid);
    if ('RawDlrDoneDate' in form) expect(form.RawDlrDoneDate).toBe('2611211206');
    if (form.MessageStatus === 'delivered' && 'ChannelToAddress' in form)
      expect(form.ChannelToAddress).toBe('+15555550123');
    if (form.MessageStatus === 'sent' && 'ChannelToAddress' in form) expect(form.ChannelToAddress).toBe('+1555555XXXX');
  });
});

describe('by default', () => {
  test('sent, delivered, read: in order, signed over the full URL, `queued` never', async () => {
    const { sid } = await send();
    await settled();
    expect(statuses()).toEqual(['sent', 'delivered']);
    stand.carrier.markRead(sid);
    stand.carrier.markRead(sid);
    await settled();
    expect(statuses()).toEqual(['sent', 'delivered', 'read']);
    for (const { form, headers } of callbacks()) {
      const signature = headers['x-twilio-signature'] ?? '';
      expect(validateRequest(TOKEN, signature, stand.product.url + PATH, form)).toBe(true);
      expect(validateRequest(TOKEN, signature, stand.product.url + PATH.split('?')[0], form)).toBe(false);
      expect(form.MessageSid).toBe(sid);
    }
    const tokens = callbacks().map((one) => one.headers['i-twilio-idempotency-token']);
    expect(new Set(tokens).size).toBe(3);
  });

  test('a message read before it was delivered is called back as read after delivered', async () => {
    stand.carrier.faults.set({ callbackBeforeAnswer: {} });
    const { sid } = await send();
    stand.carrier.markRead(sid);
    await settled();
    expect(statuses()).toEqual(['sent', 'delivered', 'read']);
  });

  test('each waits for the answer to the one before', async () => {
    const release = Promise.withResolvers<void>();
    stand.product.answer = (_request, response) => {
      void release.promise.then(() => response.writeHead(200).end());
    };
    const delivered = new Promise<void>((resolve) => {
      stand.carrier.subscribe((event) => {
        if (event.type === 'status' && event.message.status === 'delivered') resolve();
      });
    });
    await send();
    await stand.product.waitFor(PATH);
    await delivered;
    expect(statuses()).toEqual(['sent']);
    release.resolve();
    await settled();
    expect(statuses()).toEqual(['sent', 'delivered']);
  });

  test('without StatusCallback there are none, SMS is never read, and a 5xx is not tried again', async () => {
    await send({ statusCallback: undefined });
    await settled();
    expect(callbacks()).toEqual([]);
    const sms = await send({ from: SMS, to: ROBIN_SMS });
    await settled();
    stand.carrier.markRead(sms.sid);
    await settled();
    expect(statuses()).toEqual(['sent', 'delivered']);
    stand.product.answer = (_request, response) => response.writeHead(500).end();
    await send();
    await settled();
    expect(statuses()).toEqual(['sent', 'delivered', 'sent', 'delivered']);
  });

  test('the fragment of the StatusCallback overrides that', async () => {
    let calls = 0;
    stand.product.answer = (_request, response) => {
      calls += 1;
      response.writeHead(calls < 3 ? 503 : 200).end();
    };
    await send({ statusCallback: `${stand.product.url}${PATH}#rc=2&rp=5xx` });
    await settled();
    expect(statuses()).toEqual(['sent', 'sent', 'sent', 'delivered']);
    const tokens = callbacks().map((one) => one.headers['i-twilio-idempotency-token']);
    expect(new Set(tokens.slice(0, 3)).size).toBe(1);
  });
});

describe('on demand', () => {
  test('before the answer to the create request', async () => {
    stand.carrier.faults.set({ callbackBeforeAnswer: {} });
    const { sid, status } = await send();
    expect(status).toBe('queued');
    expect(callbacks()[0]?.form).toMatchObject({ MessageSid: sid, MessageStatus: 'sent' });
    const call = stand.carrier.traffic().find((one) => one.kind === 'api');
    expect(call?.note).toMatch(/callbackBeforeAnswer/);
  });

  test('a failure before the answer', async () => {
    stand.carrier.faults.set({ callbackBeforeAnswer: {} });
    await send({ to: 'whatsapp:+15555550124' });
    expect(statuses()).toEqual(['failed']);
  });

  test('reordered, of one message only', async () => {
    stand.carrier.faults.set({ reorderCallbacks: {} });
    await send();
    await settled();
    expect(statuses()).toEqual(['delivered', 'sent']);
    await send();
    await settled();
    expect(statuses()).toEqual(['delivered', 'sent', 'sent', 'delivered']);
  });

  test('dropped, sent twice, late: by status', async () => {
    stand.carrier.faults.set({ dropCallback: { status: 'sent' } });
    await send();
    await settled();
    expect(statuses()).toEqual(['delivered']);
    const lost = stand.carrier.traffic().find((one) => one.note === 'Fault dropCallback: never sent.');
    expect(lost).toMatchObject({ kind: 'status', status: null });
    expect(new URLSearchParams(lost?.requestBody).get('MessageStatus')).toBe('sent');

    stand.product.received.length = 0;
    stand.carrier.faults.set({ duplicateCallback: { status: 'delivered' } });
    await send();
    await settled();
    expect(statuses()).toEqual(['sent', 'delivered', 'delivered']);
    const [, first, second] = callbacks().map((one) => one.headers['i-twilio-idempotency-token']);
    expect(first).toBe(second);

    stand.product.received.length = 0;
    stand.carrier.faults.set({ delayCallback: { ms: 250, status: 'sent' } });
    await send();
    await settled();
    expect(statuses()).toEqual(['delivered', 'sent']);
    expect(stand.carrier.faults.state()).toEqual({});
  });
});
