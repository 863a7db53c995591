import type { Log } from '../../log.ts';
import type { Answer, Request } from '../../protocol/index.ts';
import { FILE_OUT_MAX_BYTES } from '../../protocol/limits.ts';
import type { NotSent } from '../../texts/files.ts';
import { texts } from '../../texts/index.ts';
import { backoffOf } from '../../units.ts';
import {
  EXPIRE_AT_ONCE,
  FILE_RETRY_MS,
  FILE_TRIES_MAX,
  FILES_PER_TURN_MAX,
  REMOVE_LATE_MS,
  REMOVE_RETRY_MS,
  REMOVE_TOLD_TRIES,
  REMOVE_TRIES_MAX,
} from '../policy/files.ts';
import { answerRequest } from '../state/agent-answer.ts';
import { raise } from '../state/alerts.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision, Event } from '../state/events.ts';
import type { OutgoingFile } from '../state/outgoing-file.ts';
import { type Read, requireRead } from '../state/reads.ts';
import type { Attempt } from '../state/rows.ts';
import { findOpenAttempt, findTimer, type State, withoutTimer, withTimer } from '../state/state.ts';
import { enqueue } from './replies.ts';

// Files that the agent sends to the person. A file is requested, fetched from the machine and stored for a while
// (objects/lanes/outgoing-file-lane.ts), sent with a reply or as a link, and removed when its time is over. The agent
// is told the outcome.

type Wish = Extract<Request, { kind: 'send_file' }>;
type OutgoingEvent = Extract<Event, { type: `outgoing-${string}` } | { type: `answer-${string}` }>;

export const readsOfSendFile = (turn: string): Read[] => [{ rows: 'sent-files', turn }];

/** The agent sends a file. A file that the turn sent before a cut isn't sent twice. */
export function sendFile(state: State, attempt: Attempt, request: string, wish: Wish, ctx: Context): Decision {
  const { file, caption } = wish;
  requireRead(state, { rows: 'sent-files', turn: attempt.turn });
  const ofTurn = state.outgoing.filter((f) => f.turn === attempt.turn);
  const before = ofTurn.find((f) => isSame(f, attempt.n, request, wish));
  if (before) {
    const moved = withFile(state, before.id, { n: attempt.n, request, file: file.id });
    return before.state === 'wanted' ? noEffects(moved) : answer(moved, before.id, done(true, before), ctx);
  }
  const row: OutgoingFile = {
    id: ctx.id(),
    turn: attempt.turn,
    n: attempt.n,
    request,
    file: file.id,
    name: file.name,
    type: file.type,
    size: file.size,
    caption,
    state: 'wanted',
    link: null,
    answer: null,
    reply: null,
    note: null,
    createdAt: ctx.now,
    expiresAt: null,
  };
  const wanted = { ...state, outgoing: [...state.outgoing, row] };
  const problem = findRefusal(state, row, ofTurn.length);
  return problem === null ? noEffects(wanted) : failFile(wanted, row, problem, 'refused', ctx);
}

const isSame = (f: OutgoingFile, n: number, request: string, { file, caption }: Wish): boolean =>
  ['wanted', 'stored', 'offered'].includes(f.state) &&
  (f.request === request ||
    (f.n < n && f.name === file.name && f.type === file.type && f.size === file.size && f.caption === caption));

function findRefusal(state: State, { name, size }: OutgoingFile, sentBefore: number): string | null {
  if (state.conversation.optedOutAt !== null) return texts.files.optedOut;
  if (size === 0) return texts.files.empty(name);
  if (size > FILE_OUT_MAX_BYTES) return texts.files.tooLarge(name, size);
  return sentBefore >= FILES_PER_TURN_MAX ? texts.files.tooMany(FILES_PER_TURN_MAX) : null;
}

export function decideOutgoing(state: State, event: OutgoingEvent, ctx: Context): Decision {
  const id = 'id' in event ? event.id : event.question;
  const file = state.outgoing.find((f) => f.id === id);
  if (!file) return noEffects(state);
  switch (event.type) {
    case 'answer-taken':
    case 'answer-refused':
      return noEffects(file.request === event.request ? withoutAnswer(state, file) : state);
    case 'outgoing-stored':
      return file.state === 'wanted' ? onStored(state, file, event, ctx) : noEffects(state);
    case 'outgoing-failed':
      return file.state === 'wanted' ? onFailed(state, file, event, ctx) : noEffects(state);
    case 'outgoing-delayed':
      return onDelayed(state, file, event.reason, ctx);
    case 'outgoing-removed':
      return noEffects(file.state === 'over' ? markRemoved(state, file) : state);
  }
}

