import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import { checkKeyboard } from '../keyboard.ts';
import { flag, integer } from '../parameters.ts';
import type { StoredChat, StoredMessage } from '../records.ts';
import { Refusal } from '../refusals.ts';
import { chatId, entitiesSchema, linkPreview, markup, readWords } from '../sending.ts';
import { messageView } from '../views.ts';
import { openChat, type World } from '../world.ts';
import { LONGEST_TEXT } from './messages.ts';
import { done, type Method, method } from './method.ts';

// Methods on messages that were sent: edits, deletion, the answer to a tap.

const DELETABLE_MS = 48 * 60 * 60 * 1000;
const LONGEST_ANSWER = 200;
const place = { chat_id: chatId, message_id: integer };

/** The bot's own message. */
function findOurs(chat: StoredChat, id: number): StoredMessage {
  const message = chat.messages.get(id);
  if (!message) throw new Refusal('noEdit');
  if (!message.isOurs) throw new Refusal('cannotEdit');
  return message;
}

function edit(world: World, chat: StoredChat, before: StoredMessage, change: Partial<StoredMessage>) {
  const after = { ...before, ...change };
  const shown = ({ text, entities, keyboard }: StoredMessage) => ({ text, entities, keyboard });
  if (isDeepStrictEqual(shown(before), shown(after))) throw new Refusal('notModified');
  const edited = { ...after, editedAt: world.now() };
  world.put(edited, 'edit');
  return { result: messageView(chat, edited) };
}

export const editMethods: Record<string, Method> = {
  editMessageText: method(
    {
      ...place,
      text: z.string(),
      parse_mode: z.string().optional(),
      entities: entitiesSchema.optional(),
      link_preview_options: linkPreview,
      reply_markup: markup.optional(),
    },
    (world, params) => {
      const chat = openChat(world, params.chat_id);
      const message = findOurs(chat, params.message_id);
      if (message.file) throw new Refusal('cannotEdit');
      const { text, parse_mode: parseMode, entities } = params;
      const words = readWords({ text, parseMode, entities }, LONGEST_TEXT);
      if (words.text === '') throw new Refusal('noText');
      // Without reply_markup the buttons go.
      const keyboard = params.reply_markup ? checkKeyboard(params.reply_markup) : null;
      return edit(world, chat, message, { ...words, keyboard });
    },
  ),
  editMessageReplyMarkup: method({ ...place, reply_markup: markup.optional() }, (world, params) => {
    const chat = openChat(world, params.chat_id);
    const keyboard = params.reply_markup ? checkKeyboard(params.reply_markup) : null;
    return edit(world, chat, findOurs(chat, params.message_id), { keyboard });
  }),
  deleteMessage: method(place, (world, params) => {
    const chat = openChat(world, params.chat_id);
    const message = chat.messages.get(params.message_id);
    if (!message) throw new Refusal('noDelete');
    if (world.now() - message.at > DELETABLE_MS) throw new Refusal('cannotDelete');
    chat.messages.delete(message.id);
    world.emit({ type: 'delete', message });
    return done;
  }),
  answerCallbackQuery: method(
    {
      callback_query_id: z.string(),
      text: z.string().optional(),
      show_alert: flag.default(false),
      cache_time: integer.optional(),
    },
    (world, { callback_query_id: id, text = '', show_alert: isAlert }) => {
      const callback = world.callbacks.get(id);
      // Whether Telegram takes a second answer is not documented.
      if (!callback || callback.answer || world.now() - callback.at > world.pace.callbackMs)
        throw new Refusal('oldQuery');
      if (text.length > LONGEST_ANSWER) throw new Refusal('longAnswer');
      const answered = { ...callback, answer: { text, isAlert } };
      world.callbacks.set(id, answered);
      world.emit({ type: 'answer', callback: answered });
      return done;
    },
  ),
};
