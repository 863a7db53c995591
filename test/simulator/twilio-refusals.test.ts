import type { IncomingPhoneNumberContextUpdateOptions } from 'twilio/lib/rest/api/v2010/account/incomingPhoneNumber.js';
import type { ContentCreateRequest } from 'twilio/lib/rest/content/v1/content.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { FAILURES, type FailureCode } from '../../simulator/twilio/failures.ts';
import { REFUSALS, type RefusalCode, refusalRow } from '../../simulator/twilio/refusals.ts';
import { ACCOUNT, ROBIN, ROBIN_SMS, SMS, type Stand, startStand, TOKEN, WHATSAPP } from './twilio-stand.ts';

// Every row of both tables is provoked: refusals through the official client, failures through a status callback.

let stand: Stand;
beforeAll(async () => {
  stand = await startStand({ templates: { [`HX${'1'.repeat(32)}`]: 'Your task {{1}} is finished.' } });
});
afterAll(() => stand.close());

const ok = { from: WHATSAPP, to: ROBIN, body: 'hi' };
const create = (changes: Record<string, unknown>) => stand.client.messages.create({ ...ok, ...changes });
const raw = (path: string, init: RequestInit = {}) =>
  fetch(`${stand.apiUrl}${path}`, {
    ...init,
    headers: { Authorization: `Basic ${btoa(`${ACCOUNT}:${TOKEN}`)}`, ...init.headers },
  });

/** A raw request; errors are thrown as by the official client. */
async function thrown(path: string, init?: RequestInit): Promise<void> {
  const response = await raw(path, init);
  if (response.ok) return;
  const {
    code,
    message,
    more_info: moreInfo,
    status,
  } = z
    .strictObject({ code: z.int(), message: z.string(), more_info: z.url(), status: z.int() })
    .parse(await response.json());
  expect(status).toBe(response.status);
  throw Object.assign(new Error(message), { code, status, moreInfo });
}
const MESSAGES = `/2010-04-01/Accounts/${ACCOUNT}/Messages.json`;
const posting = (form: Record<string, string>): RequestInit => ({ method: 'POST', body: new URLSearchParams(form) });

type Provoke = () => Promise<unknown>;

async function number(changes: IncomingPhoneNumberContextUpdateOptions): Promise<unknown> {
  const [one] = await stand.client.incomingPhoneNumbers.list({ phoneNumber: SMS, limit: 1 });
  return stand.client.incomingPhoneNumbers(one?.sid ?? '').update(changes);
}

