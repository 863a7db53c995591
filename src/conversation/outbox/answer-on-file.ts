import { FILE_WAITS_MS } from '../policy/files.ts';
import type { Context } from '../state/events.ts';
import type { Reply } from '../state/rows.ts';
import { findOpenAttempt, type State } from '../state/state.ts';
import { endsOf } from './ends.ts';
import { fileOf } from './outgoing-files.ts';
import { limitsOf, withReply } from './replies.ts';

// An image or a video waits a moment for the agent's answer, which becomes its caption: one message instead of two. As
// soon as anything else is said, it leaves.

const BETWEEN = '\n\n';

/** A document has no caption: the carrier shows its text nowhere. */
export const takesCaption = (type: string): boolean => /^(?:image|video)\//.test(type);

/** When a file at the head of the outbox leaves without words; 0 for any other reply. */
export function leavesAt(state: State, reply: Reply): number {
  const attempt = findOpenAttempt(state);
  const isWorking = attempt !== null && attempt.turn === reply.turn && attempt.state !== 'ending';
  return isWorking && isBareFile(state, reply) ? reply.createdAt + FILE_WAITS_MS : 0;
}

/** Puts the answer on the file that was sent last; null if there is none, or the words are too long for it. */
export function answerOnFile(state: State, turn: string, text: string, ctx: Context): State | null {
  const reply = state.replies.findLast((each) => each.turn === turn && isBareFile(state, each));
  // The newest text came from another address, and the answer goes there.
  if (!reply || reply.to !== endsOf(state, reply, ctx.now).to) return null;
  const [words = '', ...more] = ctx.parts(text, limitsOf(state, turn, ctx).text);
  if (more.length > 0) return null;
  const body = [reply.body, words].filter((part) => part !== '').join(BETWEEN);
  return body.length <= limitsOf(state, turn, ctx).caption ? withReply(state, reply.id, { body }) : null;
}

/** Nothing was said since, and the carrier hasn't been asked to take it. */
const isBareFile = (state: State, { seq, state: at, attempt, kind, media, run, copies }: Reply): boolean =>
  at === 'ready' &&
  attempt === 0 &&
  copies === 0 &&
  kind === 'answer' &&
  run === null &&
  seq === state.conversation.nextReplySeq - 1 &&
  takesCaption(fileOf(state, media)?.type ?? '');
