import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROBIN, type Stand, startStand, WHATSAPP } from './twilio-stand.ts';

// The usual course of a conversation: a person writes, the product answers, the ticks follow.

let stand: Stand;
beforeEach(async () => {
  stand = await startStand();
});
afterEach(() => stand.close());

describe('the way every conversation takes', () => {
  test('a text in, an answer out, sent and delivered', async () => {
    const inbound = stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'hello' });
    const webhook = await stand.product.waitFor('/webhooks/twilio');
    expect(webhook.form).toMatchObject({ MessageSid: inbound.sid, Body: 'hello', From: ROBIN, To: WHATSAPP });

    const created = await stand.client.messages.create({
      from: WHATSAPP,
      to: ROBIN,
      body: 'hi there',
      statusCallback: `${stand.product.url}/status?r=1.1`,
    });
    expect(created.status).toBe('queued');
    await stand.product.waitFor('/status?r=1.1', 2);
    await stand.carrier.settled();
    const statuses = stand.product.received
      .filter((one) => one.path === '/status?r=1.1')
      .map((one) => one.form.MessageStatus);
    expect(statuses).toEqual(['sent', 'delivered']);
    const listed = await stand.client.messages.list({ to: ROBIN, from: WHATSAPP, limit: 10 });
    expect(listed.map((one) => [one.sid, one.status])).toEqual([[created.sid, 'delivered']]);
  });
});

test('a person whose webhook somebody else signed has an open window where that is allowed, and none elsewhere', async () => {
  const lenient = await startStand({ othersMayDeliver: true });
  try {
    for (const one of [stand, lenient]) {
      await one.client.messages.create({ from: WHATSAPP, to: ROBIN, body: 'hi' });
      await one.carrier.settled();
    }
    expect(stand.carrier.messages().map((m) => [m.status, m.errorCode])).toEqual([['failed', 63016]]);
    expect(lenient.carrier.messages().map((m) => [m.status, m.errorCode])).toEqual([['delivered', null]]);
  } finally {
    await lenient.close();
  }
});
