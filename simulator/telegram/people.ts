import { randomBytes, randomInt } from 'node:crypto';
import type {
  CallbackQuery,
  Chat,
  ChatMemberUpdated,
  MessageEntity,
  ReactionTypeEmoji,
  TextQuote,
  User,
} from '@grammyjs/types';
import { trimmed, withFound } from './entities.ts';
import { commandsFor } from './methods/account.ts';
import type { FileKind, StoredChat, StoredMessage } from './records.ts';
import { BLUE, beginTopic, renameTopic } from './topics.ts';
import type { Happening } from './updates.ts';
import { botUser, messageView, seconds } from './views.ts';
import { blankMessage, emptyChat, type World } from './world.ts';

// The people: what they do on their phones, and what they see there.

/** Goes with a text or a file. */
export type With = {
  /** The id of the message it replies to. */
  replyTo?: number;
  /** A part of that message. */
  quote?: string;
  /** The topic of the chat in which it is written. */
  threadId?: number;
  isForwarded?: boolean;
  /** Formatting by the person. */
  entities?: MessageEntity[];
};
export type FileOfPerson = { kind: FileKind; bytes: Uint8Array; mimeType: string; name?: string; duration?: number };

export type Person = {
  readonly id: number;
  readonly user: User;
  /** Opens t.me/<bot>?start=CODE and presses Start. */
  start(code?: string): StoredMessage;
  text(text: string, more?: With): StoredMessage;
  edit(messageId: number, text: string): StoredMessage;
  /**
   * Taps the button of a message by its title, or by its data. Returns the id of the callback. `isOld`: the bot can no
   * longer see the message.
   */
  tap(messageId: number, button: string | { data: string }, isOld?: boolean): string;
  /** Sets the reaction to a message; null takes it away. */
  react(messageId: number, emoji: ReactionTypeEmoji['emoji'] | null): void;
  sendFile(file: FileOfPerson, caption?: string, more?: With): StoredMessage;
  sendPlace(latitude: number, longitude: number, more?: With): StoredMessage;
  /** Begins a topic of the chat. */
  makeTopic(name: string): StoredMessage;
  renameTopic(threadId: number, name: string): StoredMessage;
  /** Presses the stop button of the draft. False when no draft has one. */
  stopDraft(): boolean;
  /** Changes the setting of who may send voice messages. */
  forbidVoice(isForbidden: boolean): void;
  block(): void;
  /** Does nothing unless blocked. */
  unblock(): void;
  hasStarted(): boolean;
  /** The names of the chat's topics, by id. */
  topics(): ReadonlyMap<number, string>;
  deleteMessage(messageId: number): void;
  /** The chat with the bot, as the phone shows it. */
  chat(): ChatOnPhone;
  createGroup(title: string): Group;
};

/** The chat as the person sees it now. */
export type ChatOnPhone = {
  messages: StoredMessage[];
  /** The words of the draft, while it lasts; '' is shown as "Thinking…". */
  draft: string | null;
  /** "typing", while it lasts. */
  action: string | null;
  commands: { command: string; description: string }[];
};

export type Group = {
  readonly id: number;
  addBot(by: Person): void;
  removeBot(by: Person): void;
  /** The bot sees only commands, mentions of it and replies to it: privacy mode. */
  text(by: Person, text: string, more?: With): StoredMessage;
  chat(): Pick<ChatOnPhone, 'messages'>;
};

export type PersonOptions = {
  id?: number;
  firstName?: string;
  username?: string;
  languageCode?: string;
  /** They have pressed Start before. */
  hasStarted?: boolean;
};

