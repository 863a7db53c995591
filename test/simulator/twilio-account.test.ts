import { readFileSync } from 'node:fs';
import type { ContentCreateRequest } from 'twilio/lib/rest/content/v1/content.js';
import type { MessagingV2ChannelsSenderRequestsUpdate } from 'twilio/lib/rest/messaging/v2/channelsSender.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ACCOUNT, ROBIN, ROBIN_SMS, SMS, type Stand, startStand, TOKEN, WHATSAPP } from './twilio-stand.ts';

// The account, its WhatsApp senders and phone numbers with their webhooks, and approval of templates: by the official
// client, and the effect of each change on webhooks and sending.

const SANDBOX = 'whatsapp:+15555550109';
const documented = JSON.parse(
  readFileSync(new URL('../fixtures/contracts/twilio/answers.json', import.meta.url), 'utf8'),
);

let stand: Stand;
beforeEach(async () => {
  stand = await startStand({
    senders: [WHATSAPP, SANDBOX, SMS],
    sandboxes: [SANDBOX],
    apiKey: { sid: `SK${'1'.repeat(32)}`, secret: 'key-secret' },
  });
});
afterEach(() => stand.close());

const raw = async (path: string): Promise<Record<string, unknown>> => {
  const headers = { Authorization: `Basic ${btoa(`${ACCOUNT}:${TOKEN}`)}` };
  return (await (await fetch(`${stand.apiUrl}${path}`, { headers })).json()) as Record<string, unknown>;
};

describe('the account', () => {
  test('is read with its own token only', async () => {
    const account = await stand.client.api.v2010.accounts(ACCOUNT).fetch();
    expect(account).toMatchObject({ sid: ACCOUNT, status: 'active', type: 'Full' });
    expect(account.dateCreated.getTime()).not.toBeNaN();
    const wrong = [stand.clientAs(ACCOUNT, 'wrong'), stand.clientAs(`SK${'1'.repeat(32)}`, 'key-secret')];
    for (const client of wrong) {
      await expect(client.api.v2010.accounts(ACCOUNT).fetch()).rejects.toMatchObject({ code: 20003, status: 401 });
    }
    const other = stand.client.api.v2010.accounts(`AC${'2'.repeat(32)}`);
    await expect(other.fetch()).rejects.toMatchObject({ code: 20404 });
  });

  test('says that it is suspended', async () => {
    stand.carrier.setAccountStatus('suspended');
    expect((await stand.client.api.v2010.accounts(ACCOUNT).fetch()).status).toBe('suspended');
  });
});

