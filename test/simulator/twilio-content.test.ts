import { readFileSync } from 'node:fs';
import type { ContentCreateRequest } from 'twilio/lib/rest/content/v1/content.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CarrierMessage } from '../../simulator/twilio/carrier-types.ts';
import type { Outgoing } from '../../src/channels/channel.ts';
import type { TwilioAccount } from '../../src/channels/twilio/account.ts';
import { parseInbound } from '../../src/channels/twilio/inbound.ts';
import { lookUp, send } from '../../src/channels/twilio/send.ts';
import { createContent, deleteContent, templateOf } from '../../src/channels/whatsapp/buttons.ts';
import { choiceIdOf } from '../../src/conversation/state/choices.ts';
import { ACCOUNT, ROBIN, ROBIN_SMS, SMS, type Stand, startStand, TOKEN, WHATSAPP } from './twilio-stand.ts';

// Buttons and lists: the Content resource by the official client and by our channel, the person's view of it, and the
// form of a tap.

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../fixtures/contracts/twilio/${name}.json`, import.meta.url), 'utf8'));
const QUESTION = '01J0000000000000000000000A';

let stand: Stand;
let account: TwilioAccount;
beforeEach(async () => {
  stand = await startStand();
  account = {
    accountSid: ACCOUNT,
    user: ACCOUNT,
    password: TOKEN,
    apiUrl: stand.apiUrl,
    messagingUrl: stand.apiUrl,
    contentUrl: stand.apiUrl,
    statusUrl: `${stand.product.url}/webhooks/twilio/status`,
  };
});
afterEach(() => stand.close());

/** The client sends its input unchanged, so it gets the API's documented fields. */
const create = (json: object) => stand.client.content.v1.contents.create(json as unknown as ContentCreateRequest);
const asked = (...titles: string[]) => ({
  question: QUESTION,
  text: 'Which one?',
  items: titles.map((title, n) => ({ id: choiceIdOf(QUESTION, n), title })),
});
const outgoing = (content: string | null): Outgoing => ({
  id: '01J0000000000000000000000R',
  attempt: 1,
  items: [],
  from: WHATSAPP,
  to: ROBIN,
  body: 'Which one?\n\n1. Red\n2. Blue',
  template: null,
  content,
  shown: 'Which one?',
  createdAt: Date.now(),
});
const openWindow = () => stand.carrier.receive({ from: ROBIN, to: WHATSAPP, body: 'hello' });
const last = (): CarrierMessage => stand.carrier.messages().at(-1) ?? expect.fail('no message');
const quickReply = {
  'twilio/quick-reply': { body: 'Go on?', actions: [{ type: 'QUICK_REPLY', title: 'Yes', id: 'y' }] },
};

describe('content', () => {
  test('is created, read and deleted as documented', async () => {
    const content = await create({ friendly_name: 'one', language: 'en', types: quickReply });
    expect(content.sid).toMatch(/^HX[0-9a-f]{32}$/);
    expect((await stand.client.content.v1.contents(content.sid).fetch()).types).toEqual(quickReply);
    const raw = await fetch(`${stand.apiUrl}/v1/Content/${content.sid}`, {
      headers: { Authorization: `Basic ${btoa(`${ACCOUNT}:${TOKEN}`)}` },
    });
    const documented = fixture('answers')['content-create-201'].body;
    expect(Object.keys((await raw.json()) as object).sort()).toEqual(Object.keys(documented).sort());
    expect(await stand.client.content.v1.contents(content.sid).remove()).toBe(true);
    await expect(stand.client.content.v1.contents(content.sid).fetch()).rejects.toMatchObject({ code: 20404 });
  });

  const words = (change: object) => ({
    language: 'en',
    types: { 'twilio/quick-reply': { ...quickReply['twilio/quick-reply'], ...change } },
  });
  const listOf = (items: object[]) => ({
    language: 'en',
    types: { 'twilio/list-picker': { body: 'Which?', button: 'Choose', items } },
  });
  test.each([
    ['no language', { types: quickReply }],
    ['an unknown field', { language: 'en', types: quickReply, colour: 'red' }],
    ['a long title', words({ actions: [{ title: 'x'.repeat(21), id: 'a' }] })],
    ['four buttons', words({ actions: 'abcd'.split('').map((title) => ({ title, id: title })) })],
    ['no buttons', words({ actions: [] })],
    [
      'two of one title',
      words({
        actions: [
          { title: 'a', id: '1' },
          { title: 'a', id: '2' },
        ],
      }),
    ],
    ['a long body', words({ body: 'x'.repeat(1025) })],
    ['a long item', listOf([{ item: 'x'.repeat(25), id: 'a' }])],
    ['a long id', listOf([{ item: 'x', id: 'x'.repeat(201) }])],
    ['eleven items', listOf('abcdefghijk'.split('').map((item) => ({ item, id: item })))],
    [
      'two of one id',
      listOf([
        { item: 'a', id: '1' },
        { item: 'b', id: '1' },
      ]),
    ],
    ['another kind', { language: 'en', types: { 'twilio/card': { title: 'x' } } }],
  ])('%s is refused', async (_, json) => {
    await expect(create(json)).rejects.toMatchObject({ code: 20001, status: 400 });
  });

  test('all content that the channel makes from choices is accepted', async () => {
    for (const count of [1, 2, 3, 4, 10]) {
      const titles = Array.from({ length: count }, (_, n) => `Number ${n}`);
      expect(await createContent(account, asked(...titles), 5000)).toMatch(/^HX/);
    }
    expect(templateOf(asked('x'.repeat(25)))).toBeNull();
  });
});

describe('a message with content', () => {
  test('shows its words and buttons, is found in the list, and its content is deleted', async () => {
    openWindow();
    const content = await createContent(account, asked('Red', 'Blue'), 5000);
    const reply = outgoing(content);
    expect(await send(account, reply, 5000)).toMatchObject({ kind: 'accepted' });
    expect(last()).toMatchObject({
      body: 'Which one?',
      offer: { kind: 'buttons', items: [{ id: choiceIdOf(QUESTION, 0), title: 'Red' }, { title: 'Blue' }] },
    });
    const found = await lookUp(account, reply, 5000);
    expect(found).toMatchObject({ kind: 'listed', candidates: [{ sid: last().sid }] });
    await deleteContent(account, content ?? '', 5000);
    expect(await send(account, reply, 5000)).toMatchObject({ kind: 'refused', code: 21655, failure: 'content' });
  });

  test('shows a list', async () => {
    openWindow();
    const content = await createContent(account, asked('a', 'b', 'c', 'd'), 5000);
    await send(account, outgoing(content), 5000);
    expect(last().offer).toMatchObject({ kind: 'list', button: 'Choose', items: [{ title: 'a' }, {}, {}, {}] });
  });

  test('needs an open window, and is not for SMS', async () => {
    const content = (await createContent(account, asked('Red'), 5000)) ?? '';
    await stand.client.messages.create({ from: WHATSAPP, to: ROBIN, contentSid: content });
    await stand.carrier.settled();
    expect(last()).toMatchObject({ errorCode: 63016 });
    const bySms = stand.client.messages.create({ from: SMS, to: ROBIN_SMS, contentSid: content });
    await expect(bySms).rejects.toMatchObject({ code: 21655 });
    const both = stand.client.messages.create({ from: WHATSAPP, to: ROBIN, contentSid: content, body: 'x' });
    await expect(both).rejects.toMatchObject({ code: 20422 });
  });
});

describe('a tap', () => {
  async function tapped(count: number, index: number): Promise<Record<string, string>> {
    openWindow();
    const content = await createContent(account, asked(...'abcdefghij'.slice(0, count)), 5000);
    await send(account, outgoing(content), 5000);
    const { sid } = last();
    stand.carrier.receive({ from: ROBIN, to: WHATSAPP, tap: { sid, id: choiceIdOf(QUESTION, index) } });
    await stand.carrier.settled();
    const { form } =
      stand.product.received.findLast(({ path }) => path === '/webhooks/twilio') ?? expect.fail('no tap');
    expect(form.OriginalRepliedMessageSid).toBe(sid);
    return form;
  }
  const names = (kind: string): string[] => Object.keys(fixture('webhooks')[kind].form ?? fixture('webhooks')[kind]);

  test('on a button has the form of the fixture, and says which', async () => {
    const form = await tapped(2, 1);
    for (const name of names('whatsapp-button-reply')) expect(form, name).toHaveProperty(name);
    expect(form).toMatchObject({ MessageType: 'interactive', Body: 'b', ButtonText: 'b' });
    expect(parseInbound(form)).toMatchObject({ text: 'b', choice: choiceIdOf(QUESTION, 1) });
  });

  test('on an item of a list as well', async () => {
    const form = await tapped(4, 2);
    for (const name of names('whatsapp-list-reply')) expect(form, name).toHaveProperty(name);
    expect(form).toMatchObject({ MessageType: 'interactive', Body: 'c', ListTitle: 'c' });
    expect(parseInbound(form)).toMatchObject({ text: 'c', choice: choiceIdOf(QUESTION, 2) });
  });

  test('on a missing item is a mistake of the caller', () => {
    openWindow();
    const tap = { sid: last().sid, id: 'x' };
    expect(() => stand.carrier.receive({ from: ROBIN, to: WHATSAPP, tap })).toThrow('to tap');
  });
});
