import * as z from 'zod/mini';
import { MINUTE, SECOND } from '../../units.ts';
import type { LookUp, Outgoing, OutgoingFile, SendOutcome } from '../channel.ts';
import { type Bot, chatIdOf, draftIdOf, messageIdOf } from './account.ts';
import { type BotAnswer, callBot } from './api.ts';
import { callUnlessWaiting } from './bot-wait.ts';
import { keyboardOf } from './buttons.ts';
import { isFormatting, isFormOfFile, isThreadGone, missingFile, type TelegramRefusal } from './errors.ts';
import { DOCUMENT, methodOf } from './files.ts';
import { CAPTION_MAX, renderText } from './text.ts';
import { uploadToBot } from './upload.ts';

// Calls for one reply. Telegram has no key for a send and no list of sent messages, so a send of unknown outcome can't
// be looked up. Roost can only ask whether the service answers.

const Sent = z.object({ message_id: z.int(), chat: z.object({ id: z.int() }) });
/** 50 MB at 5 Mbit/s take 80 s. */
const UPLOAD_TIMEOUT_MS = 2 * MINUTE;
/** Telegram would fetch a link for its preview, and keep what it shows. */
const NO_PREVIEW = { link_preview_options: { is_disabled: true } };

/** The parts with which a reply leaves. A part that Telegram refuses is given up, and the rest leaves at once. */
type Form = { isFormatted: boolean; thread: string | null; isDocument: boolean };

/** Sends one reply. The caller has committed the intent before. */
export async function send(bot: Bot, reply: Outgoing, timeoutMs: number): Promise<SendOutcome> {
  await draftsOver(bot, chatIdOf(reply.to));
  return sendAs({ isFormatted: true, thread: reply.thread ?? null, isDocument: false }, bot, reply, timeoutMs);
}

async function sendAs(form: Form, bot: Bot, reply: Outgoing, timeoutMs: number): Promise<SendOutcome> {
  const chat = chatIdOf(reply.to);
  const answer = await callUnlessWaiting(bot.id, chat, () => sendOnce(form, bot, reply, timeoutMs));
  const other = answer.kind === 'refused' ? otherForm(form, answer) : null;
  return other === null ? outcomeOf(bot, answer) : sendAs(other, bot, reply, timeoutMs);
}

/** Null: the refusal is of the reply itself. */
function otherForm(form: Form, refusal: TelegramRefusal): Form | null {
  if (form.isFormatted && isFormatting(refusal.code)) return { ...form, isFormatted: false };
  // The person deleted the topic.
  if (form.thread !== null && isThreadGone(refusal)) return { ...form, thread: null };
  // The person forbids voice messages, or the picture is too long to be shown.
  if (!form.isDocument && isFormOfFile(refusal)) return { ...form, isDocument: true };
  return null;
}

function sendOnce(form: Form, bot: Bot, reply: Outgoing, timeoutMs: number): Promise<BotAnswer> {
  const keyboard = reply.content === null ? null : keyboardOf(reply.items);
  const words = keyboard === null ? reply.body : (reply.shown ?? reply.body);
  const parameters = {
    chat_id: chatIdOf(reply.to),
    ...inThread(form.thread),
    ...(keyboard ? { reply_markup: keyboard } : {}),
  };
  if (reply.file) {
    const { text, entities } = renderText(words, CAPTION_MAX);
    const caption = text === '' ? {} : { caption: text, ...(form.isFormatted ? { caption_entities: entities } : {}) };
    return sendFile(bot, reply.file, { ...parameters, ...caption }, form.isDocument);
  }
  const { text, entities } = renderText(words);
  const formatted = form.isFormatted && entities.length > 0 ? { entities } : {};
  return callBot(bot, 'sendMessage', { ...parameters, text, ...formatted, ...NO_PREVIEW }, timeoutMs);
}

