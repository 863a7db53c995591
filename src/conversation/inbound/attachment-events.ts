import { removeKeys } from '../../input/keys.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import { enqueue } from '../outbox/replies.ts';
import {
  FILE_AGAIN_MS,
  FILE_FORGOTTEN_MAX,
  FILE_FULL_TRIES,
  FILE_TOLD_TRIES,
  FILE_TRIES,
  HEARD_CHARS,
  MEDIA_DELETE_MS,
  MEDIA_DELETE_TRIES,
  MEDIA_TOLD_TRIES,
  VOICE_TOLD_MS,
} from '../policy/files.ts';
import { TELL_UNREACHABLE_MS } from '../policy/machine.ts';
import { raise } from '../state/alerts.ts';
import { fileRefOf, hasPendingFiles, isPending, kindOf } from '../state/attachments.ts';
import { noEffects } from '../state/decision.ts';
import type { AttemptRef, Context, Decision, Event } from '../state/events.ts';
import { shorten } from '../state/quote-block.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { InboundFile } from '../state/rows.ts';
import { findOpenAttempt, findOpenTurn, type State, withoutTimer, withTimer, withTurn } from '../state/state.ts';
import { noteReachable } from '../turn/reconnect.ts';
import { findUnconfirmed, steer } from '../turn/steer.ts';
import { noteKeys } from './removed-keys.ts';

// Follows a file to the machine, and then the carrier's copy until it is deleted. An event about a settled file, or
// about a file of a settled message, changes nothing.

type FileEvent = Extract<Event, { file: unknown }>;

export function onFile(state: State, event: FileEvent, ctx: Context): Decision {
  const file = state.files.find((f) => f.message === event.file.message && f.n === event.file.n);
  if (file?.state !== 'wanted') return noEffects(state);
  const noted = withoutTimer(state, 'file', fileRefOf(file));
  switch (event.type) {
    case 'file-kept': {
      const { id, name, type, size } = event.kept;
      const { text, vendors } = removeKeys(event.transcript ?? '');
      const heard = event.transcript === null ? null : text;
      const transcript = file.transcript ?? heard;
      const kept: InboundFile = { ...file, id, name, type, size, transcript, state: 'kept', note: null };
      const turn = findOpenTurn(noted);
      const reached = noteKeys(turn ? noteReachable(noted, turn) : noted, vendors, ctx.now);
      return goOn(tellHeard(withFile(reached, kept), file, kept, event.transcribes, ctx), kept, ctx);
    }
    case 'file-failed':
      return goOn(failFile(noted, file, event.why, ctx), file, ctx);
    case 'file-later': {
      const attempts = file.attempts + 1;
      const log: Decision['log'] = [{ level: 'warn', event: 'file-later', tried: attempts, reason: event.reason }];
      if (attempts >= (event.why === 'no-space' ? FILE_FULL_TRIES : FILE_TRIES)) {
        const given = goOn(failFile(noted, { ...file, attempts }, event.why ?? 'unavailable', ctx), file, ctx);
        return { ...given, log: [...log, ...given.log] };
      }
      const dueAt = ctx.now + backoffOf(FILE_AGAIN_MS, file.attempts);
      const next = withTimer(noted, { kind: 'file', ref: fileRefOf(file), dueAt, attempts });
      return { state: tellLater(withFile(next, { ...file, attempts }), file, attempts, ctx), effects: [], log };
    }
  }
}

/** Tells the person that the files take longer, once per message. */
function tellLater(state: State, { message, n }: InboundFile, attempts: number, ctx: Context): State {
  const isTold = state.files.some((f) => f.message === message && f.n !== n && f.attempts >= FILE_TOLD_TRIES);
  if (attempts !== FILE_TOLD_TRIES || isTold) return state;
  return enqueue(state, 'notice', [texts.inbound.fileLater], ctx);
}

/** One sentence per message, however many of its files failed. */
function failFile(
  state: State,
  file: InboundFile,
  why: Extract<FileEvent, { type: 'file-failed' }>['why'],
  ctx: Context,
) {
  const isFirst = !state.files.some((f) => f.message === file.message && f.state === 'failed');
  const noted = withFile(state, { ...file, state: 'failed', note: texts.inbound.agent.note(why) });
  return isFirst ? enqueue(noted, 'notice', [texts.inbound.fileFailed(why)], ctx) : noted;
}

/**
 * Tells the person once what a voice note says, or that nothing could be made out. Says once a day that voice notes
 * aren't transcribed here.
 */
