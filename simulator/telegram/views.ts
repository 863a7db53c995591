import { createHash } from 'node:crypto';
import type { Chat, Message, MessageEntity, PhotoSize, Update, User, UserFromGetMe } from '@grammyjs/types';
import { imageFacts } from '../model/image-facts.ts';
import type { BotAccount, StoredChat, StoredFile, StoredMessage } from './records.ts';

// The stand-in's records as the Bot API shows them. Pure.

export const seconds = (ms: number): number => Math.floor(ms / 1000);

export const botUser = (bot: BotAccount): User & { is_bot: true; username: string } => ({
  id: bot.id,
  is_bot: true,
  first_name: bot.name,
  username: bot.username,
});

export const botView = (bot: BotAccount): UserFromGetMe => ({
  ...botUser(bot),
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_guest_queries: false,
  supports_inline_queries: false,
  can_connect_to_business: false,
  has_main_web_app: false,
  has_topics_enabled: bot.hasTopics,
  allows_users_to_create_topics: bot.hasTopics,
  can_manage_bots: false,
  supports_join_request_queries: false,
});

export const uniqueIdOf = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('base64url').slice(0, 16);

/** The fields of a message for its file. A photo comes in two sizes, the larger one last. */
export function fileFields(file: StoredFile): Partial<Message> {
  const ids = { file_id: file.id, file_unique_id: file.uniqueId };
  const size = { file_size: file.bytes.byteLength };
  const named = { ...(file.name === null ? {} : { file_name: file.name }), mime_type: file.mimeType, ...size };
  switch (file.kind) {
    case 'photo': {
      // Another format, or no picture, as in tests.
      const { width, height } = imageFacts(file.bytes) ?? { width: 1280, height: 960 };
      const whole = { width, height };
      const half = { width: Math.ceil(whole.width / 2), height: Math.ceil(whole.height / 2) };
      const small: PhotoSize = {
        file_id: `${file.id}-s`,
        file_unique_id: `${file.uniqueId}s`,
        ...half,
        ...size,
      };
      return { photo: [small, { ...ids, ...whole, ...size }] };
    }
    case 'voice':
      return { voice: { ...ids, duration: file.duration, mime_type: file.mimeType, ...size } };
    case 'audio':
      return { audio: { ...ids, duration: file.duration, ...named } };
    case 'video':
      return { video: { ...ids, width: 640, height: 360, duration: file.duration, ...named } };
    default:
      return { document: { ...ids, ...named } };
  }
}

function contentFields(message: StoredMessage): Partial<Message> {
  const entities: MessageEntity[] = [...message.entities];
  if (message.joined.length > 0) return { new_chat_members: [...message.joined] };
  if (message.left) return { left_chat_member: message.left };
  if (message.topicMade) {
    const { name, color } = message.topicMade;
    return { forum_topic_created: { name, icon_color: color } };
  }
  if (message.topicRenamed !== null) return { forum_topic_edited: { name: message.topicRenamed } };
  if (message.place) return { location: message.place };
  if (!message.file) return { text: message.text, ...(entities.length > 0 ? { entities } : {}) };
  return {
    ...fileFields(message.file),
    ...(message.text === '' ? {} : { caption: message.text }),
    ...(message.text === '' || entities.length === 0 ? {} : { caption_entities: entities }),
  };
}

/** `isInner`: shown inside another message, where what it replies to is left out. */
export function messageView(chat: StoredChat, message: StoredMessage, isInner = false): Message & Update.NonChannel {
  // In a topic, a message that replies to nothing replies to the topic's beginning.
  const begins = message.topicMade ? null : message.threadId;
  const repliedTo = isInner ? undefined : chat.messages.get(message.replyTo ?? begins ?? 0);
  const view: Message = {
    message_id: message.id,
    ...(message.threadId === null ? {} : { message_thread_id: message.threadId, is_topic_message: true as const }),
    from: message.from,
    chat: chat.chat as Chat,
    date: seconds(message.at),
    ...(message.editedAt === null ? {} : { edit_date: seconds(message.editedAt) }),
    ...(message.isForwarded
      ? { forward_origin: { type: 'hidden_user', sender_user_name: 'Kim', date: seconds(message.at) } as const }
      : {}),
    ...(repliedTo ? { reply_to_message: messageView(chat, repliedTo, true) as never } : {}),
    ...(message.quote ? { quote: message.quote } : {}),
    ...contentFields(message),
    ...(message.keyboard ? { reply_markup: message.keyboard } : {}),
  };
  return view as Message & Update.NonChannel;
}
