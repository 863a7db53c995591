import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningTelegram, startTelegram } from '../../simulator/telegram/server.ts';
import type { Outgoing } from '../../src/channels/channel.ts';
import { telegram } from '../../src/channels/telegram/channel.ts';
import { framesOf } from '../../src/channels/telegram/upload.ts';
import type { Config } from '../../src/config/config.ts';
import { choiceIdOf } from '../../src/conversation/state/choices.ts';

// The product's Telegram channel against the strict stand-in of the Bot API.

const BOT = '700100200';
const TOKEN = `${BOT}:of-the-channel-test`;
let stand: RunningTelegram;
let person: ReturnType<RunningTelegram['person']>;

beforeAll(async () => {
  stand = await startTelegram({ token: TOKEN });
});
afterAll(async () => {
  await stand.stop();
});
beforeEach(() => {
  stand.faults.clear();
  stand.restoreToken();
  person = stand.person();
  person.start();
});

const config = (): Config =>
  ({ TELEGRAM_BOT_TOKEN: TOKEN, TELEGRAM_API_URL: stand.url, MACHINE_SIGNING_KEY: { d: 'A' } }) as Config;
const carrier = () => telegram.connect(config());
const reply = (change: Partial<Outgoing> = {}): Outgoing => ({
  id: '01000000000000000000000001',
  attempt: 1,
  from: `telegram:${BOT}`,
  to: `telegram:${person.id}`,
  body: 'hello',
  template: null,
  content: null,
  shown: null,
  items: [],
  createdAt: 0,
  ...change,
});
const send = (change: Partial<Outgoing> = {}, timeoutMs = 5000) => carrier().send(reply(change), timeoutMs);
const last = () => person.chat().messages.at(-1);

test('words leave with their entities', async () => {
  const body = '*Bold _both_* and `code`\n> quoted `x`\n```ts\nlet a;\n```\nhttps://a.b/_c_';
  expect(await send({ body })).toEqual({ kind: 'accepted', sid: `tg:${BOT}:${person.id}:${last()?.id}` });
  expect(last()?.text).toBe('Bold both and code\nquoted x\nlet a;\nhttps://a.b/_c_');
  expect(last()?.entities.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['bold', 'italic', 'code', 'blockquote', 'pre']),
  );
});

test('every long or odd text is taken', async () => {
  const bodies = ['x'.repeat(5000), '*a* '.repeat(200), '*a `b` _c_* ~d~', '```\n```', '> ', '👍🏽'.repeat(2000), '*'];
  for (const body of bodies) expect((await send({ body })).kind, body.slice(0, 20)).toBe('accepted');
});

test('choices are buttons, and their taps name them', async () => {
  const items = ['Yes', 'No'].map((title, n) => ({ id: choiceIdOf('01000000000000000000000001', n), title }));
  const offer = { question: '01000000000000000000000001', text: 'Shall I?', items, content: null };
  const content = await carrier().prepareChoices(offer, 1000);
  await send({ body: 'Shall I?\n\n1. Yes\n2. No', shown: 'Shall I?', content, items });
  expect(last()?.text).toBe('Shall I?');
  expect(
    last()
      ?.keyboard?.inline_keyboard.flat()
      .map(({ text }) => text),
  ).toEqual(['Yes', 'No']);
});

test('a file leaves as an upload, with its caption', async () => {
  const file = { field: 'document', name: 'a “plan” "2".pdf', type: 'application/pdf; x=1' };
  const parameters = { chat_id: String(person.id), caption: 'the plan', caption_entities: [] };
  const { head, tail } = framesOf('of-the-test', parameters, file);
  const answer = await fetch(`${stand.url}/bot${TOKEN}/sendDocument`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=of-the-test' },
    body: new Blob([head as BlobPart, '%PDF-1.4', tail as BlobPart]),
  });
  expect(answer.status).toBe(200);
  const shown = { mimeType: 'application/pdf', name: "a “plan” '2'.pdf" };
  expect(last()).toMatchObject({ text: 'the plan', file: shown });
});

test('a file that is gone is refused, so that its words can leave without it', async () => {
  const file = { name: 'a.pdf', type: 'application/pdf', size: 8, open: async () => null };
  expect(await send({ file })).toMatchObject({ kind: 'refused', failure: 'content' });
});

