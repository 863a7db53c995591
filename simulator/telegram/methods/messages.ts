import * as z from 'zod';
import { flag, integer } from '../parameters.ts';
import { Refusal } from '../refusals.ts';
import { entitiesSchema, linkPreview, prepare, readWords, sendingShape, threadOf } from '../sending.ts';
import { BLUE, beginTopic, COLORS } from '../topics.ts';
import { botUser, messageView } from '../views.ts';
import { ACTION_MS, DRAFT_MS, openChat } from '../world.ts';
import { done, type Method, method } from './method.ts';

// Texts, drafts and "typing…", and topics to put them in.

export const LONGEST_TEXT = 4096;
const ACTIONS = [
  'typing',
  'upload_photo',
  'record_video',
  'upload_video',
  'record_voice',
  'upload_voice',
  'upload_document',
  'choose_sticker',
  'find_location',
  'record_video_note',
  'upload_video_note',
] as const;

export const messageMethods: Record<string, Method> = {
  sendMessage: method(
    {
      ...sendingShape,
      text: z.string(),
      parse_mode: z.string().optional(),
      entities: entitiesSchema.optional(),
      link_preview_options: linkPreview,
    },
    (world, params) => {
      const { chat, place } = prepare(world, params);
      const { text, parse_mode: parseMode, entities } = params;
      const words = readWords({ text, parseMode, entities }, LONGEST_TEXT);
      if (words.text === '') throw new Refusal('noText');
      return { result: messageView(chat, place(words)) };
    },
  ),
  sendMessageDraft: method(
    {
      chat_id: integer,
      message_thread_id: integer.optional(),
      draft_id: integer,
      text: z.string().default(''),
      parse_mode: z.string().optional(),
      entities: entitiesSchema.optional(),
      can_stop: flag.default(false),
      keep_on_stop: flag.optional(),
    },
    (world, params) => {
      const chat = openChat(world, params.chat_id);
      if (chat.chat.type !== 'private') throw new Refusal('draftChat');
      if (params.draft_id === 0) throw new Refusal('draftId');
      const threadId = threadOf(chat, params.message_thread_id);
      const { text, parse_mode: parseMode, entities } = params;
      const words = readWords({ text, parseMode, entities }, LONGEST_TEXT);
      const until = world.now() + DRAFT_MS;
      chat.draft = { id: params.draft_id, ...words, canStop: params.can_stop, until, threadId };
      world.emit({ type: 'draft', chatId: chat.chat.id, draft: chat.draft, threadId });
      return done;
    },
  ),
  sendChatAction: method(
    { chat_id: sendingShape.chat_id, message_thread_id: integer.optional(), action: z.enum(ACTIONS) },
    (world, { chat_id: id, message_thread_id: thread, action }) => {
      const chat = openChat(world, id);
      chat.action = { action, until: world.now() + ACTION_MS, threadId: threadOf(chat, thread) };
      world.emit({ type: 'action', chatId: chat.chat.id, ...chat.action });
      return done;
    },
  ),
  createForumTopic: method(
    {
      chat_id: sendingShape.chat_id,
      name: z.string(),
      icon_color: integer.refine((color) => COLORS.includes(color), 'not one of the six colours').optional(),
    },
    (world, { chat_id: id, name, icon_color: color = BLUE }) => {
      const { id: threadId } = beginTopic(world, openChat(world, id), botUser(world.bot), { name, color });
      return { result: { message_thread_id: threadId, name, icon_color: color } };
    },
  ),
};