const provocations: Record<RefusalCode, Provoke[]> = {
  20001: [
    () => create({ smartEncoded: 'perhaps' }),
    () => create({ shortenUrls: true }),
    () => create({ sendAsMms: true }),
    () => thrown(MESSAGES, posting({ From: WHATSAPP, To: ROBIN, Text: 'hi' })),
    () => thrown(MESSAGES, { method: 'POST', body: new URLSearchParams(`From=${SMS}&To=${ROBIN_SMS}&Body=a&Body=b`) }),
    () => stand.client.messages.page({ pageSize: 0 }),
    () => thrown(`${MESSAGES}?Since=yesterday`),
    () => thrown(`${MESSAGES}?DateSent=yesterday`),
    () => thrown('/v2/Indicators/Typing.json', posting({ channel: 'whatsapp' })),
  ],
  20003: [
    () => stand.clientAs(ACCOUNT, 'wrong').messages.create(ok),
    () => stand.clientAs(`AC${'9'.repeat(32)}`, TOKEN).messages.list({ limit: 1 }),
    () =>
      stand.clientAs(ACCOUNT, 'wrong').messaging.v2.typingIndicator.create({ channel: 'whatsapp', messageId: 'SM1' }),
    () => thrown(MESSAGES, { headers: { Authorization: '' } }),
  ],
  20004: [() => thrown(MESSAGES, { method: 'DELETE' }), () => thrown('/v2/Indicators/Typing.json')],
  20007: [() => stand.client.messages.page({ pageSize: 1001 })],
  20009: [async () => (await queuedMessage()).remove(), async () => (await queuedMessage()).update({ body: '' })],
  20404: [
    () => stand.client.messages(`SM${'f'.repeat(32)}`).fetch(),
    () => stand.client.messages(`SM${'f'.repeat(32)}`).remove(),
    () => stand.client.messages(`SM${'f'.repeat(32)}`).update({ body: '' }),
    () => stand.client.messages(`SM${'f'.repeat(32)}`).media.list({ limit: 1 }),
    () =>
      stand.client
        .messages(stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'x' }).sid)
        .media(`ME${'f'.repeat(32)}`)
        .fetch(),
    () => stand.clientAs(ACCOUNT, TOKEN, `AC${'9'.repeat(32)}`).messages.create(ok),
    () => stand.client.calls.list({ limit: 1 }),
    () => stand.client.messaging.v2.typingIndicator.create({ channel: 'whatsapp', messageId: `SM${'f'.repeat(32)}` }),
    async () => {
      const outbound = await create({});
      return stand.client.messaging.v2.typingIndicator.create({ channel: 'whatsapp', messageId: outbound.sid });
    },
  ],
  20422: [
    async () => {
      const inbound = stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'x' });
      return stand.client.messages(inbound.sid).update({ body: 'another text' });
    },
    () => {
      const inbound = stand.carrier.receive({ from: ROBIN_SMS, to: SMS, body: 'x' });
      return stand.client.messaging.v2.typingIndicator.create({ channel: 'whatsapp', messageId: inbound.sid });
    },
    () => thrown('/v2/Indicators/Typing.json', posting({ channel: 'sms', messageId: 'SM1' })),
  ],
  20429: [() => faulty({ refuse: {} })],
  20500: [() => faulty({ errorBeforeAccepting: {} }), () => faulty({ errorAfterAccepting: {} })],
  20503: [
    () => faulty({ errorBeforeAccepting: { status: 503 } }),
    () => faulty({ errorAfterAccepting: { status: 503 } }),
  ],
  21211: [
    () => create({ to: 'whatsapp:+0555' }),
    () => create({ to: 'Robin' }),
    () => create({ from: SMS, to: '5555550123' }),
  ],
  21212: [() => create({ from: 'whatsapp:100' }), () => create({ from: 'ROOST' })],
  21266: [() => create({ to: WHATSAPP })],
  21402: [
    () => number({ smsUrl: 'relay.example.com' }),
    () => number({ smsFallbackUrl: 'https://my_relay.example.com' }),
  ],
  21403: [() => number({ smsMethod: 'PUT' }), () => number({ smsFallbackMethod: 'post' })],
  21481: [
    () => thrown(`${MESSAGES}?PageSize=1&Page=1`),
    () => thrown(`${MESSAGES}?PageSize=1&Page=1&PageToken=PASM${'f'.repeat(32)}`),
  ],
  21603: [() => thrown(MESSAGES, posting({ To: ROBIN, Body: 'hi' }))],
  21604: [() => thrown(MESSAGES, posting({ From: WHATSAPP, Body: 'hi' }))],
  21606: [() => create({ from: '+15555550199', to: ROBIN_SMS })],
  21609: [
    () => create({ statusCallback: 'http://under_score.example.com/status' }),
    () => create({ statusCallback: '/webhooks/twilio/status' }),
    () => create({ statusCallback: 'ftp://relay.example.com/status' }),
    () => create({ statusCallback: 'http://' }),
  ],
  21610: [
    () => {
      stand.carrier.receive({ from: ROBIN_SMS, to: SMS, body: ' stop ' });
      return create({ from: SMS, to: ROBIN_SMS });
    },
  ],
  21611: [() => faulty({ refuse: { code: 21611 } })],
  21612: [() => create({ from: SMS }), () => create({ to: ROBIN_SMS })],
  21617: [() => create({ body: 'x'.repeat(1601) }), () => create({ body: '🚀'.repeat(801) })],
  21619: [() => create({ body: '' }), () => thrown(MESSAGES, posting({ From: WHATSAPP, To: ROBIN }))],
  21620: [() => create({ mediaUrl: ['relative.jpg'] }), () => create({ mediaUrl: ['data:image/png;base64,AAAA'] })],
  21623: [() => create({ mediaUrl: Array.from({ length: 11 }, (_, index) => `${stand.product.url}/media/${index}`) })],
  21624: [() => create({ validityPeriod: 0 }), () => create({ validityPeriod: 36_001 })],
  21655: [() => create({ contentSid: `HX${'2'.repeat(32)}` })],
  21656: [
    () => create({ contentSid: `HX${'1'.repeat(32)}`, contentVariables: 'one' }),
    () => create({ contentSid: `HX${'1'.repeat(32)}`, contentVariables: '{"1":1}' }),
  ],
  21701: [() => create({ messagingServiceSid: `MG${'1'.repeat(32)}` })],
  30409: [async () => stand.client.messages((await create({})).sid).update({ status: 'canceled' })],
  63007: [() => create({ from: 'whatsapp:+15555550199' })],
  92005: [() => create({ contentVariables: '{"1":"x"}' })],
  92009: [
    async () => {
      const words = { language: 'en', types: { 'twilio/text': { body: 'hi' } } } as unknown as ContentCreateRequest;
      const { sid } = await stand.client.content.v1.contents.create(words);
      const asked = stand.client.content.v1.contents(sid).approvalCreate;
      await asked.create({ name: 'hi', category: 'UTILITY' });
      return asked.create({ name: 'hi_again', category: 'UTILITY' });
    },
  ],
};

/** A message that stays queued during the test. */
async function queuedMessage() {
  const slow = await startStand({ pace: { sent: 30_000, delivered: 0, listLag: 0 } });
  others.push(slow);
  return slow.client.messages((await slow.client.messages.create(ok)).sid);
}
const others: Stand[] = [];
afterAll(() => Promise.all(others.map((one) => one.close())));

function faulty(faults: Parameters<Stand['carrier']['faults']['set']>[0]) {
  stand.carrier.faults.set(faults);
  return create({});
}

