import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Bot, InputFile, webhookCallback } from 'grammy';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Bubble, Draft, PhoneEvent, Typing } from '../../simulator/phone/phone-events.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { readSimulatorSettings } from '../../simulator/settings.ts';
import { voiceOf } from '../faults/picture.ts';
import { SECRET, TOKEN } from './telegram-stand.ts';

// The phone page's server with a bot beside the carrier: what a phone texts reaches grammY's webhook, and what the bot
// does reaches the phone.

const ROBIN = '+15555550123';
const WHATSAPP = 'whatsapp:+15555550100';
const BOT = 'telegram:4815162342';
const ID = 15555550123;

let simulator: Simulator;
let bot: Bot;
let product: ReturnType<typeof createServer>;
let events: PhoneEvent[];
let ending: AbortController;
beforeEach(async () => {
  let handle: RequestListener | null = null;
  product = createServer((request, response) => {
    if (request.url === '/webhooks/telegram') handle?.(request, response);
    else response.writeHead(200, { 'content-type': 'text/xml' }).end('<Response/>');
  });
  await new Promise<void>((resolve) => product.listen(0, '127.0.0.1', resolve));
  const publicUrl = `http://127.0.0.1:${(product.address() as AddressInfo).port}`;
  simulator = await startSimulator({
    port: 0,
    accountSid: `AC${'0'.repeat(32)}`,
    authToken: 'a-token-for-tests-only',
    senders: [WHATSAPP],
    publicUrl,
    telegram: { token: TOKEN, webhookSecret: SECRET },
  });
  bot = new Bot(TOKEN, { client: { apiRoot: simulator.url, canUseWebhookReply: () => false } });
  const taken = webhookCallback(bot, 'http', { secretToken: SECRET });
  handle = (request, response) => void taken(request, response);
  events = [];
  ending = new AbortController();
  void listen();
});
afterEach(async () => {
  ending.abort();
  await simulator.stop();
  product.closeAllConnections();
  await new Promise<void>((resolve) => product.close(() => resolve()));
});

async function listen(): Promise<void> {
  const answer = await fetch(`${simulator.url}/phone/events`, { signal: ending.signal }).catch(() => null);
  let rest = '';
  try {
    for await (const chunk of answer?.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const parts = (rest + chunk).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (data) events.push(JSON.parse(data) as PhoneEvent);
      }
    }
  } catch {
    // The test has ended.
  }
}

const send = async (fields: Record<string, string | File>) => {
  const form = new FormData();
  for (const [name, value] of Object.entries({ clientId: crypto.randomUUID(), from: ROBIN, to: BOT, ...fields }))
    form.set(name, value);
  const answer = await fetch(`${simulator.url}/phone/messages`, { method: 'POST', body: form });
  return { status: answer.status, body: (await answer.json()) as Bubble & { error?: string } };
};
/** The phone's chat with the bot as the page has it now, oldest first. */
const chat = (): Bubble[] => {
  const bubbles = events.flatMap((event) => (event.type === 'bubble' ? [event.bubble] : []));
  const newest = new Map(bubbles.map((bubble) => [bubble.sid, bubble]));
  return [...newest.values()].filter(({ sender, number }) => sender === BOT && number === ROBIN);
};
const words = (): string[] => chat().map(({ mine, text }) => `${mine ? '>' : '<'} ${text}`);
const drafts = (): Draft[] => events.flatMap((event) => (event.type === 'draft' ? [event.draft] : []));
const typing = (): Typing[] => events.flatMap((event) => (event.type === 'typing' ? [event.typing] : []));

test('a phone presses Start before its first text; the answer has its formatting and marks', async () => {
  bot.on('message:text', async (context) => {
    if (context.message.text === 'hello')
      await context.reply('<b>Hi</b> there', { parse_mode: 'HTML', disable_notification: true });
  });
  const { status } = await send({ body: 'hello', profileName: 'Robin' });
  expect(status).toBe(201);
  await expect.poll(words).toEqual(['> /start', '> hello', '< Hi there']);
  expect(chat()[2]?.telegram).toEqual({
    entities: [{ type: 'bold', offset: 0, length: 2 }],
    isSilent: true,
    isEdited: false,
    repliesTo: null,
    isService: false,
    topic: null,
  });
  await expect.poll(() => chat()[1]?.state).toBe('read');
  const exchanges = events.flatMap((event) => (event.type === 'exchange' ? [event.exchange] : []));
  expect(JSON.stringify(exchanges)).not.toContain(SECRET);
  expect(JSON.stringify(exchanges)).not.toContain(TOKEN.split(':')[1]);
});

test('a code goes with Start, and nothing is pressed twice', async () => {
  await send({ body: '/start ABCDEFGH' });
  await send({ body: 'next' });
  await expect.poll(words).toEqual(['> /start ABCDEFGH', '> next']);
});

