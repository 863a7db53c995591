import type { Carrier } from '../../channels/channel.ts';
import { findDueOutgoing } from '../../conversation/lanes.ts';
import { endsOfAnswer } from '../../conversation/outbox/ends.ts';
import { FILE_FETCH_MS, FILE_FOR_MS } from '../../conversation/policy/files.ts';
import type { Event } from '../../conversation/state/events.ts';
import type { OutgoingFile } from '../../conversation/state/outgoing-file.ts';
import type { State } from '../../conversation/state/state.ts';
import { reasonOf } from '../../log.ts';
import type { Access } from '../../machines/client.ts';
import { fetchFile } from '../../machines/files.ts';
import { type ConversationMedia, mediaHeadersOf } from '../media-bucket.ts';

// The lane that copies the agent's files from its machine into the bucket, and deletes them when they expire. One at a
// time, streamed. Each step can be repeated, because a file has one key.

export type OutgoingFileDeps = {
  now: () => number;
  /** Converts conversation time to real time, in which links expire. */
  toRealTime: (at: number) => number;
  load: () => State;
  apply: (event: Event) => State;
  access: () => Promise<Access>;
  media: ConversationMedia;
  carrierOf: (address: string) => Carrier;
};

/** Runs until no file is due to fetch or delete. */
export async function runOutgoingFileLane(deps: OutgoingFileDeps): Promise<void> {
  for (;;) {
    const file = findDueOutgoing(deps.load(), deps.now());
    if (!file) return;
    let event: Event;
    try {
      event = await (file.state === 'over' ? remove(deps, file) : keep(deps, file));
    } catch (error) {
      event = { type: 'outgoing-delayed', id: file.id, reason: reasonOf(error) };
    }
    deps.apply(event);
  }
}

async function keep(deps: OutgoingFileDeps, file: OutgoingFile): Promise<Event> {
  const { bucket, keyOf, linkOf } = deps.media;
  if (bucket === null) return { type: 'outgoing-failed', id: file.id, why: 'no-place', reason: 'no bucket' };
  const fetched = await fetchFile(await deps.access(), file.file, FILE_FETCH_MS);
  if (fetched.kind === 'unreachable') return { type: 'outgoing-delayed', id: file.id, reason: fetched.reason };
  if (fetched.kind !== 'open') return notKept(deps, file, fetched.kind, fetched.reason);
  if (fetched.size !== null && fetched.size !== file.size) {
    await fetched.body.cancel();
    return notKept(deps, file, 'changed', `${fetched.size} bytes instead of ${file.size}`);
  }
  await stream(fetched.body, file, bucket, keyOf(file.id));
  const expiresAt = deps.now() + FILE_FOR_MS;
  const link = linkOf(file.id, deps.toRealTime(expiresAt));
  const { to } = endsOfAnswer(deps.load(), file.turn, deps.now());
  const goes = deps.carrierOf(to).howToSend(file);
  return { type: 'outgoing-stored', id: file.id, link, goes, expiresAt };
}

/** Deletes the remains of an earlier try before the row says that nothing is stored. */
async function notKept(
  deps: OutgoingFileDeps,
  { id }: OutgoingFile,
  why: 'lost' | 'refused' | 'changed',
  reason: string,
): Promise<Event> {
  await deps.media.bucket?.delete(deps.media.keyOf(id));
  return { type: 'outgoing-failed', id, why, reason };
}

/** The file must have exactly the size that the agent announced; otherwise nothing is stored. */
async function stream(body: ReadableStream, file: OutgoingFile, bucket: R2Bucket, key: string): Promise<void> {
  const fixed = new FixedLengthStream(file.size);
  const put = bucket.put(key, fixed.readable, { httpMetadata: mediaHeadersOf(file) });
  const [piped, kept] = await Promise.allSettled([body.pipeTo(fixed.writable), put]);
  if (piped.status === 'rejected') throw piped.reason;
  if (kept.status === 'rejected') throw kept.reason;
}

async function remove({ media: { bucket, keyOf } }: OutgoingFileDeps, { id }: OutgoingFile): Promise<Event> {
  await bucket?.delete(keyOf(id));
  return { type: 'outgoing-removed', id };
}