describe('senders', () => {
  const senders = () => stand.client.messaging.v2.channelsSenders;
  const update = (sid: string, json: object) =>
    senders()(sid).update(json as unknown as MessagingV2ChannelsSenderRequestsUpdate);
  const own = async () => (await senders().list({ channel: 'whatsapp', limit: 20 }))[0] ?? expect.fail('no sender');
  const say = (to: string) => stand.carrier.receive({ from: ROBIN, to, body: 'hello' });

  test('are the WhatsApp numbers of the account: no SMS number, no sandbox', async () => {
    const list = await senders().list({ channel: 'whatsapp', limit: 20 });
    expect(list.map((one) => [one.senderId, one.status])).toEqual([[WHATSAPP, 'ONLINE']]);
    expect((await own()).webhook).toMatchObject({ callbackUrl: null, statusCallbackUrl: null });
  });

  test('look as documented', async () => {
    const { sid } = await own();
    const shown = await raw(`/v2/Channels/Senders/${sid}`);
    const body = documented['channels-sender-update-202'].body;
    for (const part of ['configuration', 'webhook', 'profile']) {
      expect(Object.keys(shown[part] as object).sort(), part).toEqual(Object.keys(body[part]).sort());
    }
    expect(Object.keys(shown)).toEqual(expect.arrayContaining(Object.keys(body)));
    const listed = await raw('/v2/Channels/Senders?Channel=whatsapp');
    expect(listed.meta).toMatchObject({ key: 'senders', next_page_url: null, page: 0 });
  });

  test('webhooks go to the address that was set, with its options', async () => {
    const { sid } = await own();
    say(WHATSAPP);
    await stand.product.waitFor('/webhooks/twilio');
    let tries = 0;
    stand.product.answer = (_request, response) => {
      tries += 1;
      if (tries === 1) response.writeHead(503).end();
      else response.writeHead(200, { 'Content-Type': 'text/xml' }).end('<Response></Response>');
    };
    const webhook = { callback_url: `${stand.product.url}/elsewhere#rc=2&rp=5xx`, callback_method: 'POST' };
    expect(await update(sid, { webhook })).toMatchObject({ status: 'ONLINE:UPDATING' });
    expect((await senders()(sid).fetch()).webhook.callbackUrl).toBe(webhook.callback_url);
    expect((await senders()(sid).fetch()).status).toBe('ONLINE');
    say(WHATSAPP);
    expect((await stand.product.waitFor('/elsewhere', 2)).form.To).toBe(WHATSAPP);
    say(SANDBOX);
    expect((await stand.product.waitFor('/webhooks/twilio', 2)).form.To).toBe(SANDBOX);
  });

  test('a message without its own status callback uses the sender’s', async () => {
    const { sid } = await own();
    await update(sid, { webhook: { status_callback_url: `${stand.product.url}/statuses` } });
    say(WHATSAPP);
    await stand.client.messages.create({ from: WHATSAPP, to: ROBIN, body: 'hi' });
    expect((await stand.product.waitFor('/statuses')).form.MessageStatus).toBe('sent');
  });

  test('an empty address removes a webhook; unnamed settings stay', async () => {
    const { sid } = await own();
    await update(sid, { webhook: { callback_url: `${stand.product.url}/a`, fallback_url: `${stand.product.url}/b` } });
    await update(sid, { webhook: { fallback_url: '' } });
    const { webhook } = await senders()(sid).fetch();
    expect(webhook).toMatchObject({ callbackUrl: `${stand.product.url}/a`, fallbackUrl: null });
  });

  test('with another method than POST nothing arrives here, and the record says why', async () => {
    const { sid } = await own();
    await update(sid, { webhook: { callback_url: `${stand.product.url}/got`, callback_method: 'GET' } });
    say(WHATSAPP);
    await stand.carrier.settled();
    expect(stand.product.received).toEqual([]);
    expect(stand.carrier.traffic().at(-1)?.note).toMatch(/GET/);
  });

  test.each([
    ['an unknown part', { colour: 'red' }],
    ['an unknown name', { webhook: { url: 'https://relay.example.com' } }],
    ['not an address', { webhook: { callback_url: 'relay.example.com' } }],
    ['an underscore', { webhook: { callback_url: 'https://my_relay.example.com' } }],
    ['not a method', { webhook: { callback_method: 'post' } }],
  ])('%s is refused', async (_, json) => {
    const { sid } = await own();
    await expect(update(sid, json)).rejects.toMatchObject({ code: 20001, status: 400 });
  });

  test('unknown ones and unknown channels are refused', async () => {
    await expect(senders()(`XE${'9'.repeat(32)}`).fetch()).rejects.toMatchObject({ code: 20404 });
    await expect(update(`XE${'9'.repeat(32)}`, { webhook: {} })).rejects.toMatchObject({ code: 20404 });
    await expect(senders().list({ channel: 'rcs', limit: 1 })).rejects.toMatchObject({ code: 20001 });
    expect(await raw('/v2/Channels/Senders?Channel=whatsapp&Status=ONLINE')).toMatchObject({ code: 20001 });
  });
});

describe('phone numbers', () => {
  const numbers = () => stand.client.incomingPhoneNumbers;
  const own = async () => (await numbers().list({ phoneNumber: SMS, limit: 20 }))[0] ?? expect.fail('no number');
  const say = () => stand.carrier.receive({ from: ROBIN_SMS, to: SMS, body: 'hello' });

  test('are those for SMS, and look as documented', async () => {
    expect((await numbers().list({ limit: 20 })).map(({ phoneNumber }) => phoneNumber)).toEqual([SMS]);
    expect(await numbers().list({ phoneNumber: '+15555550199', limit: 20 })).toEqual([]);
    const { sid, smsUrl, smsApplicationSid } = await own();
    expect([smsUrl, smsApplicationSid]).toEqual(['', '']);
    const shown = await raw(`/2010-04-01/Accounts/${ACCOUNT}/IncomingPhoneNumbers/${sid}.json`);
    const { body } = documented['incoming-phone-number-update-200'];
    expect(Object.keys(shown).sort()).toEqual(Object.keys(body).sort());
    expect(Object.keys(shown.capabilities as object)).toEqual(Object.keys(body.capabilities));
  });

  test('texts go to the address that was set; unnamed settings stay; an empty address removes the webhook', async () => {
    const { sid } = await own();
    const [smsUrl, smsFallbackUrl] = [`${stand.product.url}/sms`, `${stand.product.url}/again`];
    expect(await numbers()(sid).update({ smsUrl, smsMethod: 'POST', smsFallbackUrl })).toMatchObject({ smsUrl });
    say();
    expect((await stand.product.waitFor('/sms')).form.To).toBe(SMS);
    await numbers()(sid).update({ smsUrl: '' });
    expect(await numbers()(sid).fetch()).toMatchObject({ smsUrl: '', smsFallbackUrl, smsMethod: 'POST' });
  });

  test.each([
    ['an application decides', { smsApplicationSid: `AP${'1'.repeat(32)}` }, /application/],
    ['the method is another', { smsMethod: 'GET' }, /GET/],
  ])('nothing arrives when %s, and the record says why', async (_, change, why) => {
    const { sid } = await own();
    await numbers()(sid).update({ smsUrl: `${stand.product.url}/sms`, ...change });
    say();
    await stand.carrier.settled();
    expect(stand.product.received).toEqual([]);
    expect(stand.carrier.traffic().at(-1)?.note).toMatch(why);
  });

  test('undocumented, unsupported and unknown settings are refused', async () => {
    const { sid } = await own();
    await expect(numbers()(sid).update({ friendlyName: 'Roost' })).rejects.toMatchObject({ code: 20001 });
    await expect(numbers()(sid).update({ smsApplicationSid: 'AP1' })).rejects.toMatchObject({ code: 20001 });
    await expect(numbers().list({ friendlyName: 'Roost', limit: 1 })).rejects.toMatchObject({ code: 20001 });
    await expect(numbers()(`PN${'9'.repeat(32)}`).fetch()).rejects.toMatchObject({ code: 20404 });
    await expect(numbers()(`PN${'9'.repeat(32)}`).update({})).rejects.toMatchObject({ code: 20404 });
    await expect(numbers()(sid).remove()).rejects.toMatchObject({ code: 20004 });
  });
});