test('a button is tapped, answered, and gone after the edit', async () => {
  await send({ body: '/start' });
  const reply_markup = { inline_keyboard: [[{ text: 'Yes', callback_data: 'choice:1' }]] };
  const { message_id: id } = await bot.api.sendMessage(ID, 'Merge?', { reply_markup });
  await expect.poll(() => chat()[1]?.offer).toEqual({ kind: 'buttons', items: [{ id: 'choice:1', title: 'Yes' }] });
  bot.on('callback_query:data', async (context) => {
    await context.answerCallbackQuery();
    await bot.api.editMessageText(ID, id, `Merge? ✓ ${context.callbackQuery.data}`);
  });
  const clientId = crypto.randomUUID();
  const { body } = await send({ clientId, body: 'Yes', tapSid: chat()[1]!.sid, tapId: 'choice:1' });
  expect(body).toMatchObject({ clientId, text: 'Merge?' });
  await expect
    .poll(() => chat()[1])
    .toMatchObject({
      text: 'Merge? ✓ choice:1',
      offer: null,
      telegram: { isEdited: true },
    });
});

test('a reply, a photo and a place reach the bot; a file of the bot reaches the phone', async () => {
  const got: unknown[] = [];
  bot.on('message', async ({ message }) => void got.push(message));
  const { body: first } = await send({ body: 'first' });
  await send({ body: 'second', quoted: first.sid });
  await send({ body: 'third', forwarded: 'yes' });
  await send({ body: 'look', file: new File(['x'], 'a.png', { type: 'image/png' }) });
  await send({ latitude: '52.5', longitude: '13.4' });
  await expect
    .poll(() => got)
    .toMatchObject([
      { text: '/start' },
      { text: 'first' },
      { text: 'second', reply_to_message: { text: 'first' } },
      { text: 'third', forward_origin: { type: 'hidden_user' } },
      { caption: 'look', photo: [{}, {}] },
      { location: { latitude: 52.5 } },
    ]);
  await bot.api.sendDocument(ID, new InputFile(new TextEncoder().encode('the page'), 'page.html'), { caption: 'Done' });
  await expect.poll(() => chat().at(-1)).toMatchObject({ text: 'Done', attachments: [{ fileName: 'page.html' }] });
  const file = await fetch(`${simulator.url}${chat().at(-1)?.attachments[0]?.url}`);
  expect(await file.text()).toBe('the page');
});

test('a voice note of the bot is one on the phone, as one of the person is: without a name', async () => {
  await send({ body: '/start' });
  await bot.api.sendVoice(ID, new InputFile(voiceOf('hello'), 'hello.ogg'));
  await expect.poll(() => chat().at(-1)?.attachments).toMatchObject([{ contentType: 'audio/ogg', fileName: null }]);
});

test('a draft is shown and stopped; typing is shown', async () => {
  let stopped = 0;
  bot.on('stopped_message_generation', () => {
    stopped += 1;
  });
  await send({ body: '/start' });
  await bot.api.sendChatAction(ID, 'typing');
  await expect.poll(() => typing().at(-1)).toMatchObject({ number: ROBIN, sender: BOT });
  const stop = () =>
    fetch(`${simulator.url}/phone/telegram/stop`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ number: ROBIN, sender: BOT }),
    });
  expect((await stop()).status).toBe(409);
  await bot.api.sendMessageDraft(ID, 1, 'Working', { can_stop: true });
  await expect
    .poll(() => drafts().at(-1))
    .toMatchObject({ number: ROBIN, sender: BOT, text: 'Working', canStop: true });
  expect((await stop()).status).toBe(204);
  await expect.poll(() => stopped).toBe(1);
  expect(drafts().at(-1)?.text).toBeNull();
  await bot.api.sendMessageDraft(ID, 2, 'Writing');
  await expect.poll(() => drafts().at(-1)?.text).toBe('Writing');
  await bot.api.sendMessage(ID, 'Done');
  await expect.poll(() => drafts().at(-1)?.text).toBeNull();
});

