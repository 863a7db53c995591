import { once } from 'node:events';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Api } from 'grammy';
import { expect, onTestFinished, test } from 'vitest';
import type { Bubble, PhoneEvent } from '../../simulator/phone/phone-events.ts';
import { type Simulator, startSimulator } from '../../simulator/server.ts';
import { openKeptChats } from '../../simulator/telegram/kept-chats.ts';
import { openKeptMessages } from '../../simulator/twilio/kept-messages.ts';
import { TOKEN } from './telegram-stand.ts';

// The phone page when the product is slow to take a text or not there yet, and after a restart of the simulator.

const ROOST = 'whatsapp:+15555550100';
const ROBIN = '+15555550123';
const BOT = 'telegram:4815162342';
const PERSON = 'telegram:15555550123';
const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'a-token-for-tests-only' };

type Asked = { path: string; form: URLSearchParams; answer: (status: number) => void };

/** A product that answers requests when the test says so. */
async function product(): Promise<{ url: string; next: () => Promise<Asked>; asked: Asked[] }> {
  const asked: Asked[] = [];
  let taken = 0;
  const server = createServer(async (request, response: ServerResponse) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = (status: number): void =>
      void response.writeHead(status, { 'content-type': 'text/xml' }).end('<Response/>');
    asked.push({ path: request.url ?? '', form: new URLSearchParams(body), answer });
    server.emit('asked');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const next = async (): Promise<Asked> => {
    while (asked.length <= taken) await once(server, 'asked');
    return asked[taken++] as Asked;
  };
  return { url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, next, asked };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'roost-simulator-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return join(path, 'simulator');
}

async function simulator(publicUrl: string, stateFolder?: string, awaitProduct = false): Promise<Simulator> {
  const telegram = { token: TOKEN };
  const options = { ...ACCOUNT, senders: [ROOST], port: 0, publicUrl, awaitProduct, telegram };
  const started = await startSimulator({ ...options, ...(stateFolder ? { stateFolder } : {}) });
  onTestFinished(() => started.stop());
  return started;
}

async function snapshot(of: Simulator): Promise<Extract<PhoneEvent, { type: 'snapshot' }>> {
  const ending = new AbortController();
  const page = await fetch(`${of.url}/phone/events`, { signal: ending.signal });
  let text = '';
  for await (const chunk of (page.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('\n\n')) break;
  }
  ending.abort();
  return JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? '{}');
}
const bubbles = async (of: Simulator): Promise<Bubble[]> => (await snapshot(of)).bubbles;

async function send(of: Simulator, fields: Record<string, string | File>): Promise<Bubble> {
  const form = new FormData();
  const all = { clientId: crypto.randomUUID(), from: ROBIN, to: ROOST, ...fields };
  for (const [name, value] of Object.entries(all)) form.set(name, value);
  return (await fetch(`${of.url}/phone/messages`, { method: 'POST', body: form })).json() as Promise<Bubble>;
}

const headers = { authorization: `Basic ${btoa(`${ACCOUNT.accountSid}:${ACCOUNT.authToken}`)}` };
const messages = (of: Simulator): string => `${of.url}/2010-04-01/Accounts/${ACCOUNT.accountSid}/Messages.json`;
const say = async (of: Simulator, Body: string): Promise<void> => {
  const body = new URLSearchParams({ From: ROOST, To: `whatsapp:${ROBIN}`, Body });
  expect((await fetch(messages(of), { method: 'POST', headers, body })).status).toBe(201);
};
const showTyping = (of: Simulator, messageId: string) =>
  fetch(`${of.url}/v2/Indicators/Typing.json`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({ messageId, channel: 'whatsapp' }),
  });

test('ticks turn blue only when the webhook of that very text got its 200', async () => {
  const { url, next } = await product();
  const phone = await simulator(url);
  const first = await send(phone, { body: 'the first' });
  const held = await next();
  const second = await send(phone, { body: 'the second' });
  (await next()).answer(200);
  await expect.poll(async () => (await bubbles(phone))[1]?.state).toBe('delivered');
  // The product answers the second text; it has not taken the first one yet, even if that one is named.
  await showTyping(phone, second.sid);
  await showTyping(phone, first.sid);
  await say(phone, 'an answer to the second');
  expect((await bubbles(phone)).map(({ text, state }) => [text, state]).slice(0, 2)).toEqual([
    ['the first', 'sent'],
    ['the second', 'read'],
  ]);
  held.answer(200);
  await expect.poll(async () => (await bubbles(phone))[0]?.state).toBe('read');
});

