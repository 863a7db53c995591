import { texts } from '../../texts/index.ts';
import { enqueue, withReply } from '../outbox/replies.ts';
import { KEY_TOLD_MS, MERGED_CHARS } from '../policy/outbox.ts';
import { accessOf } from '../state/access.ts';
import type { Context, Decision } from '../state/events.ts';
import { isLocked } from '../state/person.ts';
import type { Reply } from '../state/rows.ts';
import { findTimer, type State, withoutTimer, withTimer } from '../state/state.ts';

// Tells the person that a key was removed from their message (src/input/keys.ts). The line goes below the next reply,
// because a message of its own costs money. If none leaves soon, a timer sends the line alone. The timer is also the
// note that the person isn't told yet.

const BETWEEN = '\n\n';

/** `vendors`: those whose keys were removed. */
export function noteKeys(state: State, vendors: readonly string[], now: number): State {
  if (vendors.length === 0) return state;
  const noted = state.timers.filter(({ kind }) => kind === 'key');
  const ref = [...new Set([...noted.flatMap((timer) => timer.ref.split(', ')), ...vendors])].join(', ');
  const dueAt = findTimer(state, 'key')?.dueAt ?? now + KEY_TOLD_MS;
  return withTimer(withoutTimer(state, 'key'), { kind: 'key', ref, dueAt, attempts: 0 });
}

/** Puts the line below the last of the decision's new replies that has room for it. */
export function withKeyLine(before: State, decision: Decision, ctx: Context): Decision {
  const { state } = decision;
  const line = lineOf(state);
  // A locked phone shows that it is locked, and nothing about the person.
  if (line === null || accessOf(state).state !== 'in') return decision;
  const isNew = ({ id }: Reply): boolean => !before.replies.some((reply) => reply.id === id);
  const reply = state.replies.findLast((each) => isNew(each) && !isLocked(state, each.to) && hasRoom(each, line, ctx));
  if (!reply) return decision;
  const told = withReply(state, reply.id, { body: `${reply.body}${BETWEEN}${line}` });
  return { ...decision, state: withoutTimer(told, 'key') };
}

/** No reply left in time: the line is a message of its own. */
export function tellKeys(state: State, ctx: Context): State {
  const line = lineOf(state);
  return line === null ? state : enqueue(withoutTimer(state, 'key'), 'notice', [line], ctx);
}

function lineOf(state: State): string | null {
  const timer = findTimer(state, 'key');
  return timer ? texts.inbound.keysRemoved(timer.ref.split(', ')) : null;
}

/** True for a reply in plain words that leaves now. Other people's replies, buttons and files carry no further line. */
const hasRoom = (
  { state, to, body, kind, choices, media, template, run, owner }: Reply,
  line: string,
  { channelOf }: Context,
): boolean =>
  state === 'ready' &&
  (kind === 'answer' || kind === 'notice') &&
  [choices, media, template, run, owner].every((each) => each === null) &&
  // Later lines are added to this notice.
  texts.inbound.missedIn(body) === null &&
  body.length + BETWEEN.length + line.length <= Math.min(MERGED_CHARS, channelOf(to).limits.text);
