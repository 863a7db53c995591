import type { OpenedFile } from '../channel.ts';
import { bareTypeOf } from '../media-type.ts';
import type { Bot } from './account.ts';
import { type BotAnswer, requestBot } from './api.ts';

// A call that carries a file, as multipart/form-data. The file streams from the bucket: it is never whole in memory.

/** workerd's: a body of known length. Programs of Node read this file without the Workers' types. */
declare const FixedLengthStream: new (length: number) => TransformStream<Uint8Array, Uint8Array>;

export type Upload = OpenedFile & { field: string; name: string; type: string };

/** `timeoutMs`: for all of it. */
export async function uploadToBot(
  bot: Bot,
  method: string,
  parameters: Record<string, unknown>,
  file: Upload,
  timeoutMs: number,
): Promise<BotAnswer> {
  const boundary = `roost-${crypto.randomUUID()}`;
  const { head, tail } = framesOf(boundary, parameters, file);
  const { readable, writable } = new FixedLengthStream(head.length + file.size + tail.length);
  const poured = pour(writable, head, file.body, tail).catch(() => file.body.cancel().catch(() => undefined));
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  const answer = await requestBot(bot, method, { headers, body: readable }, timeoutMs);
  // Telegram may answer, or not be there, before everything is read.
  await readable.cancel().catch(() => undefined);
  void poured;
  return answer;
}

/** What stands before and after the file's bytes. */
export function framesOf(
  boundary: string,
  parameters: Record<string, unknown>,
  { field, name, type }: Pick<Upload, 'field' | 'name' | 'type'>,
): { head: Uint8Array; tail: Uint8Array } {
  const fields = Object.entries(parameters).map(([key, value]) => {
    const words = typeof value === 'string' ? value : JSON.stringify(value);
    return `--${boundary}\r\ncontent-disposition: form-data; name="${key}"\r\n\r\n${words}\r\n`;
  });
  const file = `--${boundary}\r\ncontent-disposition: form-data; name="${field}"; filename="${fileName(name)}"\r\ncontent-type: ${fileType(type)}\r\n\r\n`;
  const encoder = new TextEncoder();
  return { head: encoder.encode(`${fields.join('')}${file}`), tail: encoder.encode(`\r\n--${boundary}--\r\n`) };
}

/** A quote or a line break would end the name, and a reader may take a backslash before its end for an escape. */
const fileName = (name: string): string =>
  name
    .toWellFormed()
    .replaceAll('"', "'")
    .replace(/[\r\n\\]/g, ' ');

const fileType = (type: string): string => {
  const bare = bareTypeOf(type);
  return /^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,100}$/.test(bare) ? bare : 'application/octet-stream';
};

async function pour(
  writable: WritableStream<Uint8Array>,
  head: Uint8Array,
  body: ReadableStream<Uint8Array>,
  tail: Uint8Array,
): Promise<void> {
  const first = writable.getWriter();
  await first.write(head);
  first.releaseLock();
  await body.pipeTo(writable, { preventClose: true });
  const last = writable.getWriter();
  await last.write(tail);
  await last.close();
}
