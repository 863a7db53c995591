import type { Config } from '../../config/config.ts';
import { SEND_TIMEOUT_MS } from '../../conversation/policy/outbox.ts';
import { report } from '../../log.ts';
import { parseJson } from '../../parse-json.ts';
import { texts } from '../../texts/index.ts';
import { MINUTE } from '../../units.ts';
import type { Door, InboundMessage } from '../channel.ts';
import { addressOf, type Bot, botOf } from './account.ts';
import { callBot } from './api.ts';
import { callUnlessWaiting } from './bot-wait.ts';
import { messageAfter } from './buttons.ts';
import { mayGreetGroup } from './group-limit.ts';
import { readUpdate, type TelegramMessage, type Update } from './inbound.ts';
import { isSecret, SECRET_HEADER, UPDATE_BYTES_MAX } from './verify.ts';

// Telegram's webhook: verify, read the update, hand its message to the conversation, answer at once. Telegram repeats
// what isn't answered with 200, so an update that says nothing is answered with 200 as well.

/** A message this old was held up on its way: its writer is told. */
const LATE_MS = 5 * MINUTE;
/** An older message is not answered unasked, as on channels whose messages are found in a list. */
const MISSED_MS = 40 * MINUTE;

type Tap = Extract<Update, { kind: 'tap' }>;

export async function receive(request: Request, config: Config, door: Door): Promise<Response> {
  const bot = botOf(config);
  // The cheapest check comes first, so that strangers cost no work.
  if (bot === null || !isSecret(request.headers.get(SECRET_HEADER) ?? undefined, bot.secret)) {
    door.refuse({ level: 'warn', event: 'signature-refused', path: '/webhooks/telegram' });
    return new Response('The secret is missing or does not match.', { status: 403 });
  }
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) {
    return new Response('Send application/json.', { status: 415 });
  }
  const body = await door.read(UPDATE_BYTES_MAX);
  if (body === null)
    return new Response(`The request body is larger than ${UPDATE_BYTES_MAX} bytes, or came too slowly.`, {
      status: 413,
    });
  const update = readUpdate(parseJson(body), bot.id);
  if (update !== null) await take(bot, update, door, Date.now());
  return new Response(null, { status: 200 });
}

async function take(bot: Bot, update: Update, door: Door, now: number): Promise<void> {
  switch (update.kind) {
    case 'message':
      await door.message(arrivalOf(update.message, now));
      return;
    case 'tap':
      return showTap(bot, update, (await door.message(arrivalOf(update.message, now))) === 'kept');
    case 'group':
      if (!mayGreetGroup(update.chat, now)) return;
      report({ level: 'info', event: 'group-refused' });
      return tellGroup(bot, update.chat);
    case 'blocked':
      door.refuse({ level: 'info', event: update.isBlocked ? 'bot-blocked' : 'bot-unblocked' });
      return door.shut({
        address: update.from,
        sender: addressOf(bot.id),
        isShut: update.isBlocked,
        at: update.at ?? now,
      });
    case 'foreign':
      report({ level: 'warn', event: 'not-ours', reason: 'the update is of another bot, whose webhook leads here' });
      return door.reportForeign(addressOf(bot.id));
  }
}

/** Telegram keeps updates for a day while the relay is away. */
function arrivalOf({ writtenAt, ...message }: TelegramMessage, now: number): InboundMessage {
  const age = writtenAt === null || message.choice !== null ? 0 : now - writtenAt;
  if (writtenAt === null || age < LATE_MS) return { ...message, optOut: null, receivedAt: now, late: false };
  const missed = age >= MISSED_MS ? { missed: true } : {};
  return { ...message, optOut: null, receivedAt: writtenAt, late: true, ...missed };
}

/** Best effort. */
async function tellGroup(bot: Bot, chat: string): Promise<void> {
  const line = { chat_id: chat, text: texts.access.noGroups };
  await callUnlessWaiting(bot.id, chat, () => callBot(bot, 'sendMessage', line, SEND_TIMEOUT_MS));
}

/**
 * Ends the wait on the person's button and shows the choice. Best effort: the choice is kept already. The button is
 * answered even while Telegram asks the bot to wait, because the person sees it turning.
 */
async function showTap(bot: Bot, { query, title, tapped }: Tap, isKept: boolean): Promise<void> {
  const answer = callBot(bot, 'answerCallbackQuery', { callback_query_id: query }, SEND_TIMEOUT_MS);
  if (tapped === null || !isKept) return void (await answer);
  const { text, ...after } = messageAfter(title, tapped);
  const place = { chat_id: tapped.chat, message_id: tapped.message };
  const noPreview = { link_preview_options: { is_disabled: true } };
  const edit = callUnlessWaiting(bot.id, tapped.chat, () =>
    text === undefined
      ? callBot(bot, 'editMessageReplyMarkup', { ...place, ...after }, SEND_TIMEOUT_MS)
      : callBot(bot, 'editMessageText', { ...place, text, ...after, ...noPreview }, SEND_TIMEOUT_MS),
  );
  await Promise.all([answer, edit]);
}