test('a text that no try and no fallback brought is not said to be read when later ones are answered', async () => {
  const { url, next } = await product();
  const phone = await simulator(url);
  const lost = await send(phone, { body: 'lost' });
  const tries = [];
  for (let n = 0; n < 6; n++) {
    const asked = await next();
    tries.push([asked.form.get('MessageSid') === lost.sid, asked.form.get('ErrorCode')]);
    // While tries remain, nothing has gone wrong.
    expect((await bubbles(phone))[0]).toMatchObject({ state: 'sent', trouble: null });
    asked.answer(503);
  }
  expect(tries).toEqual([...Array(3).fill([true, null]), ...Array(3).fill([true, '11217'])]);
  await expect.poll(async () => (await bubbles(phone))[0]?.state).toBe('failed');
  await send(phone, { body: 'later' });
  (await next()).answer(200);
  await say(phone, 'an answer to the later one');
  expect((await bubbles(phone)).map(({ state }) => state)).toEqual(['failed', 'read', expect.anything()]);
  // The product found the text in the carrier's list; its typing indicator names it.
  await showTyping(phone, lost.sid);
  expect((await bubbles(phone))[0]).toMatchObject({ state: 'read', trouble: null });
});

test('chats are still there after a restart, with files, quotes, ticks and the carrier’s list', async () => {
  const { url, next } = await product();
  const state = await folder();
  const before = await simulator(url, state);
  const photo = new File([new Uint8Array([137, 80, 78, 71])], 'hen.png', { type: 'image/png' });
  const clientId = crypto.randomUUID();
  const sent = await send(before, { clientId, body: 'look at this', file: photo });
  (await next()).answer(200);
  await before.carrier.settled();
  await say(before, 'A hen!');
  await before.carrier.settled();
  const [, answer] = await bubbles(before);
  await send(before, { body: 'right', quoted: answer?.sid ?? '' });
  (await next()).answer(200);
  await before.carrier.settled();
  const shown = await bubbles(before);
  await before.stop();

  const after = await simulator(url, state);
  expect(await bubbles(after)).toEqual(shown);
  expect(shown.map(({ text, state: at }) => [text, at])).toEqual([
    ['look at this', 'read'],
    ['A hen!', 'delivered'],
    ['right', 'delivered'],
  ]);
  const file = await fetch(after.url + (shown[0]?.attachments[0]?.url ?? ''));
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array([137, 80, 78, 71]));
  const listed = (await (await fetch(messages(after), { headers })).json()) as { messages: { body: string }[] };
  expect(listed.messages.map(({ body }) => body)).toEqual(['right', 'A hen!', 'look at this']);
  // The page, which kept the text in case it was lost, does not send it twice.
  expect((await send(after, { clientId, body: 'look at this', file: photo })).sid).toBe(sent.sid);
  // The window's state is unchanged.
  await say(after, 'Anything else?');
  for (const name of readdirSync(state)) expect([name, statSync(join(state, name)).mode & 0o077]).toEqual([name, 0]);
});

