import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputFile } from 'grammy';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Happening, UPDATES } from '../fixtures/contracts/telegram/updates.ts';
import { openTelegram, pngOf, SECRET, type TelegramStand } from './telegram-stand.ts';

// What the stand-in sends and answers, held against the Bot API's published types by the compiler: as literals, so that
// missing, unknown and wrong fields are errors.

const KINDS = [
  'message',
  'edited_message',
  'callback_query',
  'stopped_message_generation',
  'my_chat_member',
  'message_reaction',
] as const;
const CACHE = join(import.meta.dirname, '../../node_modules/.cache');
let stand: TelegramStand;
let folder: string;
beforeEach(async () => {
  mkdirSync(CACHE, { recursive: true });
  folder = mkdtempSync(join(CACHE, 'telegram-payloads-'));
  stand = await openTelegram({ hasTopics: true, firstUpdateId: 10_000 });
});
afterEach(async () => {
  await stand.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the compiler says of these values. */
function compile(values: readonly { type: string; value: unknown }[]): Promise<string> {
  // The types say that a message inside another has this field as undefined; JSON leaves such a field out.
  const literal = (value: unknown): string =>
    JSON.stringify(value).replaceAll('"reply_to_message":{', '"reply_to_message":{"reply_to_message":undefined,');
  const lines = values.map(({ type, value }, n) => `export const v${n}: ${type} = ${literal(value)};`);
  const head = `import type { Update, Message, UserFromGetMe, WebhookInfo, File, ForumTopic, ApiError } from '@grammyjs/types';`;
  writeFileSync(join(folder, 'payloads.ts'), [head, ...lines].join('\n'));
  const compilerOptions = { strict: true, noEmit: true, skipLibCheck: true, module: 'esnext', types: [] };
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, moduleResolution: 'bundler' }, files: ['payloads.ts'] }),
  );
  const tsc = join(import.meta.dirname, '../../node_modules/.bin/tsc');
  return new Promise((resolve) => {
    execFile(tsc, ['-p', folder, '--pretty', 'false'], (_error, out, said) => resolve(out + said));
  });
}

