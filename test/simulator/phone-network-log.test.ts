import { describe, expect, test } from 'vitest';
import { lineOf, outcomeOf, plainText, readBody, wentWell } from '../../simulator/phone/client/exchange.ts';
import { applyEvent, type State, startState } from '../../simulator/phone/client/state.ts';
import { type Group, groupExchanges, passes } from '../../simulator/phone/client/wire-groups.ts';
import { withoutSecrets } from '../../simulator/phone/mask.ts';
import type { Exchange } from '../../simulator/phone/phone-events.ts';
import { createTrafficLog } from '../../simulator/twilio/traffic.ts';

// The network log of the phone page, without a page: one row for each message, polling kept apart, secrets removed.

const NOON = new Date(2026, 5, 10, 12).getTime();
const exchange: Exchange = {
  id: 1,
  at: NOON,
  kind: 'webhook',
  method: 'POST',
  url: 'http://127.0.0.1:8787/webhooks/twilio?x=1',
  requestHeaders: { 'Content-Type': 'application/x-www-form-urlencoded; charset=UTF-8' },
  requestBody: 'Body=a%26b+c&From=whatsapp%3A%2B15555550123',
  status: 200,
  responseHeaders: { 'content-type': 'application/json' },
  responseBody: '{"a":1}',
  durationMs: 12.4,
  note: null,
};

describe('an exchange made readable', () => {
  test('form bodies become fields, JSON is indented, the rest stays', () => {
    expect(readBody(exchange.requestHeaders, exchange.requestBody)).toEqual({
      kind: 'form',
      fields: [
        ['Body', 'a&b c'],
        ['From', 'whatsapp:+15555550123'],
      ],
    });
    expect(readBody(exchange.responseHeaders, '{"a":1}')).toEqual({ kind: 'text', text: '{\n  "a": 1\n}' });
    expect(readBody(exchange.responseHeaders, '{"a":')).toEqual({ kind: 'text', text: '{"a":' });
    expect(readBody({}, '<Response/>')).toEqual({ kind: 'text', text: '<Response/>' });
    expect(readBody({}, '')).toEqual({ kind: 'none' });
  });

  test('says how it went', () => {
    expect(outcomeOf(exchange)).toBe('200 · 12 ms');
    expect(outcomeOf({ ...exchange, status: null })).toBe('no answer · 12 ms');
    expect(outcomeOf({ ...exchange, status: null, durationMs: null })).toBe('in progress');
    expect([exchange, { ...exchange, status: 403 }, { ...exchange, status: null }].map(wentWell)).toEqual([
      true,
      false,
      false,
    ]);
  });

  test.each([
    ['POST', 'http://127.0.0.1:8787/webhooks/twilio/status', 'POST status'],
    [
      'GET',
      `http://127.0.0.1:4000/2010-04-01/Accounts/AC0000…0000/Messages.json?To=whatsapp%3A%2B15555550100&DateSent%3E=2026-11-22`,
      'GET Messages.json To=whatsapp:+15555550100 DateSent>=2026-11-22',
    ],
    ['GET', `http://127.0.0.1:4000/x/Messages/SM${'ab'.repeat(16)}.json`, 'GET Messages/SMabab…abab.json'],
    ['GET', `http://127.0.0.1:8787/media/${'Qx-7_'.repeat(40)}`, 'GET media/Qx-7_Qx-…x-7_'],
    ['GET', 'http://127.0.0.1:4000/', 'GET /'],
    ['GET', 'http://[', 'GET http://['],
  ])('%s %s is one short line', (method, url, line) => {
    expect(lineOf({ method, url })).toBe(line);
  });

  test('is copied whole', () => {
    const text = plainText({ ...exchange, note: 'Tried again.' });
    for (const part of [
      'POST http://127.0.0.1:8787/webhooks/twilio?x=1',
      'Body=a&b c',
      '"a": 1',
      'Note: Tried again.',
    ]) {
      expect(text).toContain(part);
    }
  });
});

