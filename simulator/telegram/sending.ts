import type { MessageEntity, TextQuote } from '@grammyjs/types';
import * as z from 'zod';
import { checkEntities, type FormattedText, trimmed, withFound } from './entities.ts';
import { parseHtml } from './html.ts';
import { checkKeyboard, keyboardSchema } from './keyboard.ts';
import { flag, integer, json } from './parameters.ts';
import type { StoredChat, StoredMessage } from './records.ts';
import { Refusal } from './refusals.ts';
import { botUser } from './views.ts';
import { blankMessage, openChat, type World } from './world.ts';

// The parts that sending methods share: words with their entities, the message that is replied to, buttons, and the
// place in the chat.

const LONGEST_QUOTE = 1024;

export const chatId = z.union([integer, z.string().min(1)]);
export const entitiesSchema = json(
  z.array(
    z.strictObject({
      type: z.string(),
      offset: integer,
      length: integer,
      url: z.string().optional(),
      language: z.string().optional(),
    }),
  ),
);
export const markup = json(keyboardSchema);

const reply = json(
  z.strictObject({
    message_id: integer,
    allow_sending_without_reply: flag.default(false),
    quote: z.string().min(1).max(LONGEST_QUOTE).optional(),
    quote_position: integer.optional(),
  }),
);

/** Of every method that sends a message. */
export const sendingShape = {
  chat_id: chatId,
  message_thread_id: integer.optional(),
  disable_notification: flag.optional(),
  protect_content: flag.optional(),
  reply_parameters: reply.optional(),
  reply_markup: markup.optional(),
};

export const linkPreview = json(
  z.strictObject({
    is_disabled: flag.optional(),
    url: z.string().optional(),
    prefer_small_media: flag.optional(),
    prefer_large_media: flag.optional(),
    show_above_text: flag.optional(),
  }),
).optional();

type Words = {
  text: string;
  parseMode?: string | undefined;
  entities?: z.output<typeof entitiesSchema> | undefined;
};

/** The text with its entities. `longest` is in UTF-16 units, which is the strictest reading of Telegram's limit. */
export function readWords({ text, parseMode, entities }: Words, longest: number, isCaption = false): FormattedText {
  if (parseMode !== undefined && parseMode !== '' && parseMode.toLowerCase() !== 'html') throw new Refusal('parseMode');
  const isHtml = parseMode?.toLowerCase() === 'html';
  const parsed = isHtml ? parseHtml(text) : { text, entities: (entities ?? []) as MessageEntity[] };
  const kept = trimmed({ text: parsed.text, entities: checkEntities(parsed.text, parsed.entities) });
  if (kept.text.length > longest) throw new Refusal(isCaption ? 'longCaption' : 'longText');
  return withFound(kept);
}

function repliedTo(
  chat: StoredChat,
  params: z.output<typeof reply> | undefined,
): { replyTo: number | null; quote: TextQuote | null } {
  if (!params) return { replyTo: null, quote: null };
  const message = chat.messages.get(params.message_id);
  if (!message) {
    if (params.allow_sending_without_reply) return { replyTo: null, quote: null };
    throw new Refusal('reply');
  }
  if (params.quote === undefined) return { replyTo: message.id, quote: null };
  const position = message.text.indexOf(params.quote, params.quote_position ?? 0);
  if (position === -1) throw new Refusal('quote');
  return { replyTo: message.id, quote: { text: params.quote, position, is_manual: true } };
}

/** The topic of a call; null: outside topics. */
export function threadOf(chat: StoredChat, threadId: number | undefined): number | null {
  if (threadId === undefined) return null;
  if (!chat.topics.has(threadId)) throw new Refusal('thread');
  return threadId;
}

type Params = {
  chat_id: number | string;
  message_thread_id?: number | undefined;
  disable_notification?: boolean | undefined;
  reply_parameters?: z.output<typeof reply> | undefined;
  reply_markup?: z.output<typeof keyboardSchema> | undefined;
};

/** Everything of the message except its content; refuses before the content is looked at, as Telegram does. */
export function prepare(world: World, params: Params): { chat: StoredChat; place(content: Content): StoredMessage } {
  const chat = openChat(world, params.chat_id);
  const threadId = threadOf(chat, params.message_thread_id);
  const replied = repliedTo(chat, params.reply_parameters);
  const keyboard = params.reply_markup ? checkKeyboard(params.reply_markup) : null;
  return {
    chat,
    place(content) {
      const message: StoredMessage = {
        ...blankMessage(world, chat.chat.id, botUser(world.bot)),
        ...replied,
        threadId,
        keyboard,
        isSilent: params.disable_notification ?? false,
        ...content,
      };
      // A message replaces the draft of its topic, and ends "typing…" there.
      if (chat.action?.threadId === threadId) chat.action = null;
      if (chat.draft?.threadId === threadId) {
        world.emit({ type: 'draft', chatId: chat.chat.id, draft: null, threadId });
        chat.draft = null;
      }
      world.put(message, 'message');
      return message;
    },
  };
}

type Content = Partial<Pick<StoredMessage, 'text' | 'entities' | 'file'>>;
