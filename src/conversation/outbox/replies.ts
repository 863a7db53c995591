import type { Log } from '../../log.ts';
import type { Capabilities } from '../policy/channel.ts';
import { LOOK_AGAIN_MS, MERGED_CHARS } from '../policy/outbox.ts';
import { accessOf } from '../state/access.ts';
import { wordsChoiceOf } from '../state/choices.ts';
import type { Context } from '../state/events.ts';
import type { Offer } from '../state/offer.ts';
import { requireRead } from '../state/reads.ts';
import type { Reply, ReplyKind, ReplyState } from '../state/rows.ts';
import { findRun } from '../state/schedules.ts';
import type { State } from '../state/state.ts';
import { threadOf } from '../state/threads.ts';
import { endsOf, endsOfAnswer } from './ends.ts';
import { isForSecrets } from './secret-links.ts';

// The rows of the outbox: how they are created and copied, and which one is next. outbox.ts and service-window.ts
// decide what happens to them.

/** The carrier's codes for a person who opted out, on SMS and on WhatsApp. */
const OPTED_OUT_CODES: readonly number[] = [21610, 63033];
export const OPTED_OUT_CODE = 21610;
/** The code of replies that were held for too long: the carrier's own code for a closed window. */
export const WAITED_CODE = 63016;
/** The code of replies that were sent twice, both times with an unknown outcome. No carrier has it. */
export const DOUBTED_CODE = 1_000_001;
export const KEPT_BACK_CODES: readonly number[] = [...OPTED_OUT_CODES, WAITED_CODE, DOUBTED_CODE];

/** True for replies that leave when the person writes. Old alerts and nudges don't. */
export const isKeptBack = ({ state, errorCode, kind }: Reply): boolean =>
  (state === 'parked' || state === 'failed') &&
  KEPT_BACK_CODES.includes(errorCode ?? 0) &&
  kind !== 'alert' &&
  kind !== 'nudge';

/** The longest message and caption of the channel by which answers of this turn leave. */
export const limitsOf = (
  state: State,
  turn: string | null,
  { now, channelOf }: Pick<Context, 'now' | 'channelOf'>,
): Capabilities['limits'] => channelOf(endsOfAnswer(state, turn, now).to).limits;

/** `isNews`: the person asked for nothing. */
type Wish = Partial<Reply> & { isNews?: boolean };

/**
 * Adds replies at the end of the outbox, one row per part, and more rows for a part that is too long for the channel. For
 * a person who opted out, nothing is queued.
 */
export function enqueue(
  state: State,
  kind: ReplyKind,
  parts: readonly string[],
  ctx: Context,
  { turn = null, id, media = null, choices = null, isNews = false, ...of }: Wish = {},
): State {
  let seq = state.conversation.nextReplySeq;
  const isOut = state.conversation.optedOutAt !== null;
  // An answer in a run belongs to the run. Anything else said during it belongs to its schedule and waits with it.
  const ofTurn = turn === null ? null : (state.turns.find((t) => t.id === turn)?.run ?? null);
  const run = kind === 'answer' ? ofTurn : null;
  const schedule = ofTurn === null ? null : (findRun(state, ofTurn)?.schedule ?? null);
  const { from, to } = { ...endsOf(state, { turn, kind, run, schedule, isNews, ...of }, ctx.now), ...of };
  const thread = ctx.channelOf(to).threads && !isNews ? threadOf(state, turn, to) : null;
  const { limits } = ctx.channelOf(to);
  const cut = parts.flatMap((body) => cutToFit(body, limits.text, ctx));
  // Words that are too long for a caption follow the file.
  const bodies = media !== null && (cut[0] ?? '').length > limits.caption ? ['', ...cut] : cut;
  const rows: Reply[] = bodies.map((body, part) => ({
    id: part === 0 && id !== undefined ? id : ctx.id(),
    seq: seq++,
    turn,
    part,
    kind,
    from,
    to,
    body,
    state: !isOut ? 'ready' : kind === 'answer' ? 'parked' : 'dropped',
    attempt: 0,
    intentAt: null,
    sid: null,
    errorCode: isOut ? OPTED_OUT_CODE : null,
    createdAt: ctx.now,
    troubledSince: null,
    unknownAt: null,
    template: null,
    copies: 0,
    doubledSid: null,
    // A file is with the first words, and buttons are below the last.
    choices: part === bodies.length - 1 ? choices : null,
    media: part === 0 ? media : null,
    run,
    schedule,
    owner: null,
    thread,
    ...of,
  }));
  return {
    ...state,
    conversation: { ...state.conversation, nextReplySeq: seq },
    replies: [...state.replies, ...rows],
  };
}

const cutToFit = (body: string, limit: number, { cut }: Context): string[] =>
  body.length <= limit ? [body] : cut(body, limit);

