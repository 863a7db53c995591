import * as z from 'zod/mini';
import type { Opened } from '../channel.ts';
import { fetchHead, lengthOf, UNCOMPRESSED } from '../fetch-file.ts';
import { bareTypeOf } from '../media-type.ts';
import type { Bot } from './account.ts';
import { callBot } from './api.ts';
import { TELEGRAM } from './capabilities.ts';
import { FILE_SCHEME } from './content.ts';
import { isTooLarge } from './errors.ts';

// Files by the Bot API. The address of a file holds the bot's token, so only the relay fetches it, and rows have the
// file's id instead.

const MB = 1024 * 1024;
type Way = { method: string; field: string; most: number };
const { fileOut } = TELEGRAM.limits;
/** Clients show it as a picture. */
const photo: Way = { method: 'sendPhoto', field: 'photo', most: 10 * MB };
export const DOCUMENT: Way = { method: 'sendDocument', field: 'document', most: fileOut };
const video: Way = { method: 'sendVideo', field: 'video', most: fileOut };
const audio: Way = { method: 'sendAudio', field: 'audio', most: fileOut };
const voice: Way = { method: 'sendVoice', field: 'voice', most: fileOut };
const WAYS: Readonly<Record<string, Way>> = {
  'image/jpeg': photo,
  'image/png': photo,
  'image/webp': photo,
  'video/mp4': video,
  'audio/mpeg': audio,
  'audio/mp4': audio,
  'audio/opus': voice,
};

/** Phones play this as a voice note. Other OGG, such as a song in Vorbis, is `audio/ogg` alone. */
const OPUS_IN_OGG = /^audio\/ogg\s*;.*\bcodecs="?opus\b/i;

/** The method that sends such a file, and its parameter. A picture that is too large leaves as a document. */
export function methodOf({ type, size }: { type: string; size: number }): Pick<Way, 'method' | 'field'> {
  const bare = OPUS_IN_OGG.test(type) ? 'audio/opus' : bareTypeOf(type);
  const way = Object.hasOwn(WAYS, bare) ? WAYS[bare] : undefined;
  return way !== undefined && size <= way.most ? way : DOCUMENT;
}

/** A larger file becomes a link in the text. */
export const howToSend = ({ size }: { size: number }): 'captioned' | 'link' => (size <= fileOut ? 'captioned' : 'link');

const Found = z.object({ file_path: z.string().check(z.regex(/^[\w-][\w./-]{0,400}$/)) });

/** `firstByteMs` limits the wait for each answer's head; the caller's `signal` limits the rest. */
export async function fetchFile(bot: Bot, url: string, firstByteMs: number, signal: AbortSignal): Promise<Opened> {
  const id = url.startsWith(FILE_SCHEME) ? url.slice(FILE_SCHEME.length) : '';
  if (!/^[\w-]{1,200}$/.test(id)) return { kind: 'failed', why: 'elsewhere' };
  const answer = await callBot(bot, 'getFile', { file_id: id }, firstByteMs);
  if (answer.kind === 'unknown') return { kind: 'retryable', reason: answer.reason };
  if (answer.kind === 'refused') {
    if (isTooLarge(answer)) return { kind: 'failed', why: 'too-large' };
    const mayPass = answer.retryAfterMs !== null || answer.failure === 'account' || answer.failure === 'pair';
    return mayPass ? { kind: 'retryable', reason: `code ${answer.code}` } : { kind: 'failed', why: 'gone' };
  }
  const path = Found.safeParse(answer.result).data?.file_path;
  if (path === undefined || path.includes('..')) return { kind: 'failed', why: 'elsewhere' };
  return download(`${bot.apiUrl}/file/bot${bot.token}/${path}`, firstByteMs, signal);
}

async function download(address: string, firstByteMs: number, signal: AbortSignal): Promise<Opened> {
  try {
    const response = await fetchHead(address, UNCOMPRESSED, firstByteMs, signal);
    const { status, body } = response;
    if (status === 200 && body) return { kind: 'open', body, length: lengthOf(response) };
    await body?.cancel();
    if (status === 408 || status === 429 || status >= 500) return { kind: 'retryable', reason: `HTTP ${status}` };
    return { kind: 'failed', why: status >= 300 && status < 400 ? 'elsewhere' : 'gone' };
  } catch (error) {
    // Its message could hold the address, and so the token.
    return { kind: 'retryable', reason: error instanceof Error ? error.name : 'network' };
  }
}
