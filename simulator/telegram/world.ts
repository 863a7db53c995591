import { randomBytes } from 'node:crypto';
import type { User } from '@grammyjs/types';
import { type Background, createBackground } from '../twilio/background.ts';
import type { Traffic } from '../twilio/carrier-types.ts';
import { createTrafficLog, type TrafficLog } from '../twilio/traffic.ts';
import { createTelegramFaults, type TelegramFaults } from './faults.ts';
import { KEEPS_NO_CHATS, type KeptChats } from './kept-chats.ts';
import type {
  BotAccount,
  Callback,
  FileKind,
  StoredChat,
  StoredFile,
  StoredMessage,
  TelegramEvent,
} from './records.ts';
import { Refusal } from './refusals.ts';
import { createUpdates, type Updates } from './updates.ts';
import { uniqueIdOf } from './views.ts';

// The state of the stand-in: one bot, its chats, messages and files. In memory; kept-chats.ts has the part that
// survives a restart.

export type TelegramOptions = {
  /** `<bot id>:<secret>`, as BotFather gives it. */
  token: string;
  username?: string;
  name?: string;
  hasTopics?: boolean;
  now?: () => number;
  /** The id of the first update; random by default. */
  firstUpdateId?: number;
  /** Ids of messages begin above it. A product that outlives the stand-in must not meet an id again. */
  lastMessageId?: number;
  pace?: Partial<TelegramPace>;
  kept?: KeptChats;
};

export type TelegramPace = {
  /** The wait after a webhook's first failure; doubled each time, up to 64 times as long. */
  webhookRetryMs: number;
  /** The time in which a webhook has to answer. */
  webhookAnswerMs: number;
  /** The time in which a tap can be answered. Assumed: reports say between ten seconds and some minutes. */
  callbackMs: number;
};
const PACE: TelegramPace = { webhookRetryMs: 1000, webhookAnswerMs: 60_000, callbackMs: 60_000 };

export const DRAFT_MS = 30_000;
export const ACTION_MS = 5_000;

export type World = {
  readonly bot: BotAccount;
  readonly pace: TelegramPace;
  readonly chats: Map<number, StoredChat>;
  readonly files: Map<string, StoredFile>;
  readonly callbacks: Map<string, Callback>;
  /** The lists of commands by scope and language, as JSON. */
  readonly commands: Map<string, { command: string; description: string }[]>;
  readonly webhook: Webhook;
  readonly updates: Updates;
  readonly faults: TelegramFaults;
  readonly background: Background;
  readonly traffic: TrafficLog;
  now(): number;
  newMessageId(): number;
  addFile(file: {
    kind: FileKind;
    name: string | null;
    mimeType: string;
    bytes: Uint8Array;
    duration?: number;
  }): StoredFile;
  put(message: StoredMessage, told: 'message' | 'edit'): void;
  emit(event: TelegramEvent): void;
  subscribe(listener: (event: TelegramEvent) => void): () => void;
  subscribeToTraffic(listener: (traffic: Traffic) => void): () => void;
};

/** As set by setWebhook, and what became of the deliveries. */
export type Webhook = {
  url: string;
  secret: string | null;
  maxConnections: number;
  lastError: { at: number; message: string } | null;
};

export function createWorld(options: TelegramOptions): World {
  const id = Number(/^([1-9]\d{4,15}):[\w-]{8,}$/.exec(options.token)?.[1]);
  if (!id) throw new Error('A bot’s token looks like 4815162342:AAE_secret-part.');
  const now = options.now ?? Date.now;
  const kept = options.kept ?? KEEPS_NO_CHATS;
  const chats = new Map(kept.chats().map((chat) => [chat.chat.id, chat]));
  const sent = [...chats.values()].flatMap(({ messages }) => [...messages.values()]);
  const files = new Map(sent.flatMap(({ file }) => (file === null ? [] : [[file.id, file] as const])));
  const listeners = new Set<(event: TelegramEvent) => void>();
  const watchers = new Set<(traffic: Traffic) => void>();
  let lastMessageId = sent.reduce((last, { id: one }) => Math.max(last, one), options.lastMessageId ?? 0);
  const emit = (event: TelegramEvent): void => {
    const chatId = chatIdOf(event);
    if (chatId !== null) kept.keep(event, chats.get(chatId));
    for (const listener of listeners) listener(event);
  };
  return {
    bot: {
      id,
      token: options.token,
      username: options.username ?? 'roost_bot',
      name: options.name ?? 'Roost',
      hasTopics: options.hasTopics ?? false,
      isRevoked: false,
    },
    pace: { ...PACE, ...options.pace },
    chats,
    files,
    callbacks: new Map(),
    commands: new Map(),
    webhook: { url: '', secret: null, maxConnections: 40, lastError: null },
    updates: createUpdates(now, options.firstUpdateId),
    faults: createTelegramFaults(),
    background: createBackground(),
    traffic: createTrafficLog(now, (event) => {
      if (event.type === 'traffic') for (const watcher of watchers) watcher(event.traffic);
    }),
    now,
    newMessageId() {
      lastMessageId += 1;
      return lastMessageId;
    },
    addFile({ duration = 0, name, ...file }) {
      const added = {
        ...file,
        // Photos and voice notes have none.
        name: file.kind === 'photo' || file.kind === 'voice' ? null : name,
        duration,
        id: `Ag${randomBytes(30).toString('base64url')}`,
        uniqueId: uniqueIdOf(file.bytes),
      };
      files.set(added.id, added);
      return added;
    },
    put(message, told) {
      chats.get(message.chatId)?.messages.set(message.id, message);
      emit({ type: told, message });
    },
    emit,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    subscribeToTraffic(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** Null for the answer to a tap, which is not about the chat. */
function chatIdOf(event: TelegramEvent): number | null {
  if ('message' in event) return event.message.chatId;
  return 'chatId' in event ? event.chatId : null;
}

export const emptyChat = (chat: StoredChat['chat'], isOpen: boolean): StoredChat => ({
  chat,
  isOpen,
  isBlocked: false,
  forbidsVoice: false,
  messages: new Map(),
  topics: new Map(),
  draft: null,
  action: null,
});

/** A message without anything in it, for its maker to fill. */
export const blankMessage = (world: World, chatId: number, from: User): StoredMessage => ({
  chatId,
  id: world.newMessageId(),
  from,
  isOurs: from.id === world.bot.id,
  at: world.now(),
  editedAt: null,
  text: '',
  entities: [],
  file: null,
  place: null,
  keyboard: null,
  replyTo: null,
  quote: null,
  threadId: null,
  isForwarded: false,
  isSilent: false,
  joined: [],
  left: null,
  topicMade: null,
  topicRenamed: null,
});

/** The chat in which the bot may write now. Throws a Refusal as Telegram refuses. */
export function openChat(world: World, chatId: number | string): StoredChat {
  const chat = world.chats.get(Number(chatId));
  if (!chat) throw new Refusal('noChat');
  if (chat.chat.type === 'group' && !chat.isOpen) throw new Refusal('kicked');
  if (chat.isBlocked) throw new Refusal('blocked');
  if (!chat.isOpen) throw new Refusal('notStarted');
  return chat;
}
