import type { Carrier } from '../channels/channel.ts';
import { FILE_MS } from '../conversation/policy/files.ts';
import { SEND_TIMEOUT_MS } from '../conversation/policy/outbox.ts';
import { senderNameOf } from '../conversation/state/attachments.ts';
import { type FetchedFile, fetchFile } from '../machines/files.ts';
import { FILE_IN_MAX_BYTES } from '../protocol/limits.ts';
import { readBounded } from './bounded-copy.ts';
import { plainName } from './plain-name.ts';
import type { Services } from './services.ts';
import type { ReceivedFile } from './stores/export-store.ts';

// A file that the person sent, for a copy made by /export: the carrier has it, or the machine. Roost itself keeps none.

/** Where such files are. `machine`: null where there is none to ask. */
export type FileSources = {
  ownerOf: (reference: string) => Carrier;
  machine: ((file: string) => Promise<FetchedFile>) | null;
};

/** `step`: of the conversation's own machine; undefined when it has none. */
export function sourcesOf({ ownerOf, machineAccess, policy }: Services, step: string | undefined, now: number) {
  const isThere = step === 'ready' || (step === undefined && !policy.makesMachines);
  const ask = async (file: string): Promise<FetchedFile> => fetchFile(await machineAccess(now), file, FILE_MS);
  return { ownerOf, machine: isThere ? ask : null };
}

/** In the archive: by the day on which it came. */
export function nameOfReceived(file: ReceivedFile): string {
  const day = new Date(file.receivedAt).toISOString().slice(0, 10);
  return `received/${day}/${file.message}-${file.n}-${plainName(senderNameOf(file))}`;
}

/** `missing`: nobody has it any more. `away`: somebody who may have it doesn't answer. */
export async function fetchReceived(
  { ownerOf, machine }: FileSources,
  file: ReceivedFile,
): Promise<Uint8Array<ArrayBuffer> | 'missing' | 'away'> {
  const opened = await ownerOf(file.url).fetchFile(file.url, SEND_TIMEOUT_MS, AbortSignal.timeout(FILE_MS));
  if (opened.kind === 'open') return (await wholeOf(opened.body, opened.length)) ?? 'away';
  const isGone = opened.kind === 'failed';
  if (file.id === null || machine === null) return isGone ? 'missing' : 'away';
  const fetched = await machine(file.id);
  if (fetched.kind === 'open') return (await wholeOf(fetched.body, fetched.size)) ?? 'away';
  return isGone && fetched.kind !== 'unreachable' ? 'missing' : 'away';
}

/** Held in memory: it is never larger than what people can send. */
async function wholeOf(
  body: ReadableStream<Uint8Array>,
  length: number | null,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = await readBounded(body, FILE_IN_MAX_BYTES);
  return length === null || bytes?.length === length ? bytes : null;
}
