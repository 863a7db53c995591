import { Bot } from 'grammy';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { failing, openTelegram, refusal, SECRET, type TelegramStand, TOKEN } from './telegram-stand.ts';

// How updates reach a bot made with grammY: by webhook and by getUpdates.

const DAY = 24 * 60 * 60 * 1000;
let stand: TelegramStand;
let now: number;
beforeEach(async () => {
  now = Date.parse('2026-11-20T09:00:00Z');
  stand = await openTelegram({ now: () => now, firstUpdateId: 500 });
});
afterEach(() => stand.close());

const info = () => stand.bot.api.getWebhookInfo();

describe('by webhook', () => {
  test('what people do comes in order, with the secret and ids that follow one another', async () => {
    await stand.setWebhook();
    const { robin } = stand;
    const first = robin.start('ABCDEFGH');
    const second = robin.text('Is it up?');
    robin.edit(second.id, 'Is the page up?');
    robin.text('And this part', { replyTo: first.id, quote: 'ABCD' });
    robin.block();
    robin.unblock();
    await stand.update(6);
    expect(stand.updates.map(({ update_id }) => update_id)).toEqual([500, 501, 502, 503, 504, 505]);
    expect(stand.requests.slice(0, 1)).toEqual([{ secret: SECRET, status: 200 }]);
    expect(stand.updates).toMatchObject([
      {
        message: {
          text: '/start ABCDEFGH',
          entities: [{ type: 'bot_command', offset: 0, length: 6 }],
          chat: { id: robin.id, type: 'private', first_name: 'Robin' },
          from: { id: robin.id, is_bot: false, language_code: 'en' },
          date: now / 1000,
        },
      },
      { message: { text: 'Is it up?' } },
      { edited_message: { message_id: second.id, text: 'Is the page up?', edit_date: now / 1000 } },
      { message: { reply_to_message: { message_id: first.id }, quote: { text: 'ABCD', is_manual: true } } },
      { my_chat_member: { old_chat_member: { status: 'member' }, new_chat_member: { status: 'kicked' } } },
      { my_chat_member: { new_chat_member: { status: 'member' } } },
    ]);
  });

  test('anything but 2xx is repeated; one chat waits for its first update, another chat doesn’t', async () => {
    stand.robin.start();
    const kim = stand.telegram.person({ firstName: 'Kim' });
    stand.answers.push(...failing(500, 404, 302));
    await stand.bot.api.setWebhook(stand.webhookUrl, { secret_token: SECRET, max_connections: 1 });
    await stand.update(1);
    expect(await info()).toMatchObject({
      url: stand.webhookUrl,
      max_connections: 1,
      last_error_message: 'Wrong response from the webhook: 302 Found',
    });
    expect(stand.requests.map(({ status }) => status).slice(0, 3)).toEqual([500, 404, 302]);
    await stand.setWebhook();
    const order: string[] = [];
    stand.bot.on('message:text', () => undefined);
    let hold = (): void => undefined;
    stand.answers.push((response) => {
      hold = () => response.writeHead(500).end();
    });
    stand.robin.text('one');
    stand.robin.text('two');
    await expect.poll(() => stand.answers.length).toBe(0);
    kim.start();
    expect(await stand.update(2)).toMatchObject({ message: { from: { first_name: 'Kim' } } });
    hold();
    await stand.update(4);
    for (const { message } of stand.updates.slice(2)) order.push(message?.text ?? '');
    expect(order).toEqual(['one', 'two']);
  });

  test('what waits longer than a day is forgotten, and counted before', async () => {
    await stand.bot.api.setWebhook('https://relay.example.com/webhooks/telegram', { secret_token: SECRET });
    stand.robin.start();
    await expect.poll(async () => (await info()).last_error_message).toBe('Connection refused');
    expect((await info()).pending_update_count).toBe(1);
    now += DAY;
    expect((await info()).pending_update_count).toBe(0);
  });

  test('ids begin anew after a week without updates', async () => {
    await stand.setWebhook();
    stand.robin.start();
    await stand.update(1);
    now += 7 * DAY - 1;
    stand.robin.text('still');
    await stand.update(2);
    now += 7 * DAY;
    stand.robin.text('hello again');
    await stand.update(3);
    const ids = stand.updates.map(({ update_id }) => update_id);
    expect(ids.slice(0, 2)).toEqual([500, 501]);
    expect(ids[2]).not.toBe(502);
  });

  test('only the wanted kinds come', async () => {
    await stand.bot.api.setWebhook(stand.webhookUrl, { secret_token: SECRET, allowed_updates: ['message'] });
    const first = stand.robin.start();
    stand.robin.edit(first.id, 'other');
    stand.robin.text('last');
    await stand.update(2);
    expect(stand.updates.map((update) => Object.keys(update)[1])).toEqual(['message', 'message']);
    expect((await info()).allowed_updates).toEqual(['message']);
  });

  test('the address is https at one of four ports, or on this computer; the secret has an alphabet', async () => {
    const set = (url: string, secret_token = SECRET) => refusal(stand.bot.api.setWebhook(url, { secret_token }));
    expect((await set('http://relay.example.com/')).description).toContain('An HTTPS URL must be provided');
    expect((await set('https://relay.example.com:8080/')).description).toContain('only on ports 80, 88, 443 or 8443');
    expect((await set(stand.webhookUrl, 'a b')).description).toContain('secret token contains unallowed characters');
    expect((await set(stand.webhookUrl, 'x'.repeat(257))).code).toBe(400);
  });

  test('taken away with what waits', async () => {
    await stand.bot.api.setWebhook('https://relay.example.com/');
    stand.robin.start();
    await stand.bot.api.deleteWebhook({ drop_pending_updates: true });
    expect(await info()).toMatchObject({ url: '', pending_update_count: 0 });
  });
});