function tellHeard(
  state: State,
  before: InboundFile,
  { transcript }: InboundFile,
  transcribes: boolean,
  ctx: Context,
): State {
  if (kindOf(before) !== 'voice' || before.transcript !== null) return state;
  if (transcript !== null) {
    const heard = texts.inbound.heard(shorten(transcript, HEARD_CHARS));
    return enqueue(state, 'notice', [heard], ctx);
  }
  if (transcribes && before.forgotten > 0) return state;
  if (transcribes) return enqueue(state, 'notice', [texts.inbound.notMadeOut], ctx);
  const { voiceToldAt } = state.conversation;
  if (voiceToldAt !== null && ctx.now - voiceToldAt < VOICE_TOLD_MS) return state;
  const told = { ...state, conversation: { ...state.conversation, voiceToldAt: ctx.now } };
  return enqueue(told, 'notice', [texts.inbound.notHeard], ctx);
}

/** After the last of its files the attempt can be requested, or the running turn gets the message. */
function goOn(state: State, file: InboundFile, ctx: Context): Decision {
  const turn = findOpenTurn(state);
  const message = state.messages.find((m) => m.seq === file.message);
  if (!turn || !message || isPending(state, message)) return noEffects(state);
  if (findOpenAttempt(state)?.state === 'requested') {
    if (hasPendingFiles(state) || turn.toldUnreachable) return noEffects(state);
    // The machine has had no request yet, so its time to answer starts now.
    return noEffects(withTurn(state, { ...turn, tellAt: ctx.now + TELL_UNREACHABLE_MS }));
  }
  const next = findUnconfirmed(state)[0];
  return next ? steer(state, next.uuid, ctx) : noEffects(state);
}

/** The machine says that it doesn't have the files. They are sent again, up to FILE_FORGOTTEN_MAX times. */
export function bringFilesAgain(state: State, { turn, n }: AttemptRef, ctx: Context): State {
  const attempt = findOpenAttempt(state);
  if (attempt?.turn !== turn || attempt.n !== n) return state;
  return state.files.reduce((next, file) => {
    const isActive = next.messages.some((m) => m.seq === file.message && m.state === 'active');
    if (file.state !== 'kept' || !isActive) return next;
    const again = { ...file, forgotten: file.forgotten + 1 };
    if (again.forgotten >= FILE_FORGOTTEN_MAX) return failFile(next, again, 'lost', ctx);
    return withFile(next, { ...again, attempts: 0, state: 'wanted', id: null });
  }, state);
}

/** Sets the timer that deletes the carrier's copies soon after a message is consumed. */
export function withMediaTimers(before: State, after: State, ctx: Context): State {
  const isNew = (seq: number): boolean => !before.messages.some((m) => m.seq === seq && m.state === 'consumed');
  const over = after.messages.filter(
    (m) => m.state === 'consumed' && isNew(m.seq) && after.files.some((f) => f.message === m.seq),
  );
  const dueAt = ctx.now + backoffOf(MEDIA_DELETE_MS, 0);
  return over.reduce((next, { seq }) => withTimer(next, { kind: 'media', ref: `${seq}`, dueAt, attempts: 0 }), after);
}

export const readsOfMedia = (ref: string): Read[] => [{ rows: 'files', message: Number(ref) }];

/** Asks the carrier to delete its copies, and repeats the request until the carrier says that they are gone. */
export function deleteMedia(state: State, ref: string, attempts: number, ctx: Context): Decision {
  requireRead(state, { rows: 'files', message: Number(ref) });
  const urls = state.files.filter((f) => `${f.message}` === ref).map(({ url }) => url);
  const settled = withoutTimer(state, 'media', ref);
  if (urls.length === 0) return noEffects(settled);
  const isLong = attempts >= MEDIA_TOLD_TRIES;
  const known = isLong ? raise(settled, 'media-not-deleted', ctx.now) : settled;
  const log: Decision['log'] = isLong
    ? [{ level: 'error', event: 'media-not-deleted', message: Number(ref), tried: attempts }]
    : [];
  if (attempts >= MEDIA_DELETE_TRIES) return { state: known, effects: [], log };
  const dueAt = ctx.now + backoffOf(MEDIA_DELETE_MS, attempts + 1);
  const again = withTimer(known, { kind: 'media', ref, dueAt, attempts: attempts + 1 });
  return { state: again, effects: [{ do: 'delete-media', message: Number(ref), urls }], log };
}

const withFile = (state: State, file: InboundFile): State => ({
  ...state,
  files: state.files.map((f) => (f.message === file.message && f.n === file.n ? file : f)),
});
