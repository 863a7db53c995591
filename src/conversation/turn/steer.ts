import { QUEUE_MAX, STEER_AGAIN_MS, WAITING_NOTICE_MS } from '../policy/turn.ts';
import { isPending, toAgentMessage } from '../state/attachments.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findWaiting, setMessages } from '../state/messages.ts';
import type { Message, Turn } from '../state/rows.ts';
import type { State } from '../state/state.ts';
import { findOpenAttempt, findOpenTurn, withTimer } from '../state/state.ts';
import { isOfBurst } from './burst.ts';
import { queueModeOf, withFirstTimer } from './queue.ts';
import { projectInStepOf } from './sessions.ts';

// How a turn is steered: texts are folded into the running turn if the person's queue mode wants that, or if they
// belong to the burst that began it, and if the turn still takes texts.

/**
 * A text arrives while a turn runs. It is folded into the turn if wanted and possible. Otherwise it waits, and the
 * person hears so once.
 */
export function joinTurn(state: State, message: Message, ctx: Context): Decision {
  const turn = findOpenTurn(state);
  if (!turn) return noEffects(state);
  const attempt = findOpenAttempt(state);
  const active = state.messages.filter((m) => m.state === 'active');
  const isAside = message.action === 'aside';
  // No text overtakes a waiting one, and an attempt carries a limited number. Side questions are exempt.
  const isNext = isAside || findWaiting(state).find((m) => m.action !== 'aside')?.seq === message.seq;
  // An action turn accepts no steered texts; a side question needs a running attempt.
  const fits = isAside ? attempt !== null && talks(state) : message.action === null && takesWords(state, turn);
  const takes =
    !turn.stopping &&
    // A schedule's run takes no texts of the person; a side question may be asked beside it.
    (turn.run === null || isAside) &&
    attempt?.state !== 'ending' &&
    isNext &&
    fits &&
    message.project === turn.project &&
    active.length < QUEUE_MAX;
  const mode = queueModeOf(state, ctx.policy);
  const isOfItsBurst = mode === 'collect' && isOfBurst(active, message, ctx.policy.gatherMs);
  const isWanted = isAside || turn.deep || mode === 'steer' || isOfItsBurst;
  if (!isWanted || !takes) {
    if (turn.toldWaiting) return noEffects(state);
    return noEffects(withFirstTimer(state, 'waiting', turn.id, ctx.now + WAITING_NOTICE_MS));
  }
  const given = setMessages(state, (m) => m.seq === message.seq, { state: 'active', turn: turn.id, steered: true });
  // Between attempts, the next attempt takes the text along.
  return attempt ? steer(given, message.uuid, ctx) : noEffects(given);
}

/**
 * True for a turn in the person's present session that isn't an action: an action is the only message of its attempt.
 */
const takesWords = (state: State, turn: Turn): boolean => projectInStepOf(state, turn) !== null && talks(state);

const talks = (state: State): boolean =>
  !state.messages.some((m) => m.state === 'active' && m.action !== null && !m.steered);

/** Folds the waiting texts at the head of the queue into a turn that has begun to take texts. */
export function joinWaiting(state: State, ctx: Context): Decision {
  const first = findOpenTurn(state) && findWaiting(state)[0];
  const next = first ? joinTurn(state, first, ctx) : noEffects(state);
  if (findWaiting(next.state).length === findWaiting(state).length) return next;
  return andThen(next, (joined) => joinWaiting(joined, ctx));
}

/**
 * Gives the text to the running turn. The timer is the intent: it stays until the machine has answered. One text at a
 * time; the next follows once this one is taken.
 */
export function steer(state: State, uuid: string, ctx: Context): Decision {
  const attempt = findOpenAttempt(state);
  const message = state.messages.find((m) => m.uuid === uuid);
  if (!attempt || message?.state !== 'active') return noEffects(state);
  const again = withTimer(state, { kind: 'steer', ref: uuid, dueAt: ctx.now + STEER_AGAIN_MS, attempts: 0 });
  // If the machine hasn't taken the attempt yet, it gets the text when it has.
  const isNext = findUnconfirmed(again)[0]?.uuid === uuid && !isPending(state, message);
  if (attempt.state === 'requested' || !isNext) return noEffects(again);
  const { turn, n } = attempt;
  const given = toAgentMessage(message, state.files);
  return { state: again, effects: [{ do: 'steer', attempt: { turn, n }, ...given }], log: [] };
}

/** Texts given to the turn that the machine hasn't confirmed, oldest first. */
export const findUnconfirmed = (state: State): Message[] =>
  state.messages.filter((m) => state.timers.some((t) => t.kind === 'steer' && t.ref === m.uuid));