describe('by asking', () => {
  const ask = (offset?: number, other = {}) => stand.bot.api.getUpdates({ ...(offset ? { offset } : {}), ...other });

  test('an update comes until one above it is asked for', async () => {
    stand.robin.start();
    stand.robin.text('two');
    expect((await ask()).map(({ update_id }) => update_id)).toEqual([500, 501]);
    expect((await ask(501)).map(({ message }) => message?.text)).toEqual(['two']);
    stand.robin.text('three');
    expect((await ask(-1)).map(({ message }) => message?.text)).toEqual(['three']);
    expect(await ask(503)).toEqual([]);
    expect(stand.telegram.waiting()).toBe(0);
    expect((await refusal(ask(0, { limit: 101 }))).code).toBe(400);
  });

  test('a long poll ends with the update', async () => {
    const asked = ask(0, { timeout: 30 });
    stand.robin.start();
    expect(await asked).toMatchObject([{ message: { text: '/start' } }]);
  });

  test('not beside a webhook, and one at a time', async () => {
    await stand.setWebhook();
    expect(await refusal(ask())).toEqual({
      code: 409,
      description:
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      parameters: {},
    });
    await stand.bot.api.deleteWebhook();
    const first = refusal(ask(0, { timeout: 30 }));
    await expect.poll(() => stand.telegram.traffic().filter(({ url }) => url.endsWith('getUpdates')).length).toBe(2);
    const second = ask(0, { timeout: 30 });
    expect((await first).description).toMatch(/^Conflict: terminated by other getUpdates request/);
    stand.robin.start();
    expect(await second).toHaveLength(1);
  });

  test('grammY’s own polling takes every text once', async () => {
    const bot = new Bot(TOKEN, { client: { apiRoot: stand.telegram.url } });
    const texts: string[] = [];
    bot.on('message:text', ({ message }) => void texts.push(message.text));
    const running = bot.start();
    stand.robin.start();
    stand.robin.text('two');
    await expect.poll(() => texts).toEqual(['/start', 'two']);
    stand.robin.text('three');
    await expect.poll(() => texts).toEqual(['/start', 'two', 'three']);
    await bot.stop();
    await running;
  });
});

describe('groups', () => {
  test('a bot hears that it was added; there it sees commands, mentions and replies to it', async () => {
    await stand.setWebhook();
    const group = stand.robin.createGroup('Team');
    group.addBot(stand.robin);
    group.text(stand.robin, 'lunch?');
    group.text(stand.robin, '/status');
    group.text(stand.robin, 'ask @roost_bot');
    const hello = await stand.bot.api.sendMessage(group.id, 'Only in private chats.');
    group.text(stand.robin, 'ok', { replyTo: hello.message_id });
    group.removeBot(stand.robin);
    await stand.update(6);
    expect(stand.updates).toMatchObject([
      { my_chat_member: { chat: { id: group.id, type: 'group' }, new_chat_member: { status: 'member' } } },
      { message: { new_chat_members: [{ username: 'roost_bot' }] } },
      { message: { text: '/status' } },
      { message: { text: 'ask @roost_bot' } },
      { message: { text: 'ok' } },
      { my_chat_member: { new_chat_member: { status: 'left' } } },
    ]);
    expect(await refusal(stand.bot.api.sendMessage(group.id, 'x'))).toMatchObject({
      code: 403,
      description: 'Forbidden: bot was kicked from the group chat',
    });
  });
});

test('a token that is revoked, another bot’s or none is refused', async () => {
  const as = (token: string) => refusal(new Bot(token, { client: { apiRoot: stand.telegram.url } }).api.getMe());
  expect(await stand.bot.api.getMe()).toMatchObject({ id: 4815162342, is_bot: true, username: 'roost_bot' });
  expect(await as('1234567:AAE_somebody-else')).toMatchObject({ code: 401, description: 'Unauthorized' });
  expect(await as('nonsense')).toMatchObject({ code: 404, description: 'Not Found' });
  stand.telegram.revokeToken();
  expect(await as(TOKEN)).toMatchObject({ code: 401 });
  stand.telegram.restoreToken();
  const method = await fetch(`${stand.telegram.url}/bot${TOKEN}/sendPigeon`);
  expect(await method.json()).toEqual({ ok: false, error_code: 404, description: 'Not Found: method not found' });
});