const act = (path: string, body: unknown) =>
  fetch(`${simulator.url}/phone/telegram/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test('a topic is made, written in and answered in; the chat outside stays apart', async () => {
  const got: unknown[] = [];
  bot.on('message', async (context) => {
    got.push(context.message);
    const { message_thread_id: topic, text = 'topic' } = context.message;
    if (text === 'list') await context.reply('Two', topic === undefined ? {} : { message_thread_id: topic });
  });
  const made = await act('topic', { number: ROBIN, sender: BOT, name: ' Web shop ', profileName: 'Robin' });
  expect(made.status).toBe(201);
  const { topic } = (await made.json()) as { topic: number };
  await send({ body: 'list', topic: String(topic) });
  await expect.poll(words).toHaveLength(4);
  await send({ body: 'list' });
  await expect
    .poll(() => got)
    .toMatchObject([
      { text: '/start' },
      { message_id: topic, message_thread_id: topic, forum_topic_created: { name: 'Web shop' } },
      {
        text: 'list',
        message_thread_id: topic,
        is_topic_message: true,
        reply_to_message: { message_id: topic, forum_topic_created: { name: 'Web shop' } },
      },
      { text: 'list' },
    ]);
  expect(got[3]).not.toHaveProperty('message_thread_id');
  const named = (): string[] => chat().map(({ text, topic, telegram }) => `${topic} ${telegram?.topic?.name} ${text}`);
  const inTopic = [
    `${topic} Web shop You made the topic “Web shop”`,
    `${topic} Web shop list`,
    `${topic} Web shop Two`,
  ];
  const outside = ['undefined undefined list', 'undefined undefined Two'];
  await expect.poll(named).toEqual(['undefined undefined /start', ...inTopic, ...outside]);

  const rename = (id: number) => act('topic/name', { number: ROBIN, sender: BOT, topic: id, name: 'Shop' });
  expect([(await rename(topic)).status, (await rename(7)).status]).toEqual([204, 409]);
  await expect.poll(() => got.at(-1)).toMatchObject({ message_thread_id: topic, forum_topic_edited: { name: 'Shop' } });
  await expect.poll(named).toContain(`${topic} Shop You renamed the topic to “Shop”`);

  await bot.api.sendMessageDraft(ID, 1, 'Writing', { message_thread_id: topic });
  await expect.poll(() => drafts().at(-1)).toMatchObject({ topic, text: 'Writing' });
  await bot.api.sendChatAction(ID, 'typing', { message_thread_id: topic });
  await expect.poll(() => typing().at(-1)).toMatchObject({ topic });
});

test('a topic without a name, and a text in a topic that is not there, are refused with a sentence', async () => {
  const unnamed = await act('topic', { number: ROBIN, sender: BOT, name: ' ' });
  expect([unnamed.status, await unnamed.json()]).toEqual([400, { error: 'Type a name for the topic.' }]);
  expect(await send({ body: 'list', topic: '7' })).toMatchObject({
    status: 400,
    body: { error: 'This topic no longer exists. Go back to the chat.' },
  });
});

test('a person edits and deletes only what they wrote, and quotes of the bot are shown', async () => {
  await send({ body: 'hello' });
  await expect.poll(words).toEqual(['> /start', '> hello']);
  const [, mine] = chat();
  await bot.api.sendMessage(ID, 'Hi', {
    reply_parameters: { message_id: Number.parseInt(mine!.sid.slice(18), 16), quote: 'ello' },
  });
  await expect.poll(() => chat()[2]?.extras?.quoted).toEqual({ sid: mine!.sid, text: 'ello', mine: true });
  expect((await act('edit', { sid: mine!.sid, text: 'hello there' })).status).toBe(204);
  await expect.poll(() => chat()[1]).toMatchObject({ text: 'hello there', telegram: { isEdited: true } });
  expect((await act('edit', { sid: chat()[2]!.sid, text: 'mine now' })).status).toBe(409);
  expect((await act('edit', { sid: mine!.sid, text: ' ' })).status).toBe(400);
  expect((await act('edit', { sid: 'nonsense', text: 'x' })).status).toBe(400);
  expect((await act('delete', { sid: mine!.sid })).status).toBe(204);
  await expect.poll(() => events).toContainEqual({ type: 'gone', sid: mine!.sid });
});

test('the carrier’s phones are as before, beside the bot', async () => {
  await expect.poll(() => events[0]).toMatchObject({ type: 'snapshot', senders: [WHATSAPP, BOT] });
  const { body } = await send({ to: WHATSAPP, body: 'on WhatsApp' });
  expect(body).toMatchObject({ number: ROBIN, sender: WHATSAPP });
  expect(body.telegram).toBeUndefined();
});

test('a bot is served where the product calls this computer for it', () => {
  const settings = (more: Record<string, string>) =>
    readSimulatorSettings({
      TWILIO_ACCOUNT_SID: 'AC0',
      TWILIO_AUTH_TOKEN: 'x',
      TWILIO_SENDERS: WHATSAPP,
      PUBLIC_URL: 'http://127.0.0.1:8787',
      TELEGRAM_BOT_TOKEN: TOKEN,
      ...more,
    });
  expect(settings({})).toMatchObject({
    ok: true,
    options: expect.not.objectContaining({ telegram: expect.anything() }),
  });
  expect(settings({ TELEGRAM_API_URL: 'http://127.0.0.1:4000', TELEGRAM_WEBHOOK_SECRET: SECRET })).toMatchObject({
    options: { telegram: { token: TOKEN, webhookSecret: SECRET } },
  });
  expect(settings({ TELEGRAM_BOT_TOKEN: 'nonsense' })).toMatchObject({ ok: false });
});