/**
 * Copies the words of a refused reply into a new row at the end. Late callbacks of the carrier stay with the old row.
 */
export function sendAgain(
  state: State,
  reply: Reply,
  ctx: Context,
  elsewhere: Partial<Pick<Reply, 'from' | 'to' | 'unknownAt'>> = {},
): State {
  const { kind, turn, body, template } = reply;
  const old = withReply(state, reply.id, { state: 'replaced' });
  const { part, choices, media, run, schedule, owner, troubledSince } = reply;
  const stays = (elsewhere.to ?? reply.to) === reply.to ? { thread: reply.thread } : {};
  const same = { part, template, choices, media, run, schedule, owner, troubledSince, ...stays };
  // The person may have written meanwhile on a channel that others read.
  const isKept = isForSecrets(reply, endsOf(old, reply, ctx.now), ctx);
  const kept = isKept ? { from: reply.from, to: reply.to } : {};
  return enqueue(old, kind, [body], ctx, { turn, ...same, ...kept, ...elsewhere, copies: reply.copies + 1 });
}

/** Moves the reply behind everything that waits now. */
export function moveToEnd(state: State, reply: Reply): State {
  const seq = state.conversation.nextReplySeq;
  const conversation = { ...state.conversation, nextReplySeq: seq + 1 };
  return { ...state, conversation, replies: [...state.replies.filter((r) => r !== reply), { ...reply, seq }] };
}

/** True if the outcome of an earlier try is unknown and the carrier's list may show it by now. */
export const isDoubted = ({ to, unknownAt }: Reply, { now, channelOf }: Pick<Context, 'now' | 'channelOf'>): boolean =>
  unknownAt !== null && now - unknownAt >= LOOK_AGAIN_MS && channelOf(to).reconcile === 'list';

const UNDER_WAY: readonly ReplyState[] = ['sending', 'unknown'];
export const WAITING: readonly ReplyState[] = ['ready', ...UNDER_WAY];

/**
 * The reply whose turn it is, whatever its state; the others wait behind it. While the person is locked out nothing
 * leaves but the sentence that says so, which overtakes what was ready before.
 */
export function headOf(state: State): Reply | null {
  const { state: standing, word } = accessOf(state);
  const mayLeave = ({ id }: Reply): boolean => standing === 'in' || id === word;
  const underWay = state.replies.find((r) => UNDER_WAY.includes(r.state));
  return underWay ?? state.replies.find((r) => r.state === 'ready' && mayLeave(r)) ?? null;
}

/** The reply with this id, in any state. */
export function findReply(state: State, id: string): Reply | undefined {
  requireRead(state, { rows: 'reply', id });
  return state.replies.find((r) => r.id === id);
}

export function withReply(state: State, id: string, change: Partial<Reply>): State {
  return { ...state, replies: state.replies.map((r) => (r.id === id ? { ...r, ...change } : r)) };
}

/** A button that stands for words, and a line below its title in lists. */
export type WordButton = { title: string; says: string; description?: string };

type WordChoices = {
  text: string;
  /** Leaves where the channel can't show buttons. */
  plain: string;
  buttons: readonly WordButton[];
  /** A list's button. */
  opens?: string;
  /** The own prompt that the buttons answer. */
  question?: string;
};

/** A notice with buttons that stand for words. */
export function sendWordButtons(
  state: State,
  { text, plain, buttons, opens, question }: WordChoices,
  ctx: Context,
  of: Wish = {},
): State {
  const items = buttons.map(({ says, ...shown }) => ({ id: wordsChoiceOf(says), ...shown }));
  const choices: Offer = {
    question: question ?? ctx.id(),
    text,
    items,
    content: null,
    ...(opens ? { button: opens } : {}),
  };
  return enqueue(state, 'notice', [plain], ctx, { ...of, choices });
}

export const sendNotice = (state: State, text: string, ctx: Context): State =>
  enqueue(state, 'notice', packText(text), ctx);

export function packText(text: string, most = MERGED_CHARS): string[] {
  const blocks = text
    .split('\n\n')
    .flatMap((block) => (block.length <= most ? [block] : joinPieces(block.split('\n'), '\n', most)));
  return joinPieces(blocks, '\n\n', most);
}

/** Joins pieces while the result fits. */
function joinPieces(pieces: readonly string[], between: string, most: number): string[] {
  const parts: string[] = [];
  for (const piece of pieces) {
    const last = parts.at(-1);
    const fits = last !== undefined && last.length + between.length + piece.length <= most;
    if (fits) parts.splice(-1, 1, `${last}${between}${piece}`);
    else parts.push(piece);
  }
  return parts;
}

export function logOfReply(
  level: Log['level'],
  event: string,
  reply: Reply,
  fields: Record<string, number | string | null>,
): Log {
  return { level, event, reply: reply.id, attempt: reply.attempt, ...fields };
}
