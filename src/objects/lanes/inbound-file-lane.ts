import type { Carrier } from '../../channels/channel.ts';
import { FILE_MS, VOICE_MAX_BYTES } from '../../conversation/policy/files.ts';
import { SEND_TIMEOUT_MS } from '../../conversation/policy/outbox.ts';
import { findFileToBring, kindOf, senderNameOf } from '../../conversation/state/attachments.ts';
import type { Effect, Event, FileRef } from '../../conversation/state/events.ts';
import type { InboundFile } from '../../conversation/state/rows.ts';
import { findOpenAttempt, type State } from '../../conversation/state/state.ts';
import { reasonOf } from '../../log.ts';
import { type Access, isOutdated } from '../../machines/client.ts';
import { type PutOutcome, putFile } from '../../machines/files.ts';
import { FILE_IN_MAX_BYTES } from '../../protocol/limits.ts';
import { type CopyResult, copyStream, readBounded } from '../bounded-copy.ts';
import type { Transcribe } from '../transcription.ts';

// The lane that copies attachments from the carrier to the machine, one file at a time and never whole in memory,
// except a voice note to transcribe. Holds no state: when it dies, the file is copied again.

export type AttachmentDeps = {
  now: () => number;
  load: () => State;
  apply: (event: Event) => State;
  access: () => Promise<Access>;
  ownerOf: (reference: string) => Carrier;
  transcribe: Transcribe | null;
};

/** Runs until no attachment is due. */
export async function runAttachmentLane(deps: AttachmentDeps): Promise<void> {
  for (;;) {
    const state = deps.load();
    const file = findFileToBring(state, deps.now());
    const attempt = findOpenAttempt(state);
    if (!file || !attempt) return;
    const outcome = await bring(deps, file);
    if (outcome.type === 'unreachable' || outcome.type === 'attempt-refused')
      deps.apply({ ...outcome, attempt: { turn: attempt.turn, n: attempt.n } });
    else deps.apply({ ...outcome, file: refOf(file) });
  }
}

type Outcome =
  | Without<Extract<Event, { file: FileRef }>, 'file'>
  | Without<Extract<Event, { type: 'unreachable' | 'attempt-refused' }>, 'attempt'>;
type Without<T, K extends string> = T extends unknown ? Omit<T, K> : never;

async function bring(deps: AttachmentDeps, file: InboundFile): Promise<Outcome> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new Error('it took too long')), FILE_MS);
  try {
    const opened = await deps.ownerOf(file.url).fetchFile(file.url, SEND_TIMEOUT_MS, over.signal);
    if (opened.kind === 'retryable') return { type: 'file-later', reason: opened.reason };
    if (opened.kind === 'failed') return { type: 'file-failed', why: opened.why };
    const { body, length } = opened;
    if (length !== null && length > FILE_IN_MAX_BYTES) {
      await body.cancel();
      return { type: 'file-failed', why: 'too-large' };
    }
    const isVoice = kindOf(file) === 'voice' && file.transcript === null && (length ?? Infinity) <= VOICE_MAX_BYTES;
    const named = { id: await idOf(deps.load(), file), name: senderNameOf(file), type: file.type };
    const access = await deps.access();
    if (!deps.transcribe || !isVoice) {
      const { given, poured } = await copyStream(body, length, FILE_IN_MAX_BYTES, over.signal, (stream) =>
        putFile(access, named, stream, over.signal),
      );
      return outcomeOf(given, poured, null, deps.transcribe !== null);
    }
    const audio = await readBounded(body, VOICE_MAX_BYTES);
    if (audio === null) return { type: 'file-later', reason: 'the voice note broke off' };
    const given = await putFile(access, named, audio, over.signal);
    const transcript = given.kind === 'kept' ? await deps.transcribe(audio) : null;
    return outcomeOf(given, 'whole', transcript, true);
  } catch (error) {
    return { type: 'file-later', reason: reasonOf(error) };
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}

/** The machine's answer counts, unless the copy was incomplete. */
function outcomeOf(given: PutOutcome, poured: CopyResult, transcript: string | null, transcribes: boolean): Outcome {
  if (poured === 'too-large') return { type: 'file-failed', why: 'too-large' };
  if (poured === 'cut') return { type: 'file-later', reason: 'the carrier broke off' };
  switch (given.kind) {
    case 'kept':
      return { type: 'file-kept', kept: given.file, transcript, transcribes };
    case 'unreachable':
      return { type: 'unreachable', reason: given.reason };
    case 'refused':
      // An outdated machine would refuse the attempt too.
      if (isOutdated(given.code)) return { type: 'attempt-refused', reason: given.reason, isOutdated: true };
      if (given.code === 'no_space') return { type: 'file-later', reason: given.reason, why: 'no-space' };
      return { type: 'file-failed', why: given.code === 'too_large' ? 'too-large' : 'refused' };
  }
}

const refOf = ({ message, n }: InboundFile): FileRef => ({ message, n });

/** The file's id on the machine. It never changes: a hash of the carrier's message id and the file's position. */
async function idOf(state: State, { message, n }: InboundFile): Promise<string> {
  const providerId = state.messages.find((m) => m.seq === message)?.providerId ?? '';
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(`${providerId}/${n}`));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Deletes the carrier's copies; after a failure a timer tries again. */
export async function deleteFiles(
  ownerOf: (reference: string) => Carrier,
  { message, urls }: Extract<Effect, { do: 'delete-media' }>,
  apply: (event: Event) => unknown,
): Promise<void> {
  const gone = await Promise.all(urls.map((url) => ownerOf(url).deleteFile(url, SEND_TIMEOUT_MS)));
  if (gone.every(Boolean)) apply({ type: 'media-deleted', message });
}
