import { commandTextOf } from '../../input/machine-command.ts';
import type { GaveUp } from '../../texts/given-up.ts';
import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import { GIVEN_UP_TELL_MS } from '../policy/turn.ts';
import type { Context } from '../state/events.ts';
import { setMessages } from '../state/messages.ts';
import { ownWordsOf } from '../state/quote-block.ts';
import type { Message } from '../state/rows.ts';
import { findOpenTurn, type State, withoutTimer, withTimer } from '../state/state.ts';
import { refOfGivenUp, type Timer, turnOfGivenUp } from '../state/timers.ts';

// Says that a turn was given up, at a moment when it's true. If another turn follows at once, its answer may cover the
// same texts: the sentence waits for that answer, but not for long, and isn't sent if nothing is left to say.

/** Says that the turn's messages were given up: now, or after the next answer if more is under way. */
export function tellGivenUp(state: State, turn: string, why: GaveUp, ctx: Context): State {
  const isMore = findOpenTurn(state) !== null || state.messages.some((m) => m.state === 'waiting');
  if (!isMore) return sayGivenUp(state, turn, why, ctx);
  const dueAt = ctx.now + GIVEN_UP_TELL_MS;
  return withTimer(state, { kind: 'given-up', ref: refOfGivenUp(turn, why), dueAt, attempts: 0 });
}

/** Sends the notices that waited, unless their texts have been answered, brought back or stopped meanwhile. */
export const tellKeptBack = (state: State, ctx: Context): State =>
  state.timers
    .filter(({ kind }) => kind === 'given-up')
    .reduce((next, timer) => tellGivenUpNow(next, timer, ctx), state);

export function tellGivenUpNow(state: State, timer: Timer, ctx: Context): State {
  const turn = turnOfGivenUp(timer);
  const settled = withoutTimer(state, 'given-up', timer.ref);
  return findLeft(settled, turn).length === 0
    ? settled
    : sayGivenUp(settled, turn, timer.ref.slice(turn.length + 1), ctx);
}

/** The person stops everything: texts whose notice still waited are stopped too, and named. */
export function stopKeptBack(state: State, stoppedAt: number): { state: State; stopped: Message[] } {
  const timers = state.timers.filter(({ kind }) => kind === 'given-up');
  const stopped = timers.flatMap((timer) => findLeft(state, turnOfGivenUp(timer)));
  if (timers.length === 0) return { state, stopped };
  return { state: setMessages(withoutTimer(state, 'given-up'), (m) => stopped.includes(m), { stoppedAt }), stopped };
}

/** Names the message as the person knows it. */
export const nameMessage = (message: Message, text = ownWordsOf(message.text)): string =>
  commandTextOf({ ...message, text: text || texts.inbound.something });

/** The turn's messages that still wait for /retry. */
const findLeft = (state: State, turn: string): Message[] =>
  state.messages.filter((m) => m.turn === turn && m.state === 'failed' && m.stoppedAt === null);

function sayGivenUp(state: State, turn: string, why: string, ctx: Context): State {
  const about = findLeft(state, turn);
  // People read “this” as their newest text, so any other text is named.
  const isNewest = about.some((m) => m.providerId === state.conversation.lastInboundId);
  const named = isNewest ? [] : about.map((m) => nameMessage(m));
  return enqueue(state, 'notice', [texts.givenUp(why, named)], ctx, { turn });
}
