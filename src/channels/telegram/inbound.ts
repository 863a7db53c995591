import type { MessageEntity } from '@grammyjs/types';
import * as z from 'zod/mini';
import type { Change } from '../../conversation/state/rows.ts';
import type { WrittenIn } from '../../conversation/state/thread-rows.ts';
import { printCode, readCode } from '../../input/access-code.ts';
import { readName } from '../../input/person-name.ts';
import type { Unread } from '../../texts/inbound.ts';
import { addressOf, editIdOf, messageIdOf } from './account.ts';
import { isData } from './buttons.ts';
import { asWritten, ContentFields, readContent } from './content.ts';

// Turns one update of Telegram's Bot API into ours. An update is untrusted JSON: unknown fields are ignored, and an
// unknown update says nothing. Only private chats reach a conversation.

/** A message for its conversation. */
export type TelegramMessage = {
  /** `tg:<bot id>:<chat>:<message id>`, the same form as the id of a message of ours. */
  providerId: string;
  from: string;
  to: string;
  /** As the sender chose it on Telegram, cleaned. */
  name: string | null;
  text: string;
  attachments: number;
  files: { url: string; type: string; name: string | null }[];
  quoted: string | null;
  /** The words of the quoted message that the person marked. */
  quotedPart: string | null;
  /** The id of the message that the person changed; this one has its new words. */
  edits: string | null;
  change: Change | null;
  unread: Unread | null;
  /** Absent where Telegram doesn’t say. */
  thread?: WrittenIn;
  /** The id behind a tapped button, or `#n` for the n-th item of the quoted reply's offer. */
  choice: string | null;
  /** The id of the draft that the person stopped; the text is `/stop`. */
  stops: string | null;
  /** When the person wrote it (ms); null where Telegram doesn't say. */
  writtenAt: number | null;
};

/** The tapped message as people see it, in which the choice is shown. `entities`: as Telegram gave them, unchecked. */
export type Tapped = { chat: string; message: number; text: string | null; entities: MessageEntity[] };

export type Update =
  | { kind: 'message'; message: TelegramMessage }
  /** `query`: every tap is answered with this id. `tapped`: null when the message is too old to be changed. */
  | { kind: 'tap'; message: TelegramMessage; query: string; title: string; tapped: Tapped | null }
  /** The bot was added to a group or channel, where it does nothing. */
  | { kind: 'group'; chat: string }
  /** The person blocked the bot, or let it back in. */
  | { kind: 'blocked'; from: string; isBlocked: boolean; at: number | null }
  /** A tap below a message of another bot, or news of its membership: its webhook leads here by mistake. */
  | { kind: 'foreign' };

const ID_MAX = 2 ** 52;
const id = z.int().check(z.minimum(1), z.maximum(ID_MAX));
/** Since 1970, up to the year 2242. */
const seconds = z.int().check(z.minimum(0), z.maximum(2 ** 33));
const anyId = z.int().check(z.minimum(-ID_MAX), z.maximum(ID_MAX));
const maybe = <T extends z.core.SomeType>(type: T) => z.catch(z.optional(type), undefined);

const User = z.object({
  id,
  is_bot: z.catch(z.boolean(), false),
  first_name: z.catch(z.string(), ''),
  last_name: z.catch(z.string(), ''),
});
const Chat = z.object({ id: anyId, type: z.string() });
const Origin = { message_id: id, chat: Chat };
const Topic = z.object({ name: z.string() });
const InTopic = { message_thread_id: maybe(id), is_topic_message: z.catch(z.boolean(), false) };
const MessageFields = z.object({
  ...Origin,
  from: maybe(User),
  date: maybe(seconds),
  edit_date: maybe(seconds),
  ...InTopic,
  reply_to_message: maybe(z.object({ ...Origin, forum_topic_created: maybe(Topic) })),
  forum_topic_created: maybe(Topic),
  // Without a name where only the icon changed.
  forum_topic_edited: maybe(Topic),
  ...ContentFields,
});
const TappedFields = z.object({
  ...Origin,
  ...InTopic,
  from: maybe(User),
  text: maybe(z.string()),
  entities: maybe(z.array(z.unknown())),
  reply_markup: maybe(z.object({ inline_keyboard: z.array(z.array(z.unknown())) })),
});
const Button = z.object({ text: z.string(), callback_data: z.string() });
const UpdateFields = z.object({
  update_id: z.int().check(z.minimum(0), z.maximum(ID_MAX)),
  message: maybe(z.unknown()),
  edited_message: maybe(z.unknown()),
  callback_query: maybe(
    z.object({
      id: z.string().check(z.regex(/^[\w-]{1,100}$/)),
      from: User,
      data: z.string(),
      message: maybe(TappedFields),
    }),
  ),
  message_reaction: maybe(z.object({ ...Origin, user: User, new_reaction: z.array(z.unknown()) })),
  my_chat_member: maybe(
    z.object({
      chat: Chat,
      from: User,
      date: maybe(seconds),
      new_chat_member: z.object({ status: z.string(), user: maybe(User) }),
    }),
  ),
  stopped_message_generation: maybe(z.object({ chat: Chat, draft_id: z.catch(anyId, 0) })),
});
const Emoji = z.object({ emoji: z.string() });