async function sendFile(bot: Bot, file: OutgoingFile, parameters: object, isDocument: boolean): Promise<BotAnswer> {
  const opened = await file.open();
  if (opened === null) return { kind: 'refused', ...missingFile() };
  const { method, field } = isDocument ? DOCUMENT : methodOf(file);
  // Otherwise Telegram looks into the document, and may turn it back into the form that was refused.
  const given = { ...parameters, ...(isDocument ? { disable_content_type_detection: true } : {}) };
  const { name, type } = file;
  // The bucket's object has these as getters, which a spread leaves out.
  const { body, size } = opened;
  return uploadToBot(bot, method, given, { field, name, type, body, size }, UPLOAD_TIMEOUT_MS);
}

function outcomeOf(bot: Bot, answer: BotAnswer): SendOutcome {
  if (answer.kind === 'unknown') return answer;
  if (answer.kind === 'refused') {
    const { code, failure, retryAfterMs } = answer;
    return { kind: 'refused', code, failure, retryAfterMs };
  }
  const sent = Sent.safeParse(answer.result);
  if (!sent.success) return { kind: 'unknown', reason: 'no message id', retryAfterMs: null };
  return { kind: 'accepted', sid: messageIdOf(bot.id, sent.data.chat.id, sent.data.message_id) };
}

/** Whether Telegram answers; a refusal is an answer. */
export async function probe(bot: Bot, timeoutMs: number): Promise<LookUp> {
  const answer = await callBot(bot, 'getMe', {}, timeoutMs);
  if (answer.kind === 'done') return { kind: 'answers' };
  const { retryAfterMs } = answer;
  if (answer.kind === 'unknown') return { kind: 'failed', reason: answer.reason, retryAfterMs };
  return retryAfterMs === null ? { kind: 'answers' } : { kind: 'failed', reason: 'HTTP 429', retryAfterMs };
}

const Me = z.object({ username: z.string().check(z.regex(/^\w{3,40}$/)) });

/** The bot's name in links; null while Telegram doesn't answer. */
export async function askName(bot: Bot, timeoutMs: number): Promise<string | null> {
  const answer = await callBot(bot, 'getMe', {}, timeoutMs);
  return answer.kind === 'done' ? (Me.safeParse(answer.result).data?.username ?? null) : null;
}

/** Best effort. */
export async function sendTyping(bot: Bot, to: string, timeoutMs: number, thread?: string): Promise<void> {
  const chat = chatIdOf(to);
  const typing = { chat_id: chat, ...inThread(thread), action: 'typing' } as const;
  await callUnlessWaiting(bot.id, chat, () => callBot(bot, 'sendChatAction', typing, timeoutMs));
}

const inThread = (thread: string | null | undefined): { message_thread_id?: number } =>
  thread == null ? {} : { message_thread_id: Number(thread) };

type Draft = { to: string; turn: string; words: string; thread?: string | undefined };

/** The newest draft under way, by bot and chat. */
const drafts = new Map<string, Promise<unknown>>();
const DRAFT_WAIT_MS = 2 * SECOND;

/** A message removes the draft before it, so a draft that Telegram got after the answer would stay below it for 30 s. */
async function draftsOver(bot: Bot, chat: string): Promise<void> {
  const underWay = drafts.get(`${bot.id}:${chat}`);
  if (underWay === undefined) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, DRAFT_WAIT_MS);
  await Promise.race([underWay, promise]);
  clearTimeout(timer);
}

/** Best effort. The client's stop names the draft. */
export async function sendDraft(bot: Bot, { to, turn, words, thread }: Draft, timeoutMs: number): Promise<void> {
  const { text, entities } = renderText(words);
  const chat = chatIdOf(to);
  // Drafts are for private chats alone, whose ids are numbers.
  const place = { chat_id: Number(chat), ...inThread(thread) };
  const draft = { ...place, draft_id: draftIdOf(turn), text, entities, can_stop: true };
  const call = callUnlessWaiting(bot.id, chat, () => callBot(bot, 'sendMessageDraft', draft, timeoutMs));
  const key = `${bot.id}:${chat}`;
  drafts.set(key, call);
  await call;
  if (drafts.get(key) === call) drafts.delete(key);
}
