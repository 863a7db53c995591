import { describe, expect, test } from 'vitest';
import { matches, outcomeOf, pathOf, plainText, readBody, wentWell } from '../../simulator/phone/client/exchange.ts';
import { displayNumber, parseNumber, readAddress } from '../../simulator/phone/client/number.ts';
import type { State } from '../../simulator/phone/client/state.ts';
import {
  applyEvent,
  FIRST_PEOPLE,
  isTyping,
  lastOf,
  startState,
  unreadOf,
  withAccepted,
  withBubble,
} from '../../simulator/phone/client/state.ts';
import { dayLabel, timeline } from '../../simulator/phone/client/timeline.ts';
import type { Bubble, Exchange } from '../../simulator/phone/phone-events.ts';

// The page's decisions, without a page.

const ROOST = 'whatsapp:+15555550100';
const ROBIN = '+15555550123';
const NOON = new Date(2026, 5, 10, 12).getTime();

const bubble = (change: Partial<Bubble>): Bubble => ({
  sid: 'SM1',
  clientId: null,
  mine: false,
  number: ROBIN,
  sender: ROOST,
  text: 'hello',
  attachments: [],
  offer: null,
  at: NOON,
  state: 'delivered',
  trouble: null,
  ...change,
});
const pending = { clientId: 'c1', number: ROBIN, sender: ROOST, text: 'hi', fileName: null, at: NOON, problem: null };
const connected = (state = startState(FIRST_PEOPLE, [], null), bubbles: Bubble[] = []): State =>
  applyEvent(state, { type: 'snapshot', senders: [ROOST], bubbles, typing: [], exchanges: [] });

describe('what the page knows', () => {
  test('a reconnect brings everything new and keeps what is not sent', () => {
    const own = startState(
      FIRST_PEOPLE,
      [
        { ...pending, sender: '' },
        { ...pending, clientId: 'c2' },
      ],
      ROBIN,
    );
    const state = connected(own, [bubble({ sid: 'SM7', clientId: 'c2', mine: true, state: 'sent' })]);
    expect(state.online).toBe(true);
    expect(state.pending).toEqual([pending]);
    expect(state.bubbles.map(({ sid }) => sid)).toEqual(['SM7']);
  });

  test('the bubble of a text takes the place of the text being sent', () => {
    const state = withBubble(
      { ...connected(), pending: [pending] },
      bubble({ clientId: 'c1', mine: true, state: 'sent' }),
    );
    expect(state.pending).toEqual([]);
    const items = timeline(state, NOON);
    expect(items.map(({ key }) => key)).toEqual([expect.stringContaining('day'), 'c1']);
  });

  test('the answer to a text does not undo what its events said before', () => {
    const own = bubble({ clientId: 'c1', mine: true, state: 'sent' });
    const early = withBubble({ ...connected(), pending: [pending] }, { ...own, state: 'delivered', clientId: null });
    const state = withAccepted({ ...early, pending: [pending] }, own);
    expect(state.bubbles.map(({ state: is }) => is)).toEqual(['delivered']);
    expect(withAccepted(connected(), own).bubbles).toEqual([own]);
  });

  test('a later word on a bubble changes it in place', () => {
    const first = withBubble(withBubble(connected(), bubble({})), bubble({ sid: 'SM2' }));
    const state = applyEvent(first, { type: 'bubble', bubble: bubble({ state: 'read' }) });
    expect(state.bubbles.map(({ sid, state: is }) => [sid, is])).toEqual([
      ['SM1', 'read'],
      ['SM2', 'delivered'],
    ]);
  });

  test('only what has arrived counts as unread or is shown', () => {
    const bubbles = [
      bubble({ sid: 'a', state: 'underway' }),
      bubble({ sid: 'b', state: 'delivered' }),
      bubble({ sid: 'c', state: 'read' }),
      bubble({ sid: 'd', mine: true, state: 'delivered' }),
      bubble({ sid: 'e', number: '+15555550199' }),
    ];
    const state = connected(undefined, bubbles);
    expect(unreadOf(state, ROBIN)).toBe(1);
    expect(lastOf(state, ROBIN)?.sid).toBe('d');
    expect(
      timeline(state, NOON)
        .map(({ key }) => key)
        .slice(1),
    ).toEqual(['b', 'c', 'd']);
  });

  test('a number that was never added gets a place when it appears on the wire', () => {
    const state = withBubble(connected(), bubble({ number: '+33600000001' }));
    expect(state.people.map(({ number }) => number)).toContain('+33600000001');
  });

  test('typing ends with its time, or with the message', () => {
    const typing = { number: ROBIN, sender: ROOST, until: NOON + 25_000 };
    const state = applyEvent(connected(), { type: 'typing', typing });
    expect(isTyping(state, NOON)).toBe(true);
    expect(isTyping(state, NOON + 25_001)).toBe(false);
    expect(isTyping(withBubble(state, bubble({})), NOON)).toBe(false);
    expect(isTyping(withBubble(state, bubble({ mine: true })), NOON)).toBe(true);
  });

  test('days are separated, and the first bubble of a side leads', () => {
    const day = 24 * 60 * 60 * 1000;
    const bubbles = [
      bubble({ sid: 'a', at: NOON - day }),
      bubble({ sid: 'b', at: NOON }),
      bubble({ sid: 'c', at: NOON }),
      bubble({ sid: 'd', at: NOON, mine: true }),
    ];
    const items = timeline(connected(undefined, bubbles), NOON);
    expect(items.map((item) => (item.kind === 'day' ? item.label : item.leads))).toEqual([
      'Yesterday',
      true,
      'Today',
      true,
      false,
      true,
    ]);
    expect(dayLabel(NOON - 40 * day, NOON)).toMatch(/^Friday,? 1 May 2026$/);
  });
});

describe('numbers', () => {
  test.each([
    ['+1 (555) 555-0123', '+15555550123'],
    ['0044 7700 900123', '+447700900123'],
    ['+49.151.23456789', '+4915123456789'],
    ['5555550123', null],
    ['+0123456789', null],
    ['+1555', null],
    ['+1555555012345678', null],
    ['+1 555 CALL ME', null],
    ['', null],
  ])('%j is %j', (typed, number) => {
    expect(parseNumber(typed)).toBe(number);
  });

  test('are shown in groups where their country’s are known', () => {
    expect(displayNumber(ROBIN)).toBe('+1 555 555 0123');
    expect(displayNumber('+447700900123')).toBe('+44 7700 900123');
    expect(displayNumber('+33600000001')).toBe('+33600000001');
    expect(readAddress(ROOST)).toEqual({ number: '+15555550100', channel: 'WhatsApp' });
    expect(readAddress('+15555550100').channel).toBe('SMS');
  });
});

describe('an exchange made readable', () => {
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
    expect(pathOf(exchange.url)).toBe('/webhooks/twilio?x=1');
    expect(outcomeOf(exchange)).toBe('200 · 12 ms');
    expect(outcomeOf({ ...exchange, status: null })).toBe('no answer · 12 ms');
    expect(outcomeOf({ ...exchange, status: null, durationMs: null })).toBe('under way');
    expect([exchange, { ...exchange, status: 403 }, { ...exchange, status: null }].map(wentWell)).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('is found by its kind and by any words of it', () => {
    expect(matches(exchange, 'all', '')).toBe(true);
    expect(matches(exchange, 'webhook', '0123 WEBHOOKS')).toBe(true);
    expect(matches(exchange, 'webhook', '0123 nowhere')).toBe(false);
    expect(matches(exchange, 'status', '')).toBe(false);
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