/** One emoji, which can be made of several code points. */
const EMOJI_MAX = 32;
/** The rows and buttons of a keyboard that are searched for the tapped one. */
const BUTTONS_MAX = 100;
const ENTITIES_MAX = 100;
/** Telegram's own limits. */
const QUOTE_MAX = 1_024;
const TOPIC_NAME_MAX = 128;

/** Reads an update; null when there is nothing to do. `bot`: the id of our bot. */
export function readUpdate(update: unknown, bot: string): Update | null {
  const { data } = UpdateFields.safeParse(update);
  if (!data) return null;
  const { message, edited_message: edited, callback_query: query, message_reaction: reaction } = data;
  if (message !== undefined) return readMessage(message, bot, null);
  if (edited !== undefined) return readMessage(edited, bot, data.update_id);
  if (query) return readTap(query, bot);
  if (reaction) return readReaction(reaction, bot, data.update_id);
  const { my_chat_member: member, stopped_message_generation: stopped } = data;
  if (member) return readMembership(member, bot);
  return stopped ? readStop(stopped, bot, data.update_id) : null;
}

/** `edit`: the id of the update that changed the message, else null. */
function readMessage(raw: unknown, bot: string, edit: number | null): Update | null {
  const { data } = MessageFields.safeParse(raw);
  if (!data?.from || data.from.is_bot || data.chat.type !== 'private') return null;
  const thread = threadOf(data);
  if (edit === null && (thread.isNew || thread.isRenamed)) {
    const made = { ...blank(data.from, bot), providerId: idOf(bot, data), text: '', thread };
    return { kind: 'message', message: made };
  }
  // Telegram also tells of a changed reaction as an edit. Only an edit by the person has a date.
  if (edit !== null && data.edit_date === undefined) return null;
  const content = readContent(data, raw as object);
  if (content === null) return null;
  const date = edit === null ? data.date : data.edit_date;
  const base = { ...blank(data.from, bot), thread, writtenAt: date === undefined ? null : date * 1000 };
  const own = idOf(bot, data);
  const words = data.text ?? data.caption ?? '';
  // Only its file or place changed.
  if (edit !== null && words.trim() === '') return null;
  const { reply_to_message: replied } = data;
  // In a topic, a text that replies to nothing replies to the topic's beginning.
  const isOurs = replied !== undefined && replied.chat.id === data.chat.id && !isBeginning(data);
  const text = readCommand(edit === null ? content.text : asWritten(data, words));
  const quoted = isOurs ? idOf(bot, replied) : null;
  const quotedPart =
    isOurs && data.quote?.is_manual === true ? data.quote.text.slice(0, QUOTE_MAX).toWellFormed() : null;
  const { files, unread } = content;
  const said = { ...base, providerId: own, text, files, attachments: files.length, unread, quoted, quotedPart };
  if (edit === null || data.edit_date === undefined) return { kind: 'message', message: said };
  const change = { at: data.edit_date * 1000, number: edit };
  return { kind: 'message', message: { ...said, providerId: editIdOf(own, edit), edits: own, change } };
}

type InChat = z.infer<z.ZodMiniObject<typeof InTopic>> & {
  message_id?: number;
  reply_to_message?: { message_id: number; forum_topic_created?: { name: string } | undefined } | undefined;
  forum_topic_created?: { name: string } | undefined;
  forum_topic_edited?: { name: string } | undefined;
};

const isBeginning = ({ message_thread_id: thread, reply_to_message: replied }: InChat): boolean =>
  replied !== undefined && (replied.forum_topic_created !== undefined || replied.message_id === thread);

/** The topic of the message; outside topics its id is null. */
function threadOf({ message_thread_id: id, is_topic_message: isIn, ...message }: InChat): WrittenIn {
  const { forum_topic_created: made, forum_topic_edited: renamed, reply_to_message: replied } = message;
  if (id === undefined || !isIn) return { id: null, name: null, isNew: false };
  const name = (made ?? renamed ?? replied?.forum_topic_created)?.name.slice(0, TOPIC_NAME_MAX) ?? null;
  return { id: String(id), name, isNew: made !== undefined, ...(renamed === undefined ? {} : { isRenamed: true }) };
}