const call = async (method: string, body: object): Promise<unknown> => {
  const answer = await fetch(`${stand.telegram.url}/bot${stand.bot.token}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return answer.json();
};

test('every update and every answer is of the published types', async () => {
  const { robin, bot } = stand;
  await stand.setWebhook();
  await bot.api.setWebhook(stand.webhookUrl, { secret_token: SECRET, allowed_updates: [...KINDS] });
  const first = robin.start('CODE');
  const text = robin.text('see https://example.com', { replyTo: first.id, quote: 'CODE' });
  robin.edit(text.id, 'see /help');
  const bytes = new Uint8Array(10);
  for (const kind of ['photo', 'voice', 'video', 'document', 'audio'] as const)
    robin.sendFile({ kind, bytes, mimeType: 'application/octet-stream', name: 'a.bin' }, 'caption');
  robin.sendPlace(52.5, 13.4);
  const keyboard = {
    inline_keyboard: [
      [
        { text: 'Yes', callback_data: '1' },
        { text: 'Page', url: 'https://example.com' },
      ],
    ],
  };
  const asked = await bot.api.sendMessage(robin.id, '<b>Sure?</b>', { parse_mode: 'HTML', reply_markup: keyboard });
  robin.tap(asked.message_id, 'Yes');
  robin.tap(asked.message_id, 'Yes', true);
  robin.react(asked.message_id, '👍');
  const { id: threadId } = robin.makeTopic('garden');
  robin.text('in it', { threadId });
  robin.renameTopic(threadId, 'orchard');
  robin.text('as Kim said', { isForwarded: true });
  await bot.api.sendMessageDraft(robin.id, 3, 'Working', { can_stop: true });
  robin.stopDraft();
  robin.block();
  robin.unblock();
  const group = robin.createGroup('Team');
  group.addBot(robin);
  group.removeBot(robin);
  await stand.update(22);
  const file = new InputFile(bytes, 'a.bin');
  const topic = await bot.api.createForumTopic(robin.id, 'shop');
  const messages = [
    asked,
    await bot.api.sendMessage(robin.id, 'In it', { message_thread_id: topic.message_thread_id }),
    await bot.api.sendPhoto(robin.id, new InputFile(pngOf(4, 3), 'a.png')),
    await bot.api.sendVoice(robin.id, file),
    await bot.api.sendVideo(robin.id, file),
    await bot.api.sendDocument(robin.id, file, { reply_parameters: { message_id: text.id } }),
    await bot.api.editMessageText(robin.id, asked.message_id, 'Sure!'),
  ];
  const document = messages[5] as { document: { file_id: string } };
  const problems = await compile([
    ...stand.updates.map((value) => ({ type: 'Update', value })),
    ...messages.map((value) => ({ type: 'Message', value })),
    { type: 'UserFromGetMe', value: await bot.api.getMe() },
    { type: 'WebhookInfo', value: await bot.api.getWebhookInfo() },
    { type: 'ForumTopic', value: topic },
    { type: 'File', value: await bot.api.getFile(document.document.file_id) },
    { type: 'ApiError', value: await call('sendMessage', { chat_id: 1, text: 'x' }) },
  ]);
  expect(problems).toBe('');
  expect(new Set(stand.updates.flatMap((update) => Object.keys(update).slice(1)))).toEqual(new Set<string>(KINDS));
});

test('the compiler finds a field that is missing and one that is not there', async () => {
  const user = { id: 1, is_bot: false, first_name: 'Robin' };
  const chat = { id: 1, type: 'private', first_name: 'Robin' };
  const message = { message_id: 1, date: 1, chat, from: user, text: 'x' };
  const wrong = await compile([
    { type: 'Update', value: { update_id: 1, message } },
    { type: 'Update', value: { update_id: 1, message: { ...message, words: 'x' } } },
    { type: 'Update', value: { message } },
  ]);
  expect(wrong.split('\n').filter((line) => /error TS/.test(line))).toEqual([
    expect.stringContaining('payloads.ts(3,'),
    expect.stringContaining('payloads.ts(4,'),
  ]);
});

/** Acts of people at the stand-in, by the published update that says the same. */
const DONE: Partial<Record<Happening, (stand: TelegramStand) => unknown>> = {
  start: ({ robin }) => robin.start(),
  text: ({ robin }) => robin.text('paint the gate'),
  forwardedHidden: ({ robin }) => robin.text('the gate squeaks', { isForwarded: true }),
  quote: ({ robin }) => robin.text('what?', { replyTo: robin.text('the gate').id, quote: 'gate' }),
  edited: ({ robin }) => robin.edit(robin.text('paint it').id, 'paint the fence'),
  photo: ({ robin }) => robin.sendFile(fileOf('photo', 'image/jpeg'), 'like this'),
  voice: ({ robin }) => robin.sendFile(fileOf('voice', 'audio/ogg')),
  document: ({ robin }) => robin.sendFile(fileOf('document', 'application/pdf')),
  location: ({ robin }) => robin.sendPlace(52.5, 13.4),
  tap: async ({ robin, bot }) => robin.tap((await ask(bot, robin.id)).message_id, 'Green'),
  tapOfOldMessage: async ({ robin, bot }) => robin.tap((await ask(bot, robin.id)).message_id, 'Green', true),
  reaction: async ({ robin, bot }) => robin.react((await ask(bot, robin.id)).message_id, '👍'),
  blocked: ({ robin }) => robin.block(),
  topicMade: ({ robin }) => robin.makeTopic('garden'),
  inTopic: ({ robin }) => robin.text('water the roses', { threadId: robin.makeTopic('garden').id }),
  topicRenamed: ({ robin }) => robin.renameTopic(robin.makeTopic('garden').id, 'orchard'),
  stopped: async ({ robin, bot }) => {
    await bot.api.sendMessageDraft(robin.id, 3, 'Working', { can_stop: true });
    robin.stopDraft();
  },
  addedToGroup: ({ robin }) => robin.createGroup('Team').addBot(robin),
};
const fileOf = (kind: 'photo' | 'voice' | 'document', mimeType: string) => ({
  kind,
  mimeType,
  bytes: new Uint8Array(10),
  name: 'a.bin',
});
const ask = (bot: TelegramStand['bot'], to: number) =>
  bot.api.sendMessage(to, 'Which?', {
    reply_markup: {
      inline_keyboard: [[{ text: 'Red', callback_data: '#0' }], [{ text: 'Green', callback_data: '#1' }]],
    },
  });

test.each(Object.entries(DONE))('“%s” has the fields of the published update', async (happening, does) => {
  const shapeOf = (value: unknown): unknown =>
    typeof value !== 'object' || value === null
      ? typeof value
      : Object.fromEntries(Object.entries(value).map(([name, one]) => [name, shapeOf(one)]));
  const { bot, updates, webhookUrl, telegram } = stand;
  const robin = telegram.person({ username: 'robin' });
  if (happening !== 'start') robin.start();
  await bot.api.setWebhook(webhookUrl, { secret_token: SECRET, allowed_updates: [...KINDS] });
  await does({ ...stand, robin });
  const published = UPDATES[happening as Happening] as object;
  const [, kind = ''] = Object.keys(published);
  await vi.waitFor(() =>
    expect(shapeOf(updates.findLast((update) => kind in update))).toMatchObject(shapeOf(published) as object),
  );
});