describe('approval of a template', () => {
  const text = {
    language: 'en',
    variables: { 1: 'you' },
    types: { 'twilio/text': { body: 'Hello {{1}}, an answer waits.' } },
  };
  const content = async () =>
    stand.client.content.v1.contents(
      (await stand.client.content.v1.contents.create(text as unknown as ContentCreateRequest)).sid,
    );
  const ask = { name: 'an_answer_waits', category: 'UTILITY' };

  test('is asked for, pending, decided', async () => {
    const template = await content();
    const status = async () => (await template.approvalFetch().fetch()).whatsapp;
    expect(await status()).toMatchObject({ status: 'unsubmitted' });
    expect(await template.approvalCreate.create(ask)).toMatchObject({ status: 'received', name: ask.name });
    expect(await status()).toMatchObject({ status: 'pending', category: 'UTILITY', content_type: 'twilio/text' });
    const { sid } = await template.fetch();
    stand.carrier.judgeTemplate(sid, 'rejected', 'INVALID_FORMAT');
    expect(await status()).toMatchObject({ status: 'rejected', rejection_reason: 'INVALID_FORMAT' });
    const shown = await raw(`/v1/Content/${sid}/ApprovalRequests`);
    const { body } = documented['content-approval-fetch-200'];
    expect(Object.keys(shown).sort()).toEqual(Object.keys(body).sort());
    expect(Object.keys(shown.whatsapp as object).sort()).toEqual(Object.keys(body.whatsapp).sort());
  });

  test('only then it goes out when the person has not written', async () => {
    const template = await content();
    const { sid } = await template.fetch();
    const send = async () => {
      const message = await stand.client.messages.create({
        from: WHATSAPP,
        to: ROBIN,
        contentSid: sid,
        contentVariables: '{"1":"Robin"}',
        statusCallback: `${stand.product.url}/status`,
      });
      await stand.carrier.settled();
      return stand.client.messages(message.sid).fetch();
    };
    await template.approvalCreate.create(ask);
    expect(await send()).toMatchObject({ status: 'failed', errorCode: 63016 });
    stand.carrier.judgeTemplate(sid, 'approved');
    expect(await send()).toMatchObject({ status: 'delivered', body: 'Hello Robin, an answer waits.' });
  });

  test.each([
    ['a name with spaces', { ...ask, name: 'An answer' }],
    ['another category', { ...ask, category: 'FUN' }],
    ['an unknown field', { ...ask, colour: 'red' }],
  ])('%s is refused', async (_, json) => {
    await expect((await content()).approvalCreate.create(json)).rejects.toMatchObject({ code: 20001 });
  });

  test('of content that is not there is refused', async () => {
    const unknown = stand.client.content.v1.contents(`HX${'9'.repeat(32)}`);
    await expect(unknown.approvalCreate.create(ask)).rejects.toMatchObject({ code: 20404 });
    await expect(unknown.approvalFetch().fetch()).rejects.toMatchObject({ code: 20404 });
    expect(() => stand.carrier.judgeTemplate(`HX${'9'.repeat(32)}`, 'approved')).toThrow(/not submitted/);
  });
});