describe('refusals', () => {
  test('a person who blocked the bot', async () => {
    person.block();
    expect(await send()).toMatchObject({ kind: 'refused', failure: 'window', code: 900_403 });
  });
  test('a person who never pressed Start', async () => {
    expect(await send({ to: 'telegram:999' })).toMatchObject({ kind: 'refused', failure: 'recipient' });
  });
  test('a token that was revoked', async () => {
    stand.revokeToken();
    expect(await send()).toMatchObject({ kind: 'refused', failure: 'account' });
    expect(await carrier().lookUp(reply(), 1000)).toEqual({ kind: 'answers' });
  });
  test('too many messages', async () => {
    stand.faults.set({ tooMany: { seconds: 7 } });
    expect(await send()).toMatchObject({ kind: 'refused', failure: 'pair', retryAfterMs: 7000 });
  });
  test('too many menus: what follows in that chat is refused without a call', async () => {
    stand.faults.set({ tooMany: { on: 'setMyCommands', seconds: 7 } });
    const showMenu = () => carrier().showMenu?.(`telegram:${person.id}`, 'member', 1000);
    await showMenu();
    const calls = stand.traffic().length;
    await showMenu();
    expect(await send()).toMatchObject({ kind: 'refused', failure: 'pair', code: 900_429 });
    expect(stand.traffic()).toHaveLength(calls);
    const other = stand.person();
    other.start();
    expect((await send({ to: `telegram:${other.id}` })).kind).toBe('accepted');
  });
  test('words whose entities are refused leave without them', async () => {
    stand.faults.set({ refuse: { with: 'entities' } });
    expect((await send({ body: '*a*' })).kind).toBe('accepted');
    expect(last()).toMatchObject({ text: 'a', entities: [] });
  });
});

describe('nobody knows the outcome of a send', () => {
  test.each([
    ['taken, and the connection was cut', { cut: { after: true } }],
    ['an error of Telegram', { serverError: { status: 502 } }],
    ['no answer in time', { holdAnswer: { ms: 3000 } }],
  ] as const)('%s', async (_, fault) => {
    stand.faults.set(fault);
    const outcome = await send({}, 500);
    expect(outcome.kind).toBe('unknown');
    expect(JSON.stringify(outcome)).not.toContain(TOKEN);
    expect(await carrier().lookUp(reply(), 5000)).toEqual({ kind: 'answers' });
  });
  test('the service is away', async () => {
    stand.faults.set({ serverError: { on: 'getMe', status: 502 } });
    expect(await carrier().lookUp(reply(), 1000)).toMatchObject({ kind: 'failed', reason: 'HTTP 502' });
  });
});

describe('files of a person', () => {
  const signal = () => AbortSignal.timeout(5000);
  test('are fetched by their id', async () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const { file } = person.sendFile({ kind: 'document', bytes, mimeType: 'application/pdf', name: 'a.pdf' });
    const opened = await carrier().fetchFile(`telegram:file/${file?.id}`, 1000, signal());
    if (opened.kind !== 'open') throw new Error(opened.kind);
    expect(new Uint8Array(await new Response(opened.body).arrayBuffer())).toEqual(bytes);
  });
  test('above 20 MB are too large', async () => {
    const bytes = new Uint8Array(21 * 2 ** 20);
    const { file } = person.sendFile({ kind: 'document', bytes, mimeType: 'application/pdf' });
    expect(await carrier().fetchFile(`telegram:file/${file?.id}`, 1000, signal())).toEqual({
      kind: 'failed',
      why: 'too-large',
    });
  });
  test.each(['telegram:file/unknown', 'telegram:file/../x', 'https://evil.example.com/x'])(
    '%s is none',
    async (url) => {
      expect(await carrier().fetchFile(url, 1000, signal())).toMatchObject({ kind: 'failed' });
    },
  );
});

test('typing is shown, and a chat keeps its messages: there is no log of ours to delete them from', async () => {
  await carrier().showTyping(`telegram:${person.id}`, '', 1000);
  expect(person.chat().action).toBe('typing');
  const sent = await send();
  const id = sent.kind === 'accepted' ? sent.sid : '';
  const before = person.chat().messages.length;
  expect(await carrier().deleteMessage(id, 1000)).toBe('gone');
  expect(person.chat().messages).toHaveLength(before);
});

test('what the agent says is shown as a draft of the turn, at first without words, with a stop, and is no message', async () => {
  const count = person.chat().messages.length;
  await carrier().showDraft(`telegram:${person.id}`, '01JTURN', '', 5000);
  expect(person.chat().draft).toBe('');
  for (const words of ['Reading *the code*.', 'Writing the test.'])
    await carrier().showDraft(`telegram:${person.id}`, '01JTURN', words, 5000);
  expect(person.chat().draft).toBe('Writing the test.');
  expect(person.chat().messages).toHaveLength(count);
  expect(person.stopDraft()).toBe(true);
});
