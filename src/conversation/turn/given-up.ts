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

// That a turn was given up, told when it is true. Where another turn follows at once, its answer may be for the texts that
// were given up, too: the sentence waits for it, not for long, and is not said when nothing is left to say it of.

/** Says that the turn's messages were given up: now, or where more is under way after the next answer. */
export function tellGivenUp(state: State, turn: string, why: GaveUp, ctx: Context): State {
  const isMore = findOpenTurn(state) !== null || state.messages.some((m) => m.state === 'waiting');
  if (!isMore) return sayGivenUp(state, turn, why, ctx);
  const dueAt = ctx.now + GIVEN_UP_TELL_MS;
  return withTimer(state, { kind: 'given-up', ref: refOfGivenUp(turn, why), dueAt, attempts: 0 });
}

/** What was kept back is said now, unless it has been answered, brought back or stopped meanwhile. */
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

/** The person stops everything: what nobody has told them of yet is stopped with it, and named there. */
export function stopKeptBack(state: State, stoppedAt: number): { state: State; stopped: Message[] } {
  const timers = state.timers.filter(({ kind }) => kind === 'given-up');
  const stopped = timers.flatMap((timer) => findLeft(state, turnOfGivenUp(timer)));
  if (timers.length === 0) return { state, stopped };
  return { state: setMessages(withoutTimer(state, 'given-up'), (m) => stopped.includes(m), { stoppedAt }), stopped };
}

/** As a person knows the message. */
export const nameMessage = (message: Message, text = ownWordsOf(message.text)): string =>
  commandTextOf({ ...message, text: text || texts.inbound.something });

/** Its messages that still wait for /retry. */
const findLeft = (state: State, turn: string): Message[] =>
  state.messages.filter((m) => m.turn === turn && m.state === 'failed' && m.stoppedAt === null);

function sayGivenUp(state: State, turn: string, why: string, ctx: Context): State {
  const about = findLeft(state, turn);
  // The newest text is what “this” means to a person; any other is named.
  const isNewest = about.some((m) => m.providerId === state.conversation.lastInboundId);
  const named = isNewest ? [] : about.map((m) => nameMessage(m));
  return enqueue(state, 'notice', [texts.givenUp(why, named)], ctx, { turn });
}
