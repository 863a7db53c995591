import { describe, expect, test } from 'vitest';
import { fitting, typedCommand } from '../../simulator/phone/client/commands.ts';
import { displayNumber, parseNumber, readAddress } from '../../simulator/phone/client/number.ts';
import { recalled } from '../../simulator/phone/client/recall.ts';
import type { State } from '../../simulator/phone/client/state.ts';
import {
  applyEvent,
  FIRST_PEOPLE,
  isTyping,
  lastOf,
  ownTexts,
  startState,
  unreadOf,
  withAccepted,
  withBubble,
} from '../../simulator/phone/client/state.ts';
import { attachmentLabel, dayLabel, kindLabel, rowTime, timeline } from '../../simulator/phone/client/timeline.ts';
import type { Bubble } from '../../simulator/phone/phone-events.ts';
import { webhookOutcome } from '../../simulator/phone/trouble.ts';
import type { Traffic } from '../../simulator/twilio/carrier-types.ts';

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
  applyEvent(state, { type: 'snapshot', senders: [ROOST], bubbles, typing: [], blocks: [], exchanges: [] });

describe('the page’s state', () => {
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

  test('days are separated; in a row of one side the first leads and the last ends it, and a pause begins another', () => {
    const day = 24 * 60 * 60 * 1000;
    const bubbles = [
      bubble({ sid: 'a', at: NOON - day }),
      bubble({ sid: 'b', at: NOON }),
      bubble({ sid: 'c', at: NOON }),
      bubble({ sid: 'd', at: NOON, mine: true }),
      bubble({ sid: 'e', at: NOON + 11 * 60_000, mine: true }),
    ];
    const items = timeline(connected(undefined, bubbles), NOON);
    const place = { true: { true: 'alone', false: 'leads' }, false: { true: 'ends', false: 'between' } } as const;
    expect(items.map((item) => ('label' in item ? item.label : place[`${item.leads}`][`${item.ends}`]))).toEqual([
      'Yesterday',
      'alone',
      'Today',
      'leads',
      'ends',
      'alone',
      'alone',
    ]);
    expect([NOON, NOON - day, NOON - 40 * day].map((at) => rowTime(at, NOON))).toEqual(['12:00', 'Yesterday', '1 May']);
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

describe('drafts', () => {
  const choices = ['help', 'stop', 'schedule', 'schedules', 'skip', 'reschedule'].map((name) => ({
    name,
    words: `/${name}`,
  }));

  test.each([
    ['/', ''],
    ['/Sch', 'sch'],
    ['/help', 'help'],
    ['/help me', null],
    ['say /help', null],
    ['/home/robin', null],
    ['', null],
  ])('%j asks for the commands with %j', (text, typed) => {
    expect(typedCommand(text)).toBe(typed);
  });

  test('commands that begin so come before those that contain it, then those whose words do', () => {
    expect(fitting(choices, '')).toHaveLength(choices.length);
    expect(fitting(choices, 'sch')).toEqual(['schedule', 'schedules', 'reschedule']);
    expect(fitting([...choices, { name: 'quiet', words: '/quiet hours to stop in' }], 'stop')).toEqual([
      'stop',
      'quiet',
    ]);
    expect(
      fitting(
        [
          { name: 'project', words: '' },
          { name: 'pr', words: '' },
        ],
        'pr',
      ),
    ).toEqual(['pr', 'project']);
    expect(fitting(choices, 'xyz')).toEqual([]);
  });

  test('the arrows go through sent texts, and leave a draft alone', () => {
    const sent = ['one', 'two', 'two'];
    expect(recalled(sent, '', 'ArrowUp')).toBe('two');
    expect(recalled(sent, 'two', 'ArrowUp')).toBe('one');
    expect(recalled(sent, 'one', 'ArrowUp')).toBe(null);
    expect(recalled(sent, 'one', 'ArrowDown')).toBe('two');
    expect(recalled(sent, 'two', 'ArrowDown')).toBe('');
    expect(recalled(sent, '', 'ArrowDown')).toBe(null);
    expect(recalled(sent, 'half a thou', 'ArrowUp')).toBe(null);
    expect(recalled(sent, '', 'a')).toBe(null);
    expect(recalled([], '', 'ArrowUp')).toBe(null);
  });

  test('only the person’s own texts of the open chat are gone through', () => {
    const bubbles = [
      bubble({ sid: 'a', mine: true, text: 'mine' }),
      bubble({ sid: 'b', text: 'theirs' }),
      bubble({ sid: 'c', mine: true, text: 'elsewhere', number: '+15555550199' }),
      bubble({ sid: 'd', mine: true, text: '' }),
    ];
    expect(ownTexts({ ...connected(undefined, bubbles), pending: [pending] })).toEqual(['mine', 'hi']);
  });
});

test('a file is called by its name and its kind', () => {
  const files = [
    { contentType: 'application/pdf', fileName: 'plan.pdf' },
    { contentType: 'image/webp', fileName: 's.webp' },
    { contentType: 'audio/ogg', fileName: null },
    { contentType: 'application/octet-stream', fileName: null },
    { contentType: 'text/csv; charset=utf-8', fileName: 'no ending' },
  ];
  expect(files.map((file) => `${attachmentLabel(file)}, ${kindLabel(file)}`)).toEqual([
    'plan.pdf, PDF',
    'Photo, WEBP',
    'Voice message, OGG',
    'File, FILE',
    'no ending, CSV',
  ]);
});

describe('a text that Roost did not take', () => {
  const said = (status: number | null, note: string | null) =>
    webhookOutcome({ status, note, durationMs: 100 } as Traffic);

  test('is explained in one plain sentence, with the carrier’s code behind it', () => {
    const silent = said(null, 'Fallback. Attempt 3. 11200: no answer within 15000 ms.');
    expect(silent).toEqual({ trouble: 'Roost didn’t answer in time. Is the relay running? (11200)' });
    const away = said(null, 'Attempt 2. 11205: no connection: ECONNREFUSED.');
    expect(away).toEqual({ trouble: 'Roost couldn’t be reached. Is the relay running? (11205)' });
    expect(said(null, 'Fault dropWebhook: never sent.')).toEqual({ trouble: 'Fault dropWebhook: never sent.' });
  });

  test('is not given up while another try or the fallback follows', () => {
    expect(said(null, '11205: no connection: ECONNREFUSED. Tried again.')).toBeNull();
    expect(said(502, '11217: answered with 502. The fallback is called.')).toBeNull();
  });
});