export function createPerson(world: World, options: PersonOptions = {}): Person {
  const user: User = {
    id: options.id ?? randomInt(10_000_000, 7_000_000_000),
    is_bot: false,
    first_name: options.firstName ?? 'Robin',
    ...(options.username === undefined ? {} : { username: options.username }),
    language_code: options.languageCode ?? 'en',
  };
  const privateChat: Chat.PrivateChat = {
    id: user.id,
    type: 'private',
    first_name: user.first_name,
    ...(user.username === undefined ? {} : { username: user.username }),
  };
  const mine = world.chats.get(user.id) ?? emptyChat(privateChat, options.hasStarted ?? false);
  world.chats.set(user.id, mine);

  const told = (happening: Happening, chatId = user.id): void => {
    world.updates.add(chatId, happening);
  };

  function changeMember(isBlocked: boolean): void {
    if (mine.isBlocked === isBlocked) return;
    mine.isBlocked = isBlocked;
    world.emit({ type: 'block', chatId: user.id, isBlocked });
    told({ kind: 'my_chat_member', payload: memberChange(world, privateChat, user, isBlocked ? 'kicked' : 'member') });
  }

  /** A person who writes to a bot they blocked unblocks it first: the client asks for that. */
  function beginWriting(): void {
    if (mine.isBlocked) throw new Error('The bot is blocked: unblock it first.');
    if (!mine.isOpen) throw new Error('Press Start first.');
  }

  function say(content: Partial<StoredMessage>, more: With = {}): StoredMessage {
    beginWriting();
    if (more.threadId !== undefined && !mine.topics.has(more.threadId)) throw new Error('There is no such topic.');
    return post(world, mine, user, content, more);
  }

  function tellOfTopic(change: () => StoredMessage): StoredMessage {
    beginWriting();
    const message = change();
    told({ kind: 'message', payload: messageView(mine, message) });
    return message;
  }

  return {
    id: user.id,
    user,
    start(code) {
      changeMember(false);
      mine.isOpen = true;
      return say({ text: code === undefined ? '/start' : `/start ${code}` });
    },
    text: (text, more) => say({ text, entities: more?.entities ?? [] }, more),
    edit(messageId, text) {
      const before = mine.messages.get(messageId);
      if (!before || before.from.id !== user.id) throw new Error(`Message ${messageId} is not theirs.`);
      const after = { ...before, ...worded(text, []), editedAt: world.now() };
      world.put(after, 'edit');
      told({ kind: 'edited_message', payload: { ...messageView(mine, after), edit_date: seconds(world.now()) } });
      return after;
    },
    tap(messageId, button, isOld = false) {
      beginWriting();
      const tapped = tapOf(mine, user, messageId, button);
      const gone = { chat: privateChat, message_id: messageId, date: 0 } as const;
      const callback = isOld ? { ...tapped, message: gone } : tapped;
      world.callbacks.set(callback.id, { id: callback.id, chatId: user.id, at: world.now(), answer: null });
      told({ kind: 'callback_query', payload: callback });
      return callback.id;
    },
    react(messageId, emoji) {
      if (!mine.messages.has(messageId)) throw new Error(`There is no message ${messageId}.`);
      const new_reaction = emoji === null ? [] : [{ type: 'emoji' as const, emoji }];
      const about = { chat: privateChat, message_id: messageId, user, date: seconds(world.now()) };
      told({ kind: 'message_reaction', payload: { ...about, old_reaction: [], new_reaction } });
    },
    sendFile({ kind, name = null, ...rest }, caption = '', more = {}) {
      const file = world.addFile({ ...rest, kind, name });
      return say({ file, text: caption, entities: more.entities ?? [] }, more);
    },
    sendPlace: (latitude, longitude, more) => say({ place: { latitude, longitude } }, more),
    makeTopic: (name) => tellOfTopic(() => beginTopic(world, mine, user, { name, color: BLUE })),
    renameTopic: (threadId, name) => tellOfTopic(() => renameTopic(world, mine, user, { threadId, name })),
    stopDraft() {
      const draft = mine.draft;
      if (!draft?.canStop || draft.until <= world.now()) return false;
      mine.draft = null;
      const { threadId } = draft;
      world.emit({ type: 'draft', chatId: user.id, draft: null, threadId });
      const thread = threadId === null ? {} : { message_thread_id: threadId };
      told({ kind: 'stopped_message_generation', payload: { chat: privateChat, ...thread, draft_id: draft.id } });
      return true;
    },
    forbidVoice(isForbidden) {
      mine.forbidsVoice = isForbidden;
    },
    block: () => changeMember(true),
    hasStarted: () => mine.isOpen,
    topics: () => mine.topics,
    unblock: () => changeMember(false),
    deleteMessage(messageId) {
      const message = mine.messages.get(messageId);
      if (!message) return;
      mine.messages.delete(messageId);
      world.emit({ type: 'delete', message });
    },
    chat: () => ({
      messages: [...mine.messages.values()],
      draft: mine.draft && mine.draft.until > world.now() ? mine.draft.text : null,
      action: mine.action && mine.action.until > world.now() ? mine.action.action : null,
      commands: commandsFor(world, user.id, user.language_code),
    }),
    createGroup: (title) => createGroup(world, title),
  };
}

