import type { Chat, InlineKeyboardMarkup, MessageEntity, TextQuote, User } from '@grammyjs/types';

// The records of the stand-in: the bot, people, chats, messages and files. Types only. Times are milliseconds since
// 1970.

export type BotAccount = {
  id: number;
  token: string;
  username: string;
  name: string;
  /** Private chats have topics. */
  hasTopics: boolean;
  isRevoked: boolean;
};

export type FileKind = 'document' | 'photo' | 'video' | 'voice' | 'audio';

export type StoredFile = {
  id: string;
  uniqueId: string;
  kind: FileKind;
  name: string | null;
  mimeType: string;
  bytes: Uint8Array;
  /** Seconds, of what plays. */
  duration: number;
};

/** A message of either side. Replaced as a whole, never changed in place. */
export type StoredMessage = {
  chatId: number;
  id: number;
  from: User;
  isOurs: boolean;
  at: number;
  editedAt: number | null;
  /** The text, or the caption of the file. */
  text: string;
  entities: readonly MessageEntity[];
  file: StoredFile | null;
  place: { latitude: number; longitude: number } | null;
  keyboard: InlineKeyboardMarkup | null;
  replyTo: number | null;
  quote: TextQuote | null;
  threadId: number | null;
  /** Written by somebody who hides their account. */
  isForwarded: boolean;
  isSilent: boolean;
  /** A service message: somebody joined or left the group. */
  joined: readonly User[];
  left: User | null;
  /** A service message: a topic begins with it, and has its id. */
  topicMade: { name: string; color: number } | null;
  /** A service message: its topic has this name from now on. */
  topicRenamed: string | null;
};

export type Draft = {
  id: number;
  text: string;
  entities: readonly MessageEntity[];
  canStop: boolean;
  until: number;
} & InTopic;
/** Null: outside topics. */
export type InTopic = { threadId: number | null };

export type StoredChat = {
  chat: Chat.PrivateChat | Chat.GroupChat;
  /** Private: the person pressed Start. Group: the bot is a member. */
  isOpen: boolean;
  /** Private: the person blocked the bot. */
  isBlocked: boolean;
  /** Private: the person's settings forbid voice messages. */
  forbidsVoice: boolean;
  messages: Map<number, StoredMessage>;
  /** Their names, by id. */
  topics: Map<number, string>;
  draft: Draft | null;
  action: ({ action: string; until: number } & InTopic) | null;
};

export type Callback = { id: string; chatId: number; at: number; answer: { text: string; isAlert: boolean } | null };

/** Told to the phone page and to tests. */
export type TelegramEvent =
  | { type: 'message'; message: StoredMessage }
  | { type: 'edit'; message: StoredMessage }
  | { type: 'delete'; message: StoredMessage }
  | { type: 'block'; chatId: number; isBlocked: boolean }
  | ({ type: 'draft'; chatId: number; draft: Draft | null } & InTopic)
  | ({ type: 'action'; chatId: number; action: string; until: number } & InTopic)
  | { type: 'answer'; callback: Callback };