/** The file is stored. It leaves with the words, after them, or as a link in them. */
function onStored(
  state: State,
  file: OutgoingFile,
  { link, goes, expiresAt }: Extract<Event, { type: 'outgoing-stored' }>,
  ctx: Context,
): Decision {
  const words = ctx.parts(file.caption);
  const reply = ctx.id();
  const say = (next: State, parts: readonly string[]): State =>
    enqueue(next, 'answer', parts, ctx, { turn: file.turn });
  const show = (next: State, body: string, media: string | null): State =>
    enqueue(next, 'answer', [body], ctx, { turn: file.turn, id: reply, media });
  const settled = withoutTimer(state, 'outgoing', file.id);
  const [first = '', ...rest] = words;
  const told =
    goes === 'captioned'
      ? say(show(settled, first, file.id), rest)
      : goes === 'alone'
        ? show(say(settled, words), '', file.id)
        : show(say(settled, words.slice(0, -1)), withLink(words.at(-1) ?? '', file, link), null);
  const row = { state: goes === 'link' ? 'offered' : 'stored', link, reply, expiresAt } as const;
  const kept = withExpiry(withFile(told, file.id, row), expiresAt);
  return answer(kept, file.id, done(true, { ...file, ...row }), ctx);
}

/** A caption has at most 1,000 characters and a name 255, so that both fit one message. */
const withLink = (words: string, { name, size }: OutgoingFile, link: string): string => {
  const offer = texts.files.link(name, size, link);
  return words === '' ? offer : `${words}\n\n${offer}`;
};

/** The carrier refuses the file after all. Returns the same words with a link, or null if the file is gone. */
export function linkInsteadOf(state: State, media: string, words: string): { body: string; file: OutgoingFile } | null {
  const file = state.outgoing.find((f) => f.id === media && f.state === 'stored');
  return file?.link ? { body: withLink(words, file, file.link), file } : null;
}

function onFailed(
  state: State,
  file: OutgoingFile,
  { why, reason }: Extract<Event, { type: 'outgoing-failed' }>,
  ctx: Context,
): Decision {
  const { name } = file;
  const { files } = texts;
  const told = why === 'no-place' ? raise(state, 'no-media-bucket', ctx.now) : state;
  const words = {
    lost: files.lost(name),
    changed: files.changed(name),
    refused: files.refused(name, reason),
    'no-place': files.noPlace,
  }[why];
  return withLine(failFile(told, file, words, why, ctx), 'warn', 'file-not-sent', file, reason);
}

/** The machine may be away: the transfer is tried again, up to a maximum. */
function onDelayed(state: State, file: OutgoingFile, reason: string, ctx: Context): Decision {
  if (file.state !== 'wanted' && file.state !== 'over') return noEffects(state);
  const isWanted = file.state === 'wanted';
  const tried = (state.timers.find((t) => t.kind === 'outgoing' && t.ref === file.id)?.attempts ?? 0) + 1;
  if (tried >= (isWanted ? FILE_TRIES_MAX : REMOVE_TRIES_MAX)) {
    const given = isWanted
      ? failFile(state, file, texts.files.unreachable(file.name), 'unreachable', ctx)
      : noEffects(markRemoved(state, file));
    return withLine(given, 'error', isWanted ? 'file-not-sent' : 'file-not-removed', file, reason);
  }
  const isLong = !isWanted && tried >= REMOVE_TOLD_TRIES;
  const usual = backoffOf(isWanted ? FILE_RETRY_MS : REMOVE_RETRY_MS, tried - 1);
  const dueAt = ctx.now + (isLong ? REMOVE_LATE_MS : usual);
  const later = withTimer(state, { kind: 'outgoing', ref: file.id, dueAt, attempts: tried });
  const known = isLong ? raise(later, 'files-not-removed', ctx.now) : later;
  return withLine(noEffects(known), isLong ? 'error' : 'warn', 'file-delayed', file, reason);
}

const markRemoved = (state: State, { id }: OutgoingFile): State =>
  withFile(withoutTimer(state, 'outgoing', id), id, { state: 'expired', link: null });