describe('refusals', () => {
  test.each(REFUSALS.map((row) => row.code))('%i', async (code) => {
    const row = refusalRow(code);
    expect(provocations[code].length).toBeGreaterThan(0);
    for (const provoke of provocations[code]) {
      const error = await provoke().then(
        () => expect.fail(`${provoke} was accepted`),
        (reason: unknown) => reason,
      );
      expect(error, String(provoke)).toMatchObject({
        code,
        status: row.http,
        moreInfo: `https://www.twilio.com/docs/errors/${code}`,
        message: expect.stringContaining(row.message),
      });
    }
    expect(stand.carrier.faults.state()).toEqual({});
  });

  test('codes are unique, and each row says when and where from', () => {
    const rows = [...REFUSALS, ...FAILURES];
    expect(new Set(rows.map((row) => row.code)).size).toBe(rows.length);
    for (const row of rows) {
      expect(row.when).not.toBe('');
      expect(row.source).toMatch(/^docs [a-z-]+\/[\w/-]+$/);
    }
  });

  test('at the limit nothing is refused', async () => {
    await create({ body: 'x'.repeat(1600), validityPeriod: 36_000, smartEncoded: false });
    await create({ contentSid: `HX${'1'.repeat(32)}`, contentVariables: '{"1":"x"}', body: undefined });
    stand.carrier.receive({ from: ROBIN_SMS, to: SMS, body: 'Start' });
    await create({ from: SMS, to: ROBIN_SMS, body: 'back again' });
    await create({ to: 'whatsapp:US.13491208655302741918' });
  });

  test('an API key is as good as the token', async () => {
    const keyed = await startStand({ apiKey: { sid: `SK${'1'.repeat(32)}`, secret: 'secret' } });
    others.push(keyed);
    const client = keyed.clientAs(`SK${'1'.repeat(32)}`, 'secret');
    expect((await client.messages.create(ok)).status).toBe('queued');
    await expect(keyed.clientAs(`SK${'1'.repeat(32)}`, 'other').messages.create(ok)).rejects.toMatchObject({
      code: 20003,
    });
  });
});

describe('failures, which arrive in a callback after 201', () => {
  const callback = () => `${stand.product.url}/status?r=${Math.random()}`;
  const lastOf = (url: string) =>
    stand.product.received.filter((one) => stand.product.url + one.path === url).at(-1)?.form;
  const answering = (contentType: string, bytes: number, status = 200): void => {
    stand.product.answer = (_request, response) => {
      response.writeHead(status, { 'Content-Type': contentType }).end(Buffer.alloc(bytes));
    };
  };
  const media = (statusCallback: string) => create({ mediaUrl: [`${stand.product.url}/media/a`], statusCallback });

  const own: Partial<Record<FailureCode, ((statusCallback: string) => Promise<unknown>)[]>> = {
    63016: [(statusCallback) => create({ to: 'whatsapp:+15555550124', statusCallback })],
    63019: [
      (statusCallback) => {
        answering('image/jpeg', 10, 404);
        return media(statusCallback);
      },
      // HEAD is refused.
      (statusCallback) => {
        stand.product.answer = ({ method }, response) => {
          response.writeHead(method === 'HEAD' ? 405 : 200, { 'Content-Type': 'image/jpeg' }).end('bytes');
        };
        return media(statusCallback);
      },
      (statusCallback) => create({ mediaUrl: ['https://elsewhere.example.com/a.jpg'], statusCallback }),
    ],
    63021: [
      // HEAD says one thing, GET another.
      (statusCallback) => {
        stand.product.answer = ({ method }, response) => {
          response.writeHead(200, { 'Content-Type': method === 'HEAD' ? 'image/png' : 'image/jpeg' }).end('bytes');
        };
        return media(statusCallback);
      },
      (statusCallback) => {
        answering('text/html', 10);
        return media(statusCallback);
      },
    ],
    63034: [
      (statusCallback) => {
        answering('image/png', 5 * 1024 * 1024 + 1);
        return media(statusCallback);
      },
      (statusCallback) => {
        answering('application/pdf', 16 * 1024 * 1024 + 1);
        return media(statusCallback);
      },
    ],
  };

  test.each(FAILURES.map((row) => row.code))('%i', async (code) => {
    stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'the window is open' });
    const byFault = (status: 'failed' | 'undelivered') => (statusCallback: string) => {
      stand.carrier.faults.set({ failMessage: { code, status } });
      return create({ statusCallback });
    };
    for (const provoke of own[code] ?? [byFault('undelivered'), byFault('failed')]) {
      const url = callback();
      const created = (await provoke(url)) as { sid: string };
      await stand.carrier.settled();
      expect(lastOf(url)).toMatchObject({ ErrorCode: String(code), MessageSid: created.sid });
      const fetched = await stand.client.messages(created.sid).fetch();
      expect(fetched.errorCode).toBe(code);
      expect(lastOf(url)?.MessageStatus).toBe(fetched.status);
      expect(['failed', 'undelivered']).toContain(fetched.status);
    }
  });
});