test('so are chats with a bot: texts, changes, files, topics, and who blocked it', async () => {
  const { url } = await product();
  const state = await folder();
  const before = await simulator(url, state);
  const photo = new File([new Uint8Array([137, 80, 78, 71])], 'hen.png', { type: 'image/png' });
  const onTelegram = { to: BOT };
  await send(before, { ...onTelegram, body: 'look at this', file: photo });
  const { telegram } = before.phones;
  const topic = telegram?.makeTopic(PERSON, 'Web shop', 'Robin') ?? 0;
  await send(before, { ...onTelegram, body: 'in the topic', topic: `${topic}` });
  const bot = new Api(TOKEN, { apiRoot: before.url });
  const { message_id } = await bot.sendMessage(Number(PERSON.slice('telegram:'.length)), 'A hen?');
  await bot.editMessageText(Number(PERSON.slice('telegram:'.length)), message_id, 'A hen!');
  const gone = await send(before, { ...onTelegram, body: 'never mind' });
  telegram?.remove(gone.sid);
  telegram?.block(PERSON, true);
  const shown = await bubbles(before);
  expect(shown.map(({ text }) => text)).toEqual([
    '/start',
    'look at this',
    'You made the topic “Web shop”',
    'in the topic',
    'A hen!',
  ]);
  await before.stop();

  const after = await simulator(url, state);
  expect((await bubbles(after)).map(({ sid, text }) => [sid, text])).toEqual(shown.map(({ sid, text }) => [sid, text]));
  expect(after.phones.telegram?.blockers()).toEqual([PERSON]);
  const file = await fetch(after.url + (shown[1]?.attachments[0]?.url ?? ''));
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array([137, 80, 78, 71]));
  // The person goes on, in the topic as well, and no id comes twice.
  const next = await send(after, { ...onTelegram, body: 'on we go', topic: `${topic}` });
  expect(shown.map(({ sid }) => sid)).not.toContain(next.sid);
  expect((await bubbles(after)).at(-1)?.text).toBe('on we go');
  expect(after.phones.telegram?.blockers()).toEqual([]);
  for (const name of readdirSync(state)) expect([name, statSync(join(state, name)).mode & 0o077]).toEqual([name, 0]);
});

test('a text that was on its way when the simulator ended is brought by the next one', async () => {
  const { url, next } = await product();
  const state = await folder();
  const before = await simulator(url, state);
  const sent = await send(before, { body: 'on its way', latitude: '1.5', longitude: '2.5', place: 'Pier 39' });
  await next();
  await before.stop();
  const after = await simulator(url, state);
  const again = await next();
  expect(Object.fromEntries(again.form)).toMatchObject({ MessageSid: sent.sid, Body: 'on its way', Label: 'Pier 39' });
  again.answer(200);
  await expect.poll(async () => (await bubbles(after))[0]?.state).toBe('delivered');
});

test('the kept messages are bounded: the newest stay, with their files and no others', async () => {
  const kept = openKeptMessages(await folder());
  onTestFinished(() => kept.close());
  const { carrier } = await simulator((await product()).url);
  const one = { ...carrier.receive({ from: `whatsapp:${ROBIN}`, to: ROOST, body: 'x' }), due: null };
  const file = { sid: 'ME1', contentType: 'text/plain', fileName: 'a.txt', bytes: new Uint8Array([1]) };
  for (let n = 0; n < 2_010; n++) kept.put({ ...one, sid: `SM${n}`, media: [file] } as never);
  const sids = kept.messages().map(({ sid, media }) => [sid, media.length]);
  expect([sids.length, sids[0], sids.at(-1)]).toEqual([2_000, ['SM10', 1], ['SM2009', 1]]);
});

test('so are the kept messages of chats with a bot, over all chats', async () => {
  const kept = openKeptChats(await folder());
  onTestFinished(() => kept.close());
  const blank = { file: null, threadId: null, topicMade: null, topicRenamed: null };
  for (let id = 1; id <= 2_010; id++) {
    const chat = { chat: { id: id % 2, type: 'private' }, isBlocked: false };
    kept.keep({ type: 'message', message: { ...blank, id } } as never, chat as never);
  }
  const ids = kept.chats().flatMap(({ messages }) => [...messages.keys()]);
  expect([ids.length, Math.min(...ids), Math.max(...ids)]).toEqual([2_000, 11, 2_010]);
});

test('a file that cannot be read costs the chats alone', async () => {
  const { url } = await product();
  const state = await folder();
  const before = await simulator(url, state);
  await before.stop();
  for (const suffix of ['', '-wal', '-shm']) writeFileSync(join(state, `messages.db${suffix}`), 'no database at all');
  const after = await simulator(url, state);
  expect(await bubbles(after)).toEqual([]);
});

test('a page opened before the product is up says so, and hears when it is up', async () => {
  const { url, next } = await product();
  const phone = await simulator(url, undefined, true);
  expect((await snapshot(phone)).starting).toBe(true);
  const health = await next();
  expect(health.path).toBe('/healthz');
  health.answer(503);
  expect((await snapshot(phone)).starting).toBe(true);
  (await next()).answer(200);
  await expect.poll(async () => (await snapshot(phone)).starting).toBe(false);
});
