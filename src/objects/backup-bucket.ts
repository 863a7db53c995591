import { SNAPSHOTS_KEPT } from '../conversation/policy/backups.ts';
import type { Stream } from '../machines/backup.ts';
import { LeftOut } from '../protocol/index.ts';

// Writes and finds backups in the bucket. A session is a chain of chunks
// `sessions/{conversation}/{session}/{from}-{to}.jsonl`; a folder keeps its newest copies, named by their time. After a
// crash, bucket and rows may differ by one copy; reading copes with both.

const digits = (n: number): string => String(n).padStart(15, '0');

export const sessionPrefixOf = (conversation: string, session: string): string =>
  `sessions/${conversation}/${session}/`;
export const folderPrefixOf = (conversation: string, path: string): string =>
  path === 'person' ? `people/${conversation}/` : `${path.replace('/', `/${conversation}/`)}/`;

export async function putChunk(
  bucket: R2Bucket,
  [conversation, session]: [string, string],
  [from, to]: [number, number],
  stream: Stream,
): Promise<void> {
  await put(bucket, `${sessionPrefixOf(conversation, session)}${digits(from)}-${digits(to)}.jsonl`, stream, {});
}

/** The chunks of the session in order with their sizes, and their total bytes. */
export async function chunksOf(
  bucket: R2Bucket,
  [conversation, session]: [string, string],
): Promise<{ keys: string[]; sizes: number[]; bytes: number }> {
  const prefix = sessionPrefixOf(conversation, session);
  const found = await listed(bucket, prefix);
  const chunks = found.flatMap(({ key, size }) => {
    const [, from, to] = /(\d{15})-(\d{15})\.jsonl$/.exec(key) ?? [];
    return from && to ? [{ key, size, from: Number(from), to: Number(to) }] : [];
  });
  chunks.sort((a, b) => a.from - b.from || b.to - a.to);
  const chain = { keys: [] as string[], sizes: [] as number[], bytes: 0 };
  let reached = 0;
  for (const { key, size, from, to } of chunks) {
    // An overlapping chunk was interrupted before its row was written, and then made again.
    if (from < reached) continue;
    chain.keys.push(key);
    chain.sizes.push(size);
    chain.bytes += size;
    reached = to;
  }
  return chain;
}

export async function dropSession(bucket: R2Bucket, [conversation, session]: [string, string]): Promise<void> {
  const found = await listed(bucket, sessionPrefixOf(conversation, session));
  for (let at = 0; at < found.length; at += 1000) await bucket.delete(found.slice(at, at + 1000).map(({ key }) => key));
}

/** Deletes everything under these prefixes; harmless when nothing is there. */
export async function deletePrefixes(bucket: R2Bucket, prefixes: readonly string[]): Promise<void> {
  for (const prefix of prefixes) {
    for (;;) {
      const { objects } = await bucket.list({ prefix, limit: 1000 });
      if (objects.length === 0) break;
      await bucket.delete(objects.map(({ key }) => key));
    }
  }
}

/** Copies everything under a prefix to another one. Safe to repeat. */
export async function copyPrefix(bucket: R2Bucket, from: string, to: string): Promise<void> {
  for (const { key, size, customMetadata = {} } of await listed(bucket, from)) {
    const object = await bucket.get(key);
    // The copy was replaced meanwhile: a newer one is in the list, or comes with the next call.
    if (object === null) continue;
    await put(bucket, `${to}${key.slice(from.length)}`, { body: object.body, length: size }, customMetadata);
  }
}

/** Streams several objects as one. */
export function joinObjects(bucket: R2Bucket, keys: readonly string[], bytes: number): ReadableStream<Uint8Array> {
  const { readable, writable } = new FixedLengthStream(bytes);
  const pump = async (): Promise<void> => {
    for (const key of keys) {
      const object = await bucket.get(key);
      if (!object) throw new Error('a copy is gone');
      await object.body.pipeTo(writable, { preventClose: true });
    }
    await writable.close();
  };
  // The reader meets the error.
  pump().catch((error: unknown) => writable.abort(error).catch(() => undefined));
  return readable;
}

export type Copy = { key: string; at: number; etag: string | null; leftOut: string[] };

/** The copies of a folder, newest first. */
export async function copiesOf(bucket: R2Bucket, prefix: string): Promise<Copy[]> {
  const found = await listed(bucket, prefix);
  const copies = found.map(({ key, customMetadata }) => ({
    key,
    at: Number(/(\d+)\.tar$/.exec(key)?.[1] ?? 0),
    etag: customMetadata?.etag ?? null,
    leftOut: LeftOut.parse(JSON.parse(customMetadata?.leftOut ?? '[]')),
  }));
  return copies.sort((a, b) => b.at - a.at);
}

/** Adds a copy and deletes the oldest beyond the number to keep. */
export async function putCopy(
  bucket: R2Bucket,
  prefix: string,
  now: number,
  stream: Stream,
  { etag, leftOut }: { etag: string; leftOut: readonly string[] },
): Promise<void> {
  await put(bucket, `${prefix}${digits(now)}.tar`, stream, { etag, leftOut: JSON.stringify(leftOut) });
  const old = (await copiesOf(bucket, prefix)).slice(SNAPSHOTS_KEPT);
  if (old.length > 0) await bucket.delete(old.map(({ key }) => key));
}

async function put(
  bucket: R2Bucket,
  key: string,
  { body, length }: Stream,
  customMetadata: Record<string, string>,
): Promise<void> {
  const { readable, writable } = new FixedLengthStream(length);
  // A broken stream fails the put.
  const filled = body.pipeTo(writable);
  filled.catch(() => undefined);
  await bucket.put(key, readable, { customMetadata });
  await filled;
}

async function listed(bucket: R2Bucket, prefix: string): Promise<R2Object[]> {
  const objects: R2Object[] = [];
  let cursor: string | undefined;
  do {
    const page = await bucket.list({
      prefix,
      include: ['customMetadata'],
      ...(cursor === undefined ? {} : { cursor }),
    });
    objects.push(...page.objects);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return objects;
}
