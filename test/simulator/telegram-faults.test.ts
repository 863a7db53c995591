import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTelegram, refusal, type TelegramStand, TOKEN } from './telegram-stand.ts';

// Faults on demand, set over HTTP, as a bot made with grammY meets them.

let stand: TelegramStand;
beforeEach(async () => {
  stand = await openTelegram({ firstUpdateId: 500 });
  stand.robin.start();
});
afterEach(() => stand.close());

const faults = async (body: object | null, method = 'POST') => {
  const answer = await fetch(`${stand.telegram.url}/_telegram/faults`, {
    method,
    ...(body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const send = (text: string, chat = stand.robin.id) => stand.bot.api.sendMessage(chat, text);
const texts = () =>
  stand.robin
    .chat()
    .messages.filter(({ isOurs }) => isOurs)
    .map(({ text }) => text);
/** The outcome of a call whose client waits only for a moment. */
const impatient = (text: string, ms: number) =>
  fetch(`${stand.telegram.url}/bot${TOKEN}/sendMessage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ chat_id: stand.robin.id, text }),
    signal: AbortSignal.timeout(ms),
  }).then(
    ({ status }) => status,
    (error: Error) => error.name,
  );

describe('answers', () => {
  test('429 says for how long, for one chat or the bot', async () => {
    const kim = stand.telegram.person();
    kim.start();
    await faults({ tooMany: { seconds: 7, chat: stand.robin.id, times: 2 } });
    await send('to Kim', kim.id);
    const flood = { code: 429, description: 'Too Many Requests: retry after 7', parameters: { retry_after: 7 } };
    expect(await refusal(send('x'))).toEqual(flood);
    expect(await refusal(send('x'))).toEqual(flood);
    await send('through');
    await faults({ tooMany: {} });
    expect((await refusal(send('x', kim.id))).parameters).toEqual({ retry_after: 1 });
    expect(texts()).toEqual(['through']);
  });

  test('an error before the work does nothing, one after it did the work', async () => {
    await faults({ serverError: { status: 502 } });
    expect(await refusal(send('lost'))).toMatchObject({ code: 502, description: 'Bad Gateway' });
    await faults({ serverError: { after: true } });
    expect(await refusal(send('taken'))).toMatchObject({ code: 500 });
    expect(texts()).toEqual(['taken']);
  });

  test('a connection that is cut after the work, or before it', async () => {
    await faults({ cut: {} });
    expect(await impatient('taken', 10_000)).toBe('TypeError');
    await faults({ cut: { after: false } });
    expect(await impatient('lost', 10_000)).toBe('TypeError');
    expect(texts()).toEqual(['taken']);
  });

  test('an answer that is held until the client gives up; a slow one', async () => {
    await faults({ holdAnswer: {} });
    expect(await impatient('taken', 100)).toBe('TimeoutError');
    expect(texts()).toEqual(['taken']);
    await faults({ delayAnswer: { ms: 50 } });
    expect(await impatient('slow', 10_000)).toBe(200);
  });

  test('any refusal, of one method', async () => {
    await faults({ refuse: { with: 'blocked', on: 'sendChatAction' } });
    await send('x');
    expect(await refusal(stand.bot.api.sendChatAction(stand.robin.id, 'typing'))).toMatchObject({ code: 403 });
    await faults({ refuse: { with: 'unauthorized' } });
    expect(await refusal(send('x'))).toMatchObject({ code: 401, description: 'Unauthorized' });
  });
});

describe('updates', () => {
  test('lost, twice, late, or forged', async () => {
    await stand.setWebhook();
    await stand.update(1);
    await faults({ dropUpdate: {} });
    stand.robin.text('lost');
    await expect.poll(() => stand.telegram.waiting()).toBe(0);
    await faults({ duplicateUpdate: {} });
    stand.robin.text('twice');
    await stand.update(3);
    expect(stand.updates.map(({ update_id }) => update_id)).toEqual([500, 502, 502]);
    await faults({ forgeUpdate: {}, delayUpdate: { ms: 20 } });
    stand.robin.text('true');
    expect(await stand.update(4)).toMatchObject({ update_id: 503, message: { text: 'true' } });
    const secrets = stand.requests.map(({ secret, status }) => [secret === 'webhook-secret_1', status]);
    expect(secrets).toContainEqual([false, 401]);
  });
});

test('faults are listed with the times left, refused when unknown, and switched off', async () => {
  expect((await faults({ cut: { times: 3 }, tooMany: {} })).body).toEqual({
    cut: { times: 3, after: true },
    tooMany: { times: 1, seconds: 1 },
  });
  expect((await faults({ flood: {} })).status).toBe(400);
  expect((await faults(null, 'GET')).body).toHaveProperty('cut');
  expect((await faults(null, 'DELETE')).body).toEqual({});
  await send('x');
  const text = await fetch(`${stand.telegram.url}/_telegram/faults`, { method: 'POST', body: '{}' });
  expect(text.status).toBe(415);
});

test('the record of the traffic has no token', async () => {
  await send('x');
  expect(stand.telegram.traffic().map(({ url }) => url)).toEqual([`${stand.telegram.url}/bot4815162342:…/sendMessage`]);
  expect(JSON.stringify(stand.telegram.traffic())).not.toContain(TOKEN.split(':')[1]);
});
