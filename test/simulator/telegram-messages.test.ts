import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTelegram, refusal, type TelegramStand } from './telegram-stand.ts';

// Texts, entities, buttons, edits and drafts under grammY.

let stand: TelegramStand;
let now: number;
beforeEach(async () => {
  now = Date.parse('2026-11-20T09:00:00Z');
  stand = await openTelegram({ now: () => now, hasTopics: true });
  stand.robin.start();
});
afterEach(() => stand.close());

const send = (text: string, other: Parameters<typeof stand.bot.api.sendMessage>[2] = {}) =>
  stand.bot.api.sendMessage(stand.robin.id, text, other);
const last = () => stand.robin.chat().messages.at(-1)!;
const keyboard = (data: string) => ({ inline_keyboard: [[{ text: 'Yes', callback_data: data }]] });
const bad = (description: string) => ({ code: 400, description: `Bad Request: ${description}` });

describe('texts', () => {
  test('a text with entities arrives as it was sent, links and commands found', async () => {
    const entities = [{ type: 'bold' as const, offset: 0, length: 4 }];
    const sent = await send('Done. See https://example.com/a, then /stop', { entities, disable_notification: true });
    expect(sent).toMatchObject({
      text: 'Done. See https://example.com/a, then /stop',
      chat: { id: stand.robin.id, type: 'private' },
      from: { is_bot: true },
      entities: [
        { type: 'bold', offset: 0, length: 4 },
        { type: 'url', offset: 10, length: 21 },
        { type: 'bot_command', offset: 38, length: 5 },
      ],
    });
    expect(last()).toMatchObject({ id: sent.message_id, isSilent: true, isOurs: true });
  });

  test('HTML becomes entities', async () => {
    const html = '<b>Hi <i>there</i></b> &lt;x&gt; <pre><code class="language-ts">a &amp; b</code></pre>';
    const sent = await send(html, { parse_mode: 'HTML' });
    expect(sent).toMatchObject({
      text: 'Hi there <x> a & b',
      entities: [
        { type: 'bold', offset: 0, length: 8 },
        { type: 'italic', offset: 3, length: 5 },
        { type: 'pre', offset: 13, length: 5, language: 'ts' },
      ],
    });
    expect(await refusal(send('<b>x', { parse_mode: 'HTML' }))).toMatchObject(
      bad(`can't parse entities: can't find end tag corresponding to start tag "b"`),
    );
    expect(await refusal(send('<b>x</i>', { parse_mode: 'HTML' }))).toMatchObject(
      bad(`can't parse entities: unmatched end tag at byte offset 4, expected "</b>", found "</i>"`),
    );
    expect(await refusal(send('1 < 2', { parse_mode: 'HTML' }))).toMatchObject({ code: 400 });
    expect(await refusal(send('*x*', { parse_mode: 'MarkdownV2' }))).toMatchObject(bad('unsupported parse_mode'));
  });

  test('a text has 1 to 4096 characters, counted without the tags', async () => {
    expect((await send('é'.repeat(4096))).text).toHaveLength(4096);
    expect((await send(`<b>${'x'.repeat(4096)}</b>`, { parse_mode: 'HTML' })).text).toHaveLength(4096);
    expect(await refusal(send('x'.repeat(4097)))).toMatchObject(bad('message is too long'));
    expect(await refusal(send(' \n'))).toMatchObject(bad('message text is empty'));
    expect(await refusal(send('<b></b>', { parse_mode: 'HTML' }))).toMatchObject(bad('message text is empty'));
    expect((await send('  x \n')).text).toBe('x');
  });

  test.each([
    ['after the end', { type: 'bold', offset: 0, length: 9 }, 'after the end of the text at UTF-16 offset 9'],
    ['in half a character', { type: 'bold', offset: 0, length: 1 }, 'in the middle of a UTF-16 symbol'],
    ['empty', { type: 'bold', offset: 0, length: 0 }, 'a wrong offset or length'],
    ['unknown', { type: 'loud', offset: 0, length: 2 }, 'type loud is not played here'],
  ])('an entity %s is refused', async (_name, entity, words) => {
    const { code, description } = await refusal(send('👍 fine', { entities: [entity as never] }));
    expect(code).toBe(400);
    expect(description).toMatch(/^Bad Request: can't parse entities: /);
    expect(description).toContain(words);
  });

  test('entities may not cross, and nothing is inside code', async () => {
    const both = (a: [string, number, number], b: [string, number, number]) =>
      send('0123456789', {
        entities: [a, b].map(([type, offset, length]) => ({ type, offset, length }) as never),
      });
    expect((await both(['blockquote', 0, 10], ['bold', 2, 3])).entities).toHaveLength(2);
    expect((await both(['bold', 0, 4], ['italic', 0, 4])).entities).toHaveLength(2);
    expect((await refusal(both(['bold', 0, 4], ['italic', 2, 4]))).description).toContain('crosses');
    expect((await refusal(both(['code', 0, 8], ['bold', 2, 3]))).description).toContain('is inside code');
    expect((await refusal(both(['blockquote', 0, 8], ['blockquote', 2, 3]))).description).toContain('is inside');
  });

  test('a reply quotes a message of the chat', async () => {
    const asked = stand.robin.text('Is the build green, and the page up?');
    const answer = await send('Yes', { reply_parameters: { message_id: asked.id, quote: 'the page up' } });
    expect(answer).toMatchObject({
      reply_to_message: { message_id: asked.id, text: 'Is the build green, and the page up?' },
      quote: { text: 'the page up', position: 24 },
    });
    const to = (message_id: number, more = {}) => send('Yes', { reply_parameters: { message_id, ...more } });
    expect(await refusal(to(999))).toMatchObject(bad('message to be replied not found'));
    expect((await to(999, { allow_sending_without_reply: true })).reply_to_message).toBeUndefined();
    expect(await refusal(to(asked.id, { quote: 'the door' }))).toMatchObject(bad('QUOTE_TEXT_INVALID'));
  });

  test('a topic has to be there', async () => {
    const topic = await stand.bot.api.createForumTopic(stand.robin.id, 'shop');
    const sent = await send('In the topic', { message_thread_id: topic.message_thread_id });
    expect(sent).toMatchObject({ message_thread_id: topic.message_thread_id, is_topic_message: true });
    expect(await refusal(send('x', { message_thread_id: 12345 }))).toMatchObject(bad('message thread not found'));
    expect(await refusal(stand.bot.api.createForumTopic(stand.robin.id, ''))).toMatchObject({ code: 400 });
    expect(() => stand.robin.text('x', { threadId: 12345 })).toThrow('There is no such topic.');
  });

  test('a topic has its draft and its “typing” to itself, until a message comes there', async () => {
    const { id } = stand.robin.makeTopic('shop');
    await stand.bot.api.sendMessageDraft(stand.robin.id, 7, 'Reading', { message_thread_id: id });
    await stand.bot.api.sendChatAction(stand.robin.id, 'typing', { message_thread_id: id });
    await send('Outside the topic');
    expect(stand.robin.chat()).toMatchObject({ draft: 'Reading', action: 'typing' });
    await send('In the topic', { message_thread_id: id });
    expect(stand.robin.chat()).toMatchObject({ draft: null, action: null });
    const elsewhere = stand.bot.api.sendChatAction(stand.robin.id, 'typing', { message_thread_id: 12345 });
    expect(await refusal(elsewhere)).toMatchObject(bad('message thread not found'));
  });

  test('a parameter that is unknown, missing or of another type is refused', async () => {
    const call = async (method: string, body: object) => {
      const answer = await fetch(`${stand.telegram.url}/bot${stand.bot.token}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await answer.json()) as { ok: boolean; description: string };
    };
    const chat_id = stand.robin.id;
    expect((await call('sendMessage', { chat_id, text: 'x', reply_to: 3 })).description).toMatch(/wrong parameter/);
    expect((await call('sendMessage', { text: 'x' })).description).toBe('Bad Request: chat_id is empty');
    expect((await call('sendMessage', { chat_id })).description).toBe('Bad Request: message text is empty');
    expect((await call('sendMessage', { chat_id, text: 7 })).ok).toBe(false);
    // Names of methods are read whatever their case, and forms are taken too.
    expect((await call('SENDMESSAGE', { chat_id, text: 'x' })).ok).toBe(true);
    const form = await fetch(`${stand.telegram.url}/bot${stand.bot.token}/sendMessage`, {
      method: 'POST',
      body: new URLSearchParams({ chat_id: String(chat_id), text: 'x', reply_markup: JSON.stringify(keyboard('1')) }),
    });
    expect(await form.json()).toMatchObject({ ok: true, result: { reply_markup: keyboard('1') } });
  });
});

describe('buttons', () => {
  test('a tap comes as a callback, is answered once, and only for a while', async () => {
    await stand.setWebhook();
    await stand.update(1);
    const asked = await send('Merge it?', { reply_markup: keyboard('choice:1') });
    const id = stand.robin.tap(asked.message_id, 'Yes');
    expect(await stand.update(2)).toMatchObject({
      callback_query: { id, data: 'choice:1', from: { id: stand.robin.id }, message: { message_id: asked.message_id } },
    });
    await stand.bot.api.answerCallbackQuery(id, { text: '✓ Yes' });
    expect(stand.telegram.answerOf(id)).toEqual({ text: '✓ Yes', isAlert: false });
    const old = bad('query is too old and response timeout expired or query ID is invalid');
    expect(await refusal(stand.bot.api.answerCallbackQuery(id))).toMatchObject(old);
    const late = stand.robin.tap(asked.message_id, { data: 'choice:1' });
    now += 61_000;
    expect(await refusal(stand.bot.api.answerCallbackQuery(late))).toMatchObject(old);
    expect(() => stand.robin.tap(asked.message_id, 'No')).toThrow('no such button');
  });

  test('below a message that is too old a tap names it alone; a reaction comes to who asks for it', async () => {
    await stand.setWebhook();
    const asked = await send('Sure?', { reply_markup: keyboard('1') });
    stand.robin.react(asked.message_id, '👍');
    stand.robin.tap(asked.message_id, 'Yes', true);
    await expect.poll(() => stand.updates.at(-1)?.callback_query).toMatchObject({ data: '1', message: { date: 0 } });
    expect(stand.updates.at(-1)?.callback_query?.message).not.toHaveProperty('text');
    expect(stand.updates.filter((update) => update.message_reaction)).toEqual([]);
  });

  test('callback data is 1 to 64 bytes', async () => {
    await send('x', { reply_markup: keyboard('é'.repeat(32)) });
    for (const data of ['', 'x'.repeat(65), 'é'.repeat(33)])
      expect(await refusal(send('x', { reply_markup: keyboard(data) }))).toMatchObject(bad('BUTTON_DATA_INVALID'));
    const odd = { inline_keyboard: [[{ text: 'x' } as never]] };
    expect((await refusal(send('x', { reply_markup: odd }))).description).toContain(
      "can't parse inline keyboard button",
    );
  });
});

describe('edits', () => {
  test('an edit that changes nothing is refused; one without reply_markup takes the buttons away', async () => {
    const { message_id: id } = await send('Working…', { reply_markup: keyboard('stop') });
    const edit = (text: string) => stand.bot.api.editMessageText(stand.robin.id, id, text);
    now += 2_000;
    expect(await edit('Working… 2 of 3')).toMatchObject({ text: 'Working… 2 of 3', edit_date: now / 1000 });
    expect(last().keyboard).toBeNull();
    expect((await refusal(edit('Working… 2 of 3'))).description).toMatch(/^Bad Request: message is not modified/);
    const markup = (reply_markup?: ReturnType<typeof keyboard>) =>
      stand.bot.api.editMessageReplyMarkup(stand.robin.id, id, reply_markup ? { reply_markup } : {});
    expect((await refusal(markup())).description).toMatch(/^Bad Request: message is not modified/);
    await markup(keyboard('again'));
    expect(last()).toMatchObject({ text: 'Working… 2 of 3', keyboard: keyboard('again') });
  });

  test('the person’s own messages and those that are gone can’t be edited', async () => {
    const theirs = stand.robin.text('mine');
    const edit = (id: number) => stand.bot.api.editMessageText(stand.robin.id, id, 'other');
    expect(await refusal(edit(theirs.id))).toMatchObject(bad("message can't be edited"));
    const { message_id: id } = await send('short');
    await stand.bot.api.deleteMessage(stand.robin.id, id);
    expect(await refusal(edit(id))).toMatchObject(bad('message to edit not found'));
    expect(await refusal(stand.bot.api.deleteMessage(stand.robin.id, id))).toMatchObject(
      bad('message to delete not found'),
    );
  });
});

describe('drafts and typing', () => {
  const draft = (draft_id: number, text: string, other = {}) =>
    stand.bot.api.sendMessageDraft(stand.robin.id, draft_id, text, other);

  test('a draft is shown for half a minute, or until the answer', async () => {
    await draft(7, 'Reading the code');
    expect(stand.robin.chat().draft).toBe('Reading the code');
    await draft(7, '');
    expect(stand.robin.chat().draft).toBe('');
    now += 30_000;
    expect(stand.robin.chat().draft).toBeNull();
    await draft(7, 'Writing');
    await send('Done');
    expect(stand.robin.chat()).toMatchObject({ draft: null, action: null });
    expect(await refusal(draft(0, 'x'))).toMatchObject({ code: 400 });
    expect(await refusal(draft(1, 'x'.repeat(4097)))).toMatchObject(bad('message is too long'));
  });

  test('the stop button of a draft comes as an update of its own', async () => {
    await stand.setWebhook();
    await stand.update(1);
    await draft(9, 'Working');
    expect(stand.robin.stopDraft()).toBe(false);
    await draft(9, 'Working', { can_stop: true });
    expect(stand.robin.stopDraft()).toBe(true);
    expect(await stand.update(2)).toMatchObject({
      stopped_message_generation: { chat: { id: stand.robin.id }, draft_id: 9 },
    });
  });

  test('typing is shown for five seconds; groups have no drafts', async () => {
    await stand.bot.api.sendChatAction(stand.robin.id, 'typing');
    expect(stand.robin.chat().action).toBe('typing');
    now += 5_000;
    expect(stand.robin.chat().action).toBeNull();
    const group = stand.robin.createGroup('Team');
    group.addBot(stand.robin);
    expect(await refusal(stand.bot.api.sendMessageDraft(group.id, 1, 'x'))).toMatchObject(
      bad('TEXTDRAFT_PEER_INVALID'),
    );
  });
});

test('who can’t be written to', async () => {
  expect(await refusal(stand.bot.api.sendMessage(12345, 'x'))).toMatchObject(bad('chat not found'));
  const kim = stand.telegram.person({ id: 99_000_002 });
  expect(await refusal(stand.bot.api.sendMessage(kim.id, 'x'))).toMatchObject({
    code: 403,
    description: "Forbidden: bot can't initiate conversation with a user",
  });
  stand.robin.block();
  expect(await refusal(send('x'))).toMatchObject({
    code: 403,
    description: 'Forbidden: bot was blocked by the user',
  });
  stand.robin.unblock();
  await send('x');
  stand.telegram.revokeToken();
  expect(await refusal(send('x'))).toMatchObject({ code: 401, description: 'Unauthorized' });
});

test('commands are set by scope and language; a person sees the nearest list', async () => {
  const set = (command: string, other = {}) =>
    stand.bot.api.setMyCommands([{ command, description: 'Does it' }], other);
  const seen = () => stand.robin.chat().commands.map(({ command }) => command);
  await set('help');
  expect(seen()).toEqual(['help']);
  await set('hilfe', { language_code: 'de' });
  expect(seen()).toEqual(['help']);
  await set('users', { scope: { type: 'chat', chat_id: stand.robin.id } });
  expect(seen()).toEqual(['users']);
  await stand.bot.api.deleteMyCommands({ scope: { type: 'chat', chat_id: stand.robin.id } });
  expect(seen()).toEqual(['help']);
  expect(await refusal(set('Help'))).toMatchObject(bad('BOT_COMMAND_INVALID'));
});