/** Tells the agent through `note`. If the agent is gone, tells the person. */
function failFile(state: State, file: OutgoingFile, note: string, why: NotSent, ctx: Context): Decision {
  const settled = withFile(withoutTimer(state, 'outgoing', file.id), file.id, { state: 'failed', note });
  if (isAsking(state, file)) return answer(settled, file.id, done(false, { ...file, note }), ctx);
  return noEffects(enqueue(settled, 'notice', [texts.files.notSent(file.name, why)], ctx, { turn: file.turn }));
}

const isAsking = (state: State, { turn, n }: OutgoingFile): boolean => {
  const attempt = findOpenAttempt(state);
  return attempt?.turn === turn && attempt.n === n;
};

const done = (ok: boolean, { state, name, note }: OutgoingFile): Answer => {
  const sent = state === 'offered' ? texts.files.sentAsLink(name) : texts.files.sent(name);
  return { kind: 'done', ok, text: ok ? sent : (note ?? texts.files.lost(name)) };
};

/** Tells the machine if the attempt that asked is still open. */
function answer(state: State, id: string, words: Answer, ctx: Context): Decision {
  const file = state.outgoing.find((f) => f.id === id);
  if (!file || !isAsking(state, file)) return noEffects(state);
  return answerRequest(withFile(state, id, { answer: words }), file, words, ctx);
}

/** True if the answer's id is a file, not a question of the agent (questions/answer-delivery.ts). */
export const isOutgoingFile = (state: State, id: string): boolean => state.outgoing.some((f) => f.id === id);

/** The machine hasn't confirmed the answer, so it gets the answer again. */
export function answerFileAgain(state: State, id: string, ctx: Context): Decision {
  const file = state.outgoing.find((f) => f.id === id);
  if (!file?.answer) return noEffects(state);
  if (!isAsking(state, file)) return noEffects(withoutAnswer(state, file));
  return answerRequest(state, file, file.answer, ctx);
}

/** The agent no longer waits for the answer. */
export function closeFileRequest(state: State, request: string): State {
  const file = state.outgoing.find((f) => f.request === request && f.answer !== null);
  return file ? withoutAnswer(state, file) : state;
}

const withoutAnswer = (state: State, { id }: OutgoingFile): State =>
  withoutTimer(withFile(state, id, { answer: null }), 'answer', id);

/** One timer serves all stored files. It is due when the first of them expires. */
function withExpiry(state: State, expiresAt: number): State {
  const dueAt = Math.min(expiresAt, findTimer(state, 'expire')?.dueAt ?? expiresAt);
  return withTimer(state, { kind: 'expire', ref: '', dueAt, attempts: 0 });
}

export const readsOfExpiry = (): Read[] => [{ rows: 'expiring-files' }];

/** Marks expired files for removal. The timer then waits for the next one. */
export function expireFiles(state: State, now: number): State {
  requireRead(state, { rows: 'expiring-files' });
  const kept = state.outgoing
    .filter((f) => (f.state === 'stored' || f.state === 'offered') && f.expiresAt !== null)
    .sort((a, b) => (a.expiresAt ?? 0) - (b.expiresAt ?? 0));
  const over = kept.filter((f) => (f.expiresAt ?? 0) <= now).slice(0, EXPIRE_AT_ONCE);
  const next = kept[over.length];
  const settled = over.reduce((after, { id }) => withFile(after, id, { state: 'over' }), state);
  return next ? withExpiry(settled, next.expiresAt ?? now) : settled;
}

function withLine(
  decision: Decision,
  level: Log['level'],
  event: string,
  { id, turn }: OutgoingFile,
  reason: string,
): Decision {
  return { ...decision, log: [...decision.log, { level, event, turn, file: id, reason }] };
}

export const withFile = (state: State, id: string, change: Partial<OutgoingFile>): State => ({
  ...state,
  outgoing: state.outgoing.map((f) => (f.id === id ? { ...f, ...change } : f)),
});

/** The file that goes with a reply, or null once it is removed. */
export const fileOf = (state: State, media: string | null): OutgoingFile | null =>
  state.outgoing.find((f) => f.id === media && f.state === 'stored') ?? null;

/** Drops the unsent files of a stopped turn and removes those already fetched. */
export function dropFiles(state: State, turn: string): State {
  const dropped = state.outgoing.filter((f) => f.turn === turn && f.state === 'wanted');
  return dropped.reduce(
    (next, { id }) => withoutTimer(withFile(next, id, { state: 'over', note: texts.files.stopped }), 'outgoing', id),
    state,
  );
}