const worded = (text: string, entities: readonly MessageEntity[]) =>
  withFound(trimmed({ text, entities: [...entities] }));

function post(
  world: World,
  chat: StoredChat,
  from: User,
  content: Partial<StoredMessage>,
  more: With,
  isSeen = true,
): StoredMessage {
  const message: StoredMessage = {
    ...blankMessage(world, chat.chat.id, from),
    ...content,
    ...worded(content.text ?? '', content.entities ?? []),
    replyTo: more.replyTo ?? null,
    quote: quoteOf(chat, more),
    threadId: more.threadId ?? null,
    isForwarded: more.isForwarded ?? false,
  };
  world.put(message, 'message');
  if (isSeen) world.updates.add(chat.chat.id, { kind: 'message', payload: messageView(chat, message) });
  return message;
}

function quoteOf(chat: StoredChat, { replyTo, quote }: With): TextQuote | null {
  if (quote === undefined || replyTo === undefined) return null;
  const position = chat.messages.get(replyTo)?.text.indexOf(quote) ?? -1;
  if (position === -1) throw new Error('The quote is not a part of that message.');
  return { text: quote, position, is_manual: true };
}

function tapOf(chat: StoredChat, from: User, messageId: number, button: string | { data: string }): CallbackQuery {
  const message = chat.messages.get(messageId);
  const buttons = message?.keyboard?.inline_keyboard.flat() ?? [];
  const found = buttons.find((one) =>
    typeof button === 'string' ? one.text === button : 'callback_data' in one && one.callback_data === button.data,
  );
  if (!message || !found || !('callback_data' in found)) throw new Error(`Message ${messageId} has no such button.`);
  return {
    id: String(randomInt(1, 2 ** 47)),
    from,
    message: messageView(chat, message),
    chat_instance: randomBytes(8).readBigInt64BE().toString(),
    data: found.callback_data,
  };
}

function memberChange(
  world: World,
  chat: StoredChat['chat'],
  from: User,
  status: 'member' | 'left' | 'kicked',
): ChatMemberUpdated {
  const user = botUser(world.bot);
  const gone =
    chat.type === 'private' ? { status: 'kicked' as const, user, until_date: 0 } : { status: 'left' as const, user };
  const there = { status: 'member' as const, user };
  const [before, after] = status === 'member' ? [gone, there] : [there, gone];
  return { chat, from, date: seconds(world.now()), old_chat_member: before, new_chat_member: after };
}

function createGroup(world: World, title: string): Group {
  const chat: Chat.GroupChat = { id: -randomInt(1_000_000, 5_000_000_000), type: 'group', title };
  const stored = emptyChat(chat, false);
  world.chats.set(chat.id, stored);
  const bot = botUser(world.bot);
  const isForBot = (text: string, more: With): boolean =>
    text.startsWith('/') ||
    text.includes(`@${bot.username}`) ||
    (more.replyTo !== undefined && stored.messages.get(more.replyTo)?.isOurs === true);
  return {
    id: chat.id,
    addBot({ user }) {
      stored.isOpen = true;
      world.updates.add(chat.id, { kind: 'my_chat_member', payload: memberChange(world, chat, user, 'member') });
      post(world, stored, user, { joined: [bot] }, {});
    },
    removeBot({ user }) {
      stored.isOpen = false;
      world.updates.add(chat.id, { kind: 'my_chat_member', payload: memberChange(world, chat, user, 'left') });
    },
    text: (by, text, more = {}) =>
      post(
        world,
        stored,
        by.user,
        { text, entities: more.entities ?? [] },
        more,
        stored.isOpen && isForBot(text, more),
      ),
    chat: () => ({ messages: [...stored.messages.values()] }),
  };
}