describe('exchanges by message', () => {
  const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const api = 'http://127.0.0.1:4000/2010-04-01/Accounts/AC0000…0000/Messages.json';
  const relay = 'http://127.0.0.1:8787';
  const [TEXT, ANSWER, CONTENT] = [`SM${'a'.repeat(32)}`, `SM${'b'.repeat(32)}`, `HX${'c'.repeat(32)}`];
  let id = 0;
  const call = (change: Partial<Exchange>, fields: Record<string, string> = {}): Exchange => {
    id += 1;
    const requestBody = new URLSearchParams(fields).toString();
    return { ...exchange, requestHeaders: FORM, requestBody, responseBody: '', id, at: NOON + id, ...change };
  };
  const status = (MessageSid: string, MessageStatus: string): Exchange =>
    call({ kind: 'status', url: `${relay}/webhooks/twilio/status` }, { MessageSid, MessageStatus });
  const said: Exchange[] = [
    call(
      { url: `${relay}/webhooks/twilio`, status: 500 },
      { MessageSid: TEXT, From: 'whatsapp:+15555550123', To: 'x', Body: '*list* files' },
    ),
    call({ kind: 'api', method: 'GET', url: `${api}?To=x` }),
    call(
      { url: `${relay}/webhooks/twilio` },
      { MessageSid: TEXT, From: 'whatsapp:+15555550123', To: 'x', Body: '*list* files' },
    ),
    call({ kind: 'api', url: 'http://127.0.0.1:4000/v2/Indicators/Typing.json' }, { messageId: TEXT }),
    call({ kind: 'api', url: 'http://127.0.0.1:4000/v1/Content', responseBody: JSON.stringify({ sid: CONTENT }) }),
    call(
      { kind: 'api', url: api, status: 201, responseBody: JSON.stringify({ sid: ANSWER }) },
      {
        To: 'whatsapp:+15555550123',
        From: 'x',
        Body: 'In this folder',
        ContentSid: CONTENT,
        MediaUrl: `${relay}/media/one`,
      },
    ),
    call({ kind: 'media', method: 'GET', url: `${relay}/media/one` }),
    status(ANSWER, 'sent'),
    call({ kind: 'api', method: 'DELETE', url: `http://127.0.0.1:4000/v1/Content/${CONTENT}`, status: 204 }),
    call({ kind: 'api', method: 'GET', url: `${api}?To=x` }),
    call({ kind: 'api', method: 'GET', url: `${api}?To=x`, status: 401 }),
    status(ANSWER, 'delivered'),
  ];
  const line = ({ kind, title, number, outcome, failed, polling, exchanges }: Group) =>
    [kind, title, number, outcome, failed, polling, exchanges.length] as const;

  test('a text has its tries and its callbacks with it, newest text on top', () => {
    expect(groupExchanges(said, []).map(line)).toEqual([
      ['call', 'GET Messages.json To=x', null, '401 · 12 ms', true, false, 1],
      ['call', 'GET Messages.json To=x', null, '200 · 12 ms', false, true, 1],
      ['out', 'In this folder', '+15555550123', 'delivered', false, false, 6],
      ['call', 'GET Messages.json To=x', null, '200 · 12 ms', false, true, 1],
      ['in', 'list files', '+15555550123', '200 · 12 ms', true, false, 3],
    ]);
  });

  test('a message the carrier gave up is a failure, whatever its calls said', () => {
    const [group] = groupExchanges([...said, status(ANSWER, 'undelivered')], []).filter(({ kind }) => kind === 'out');
    expect(group && line(group)).toEqual(['out', 'In this folder', '+15555550123', 'undelivered', true, false, 7]);
  });

  test('polling is left out until it is wanted; errors and words narrow the list', () => {
    const all = groupExchanges(said, []);
    const kept = (filter: Partial<Parameters<typeof passes>[1]>): number =>
      all.filter((group) => passes(group, { search: '', errors: false, polling: false, ...filter })).length;
    expect([kept({}), kept({ polling: true }), kept({ errors: true }), kept({ search: 'FOLDER delivered' })]).toEqual([
      3, 5, 2, 1,
    ]);
    expect([kept({ search: 'folder' }), kept({ search: 'list FILES' }), kept({ search: '0123 nowhere' })]).toEqual([
      1, 1, 0,
    ]);
  });
});

test('lists that are only read do not push out messages, neither of the carrier’s record nor of the page', () => {
  const log = createTrafficLog(Date.now, () => undefined);
  const start = { url: 'http://127.0.0.1/x', requestHeaders: {}, requestBody: '' };
  const record = (kind: Exchange['kind'], method: string) => log.begin({ ...start, kind, method })({ status: 200 });
  record('webhook', 'POST');
  for (let minute = 0; minute < 600; minute++) record('api', 'GET');
  expect(log.all()).toHaveLength(500);
  expect(log.all()[0]?.kind).toBe('webhook');

  const told = (state: State, one: Exchange): State => applyEvent(state, { type: 'exchange', exchange: one });
  let state = told(startState([], [], null), { ...exchange, id: 1 });
  for (let id = 2; id < 600; id++) state = told(state, { ...exchange, id, kind: 'api', method: 'GET' });
  expect(state.exchanges).toHaveLength(500);
  expect(state.exchanges[0]?.id).toBe(1);
});

test('the page gets no password, no signature and no whole account id', () => {
  const account = `AC${'0123456789abcdef'.repeat(2)}`;
  const masked = withoutSecrets({
    ...exchange,
    url: `http://${account}:secret@127.0.0.1:4000/2010-04-01/Accounts/${account}/Messages.json`,
    requestHeaders: {
      Authorization: `Basic ${btoa(`${account}:secret`)}`,
      'X-Twilio-Signature': 'c2lnbmVk',
      'I-Twilio': 'x',
    },
    requestBody: `AccountSid=${account}&Body=hello`,
    responseHeaders: { 'set-cookie': 'session=secret' },
    responseBody: JSON.stringify({ account_sid: account, sid: `SM${'1'.repeat(32)}` }),
    note: `Refused for ${account}.`,
  });
  const text = JSON.stringify(masked);
  for (const secret of [account, 'secret', 'c2lnbmVk', btoa(account).slice(0, 20)]) expect(text).not.toContain(secret);
  expect(masked.requestHeaders).toEqual({
    Authorization: 'Basic ••••••',
    'X-Twilio-Signature': '••••••',
    'I-Twilio': 'x',
  });
  expect(masked.url).toBe('http://••••••@127.0.0.1:4000/2010-04-01/Accounts/AC0123…cdef/Messages.json');
  expect(masked.responseBody).toContain(`SM${'1'.repeat(32)}`);
});