/** `/start CODE` as the words that the code stands for, and `/cmd@bot` as `/cmd`. */
function readCommand(text: string): string {
  const plain = text.replace(/^(\/[a-z][a-z0-9_]{0,31})@[a-z0-9_]{3,32}(?=\s|$)/i, '$1');
  const start = /^\/start(?:\s+([\w-]{1,64}))?\s*$/i.exec(plain.slice(0, 100));
  if (start === null) return plain;
  const [, code = ''] = start;
  if (code === '') return '/help';
  if (/^link_./i.test(code)) return `/link ${code.slice('link_'.length)}`;
  const read = readCode(code);
  // An unknown code shows the help, and is no work for the agent.
  return read === null ? '/help' : `JOIN ${printCode(read)}`;
}

type Query = NonNullable<z.infer<typeof UpdateFields>['callback_query']>;

function readTap({ id: query, from, data, message }: Query, bot: string): Update | null {
  if (from.is_bot || !message || message.chat.type !== 'private') return null;
  // A message that is too old to be shown names no sender.
  if (message.from && String(message.from.id) !== bot) return { kind: 'foreign' };
  const buttons = (message.reply_markup?.inline_keyboard ?? []).slice(0, BUTTONS_MAX).flat().slice(0, BUTTONS_MAX);
  const tapped = buttons
    .map((button) => Button.safeParse(button).data)
    .find((button) => button?.callback_data === data);
  const title = (tapped?.text ?? '').slice(0, 200).toWellFormed();
  const choice = isData(data) ? data : null;
  const said = { providerId: `tg:${bot}:q${query}`, text: title, choice, quoted: idOf(bot, message) };
  const { text = null, entities = [] } = message;
  const thread = message.from === undefined ? {} : { thread: threadOf(message) };
  const shown = {
    chat: String(message.chat.id),
    message: message.message_id,
    text,
    entities: entities.slice(0, ENTITIES_MAX) as MessageEntity[],
  };
  return {
    kind: 'tap',
    message: { ...blank(from, bot), ...said, ...thread },
    query,
    title,
    tapped: message.from === undefined ? null : shown,
  };
}

type Reaction = NonNullable<z.infer<typeof UpdateFields>['message_reaction']>;

function readReaction(reaction: Reaction, bot: string, update: number): Update | null {
  if (reaction.chat.type !== 'private' || reaction.user.is_bot) return null;
  const [first] = reaction.new_reaction;
  const emoji = Emoji.safeParse(first).data?.emoji.slice(0, EMOJI_MAX) ?? '';
  const providerId = `tg:${bot}:${reaction.chat.id}:r${update}`;
  const said = { providerId, text: emoji, quoted: idOf(bot, reaction), unread: 'reaction' as const };
  return { kind: 'message', message: { ...blank(reaction.user, bot), ...said } };
}

type Stop = NonNullable<z.infer<typeof UpdateFields>['stopped_message_generation']>;

/**
 * The stop button of a draft says the same as the command, of that draft alone. A press is no text: the topic of the
 * draft doesn't become the one in which the person writes.
 */
function readStop({ chat, draft_id: draft }: Stop, bot: string, update: number): Update | null {
  if (chat.type !== 'private' || chat.id < 0) return null;
  const writer = { id: chat.id, first_name: '', last_name: '' };
  const said = { providerId: `tg:${bot}:${chat.id}:s${update}`, text: '/stop', stops: String(draft) };
  return { kind: 'message', message: { ...blank(writer, bot), ...said } };
}

type Membership = NonNullable<z.infer<typeof UpdateFields>['my_chat_member']>;

function readMembership({ chat, from, date, new_chat_member }: Membership, bot: string): Update | null {
  const { status, user } = new_chat_member;
  if (user && String(user.id) !== bot) return { kind: 'foreign' };
  const at = date === undefined ? null : date * 1000;
  if (chat.type === 'private')
    return { kind: 'blocked', from: addressOf(String(from.id)), isBlocked: status === 'kicked', at };
  return status === 'member' || status === 'administrator' ? { kind: 'group', chat: String(chat.id) } : null;
}

function blank(
  { id: user, first_name: first, last_name: last }: { id: number; first_name: string; last_name: string },
  bot: string,
) {
  const name = readName(`${first.slice(0, 200)} ${last.slice(0, 200)}`);
  const from = { from: addressOf(String(user)), to: `telegram:${bot}`, name };
  return {
    ...from,
    attachments: 0,
    files: [],
    quoted: null,
    quotedPart: null,
    edits: null,
    change: null,
    unread: null,
    choice: null,
    stops: null,
    writtenAt: null,
  };
}

type Named = { message_id: number; chat: { id: number } };
const idOf = (bot: string, { message_id: message, chat }: Named): string => messageIdOf(bot, chat.id, message);
