import type { GaveUp } from '../../texts/given-up.ts';
import { texts } from '../../texts/index.ts';
import { enqueue } from '../outbox/replies.ts';
import {
  ATTEMPT_RETRY_MAX_MS,
  ATTEMPT_RETRY_MS,
  ATTEMPTS_MAX,
  CRASHES_APART_MS,
  CRASHES_MAX,
  MODEL_RETRY_MS,
  QUEUE_MAX,
  RESTARTS_MAX,
} from '../policy/turn.ts';
import { findBudgetStop, spendingNow, withSpending } from '../spending/limits.ts';
import { needsOperator, troubleNow } from '../spending/model-trouble.ts';
import { gaveUpFor, isStopped, noteStop, withoutStop } from '../spending/stops.ts';
import { wantFilesAgain } from '../state/attachments.ts';
import { andThen, noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { findFailed } from '../state/messages.ts';
import type { Read } from '../state/reads.ts';
import type { Message, Turn } from '../state/rows.ts';
import { findOpenTurn, projectForMessage, type State, withTimer, withTurn } from '../state/state.ts';
import { namesOf } from '../state/trace.ts';
import { finishTurn, giveUpTurn } from './ending.ts';
import { beginAttempt, startTurn } from './queue.ts';

// How a turn is tried again: by a new attempt after one has ended, and by the person (/retry). reconnect.ts handles cut
// streams and machines that don't answer. A crash of the agent uses up a try, because the next attempt reaches the same
// point. A restart of the machine doesn't, but it is counted too: the turn may be taking the machine down.

/** How the last attempt ended, as the machine or the relay reports it. */
export type Ended = { outcome: string; reason: string; cause?: string | undefined };

/** The attempt has ended. Its turn is done, tried again, or given up. */
export function onEnded(state: State, ended: Ended, ctx: Context): Decision {
  const turn = findOpenTurn(state);
  if (!turn) return noEffects(state);
  const { isOpen, decision } = finishTurn(state, turn, ended.outcome, ctx);
  return isOpen ? tryAgain(decision.state, turn, ended, ctx) : decision;
}

/** Begins the next attempt, now or after its wait, unless the tries are used up. */
function tryAgain(state: State, before: Turn, ended: Ended, ctx: Context): Decision {
  if (ended.cause === 'model' && isStopped(state, before.id)) return endOrGoOn(state, before, ended, ctx);
  const turn = countTry(before, ended);
  const { id, attempts: n, crashes, restarts } = turn;
  const { outcome, reason, cause } = ended;
  const so = { ...namesOf(turn), n, crashes, restarts, outcome, cause: cause ?? null, reason };
  const noted = noEffects(withTurn(state, turn), { level: 'warn', event: 'attempt-ended', ...so });
  // A limit of the machine or its restart has nothing to do with the model.
  const trouble = cause === undefined ? troubleNow(state, ctx.now) : null;
  const limit = outcome === 'failed' ? limitOf(cause) : cause === 'time' ? 'overdue' : whyUsedUp(turn);
  const isModels = needsOperator(trouble) || limit === 'tries';
  const why = isModels && trouble !== null ? (`model/${trouble}` as const) : limit;
  if (why !== null) return andThen(noted, (next) => giveUpTurn(next, why, reason, ctx));
  const wait = Math.max(waitBeforeNext(turn), trouble === null ? 0 : MODEL_RETRY_MS);
  if (wait === 0) return andThen(noted, (next) => beginAttempt(next, ctx));
  const timer = { kind: 'attempt', ref: id, dueAt: ctx.now + wait, attempts: n } as const;
  return { ...noted, state: withTimer(noted.state, timer) };
}

/** The gateway refused a request because a budget was used up. There may be money again by now. */
function endOrGoOn(state: State, turn: Turn, { reason }: Ended, ctx: Context): Decision {
  const why = findBudgetStop(state, turn.project, ctx, turn.id);
  if (why !== null) return giveUpTurn(noteStop(state, turn.id, why, ctx), gaveUpFor(why), reason, ctx);
  if (turn.attempts >= ATTEMPTS_MAX) return giveUpTurn(state, 'tries', reason, ctx);
  return beginAttempt(withSpending(state, withoutStop(spendingNow(state, ctx), turn.id)), ctx);
}

/** Reasons for which the machine itself ends an attempt. */
const LIMITS = ['memory', 'disk', 'disk-full', 'output', 'model'] as const satisfies GaveUp[];
const limitOf = (cause: string | undefined): GaveUp => LIMITS.find((limit) => limit === cause) ?? 'agent';

/** The machine ended during the attempt: its server was restarted, or lost its journal. */
const isRestart = ({ outcome, cause }: Ended): boolean => outcome === 'lost' || cause === 'restarted';

/** The turn with the end of its attempt counted. */
export const countTry = (turn: Turn, ended: Ended): Turn =>
  isRestart(ended) ? { ...turn, restarts: turn.restarts + 1 } : { ...turn, crashes: turn.crashes + 1 };

/** Why there is no further attempt, or null. */
export function whyUsedUp({ crashes, restarts, attempts }: Turn): 'tries' | 'restarts' | null {
  if (crashes >= CRASHES_MAX) return 'tries';
  if (restarts >= RESTARTS_MAX) return 'restarts';
  if (attempts < ATTEMPTS_MAX) return null;
  return crashes > 0 ? 'tries' : 'restarts';
}

/** The wait before the next attempt. A cut is usually a restart that is over by now, so the first one doesn't wait. */
export const waitBeforeNext = ({ attempts }: Turn): number =>
  attempts <= 1 ? 0 : Math.min(ATTEMPT_RETRY_MS * 2 ** (attempts - 2), ATTEMPT_RETRY_MAX_MS);

/** After an answer the next failure is a different one, so the counts start again. */
export function forgiveTries(state: State, turn: Turn): State {
  return turn.crashes === 0 && turn.restarts === 0 ? state : withTurn(state, { ...turn, crashes: 0, restarts: 0 });
}

/** A tool finished. Shortly after a crash that says little: the same few steps may lead to the crash again. */
export function noteStep(state: State, turn: Turn, workedMs: number): State {
  const crashes = workedMs >= CRASHES_APART_MS ? 0 : turn.crashes;
  if (turn.restarts === 0 && crashes === turn.crashes) return state;
  return withTurn(state, { ...turn, restarts: 0, crashes });
}

export const readsOfRetry = (): Read[] => [{ rows: 'failed-messages' }];

/**
 * The messages that /retry brings back: those of the last /stop, or those that failed last. Texts stopped long before
 * don't come back with a later failure, because the person meant to stop them.
 */
export function findMessagesToRetry(state: State): Message[] {
  const failed = findFailed(state);
  const last = failed.at(-1);
  return last ? failed.filter((m) => m.stoppedAt === last.stoppedAt) : [];
}

/** /retry: brings the messages back and starts a turn over them. */
export function retryFailed(state: State, ctx: Context): Decision {
  if (findOpenTurn(state)?.stopping != null) return noEffects(enqueue(state, 'notice', [texts.stillStopping], ctx));
  const back = findMessagesToRetry(state);
  if (back.length === 0) return noEffects(enqueue(state, 'notice', [texts.nothingToRetry], ctx));
  const told = enqueue(state, 'notice', [texts.retrying(back.length, back.length >= QUEUE_MAX)], ctx);
  const again = bringBack(told, back, ctx);
  return findOpenTurn(again) ? noEffects(again) : startTurn(again, ctx);
}

/** The messages wait for a turn again. */
export function bringBack(state: State, back: readonly Message[], ctx: Context): State {
  const messages = state.messages.map((m) =>
    back.includes(m) ? { ...asNewTry(m, ctx), project: projectForMessage(state, m.project) } : m,
  );
  return wantFilesAgain({ ...state, messages }, back);
}

/**
 * A message that was given up keeps its uuid, so that the agent continues it. A message that was stopped or ended in an
 * error gets a new uuid, so that the agent doesn't take it for the one it was working on.
 */
const asNewTry = (message: Message, ctx: Context): Message => ({
  ...message,
  ...(message.stoppedAt === null && message.tried ? {} : { uuid: ctx.uuid(), tried: false }),
  state: 'waiting',
  turn: null,
  stoppedAt: null,
});
