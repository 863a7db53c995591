import { texts } from '../../texts/index.ts';
import { noteDeepText } from '../commands/deep-work.ts';
import { enqueue } from '../outbox/replies.ts';
import { endTyping, showTyping } from '../outbox/typing.ts';
import { QUEUE_MAX } from '../policy/turn.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findWaiting, setMessages } from '../state/messages.ts';
import { findOpenQuestions } from '../state/questions.ts';
import type { Message } from '../state/rows.ts';
import { findOpenTurn, projectForMessage, type State, withTurn } from '../state/state.ts';
import { joinTurn } from '../turn/steer.ts';
import { debounce } from './debounce.ts';
import { type Quoted, withQuotedMessage } from './quoted-message.ts';

// Queues a message for a turn, or consumes it without one. Tells the person when texts wait, and when no more are
// taken.

/** Queues the message; a turn may start with it at once. It is for the active project unless it names another. */
export function queueMessage(before: State, arrived: Message, ctx: Context, quoted: Quoted | null = null): Decision {
  // A command needs no quotation.
  const said = withQuotedMessage(before, arrived, arrived.action === null ? quoted : null, ctx);
  const project = projectForMessage(said.state, said.message.project);
  const message = { ...said.message, project };
  const { text, action } = message;
  const kept = setMessages(said.state, (m) => m.seq === message.seq, { project, text, action });
  const state = noteDeepText(kept, project, ctx.now);
  if (state.conversation.optedOutAt !== null) {
    return noEffects(setMessages(state, (m) => m.seq === message.seq, { state: 'failed' }));
  }
  if (findWaiting(state).length > QUEUE_MAX) return refuseForFullQueue(state, message, ctx);
  return andThen(showTyping(state, message, ctx), (next) =>
    findOpenTurn(next) ? joinTurn(next, message, ctx) : debounce(next, ctx),
  );
}

/** Keeps the text for /retry. The person is told once per turn, and the sentence covers later texts too. */
function refuseForFullQueue(state: State, message: Message, ctx: Context): Decision {
  const turn = findOpenTurn(state);
  const refused = setMessages(state, (m) => m.seq === message.seq, { state: 'failed' });
  if (turn?.toldFull) return noEffects(refused);
  const told = turn ? withTurn(refused, { ...turn, toldFull: true }) : refused;
  return noEffects(enqueue(told, 'notice', [texts.queueFull(QUEUE_MAX)], ctx));
}

/** The timer `waiting` fired: texts still wait although the burst is complete. The person is told once per turn. */
export function tellWaiting(state: State, ctx: Context): Decision {
  const turn = findOpenTurn(state);
  const count = findWaiting(state).length;
  if (!turn || turn.toldWaiting || count === 0) return noEffects(state);
  const told = withTurn(state, { ...turn, toldWaiting: true });
  // A turn that is being stopped on a machine that doesn't answer holds up the texts as well.
  const isAway = turn.stopping !== null && turn.unreachableSince !== null;
  const isAsking = findOpenQuestions(state, turn.id).length > 0;
  const words = isAway ? texts.unreachable : isAsking ? texts.waitingForYou(count) : texts.waiting(count);
  return noEffects(enqueue(told, 'progress', [words], ctx, { turn: turn.id }));
}

/** Consumes the message without a turn and sends the person `text`. */
export const answerAtOnce = (state: State, message: Message, text: string, ctx: Context): Decision =>
  noEffects(enqueue(useUp(state, message), 'notice', [text], ctx));

/** The message needs no turn: it has been answered, or is about to be. */
export const useUp = (state: State, message: Message): State =>
  endTyping(setMessages(state, (m) => m.seq === message.seq, { state: 'consumed', turn: null }));
